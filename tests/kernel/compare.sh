#!/bin/bash
# sktop beside ss and netstat, on the sockets of make_sockets: the same set of
# sockets, states, queues and addresses.
sktop=$1
. "$(dirname "$0")/../lib.sh"
# The states that pass by themselves have to have passed: each tool looks once.
for ((i = 0; i < 500; i++)); do
	ss -tanH | grep -qE '^(FIN-WAIT-1|CLOSING|LAST-ACK)' || break
	sleep 0.02
done
# Both sides as: state recv-q send-q local:port remote:port, netstat's names.
from_ss() {
	sed -e 's/ESTAB /ESTABLISHED /' -e 's/FIN-WAIT-/FIN_WAIT/' -e 's/TIME-WAIT/TIME_WAIT/' \
		-e 's/CLOSE-WAIT/CLOSE_WAIT/' -e 's/SYN-RECV/SYN_RECV/' -e 's/SYN-SENT/SYN_SENT/' \
		-e 's/LAST-ACK/LAST_ACK/' | awk '{ print $1, $2, $3, $4, $5 }' |
		sed -e 's/ \*:/ [::]:/g' | sort
}
# ss writes * for a dual-stack wildcard only on the local side of listeners.
ours() { "$sktop" -1 -n -H "$@" --columns state,recv-q,send-q,local,remote | awk '{ print $1, $2, $3, $4, $5 }' | sort; }
ss -tanHO | from_ss >"$dir/ss"
ours -t >"$dir/sktop"
same "-tan against ss" "$dir/ss" "$dir/sktop"
ss -uanHO | from_ss >"$dir/ss"
ours -u >"$dir/sktop"
same "-uan against ss" "$dir/ss" "$dir/sktop"

# netstat: no brackets, v4-mapped as IPv4, no backlog limit.
plain() { sed -e 's/\[::ffff:\([0-9.]*\)\]/\1/g' -e 's/[][]//g' | sort; }
netstat -tanW | awk '$1 ~ /^tcp/ { print $1, $6, $2, $6 == "LISTEN" ? "-" : $3, $4, $5 }' |
	sort >"$dir/netstat"
"$sktop" -1 -n -H -t --columns proto,state,recv-q,send-q,local,remote |
	awk '{ print $1, $2, $3, $2 == "LISTEN" ? "-" : $4, $5, $6 }' | plain >"$dir/sktop"
same "-tan against netstat" "$dir/netstat" "$dir/sktop"

udp_plain() { awk '{ print $1, $2, $3, $4, $5, $6 }' | plain; }
netstat -uanW | awk '$1 ~ /^udp/ { print $1, NF == 6 ? $6 : "UNCONN", $2, $3, $4, $5 }' |
	sort >"$dir/netstat-udp"
"$sktop" -1 -n -H -u --columns proto,state,recv-q,send-q,local,remote | udp_plain >"$dir/sktop"
same "-uan against netstat" "$dir/netstat-udp" "$dir/sktop"
"$sktop" -1 -n -H -u --no-sock-diag --columns proto,state,recv-q,send-q,local,remote |
	udp_plain >"$dir/proc"
same "UDP of the /proc fallback against netstat" "$dir/netstat-udp" "$dir/proc"

# The fallback must show the same sockets, but for the backlog.
"$sktop" -1 -n -H -t --no-sock-diag --columns proto,state,recv-q,send-q,local,remote |
	awk '{ print $1, $2, $3, $2 == "LISTEN" ? "-" : $4, $5, $6 }' | plain >"$dir/proc"
same "/proc fallback against netstat" "$dir/netstat" "$dir/proc"

"$sktop" -1 -j -ta | jq -r '.connections[] | "\(.state) \(.["recv-q"]) \(.lport) \(.rport)"' |
	sort >"$dir/json"
ours -t | sed -E 's/ [0-9]+ [^ ]*:([0-9]+) [^ ]*:([0-9*]+)$/ \1 \2/; s/\*$/0/' |
	sort >"$dir/text"
same "JSON against text" "$dir/text" "$dir/json"

# Filters mean what they mean in ss.
for filter in 'state time-wait' 'sport = :5001' 'dst 127.0.0.1 and dport = 5001' \
	'state listening' '( sport = :5002 or sport = :5003 ) and not dst 127.0.0.3' \
	'state fin-wait-2' 'dst 127/8' 'src [::1]'; do
	case $filter in
	state*) # of one state ss leaves the column out
		ss -tanHO $filter | awk '{ print $1, $2, $3, $4 }' | sed 's/ \*:/ [::]:/g' |
			sort >"$dir/ss"
		ours -t "$filter" | cut -d' ' -f2- | sort >"$dir/sktop" ;;
	*)
		ss -tanHO "$filter" | from_ss >"$dir/ss"
		ours -t "$filter" >"$dir/sktop" ;;
	esac
	same "filter $filter" "$dir/ss" "$dir/sktop"
done

for state in LISTEN ESTABLISHED FIN_WAIT2 CLOSE_WAIT TIME_WAIT SYN_RECV; do
	grep -q "^$state " <(ours -t) || fail "no socket in $state"
done

# The sums of the states pane and the kernel's own.
tw=$(awk '$1 == "TCP:" { print $7 }' /proc/net/sockstat)
mini=$("$sktop" -1 -j -ta | jq '[.connections[] | select(.timer == "timewait")] | length')
[ "$tw" = "$mini" ] || fail "sockstat says $tw wait, we say $mini"
exit $status
