#!/bin/bash
# Each pane in each format while the kernel refuses one of its sources: the output is whole
# and right, or a word on stderr says what is missing. Rows that are missing make status 1,
# unless /proc told them.
. "$(dirname "$0")/lib.sh"
ns_up
in_ns ip link add v0 type veth peer name v1
in_ns ip addr add 192.0.2.1/24 dev v0
in_ns ip link set v0 up
in_ns ip link set v1 up
in_ns ip rule add from 192.0.2.9 table 77
in_ns ip route add 198.51.100.0/24 via 192.0.2.7 dev v0
in_ns ip route add 203.0.113.0/24 via 192.0.2.7 dev v0 table 77
in_ns ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev v0 nud permanent
in_ns ip neigh add fe80::7 lladdr 02:00:00:00:00:08 dev v0 nud permanent
nsbg python3 -c "
import socket, time
l = socket.socket(); l.bind(('127.0.0.1', 4470)); l.listen(5)
c = socket.create_connection(('127.0.0.1', 4470)); a = l.accept()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 4471))
print('ready', flush=True); time.sleep(1000)" >"$D/ready"
wait_for 30 grep -q ready "$D/ready"

# What stays the same from run to run, for each pane.
declare -A columns=(
	[connections]=proto,state,local,lport,remote,rport,process
	[hosts]=host,total [states]=state,count [interfaces]=interface,mtu,addresses,speed
	[protocols]=protocol,counter [processes]=pid,process,total
	[listeners]=proto,local,lport,pending,limit [routes]=destination,gateway,interface,table,type
	[rules]=priority,from,table [neighbours]=address,interface,mac
	[groups]=interface,group [nat]=proto,source,destination)
refuse=$BUILD/refuse
runs=0

sktop() { # refusal, arguments: sets $out, $err and $status
	local how=$1
	shift
	case $how in
	none) in_ns timeout 60 "$SK" "$@" ;;
	proc) in_ns unshare -m --propagation private sh -c \
		'mount -t tmpfs none /proc && exec "$@"' sh "$SK" "$@" ;;
	fds*) in_ns sh -c "ulimit -n ${how#fds}; exec \"\$@\"" sh "$SK" "$@" ;;
	*) in_ns timeout 60 "$refuse" "$how" "$SK" "$@" ;;
	esac >"$D/out" 2>"$D/err"
	status=$?
	case " $* " in
	*" json "*) out=$(jq -cS 'del(.losses, .time, .interval, .source)' "$D/out") ;;
	*" csv "*) out=$(cut -d, -f2- "$D/out") ;; # without the time
	*) out=$(cat "$D/out") ;;
	esac
	err=$(cat "$D/err")
	runs=$((runs + 1))
}

try() { # refusal, pane, format
	local args=(-1 -n -a --pane "$2" --format "$3" --columns "${columns[$2]}")
	# counters of ICMP types come with the first packet
	[ "$2" != protocols ] || args+=('protocol = (Tcp, TcpExt, Udp6)')
	[[ -n ${whole[$2/$3]+known} ]] || { sktop none "${args[@]}"; whole[$2/$3]=$out; }
	sktop "$1" "${args[@]}"
	local what="$2 as $3 without $1"
	case $status in 77 | 127) return 0 ;; esac # not possible here; the loader failed
	[ "$status" -lt 2 ] || fail "$what: status $status: $err"
	grep -qv '^sktop: ' "$D/err" && fail "$what: $err"
	if [ "$out" != "${whole[$2/$3]}" ]; then
		[ -n "$err" ] || fail "$what: other rows, and no word: $(diff <(echo "${whole[$2/$3]}") <(echo "$out") | head -5)"
		[ "$status" = 1 ] || grep -q ': from /proc' "$D/err" ||
			fail "$what: rows are missing, status 0: $err"
	fi
	[ "$status" = 0 ] || [ -n "$err" ] || fail "$what: status 1 without a word"
}
declare -A whole
proc=proc
is_sanitized && proc="" && echo "without /proc a sanitizer has its own words: that is not tried"
# looking for leaks, it lists its threads itself, and fails where that does
is_sanitized && export ASAN_OPTIONS=detect_leaks=0

for pane in "${!columns[@]}"; do
	for format in text json csv; do
		for how in diag route netfilter netlink $proc fds9 fds11 fds13 fds15; do
			try $how "$pane" $format
		done
	done
	for how in sendto:ENOBUFS:{0..3} recvfrom:EIO:{0..4} getdents64:EIO:{1..3} \
		openat:EMFILE:{8..30} pread64:EIO:{3..6} socket:EMFILE:{0..5}; do
		try "$how" "$pane" text
	done
done

# What is waited for and cannot come.
for how in diag netlink; do
	sktop $how -b -E
	check "events without $how end" 1 "$status"
	check_match "events without $how" 'destroyed sockets: cannot be read' "$err"
done
sktop diag -E -b --count 1
check "so they do with a count" 1 "$status"

# Who did not see the sockets cannot say that none matches.
sktop sendto:ENOBUFS:1 -K --dry-run -t sport = :4470
check_match "-K after a failed dump" 'tcp: cannot be read.*nothing was done' "$err"
sktop none -K --dry-run -t sport = :4470
check_match "-K finds it" '4470' "$out"

# A run goes on, and says each kind of loss once.
sktop recvfrom:EIO:0 -b --count 3 -d .1 -t
check "one line for three samples" 1 "$(wc -l <"$D/err")"
check "and status 1" 1 "$status"
sktop diag -b --count 2 -d .1 -tn --columns local,lport
check "the fallback is said once" 1 "$(grep -c 'from /proc/net' "$D/err")"
check "and is an answer" 0 "$status"

# Empty /proc hides nobody.
if [ -n "$proc" ]; then
	sktop proc -1 -tp
	check_match "an empty /proc" 'processes: cannot be read: /proc: No such file' "$err"
	grep -q hidepid "$D/err" && fail "blames hidepid: $err"
	check "what is lost stands in JSON" '[["counters","all"]]' \
		"$(in_ns unshare -m sh -c "mount -t tmpfs none /proc; exec $SK -1 -s -j" 2>/dev/null |
			jq -c '[.losses.lost[] | [.what, .kind]]')"
fi

# Names that cannot be read leave numbers, and a word.
for how in fds9 fds10 fds11 fds12 fds13 fds14 fds16; do
	sktop $how -1 -H -tl --columns user lport = 4470
	[[ $status != 0 || $out = root* || $err = *"names of users"* ]] ||
		fail "users without $how: '$out', '$err'"
done
[ "$runs" -gt 300 ] || fail "only $runs runs"
