#!/bin/bash
# --pane A,B prints several panes of one sample: each is what it is alone.
. "$(dirname "$0")/lib.sh"
ns_up
cat >"$D/load.py" <<'P'
import socket, time
l = socket.socket(); l.bind(("127.0.0.1", 7731)); l.listen(50)
keep = []
for i in range(7):
    c = socket.create_connection(l.getsockname()); keep.append(c)
    if i < 5: keep.append(l.accept()[0])
while True: time.sleep(9)
P
nsbg python3 "$D/load.py"
wait_for 20 listens 7731
wait_for 20 eval '[ "$(in_ns ss -Htn state established | wc -l)" = 14 ]'
sk() { in_ns "$SK" -n "$@" 2>"$D/err"; }

all=$(sk -1 -j --pane connections,states,listeners,interfaces)
check "one object" 1 "$(wc -l <<<"$all")"
check "with its panes in their order, each before its facts" \
	"connections states time-wait sockstat ends listeners overflows interfaces" \
	"$(jq -r 'keys_unsorted - ["time","interval","source","losses","flows","tracepoints"] | join(" ")' <<<"$all")"
for pane in connections states listeners interfaces; do # but for what time changes
	same='map(del(.age, ."last-ack", ."last-recv", ."last-send", .retries))'
	sk -1 -j --pane "$pane" | jq -S ".$pane | $same" >"$D/alone"
	jq -S ".$pane | $same" <<<"$all" >"$D/beside"
	check "$pane is what it is alone" "" "$(diff "$D/alone" "$D/beside" | head -5)"
done
check "ss counts as many" "$(in_ns ss -Htan | wc -l)" "$(jq '.connections | length' <<<"$all")"

filter='sport = :7731'
all=$(sk -1 -j --pane states,connections,hosts "$filter")
check "the filter is for each" "$(in_ns ss -Htan "$filter" | wc -l)" \
	"$(jq '.connections | length' <<<"$all")"
check "states, too" "$(in_ns ss -Htan "$filter" | wc -l)" \
	"$(jq '[.states[].count] | add' <<<"$all")"
check "and hosts" "$(in_ns ss -Htan state established "$filter" | wc -l)" \
	"$(jq '[.hosts[].established] | add' <<<"$all")"

text=$(sk -1 --pane states,connections)
check "text: each under its name" "states: connections:" \
	"$(grep -E '^[a-z]+:$' <<<"$text" | xargs)"
check "the table is what it is alone" "$(sk -1 --pane states)" \
	"$(sed -n '/^states:/,/^$/p' <<<"$text" | sed '1d;$d')"
check "without headings" "$(sk -1 -H --pane states; echo; sk -1 -H)" \
	"$(sk -1 -H --pane states,connections)"
check "columns of the pane that has them" "$(sk -1 --pane listeners | head -1)" \
	"$(sk -1 --pane states,listeners --columns count,share |
		sed -n '/^listeners:/{n;p}')"

out=$(nobody "$SK" -n -1 -j --pane nat,states 2>"$D/err")
check "one that is refused is unknown, the other one there" "1 null 11" \
	"$? $(jq -r '"\(.nat) \(.states | length)"' <<<"$out")"
check_match "and why is said" "NAT table needs root" "$(<"$D/err")"
check "text has the other one" "states:" \
	"$(nobody "$SK" -n -1 --pane nat,states 2>/dev/null | grep :$)"

refused() { # words, then options
	"$SK" --synthetic sockets=9 "${@:2}" >"$D/out" 2>&1
	check "status of ${*:2}" 2 $?
	check_match "says why: ${*:2}" "$1" "$(head -1 "$D/out")"
}
refused "--format csv prints one table" -1 --format csv --pane states,hosts
refused "states is there twice" -1 --pane states,states
refused "'nosuch' is none of" -1 --pane states,nosuch
refused "'' is none of" -1 --pane states,
refused "'nosuch' is no column" -1 --pane states,hosts --columns nosuch
refused "'nosuch' is no column" -1 --pane states,hosts --sort nosuch
refused "pane interfaces: filter" -1 --pane connections,interfaces 'dport = 1'
refused "no other --pane" -K --dry-run --pane connections,states 'dport = 1'
refused "dashboard is for the full screen" -1 --pane states,dashboard
refused "shows no events" -1 --pane states,events
terminal 80 24 sh -c "'$SK' --synthetic sockets=9 --pane states,hosts; echo status \$?; sleep 60"
wait_for 20 shows 'status 2'
check "the screen has one" yes "$(shows 'full screen shows one pane' && echo yes)"
