#!/bin/bash
# A connection waits in the accept queue, and belongs to whoever listens. Then a worker accepts
# it: from there on it is the worker's alone, with its descriptor, in a series of samples as well
# as in a single one, however descriptors are looked at. In a pid namespace, as in a container.
. "$(dirname "$0")/lib.sh"
ns_up
unshare -p -f --mount-proc true 2>/dev/null || skip "cannot make a pid namespace"

cat >"$D/server.py" <<'P'
import ctypes, os, socket, sys, time
name = lambda text: ctypes.CDLL(None).prctl(15, text, 0, 0, 0)
def wait(path):
    while not os.path.exists(path):
        time.sleep(.02)
folder, port = sys.argv[1], int(sys.argv[2])
name(b"master")
l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(("127.0.0.1", port)); l.listen(8)
if os.fork() == 0:
    name(b"worker")
    wait(folder + "/accept")
    a, _ = l.accept()
    open(folder + "/pid.new", "w").write("%d %d" % (os.getpid(), a.fileno()))
    os.rename(folder + "/pid.new", folder + "/pid")
    time.sleep(1000)
c = socket.create_connection(("127.0.0.1", port))
time.sleep(1000)
P
cat >"$D/inside.sh" <<'S' # folder, port, options: one series over the whole life of it
folder=$1 port=$2 options=$3
python3 "$D/server.py" "$folder" "$port" &
"$SK" -b -d .2 -j -tan $options --columns state,process,pid,fd "lport = $port and state = established" \
	>"$folder/out" 2>"$folder/err" &
series=$!
samples() { wc -l <"$folder/out"; }
queued() { tail -1 "$folder/out" | grep -q '"process":"master"'; }
until_true() { for ((i = 0; i < 600; i++)); do "$@" && return; sleep .05; done; echo "in vain: $*"; exit 1; }
more() { [ "$(samples)" -ge "$want" ]; }
until_true queued
want=$(($(samples) + 2)) && until_true more
"$SK" -K --signal TERM --dry-run -t "lport = $port and state = established" >"$folder/plan-queued" 2>&1
touch "$folder/accept"
until_true test -e "$folder/pid"
# what was under way then, and one more
want=$(($(samples) + 2)) && until_true more
samples >"$folder/from"
want=$(($(samples) + 5)) && until_true more
"$SK" -1 -tanpH $options --columns pid,fd "lport = $port and state = established" >"$folder/once" 2>/dev/null
"$SK" -K --signal TERM --dry-run -t "lport = $port and state = established" >"$folder/plan" 2>&1
kill "$series"
S
export D SK
port=4361
for options in --no-bpf --bpf "--no-bpf --no-sock-diag"; do
	folder=$D/$port
	mkdir "$folder"
	nsbg unshare -p -f --kill-child --mount-proc bash "$D/inside.sh" "$folder" "$port" "$options"
	wait "$!" || fail "$options: $(cat "$folder/err")"
	read -r pid fd <"$folder/pid"
	check "$options: every sample after it was accepted" "ESTABLISHED worker $pid $fd" \
		"$(tail -n +"$(cat "$folder/from")" "$folder/out" |
			jq -r '.connections[] | "\(.state) \(.process) \(.pid) \(.fd)"' | sort -u)"
	check "$options: before that it was its listener's, without a descriptor" "master null" \
		"$(jq -r '.connections[] | select(.process == "master") | "\(.process) \(.fd)"' \
			"$folder/out" | sort -u)"
	check "$options: a single sample" "$pid $fd" "$(awk '{ print $1, $2 }' "$folder/once")"
	check_match "$options: queued, both may be signalled" "signal master/" "$(cat "$folder/plan-queued")"
	check_match "$options: then only the worker may" "signal worker/$pid, 1 socket" "$(cat "$folder/plan")"
	check "$options: and master is not offered" 0 "$(grep -c "signal master" "$folder/plan")"
	port=$((port + 1))
done
