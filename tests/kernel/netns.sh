#!/bin/bash
# Network namespaces: sktop -N beside `ip netns exec NAME ss`, in a mount, process and
# network namespace of our own, which take all that is made here with them.
sktop=$(realpath "$1")
make_sockets=$(realpath "$2")
if [ -z "$SKTOP_INSIDE" ]; then
	if ! unshare -mnpf --mount-proc true 2>/dev/null; then
		echo "SKIPPED: no namespaces can be made here (needs root)"
		exit 77
	fi
	exec env SKTOP_INSIDE=1 unshare -mnpf --mount-proc "$0" "$sktop" "$make_sockets"
fi
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
. "$(dirname "$0")/../lib.sh"
chmod 755 "$dir"
cleanup() { umount -l /run/netns; }
# Waits until a command succeeds; what the kernel does late is no failure.
until_true() {
	for _ in $(seq 300); do
		"$@" && return 0
		sleep 0.1
	done
	fail "never came true: $*"
	return 1
}
# make_sockets in a namespace of its own; its process is $holder then
hold() {
	setsid "$make_sockets" sh -c 'echo ready >"$1"; exec sleep 600' sh "$dir/ready" &
	holder=$!
	until_true test -s "$dir/ready"
	rm "$dir/ready"
}
ip link set lo up
hold && a=$holder && ip netns attach a "$a"
hold && b=$holder && ip netns attach b "$b"
hold && c=$holder # has no name
ip netns add empty
ip link add veth0 type veth peer name veth1 netns b
inside() { # namespace, command
	local ns=$1
	shift
	case $ns in
	self) "$@" ;;
	c) nsenter -t "$c" -n "$@" ;;
	*) ip netns exec "$ns" "$@" ;;
	esac
}
# netstat's names: state recv-q send-q local remote netns
of_ss() { # option, namespaces
	local option=$1
	shift
	for ns in "$@"; do
		inside "$ns" ss "$option"anHO | sed -e 's/ESTAB /ESTABLISHED /' \
			-e 's/FIN-WAIT-/FIN_WAIT/' -e 's/TIME-WAIT/TIME_WAIT/' \
			-e 's/CLOSE-WAIT/CLOSE_WAIT/' -e 's/SYN-RECV/SYN_RECV/' |
			awk -v ns="$ns" '{ print $1, $2, $3, $4, $5, ns }' |
			sed -e 's/ \*:/ [::]:/g'
	done | sort
}
# The one without a name is called after its first process, or after its unit.
ours() {
	"$sktop" -1 -n -H "$@" --columns state,recv-q,send-q,local,remote,netns |
		awk '{ print $1, $2, $3, $4, $5, $6 ~ /^(a|b|empty|self)$/ ? $6 : "c" }' | sort
}
for option in -t -u; do
	of_ss $option self a b c empty >"$dir/ss"
	ours $option -N all >"$dir/sktop"
	same "-N all $option against ss in each" "$dir/ss" "$dir/sktop"
	of_ss $option a >"$dir/ss"
	for what in a "$a" "/proc/$a/ns/net" /run/netns/a; do
		ours $option -N "$what" >"$dir/sktop"
		same "-N ${what//$a/PID} $option" "$dir/ss" "$dir/sktop"
	done
done
of_ss -t self a b c empty | awk '$1 != "LISTEN" && $1 != "UNCONN"' >"$dir/ss"
ours -t -N all --no-sock-diag | awk '$1 != "LISTEN"' >"$dir/sktop"
same "-N all from /proc/net" "$dir/ss" "$dir/sktop"
of_ss -t b >"$dir/ss"
ours -t -N all 'netns = b' >"$dir/sktop"
same "filter netns = b" "$dir/ss" "$dir/sktop"
for ns in self a b c empty; do inside $ns ip -o link | awk -v ns=$ns '{ sub(/[@:].*/, "", $2); print ns, $2 }'; done |
	sort >"$dir/ip"
"$sktop" -1 -ia -H -N all --columns netns,interface | sed 's/  *$//' |
	awk '{ print $1 ~ /^(a|b|empty|self)$/ ? $1 : "c", $NF }' | sort >"$dir/sktop"
same "interfaces of all" "$dir/ip" "$dir/sktop"
"$sktop" -1 -t -H -N all --group netns --columns host,total --sort host | awk '$1 == "a"' >"$dir/sktop"
of_ss -t a | wc -l | awk '{ print "a", $1 }' >"$dir/ss"
same "group netns" "$dir/ss" <(awk '{ print $1, $2 }' "$dir/sktop")
"$sktop" -1 -tH -N all -j | jq -r '[.namespaces[] | select(.state == "seen")] | length' >"$dir/n"
[ "$(cat "$dir/n")" = 5 ] || fail "5 namespaces, JSON says $(cat "$dir/n")"
head -1 <("$sktop" -1 -t -N all) | grep -q '^NetNS' || fail "no column of its own"
head -1 <("$sktop" -1 -t -N a) | grep -q NetNS && fail "a column for one namespace"
"$sktop" -1 -s -H -N a --columns protocol,counter,value |
	awk '$2 == "ActiveOpens" { print $3 }' >"$dir/sktop"
ip netns exec a awk '$1 == "Tcp:" { n++; if (n == 2) print $6 }' /proc/net/snmp >"$dir/ss"
same "counters of -N a" "$dir/ss" "$dir/sktop"

# What is not there, is no namespace, or may not be entered.
refuses() { # pattern, arguments
	local pattern=$1 out code
	shift
	out=$("$@" 2>&1 >/dev/null)
	code=$?
	[ $code = 1 ] && grep -qE -- "$pattern" <<<"$out" && [ "$(wc -l <<<"$out")" = 1 ] ||
		fail "$*: status $code: $out"
}
refuses "^sktop: -N nope: no network namespace" "$sktop" -1 -N nope
refuses "^sktop: -N 4194303: no network namespace" "$sktop" -1 -N 4194303
refuses "^sktop: -N /run/nope: there is no such file" "$sktop" -1 -N /run/nope
refuses "^sktop: -N /etc/passwd: is no network" "$sktop" -1 -N /etc/passwd
refuses "^sktop: -N /proc/self/ns/mnt: is no network" "$sktop" -1 -N /proc/self/ns/mnt
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
cp "$sktop" "$dir/sktop-bin" && chmod 755 "$dir/sktop-bin"
refuses "CAP_SYS_ADMIN" nobody "$dir/sktop-bin" -1 -N a
refuses "CAP_SYS_PTRACE" nobody "$dir/sktop-bin" -1 -N "$c"
nobody "$dir/sktop-bin" -1 -tj -N all >"$dir/json" 2>"$dir/err"
[ "$(jq '[.namespaces[] | select(.state == "refused")] | length' "$dir/json")" = 3 ] ||
	fail "three names are refused to nobody"
jq -e '.losses.missing | index("namespaces")' "$dir/json" >/dev/null || fail "not said in losses"
grep -q "3 namespaces refused (CAP_SYS_ADMIN)" "$dir/err" || fail "$(cat "$dir/err")"
grep -q "hidden (CAP_SYS_PTRACE)" "$dir/err" || fail "$(cat "$dir/err")"

# In a running sktop namespaces come, change and go, and none is kept alive.
"$sktop" -b -d 0.1 -tj -N all --columns state,lport,netns >"$dir/stream" 2>"$dir/err" &
running=$!
"$sktop" -b -d 0.1 -tj -N b --columns state >/dev/null 2>"$dir/err-b" &
single=$!
last() { # jq test, on the newest whole sample
	tail -n 2 "$dir/stream" | head -n 1 | jq -e "$1" >/dev/null 2>&1
}
until_true last '[.connections[] | select(.netns == "b")] | length > 5'
ip netns add late
ip netns exec late ip link set lo up
ip netns exec late python3 -c '
import socket, sys, time
listener = socket.socket()
listener.bind(("127.0.0.1", 7001))
listener.listen(5)
def wait(name):
    while True:
        try:
            return open(name)
        except OSError:
            time.sleep(0.05)
wait(sys.argv[1])
client = socket.create_connection(("127.0.0.1", 7001))
time.sleep(600)' "$dir/connect" &
late=$!
until_true last '[.connections[] | select(.netns == "late") | .state] == ["LISTEN"]'
sleep 0.5 # by now sktop asks it for LISTEN alone
touch "$dir/connect"
until_true last '[.connections[] | select(.netns == "late")] | length == 3'
fds=$(ls "/proc/$running/fd" | wc -l)
[ "$fds" -lt 40 ] || fail "$fds descriptors are open"
ip netns del b
kill -- "-$b"
until_true sh -c '! ip link show veth0 >/dev/null 2>&1' &&
	echo "ok: the kernel could take the namespace down"
until_true last '[.connections[] | select(.netns == "b")] == []'
until_true last 'all(.namespaces[]; .netns != "b")'
last '[.connections[] | select(.netns == "a")] | length > 5' || fail "the others stay"
kill -0 "$running" || fail "it ended: $(cat "$dir/err")"
wait "$single"
[ $? = 1 ] && grep -q "^sktop: -N b: the network namespace is gone" "$dir/err-b" ||
	fail "-N b after its end: $(cat "$dir/err-b")"
# what goes beyond one namespace: the sums of the kernel's counts, no limit of one
"$sktop" -1 -tj -N all >"$dir/json"
for ns in self a c empty; do inside $ns awk '$1 ~ /^TCP6?:/ { n += $3 } $1 == "TCP:" { n += $7 } END { print n + 0 }' \
	/proc/net/sockstat /proc/net/sockstat6; done | awk '{ n += $1 } END { print n + 0 }' >"$dir/ss"
jq '[.connections[] | select(.netns != "late" and .state != "SYN_RECV")] | length' "$dir/json" >"$dir/sktop"
same "sockets of all against sockstat" "$dir/ss" "$dir/sktop"
[ "$("$sktop" -1 -s -H -N all 2>&1 >/dev/null)" = "sktop: protocols: of the namespace self only" ] ||
	fail "whose counters -s -N all shows is not said"
[ -z "$("$sktop" -1 -E -H -N all 2>&1 >/dev/null | grep "of the namespace")" ] ||
	fail "the events of -N all are of all"
# Events are listened for between two visits too.
"$sktop" -b -d 0.1 -E -j -N late --columns state,lport,netns >"$dir/events" 2>"$dir/err" &
events=$!
"$sktop" -b -d 0.1 -E -j -N all --columns local,lport,netns >"$dir/events-all" 2>"$dir/err" &
events_all=$!
until_true test -s "$dir/events"
until_true test -s "$dir/events-all"
# a short connection to the listener of each namespace, none of which a sample has to see
ip netns exec empty ip link set lo up
for ns in self a c empty; do
	inside $ns python3 -c '
import socket, sys
listener = socket.socket()
listener.bind((sys.argv[1], 7002))
listener.listen(1)
socket.create_connection((sys.argv[1], 7002)).close()' "127.0.0.$(printf %d "'$ns")"
done
# closed in the namespace where it is, and only there
"$sktop" -K -N all --yes 'netns = a and sport = :5001 and state listening' >"$dir/killed" 2>&1
grep -q '^closed tcp 127.0.0.1:5001 ' "$dir/killed" || fail "-K: $(cat "$dir/killed")"
[ -z "$(inside a ss -tlnH 'sport = :5001')" ] || fail "-K closed nothing in a"
[ -n "$(inside c ss -tlnH 'sport = :5001')" ] || fail "-K closed another's"
kill "$running" "$late"
until_true sh -c 'jq -es "any(.[].events[]; .lport == 7001 and .netns == \"late\")" "$1" >/dev/null 2>&1' sh "$dir/events"
# the listener's end of each connection: 127.0.0.N with the code of the first letter
short='[.[].events[] | select(.lport == 7002)
	| "\(.local) \(if .netns == "self" or .netns == "a" or .netns == "empty" then .netns else "c" end)"] | unique'
until_true sh -c 'jq -s "$1" "$2" | jq -e "length == 4" >/dev/null' sh "$short" "$dir/events-all"
jq -sc "$short" "$dir/events-all" >"$dir/sktop"
echo '["127.0.0.101 empty","127.0.0.115 self","127.0.0.97 a","127.0.0.99 c"]' >"$dir/ss"
same "events of each namespace" "$dir/ss" "$dir/sktop"
kill "$events" "$events_all"
kill -- "-$a" "-$c"
exit $status
