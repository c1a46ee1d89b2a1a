#!/bin/bash
# A process hands a connection to another one (SCM_RIGHTS) and closes its own descriptor; another
# forks a worker for a connection and closes it. Both live on, and hold nothing any more: the next
# samples name who does.
. "$(dirname "$0")/lib.sh"
ns_up
cat >"$D/p.py" <<'P'
import array, ctypes, os, socket, sys, time
name = lambda text: ctypes.CDLL(None).prctl(15, text, 0, 0, 0)
def wait(path):
    while not os.path.exists(path):
        time.sleep(.02)
folder = sys.argv[1]
def pair(port):
    l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(("127.0.0.1", port)); l.listen(5)
    c = socket.create_connection(("127.0.0.1", port)); a, _ = l.accept()
    return l, c, a
def hand_over():
    x, y = socket.socketpair()
    if os.fork() == 0:
        name(b"taker"); x.close(); m = y.recvmsg(1, 100); time.sleep(1000)
    y.close(); name(b"giver"); keep = pair(4381)
    wait(folder + "/go")
    x.sendmsg([b"x"], [(1, socket.SCM_RIGHTS, array.array("i", [keep[2].fileno()]))]); keep[2].close()
    open(folder + "/given", "w"); time.sleep(1000)
def fork_worker():
    name(b"parent"); keep = pair(4382)
    wait(folder + "/go")
    if os.fork() == 0:
        name(b"worker"); keep[0].close(); keep[1].close(); time.sleep(1000)
    keep[2].close()
    open(folder + "/forked", "w"); time.sleep(1000)
if os.fork() == 0:
    hand_over()
fork_worker()
P
nsbg python3 "$D/p.py" "$D"
wait_for 20 sh -c "ip netns exec $NS ss -Htn state established | grep -c ':438[12] ' | grep -qx 4"
for how in --no-bpf --bpf; do
	in_ns "$SK" -b -d .5 -j -tn "$how" --columns lport,owners 'sport in (4381, 4382) and established' \
		>"$D/out$how" 2>/dev/null &
	PIDS="$PIDS $!"
done
owner() { # how, port, pattern: in the newest sample
	tail -1 "$D/out$1" | jq -r ".connections[] | select(.lport == $2).owners" | grep -qE "$3"
}
for how in --no-bpf --bpf; do
	wait_for 30 owner "$how" 4381 '^giver/[0-9]+:[0-9]+$'
	wait_for 30 owner "$how" 4382 '^parent/[0-9]+:[0-9]+$'
done
touch "$D/go"
wait_for 20 test -e "$D/given"
wait_for 20 test -e "$D/forked"
for how in --no-bpf --bpf; do
	samples=$(wc -l <"$D/out$how")
	wait_for 30 owner "$how" 4381 '^taker/[0-9]+:[0-9]+$'
	wait_for 30 owner "$how" 4382 '^worker/[0-9]+:[0-9]+$'
	# the patrol alone comes by every ten samples or twenty
	[ "$(($(wc -l <"$D/out$how") - samples))" -le 8 ] ||
		fail "$how: who holds it was found after $(($(wc -l <"$D/out$how") - samples)) samples"
done
