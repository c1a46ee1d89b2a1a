#!/bin/bash
# TCP Fast Open: accept() gives a socket that still is in SYN_RECV. It has an owner, a user and
# an inode of its own, and is not its listener's any more.
. "$(dirname "$0")/lib.sh"
need nft
ns_up
in_ns sysctl -qw net.ipv4.tcp_fastopen=0x603
in_ns nft -f - <<'N' || skip "nft cannot drop SYN-ACKs here"
table ip t { chain o { type filter hook output priority 0; tcp sport 4005 tcp flags & (syn|ack) == syn|ack drop; }; }
N
cat >"$D/server.py" <<'P'
import ctypes, os, socket, sys, threading, time
name = lambda text: ctypes.CDLL(None).prctl(15, text, 0, 0, 0)
os.setgid(4242); os.setuid(4242)
l = socket.socket(); l.setsockopt(6, 23, 5); l.bind(("127.0.0.1", 4005)); l.listen(5)
name(b"master")
if os.fork(): # it keeps the listener, the worker accepts
    time.sleep(1000)
name(b"worker")
def client():
    c = socket.socket(); c.sendto(b"hello", 0x20000000, ("127.0.0.1", 4005)); time.sleep(1000)
threading.Thread(target=client, daemon=True).start()
a, _ = l.accept()
print(os.getpid(), a.fileno(), os.fstat(a.fileno()).st_ino, flush=True)
time.sleep(1000)
P
( exec ip netns exec "$NS" python3 "$D/server.py" >"$D/told" ) &
PIDS="$PIDS $!"
for ((tries = 0; tries < 600; tries++)); do [ -s "$D/told" ] && break; sleep .05; done
read -r pid fd inode <"$D/told" || skip "this kernel accepts no Fast Open without a cookie"
in_ns ss -Htan state syn-recv | grep -q . || skip "it is not in SYN_RECV here"

columns=state,uid,inode,process,pid,fd
expected="SYN_RECV 4242 $inode worker $pid $fd"
for options in --no-bpf --bpf --no-sock-diag; do
	check "text, $options" "$expected" \
		"$(in_ns "$SK" -1 -H -tanp $options state syn-recv --columns $columns 2>/dev/null | xargs)"
	check "JSON, $options" "$expected" \
		"$(in_ns "$SK" -1 -j -tanp $options --columns $columns state syn-recv 2>/dev/null |
			jq -r '.connections[] | "\(.state) \(.uid) \(.inode) \(.process) \(.pid) \(.fd)"')"
	check "user, $options" 1 \
		"$(in_ns "$SK" -1 -H -tan $options state syn-recv and uid = 4242 2>/dev/null | wc -l)"
	check "process, $options" 1 \
		"$(in_ns "$SK" -1 -H -tanp $options state syn-recv and process = worker 2>/dev/null | wc -l)"
	check "not the listener's, $options" 0 \
		"$(in_ns "$SK" -1 -H -tanp $options state syn-recv and process = master 2>/dev/null | wc -l)"
done
check "the processes pane counts it for the worker" "worker 1 master 0" \
	"$(in_ns "$SK" -1 -H --pane processes --columns process,syn-recv 2>/dev/null | sort -r | xargs)"
check "the listener has it in SYN_RECV, and nothing in its queue" "1 0" \
	"$(in_ns "$SK" -1 -H --pane listeners --columns syn-recv,not-accepted 2>/dev/null | xargs)"
plan=$(in_ns "$SK" -K --signal TERM --dry-run -t state syn-recv 2>&1)
check_match "the worker may be signalled" "signal worker/$pid, 1 socket" "$plan"
check "the listener's process is not offered" 0 "$(grep -c "signal master" <<<"$plan")"
