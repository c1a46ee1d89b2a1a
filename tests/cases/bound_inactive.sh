#!/bin/bash
# TCP sockets that are bound and neither listen nor connect: -a and the filters "state all"
# and "state big" show them, as those of ss do since iproute2 6.8; nothing else does.
. "$(dirname "$0")/lib.sh"
[ "$(printf '6.8\n%s\n' "$(uname -r)" | sort -V | head -1)" = 6.8 ] || skip "Linux before 6.8 does not list them"
ns_up
nsbg python3 -c "
import socket, time
one = socket.socket(); one.bind(('127.0.0.1', 4310))
two = socket.socket(socket.AF_INET6); two.bind(('::1', 4311))
gone = socket.socket(); gone.bind(('127.0.0.1', 4312)); gone.listen(1); gone.shutdown(2)
l = socket.socket(); l.bind(('127.0.0.1', 4313)); l.listen(5)
c = socket.create_connection(('127.0.0.1', 4313))
u = socket.socket(type=socket.SOCK_DGRAM); u.bind(('127.0.0.1', 4314))
time.sleep(1000)"
wait_for 20 sh -c "ip netns exec $NS ss -Huan | grep -q 4314"
all="127.0.0.1:4310 127.0.0.1:4312 [::1]:4311"
shown() { # options and filter: the local ends of TCP sockets in CLOSE
	in_ns "$SK" -1 -H -n -t --columns local,state "$@" | awk '$2 == "CLOSE" { print $1 }' |
		sort | xargs
}
check "not without being asked" "" "$(shown)"
check "nor in a state that is another" "" "$(shown state connected)"
check "nor for what is not excluded" "" "$(shown exclude listening)"
check "-a" "$all" "$(shown -a)"
check "state all" "$all" "$(shown state all)"
check "state big" "$all" "$(shown state big)"
check "state bound-inactive" "$all" "$(shown state bound-inactive)"
check "-a with a filter of addresses" "127.0.0.1:4310" "$(shown -a sport = :4310)"
check "-a with a filter of states" "$all" "$(shown -a state close)"
check "-a without them" "" "$(shown -a exclude bound-inactive)"
check "-a -l" "" "$(shown -a -l)"
check "through BPF" "$all" "$(shown -a --bpf)"
check "among all namespaces" "$all" "$("$SK" -1 -H -n -t -a -N all --columns local,state,netns |
	awk -v ns="$NS" '$2 == "CLOSE" && $3 == ns { print $1 }' | sort | xargs)"
check "the others are there as well" "1 2 3" "$(in_ns "$SK" -1 -j -tuna | jq -r '
	[.connections[] | select(.proto == "tcp" or .proto == "tcp6").state] |
	[map(select(. == ("LISTEN", "ESTABLISHED", "CLOSE"))) | group_by(.)[] | length] |
	"\(.[2]) \(.[1]) \(.[0])"')"
if ss --help 2>&1 | grep -q bound-inactive; then
	for words in "" "state all" "state big"; do
		check "ss -ta $words" "$(in_ns ss -HtanO $words | awk '{ print $4 }' | sort | xargs)" \
			"$(in_ns "$SK" -1 -H -n -ta --columns local $words | awk '{ print $1 }' | sort | xargs)"
	done
fi
