#!/bin/bash
# tcp_max_tw_buckets limits FIN_WAIT2 that nobody owns, too, as sockstat's tw counts it; and a
# limit of 0 is a limit, not one that cannot be read.
. "$(dirname "$0")/lib.sh"
need tmux
ns_up
in_ns sysctl -qw net.ipv4.tcp_max_tw_buckets=12 2>/dev/null ||
	skip "tcp_max_tw_buckets cannot be set in a namespace"
cat >"$D/nine.py" <<'P'
import re, socket, time
keep = []; l = socket.socket(); l.bind(("127.0.0.1", 4190)); l.listen(64)
while True: # they last for a minute
    if int(re.search(r"TCP:.* tw (\d+) ", open("/proc/net/sockstat").read())[1]) < 9:
        c = socket.create_connection(("127.0.0.1", 4190)); keep.append(l.accept()[0]); c.close()
    time.sleep(.01)
P
nsbg python3 "$D/nine.py"
wait_for 20 sh -c "ip netns exec $NS grep -q 'TCP:.* tw 9 ' /proc/net/sockstat"
watch() { # columns: the states pane, in a terminal of that size
	terminal "$1" 30 ip netns exec "$NS" "$SK" --pane states -d .2
}
watch 130
wait_for 20 shows '^TIME_WAIT .* 9 of 12 \(tcp_max_tw_buckets\).*9 in FIN_WAIT2'
wait_for 20 shows 'FIN_WAIT2 9 \(75% of max\)'
json() { in_ns "$SK" -1 -j --pane states -t 2>/dev/null | jq -c '."time-wait", .sockstat | del(.note)'; }
check "JSON says it" '{"buckets":9,"limit":12,"slope":null,"full-in":null}
{"in-use":10,"waiting":9,"sampled-in-use":10,"sampled-waiting":9,"difference":0}' "$(json)"
in_ns sysctl -qw net.ipv4.tcp_max_tw_buckets=9
check "0 seconds are left" '{"buckets":9,"limit":9,"slope":null,"full-in":0}' "$(json | head -1)"
watch 130
wait_for 20 shows ' 9 of 9 \(tcp_max_tw_buckets\): full'
in_ns sysctl -qw net.ipv4.tcp_max_tw_buckets=0
watch 80
wait_for 20 shows ' [0-9]+ of 0: none is kept'
