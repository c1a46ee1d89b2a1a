#!/bin/bash
# A queue whose length is not told is unknown, not empty; a limit of 0 is a limit: one
# connection waits there, and the queue overflows.
. "$(dirname "$0")/lib.sh"
ns_up
nsbg python3 -c "
import socket, time
keep = []
for port, backlog, clients in ((4401, 0, 4), (4402, 5, 9), (4403, 100, 3)):
    s = socket.socket(); s.bind(('127.0.0.1', port)); s.listen(backlog); keep.append(s)
    for i in range(clients):
        c = socket.socket(); c.setblocking(False); c.connect_ex(('127.0.0.1', port)); keep.append(c)
u = socket.socket(socket.AF_UNIX); u.bind('\0queues-' + '$NS'); u.listen(7)
v = socket.socket(socket.AF_UNIX); v.connect('\0queues-' + '$NS')
time.sleep(1000)"
wait_for 20 sh -c "[ \"\$(ip netns exec $NS ss -Hltn | awk '{ print \$2, \$3 }' | sort | xargs)\" = '1 0 3 100 6 5' ]"
listeners() { in_ns "$SK" -1 -H -n --pane listeners "$@" 2>/dev/null; }

check "the fullest first" "4401 4402 4403" "$(listeners --sort fill --columns lport | xargs)"
check "beyond the limit" "4401 4402" "$(listeners --columns lport,fill | awk '$2 + 0 > 100 { print $1 }' | xargs)"
check "0 is a limit" 0 "$(in_ns "$SK" -1 -j --pane listeners lport = 4401 | jq '.listeners[0].limit')"
counted() { in_ns nstat -asz TcpExtListenOverflows | awk '/Listen/ { print $2 }'; }
overflows() { in_ns "$SK" -j --pane listeners -d .2 "$@" 2>/dev/null | jq -c '.overflows | '"$what"; }
before=$(counted) # clients try again and again
what='[."accept-queue-overflows", ."accept-queue-overflows-rate"] | @tsv'
read -r n rate <<<"$(overflows -1 | jq -r .)"
[ "$before" -le "$n" ] && [ "$n" -le "$(counted)" ] || fail "overflows: $n, before them $before"
check "one sample has no rate" "" "$rate"
what='."syns-dropped" > 0 and (."syns-dropped-rate" | type) == "number"'
check "a rate from the second sample on" "false true" "$(overflows -b --count 2 | xargs)"

no() { in_ns "$SK" -1 -j --no-sock-diag "$@" 2>/dev/null; }
check "/proc tells who waits, and no limit" '[6,null,6]' \
	"$(no -ltn lport = 4402 | jq -c '.connections[0] | [."recv-q", ."send-q", .pending]')"
check "so the listeners pane" '[6,null,null]' \
	"$(no --pane listeners lport = 4402 | jq -c '.listeners[0] | [.pending, .limit, .fill]')"
check "nor any queue of a unix socket" '[[null,null,null]]' \
	"$(no -xl "src unix:@queues-$NS" | jq -c '[.connections[] | [."recv-q", ."send-q", .pending]]')"
check "sock_diag tells them" '[[1,7]]' \
	"$(in_ns "$SK" -1 -xl -j "src unix:@queues-$NS" | jq -c '[.connections[] | [."recv-q", ."send-q"]]')"
check "what is unknown is not 0" "" "$(in_ns "$SK" -1 -H --no-sock-diag -ltn --columns lport send-q = 0 2>/dev/null)"
check_match "stderr says where it is from" 'tcp: from /proc/net, without rates.*limits of queues' \
	"$(in_ns "$SK" -1 --no-sock-diag -ltn 2>&1 >/dev/null)"
