#!/bin/bash
# Since Linux 6.18 a connection that MPTCP accepts has its listener's cookie, once somebody has
# asked for that: each is a row of its own all the same, with its own subflow, rate and end.
. "$(dirname "$0")/lib.sh"
ns_up
cat > "$D/p.py" <<'P'
import os, socket, sys, time
S = lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
try: l = S()
except OSError: open(sys.argv[1] + "/none", "w"); sys.exit()
l.bind(("127.0.0.1", 4362)); l.listen(64)
def phase(name):
    open(sys.argv[1] + "/" + name, "w").close()
    while not os.path.exists(sys.argv[1] + "/after-" + name): time.sleep(.02)
phase("listening"); keep = []
for i in range(20):
    c = S(); c.connect(("127.0.0.1", 4362)); a, _ = l.accept(); a.send(b"a" * 1000); c.recv(1000)
    keep += [c, a]
waiting = S(); waiting.connect(("127.0.0.1", 4362))
phase("connected")
for s in keep[:10]: s.close()
phase("closed")
P
nsbg python3 "$D/p.py" "$D"
wait_for 20 sh -c "[ -e $D/none ] || [ -e $D/listening ]"
[ ! -e "$D/none" ] || skip "this kernel has no MPTCP"
rows() { in_ns "$SK" -1 -j -aM "$@" 2>/dev/null; }
rows >/dev/null # asks for the listener's cookie
nsbg "$SK" -b -j -aM -d .2 >"$D/series" 2>/dev/null
last_has() { # rows: the last sample of the series
	[ "$(tail -n 1 "$D/series" | jq '.connections | length')" = "$1" ]
}
touch "$D/after-listening"
wait_for 20 test -e "$D/connected"
theirs=$(in_ns ss -HnaM | wc -l)
check "rows, as ss has them" "$theirs" "$(rows | jq '.connections | length')"
check "nothing is taken for a duplicate" 0 "$(rows | jq .losses.duplicates)"
check "the queued one has no inode, the 20 accepted ones have" "20 1" "$(rows state = established |
	jq -r '[.connections[] | select(.lport == 4362) | .inode] |
		"\(map(select(. != null)) | length) \(map(select(. == null)) | length)"')"
both=$(in_ns "$SK" -1 -j -atM --columns proto,lport,rport,state,cookie,parent 2>/dev/null)
check "each subflow stands behind the socket with its ends" "$theirs" "$(jq '[.connections as $c |
	range(1; $c | length) | select($c[.].proto == "tcp" and $c[.].parent != null and
		$c[.].lport == $c[. - 1].lport and $c[.].rport == $c[. - 1].rport and
		$c[.].parent == $c[. - 1].cookie)] | length' <<<"$both")"
wait_for 20 last_has "$theirs"
touch "$D/after-connected"
wait_for 20 test -e "$D/closed"
wait_for 20 sh -c "[ \$(ip netns exec $NS ss -HnaM | wc -l) = $((theirs - 10)) ]"
wait_for 20 last_has $((theirs - 10))
touch "$D/after-closed"
