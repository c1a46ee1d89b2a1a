#!/bin/bash
# Names that are not ASCII, of devices, processes, users, control groups, namespaces and unix
# sockets: each is shown as it is, told from the others, and found by filters. Every byte was
# a '?', so größe0 and grüße0 were one.
. "$(dirname "$0")/lib.sh"
need unshare
ns_up
other=$NS-größe
ns_up "$other"
ip -n "$NS" link add name größe0 type bridge || skip "the kernel makes no bridges here"
ip -n "$NS" link add name grüße0 type bridge
ip -n "$NS" link add name 中文口 type bridge
ip -n "$NS" link add name $'raw\xff\xfe0' type bridge
ip -n "$NS" link add name $'raw\xfe\xff0' type bridge
for device in größe0 grüße0 中文口 $'raw\xff\xfe0' $'raw\xfe\xff0'; do
	ip -n "$NS" link set dev "$device" up
done
cat >"$D/listen.py" <<'P'
import os, socket, sys, time
sockets = []
for i, name in enumerate(["größe0".encode(), "grüße0".encode(), "中文口".encode(), b"raw\xff\xfe0", b"raw\xfe\xff0"]):
    s = socket.socket()
    s.setsockopt(1, 25, name) # SO_BINDTODEVICE
    s.bind(("0.0.0.0", 4130 + i))
    s.listen(1)
    sockets.append(s)
time.sleep(1000)
P
nsbg python3 "$D/listen.py"
wait_for 60 listens 4134

json=$(in_ns "$SK" -1 -j -ltn)
check "JSON has valid names" "größe0 grüße0 中文口 raw��0 raw��0" \
	"$(jq -r '[.connections | sort_by(.lport)[].dev] | join(" ")' <<<"$json")"
check "and tells two of them apart" "726177fffe30 726177feff30" \
	"$(jq -r '[.connections | sort_by(.lport)[]["dev-bytes"] // empty] | join(" ")' <<<"$json")"
for pair in größe0=4130 grüße0=4131 中文口=4132 'gr?ße0=4130 4131' $'raw\xff\xfe0=4133' \
	$'raw\xfe\xff0=4134' 'raw??0=4133 4134' 'raw��0=4133 4134' '中*=4132'; do
	check "dev = ${pair%%=*}" "${pair#*=}" "$(in_ns "$SK" -1 -H -ltn --sort lport \
		--columns lport "dev = \"${pair%%=*}\"" | xargs)"
done
check "interface = in any case" größe0 "$(in_ns "$SK" -1 -H -i --columns interface 'interface = GRÖßE0')"
check "the other is no match" 2 "$(in_ns "$SK" -1 -H -i --columns interface \
	'interface = gr* or interface ~ ^gr.ße0$' | wc -l)"
check "an address with its device" "0.0.0.0%中文口:4132" \
	"$(in_ns "$SK" -1 -H -ltn --columns local sport = :4132)"

# columns stand one below the other, whatever is in them
text=$(in_ns "$SK" -1 -ltn --columns dev,lport)
aligned() { # text: each line is as wide as the heading
	python3 -c "
import sys, unicodedata
lines = sys.stdin.read().splitlines()
width = lambda s: sum(2 if unicodedata.east_asian_width(c) in 'WF' else not unicodedata.combining(c) for c in s)
print(len({width(line) for line in lines}))" <<<"$1"
}
check "wide characters take two cells" 1 "$(aligned "$text")"
ascii=$(LC_ALL=C in_ns "$SK" -1 -ltn --columns dev,lport)
check "a terminal of ASCII gets ASCII" 0 "$(LC_ALL=C grep -c '[^ -~]' <<<"$ascii")"
check "one ? for each character" "gr??e0 gr??e0 ??? raw??0 raw??0" \
	"$(LC_ALL=C in_ns "$SK" -1 -H -ltn --sort lport --columns dev | xargs)"
check "JSON is UTF-8 in every locale" größe0 \
	"$(LC_ALL=C in_ns "$SK" -1 -j -ltn sport = :4130 | jq -r '.connections[0].dev')"
check "CSV is UTF-8 in every locale" größe0 \
	"$(LC_ALL=C in_ns "$SK" -1 -H --format csv -ltn --columns dev sport = :4130 | tr -d '\r' | cut -d, -f2)"
check "a locale that is not installed is not ASCII" größe0 \
	"$(in_ns env LC_ALL=xx_YY.UTF-8 "$SK" -1 -H -ltn --columns dev sport = :4130)"

# process, command line, user, namespace, unix socket
cp /etc/passwd "$D/passwd"
echo 'jörg:x:4711:4711::/:/bin/sh' >>"$D/passwd"
cat >"$D/process.py" <<'P'
import ctypes, os, socket, sys, time
os.setgid(4711)
os.setuid(4711)
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0) # PR_SET_NAME
s = socket.socket()
s.bind(("127.0.0.1", 4141))
s.listen(1)
u = socket.socket(socket.AF_UNIX)
u.bind("\0" + sys.argv[1])
u.listen(1)
time.sleep(1000)
P
bg ip netns exec "$other" python3 "$D/process.py" größe0
wait_for 60 sh -c "ip netns exec $other ss -Hlx | grep -q größe0"
run() { unshare -m sh -c 'mount --bind "$0" /etc/passwd && exec "$@"' "$D/passwd" "$SK" "$@" 2>/dev/null; }
check "JSON names them" "$other jörg größe0 größe0" "$(run -1 -j -N "$other" -ltp |
	jq -r '.connections[0] | [.netns, .user, .process, .command[-6:]] | join(" ")')"
check "and the unix socket" @größe0 "$(run -1 -j -N "$other" -xl | jq -r '.connections[0].local')"
for filter in 'process = größe0' 'process = GRÖßE0' 'process ~ größe' 'user = jörg' "netns = $other" \
	'command = *größe0' 'owners ~ ^größe0/'; do
	check "$filter" 4141 "$(run -1 -H -N "$other" -ltp --columns lport "$filter")"
done
check "src unix:" @größe0 "$(run -1 -H -N "$other" -xl --columns local src unix:@größe0)"
check "-K tells whom" 1 "$(run -N "$other" -K --signal TERM --dry-run sport = :4141 | grep -c '^signal größe0/')"
check "a message shows what was typed" 1 \
	"$(in_ns "$SK" -1 'größe = 1' 2>&1 | grep -c "'größe'")"

# control groups, where this machine lets us make one
mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
group=$mount/$NS-größe
if [ -n "$mount" ] && mkdir "$group" 2>/dev/null; then
	bg sh -c 'echo $$ >"$0/cgroup.procs" && exec nsenter --net="$1" python3 -c "
import socket, time
s = socket.socket(); s.bind((\"127.0.0.1\", 4142)); s.listen(1); time.sleep(1000)"' \
		"$group" "/run/netns/$NS"
	member=$!
	wait_for 60 listens 4142
	inside() { nsenter --net="/run/netns/$NS" "$SK" "$@" 2>/dev/null; }
	check "the cgroup's name" "/$NS-größe" \
		"$(inside -1 -j -ltn --cgroup sport = :4142 | jq -r '.connections[0].cgroup')"
	for filter in "cgroup = /$NS-größe" "cgroup ~ größe$" "cgroup = *GRÖßE"; do
		check "$filter" 4142 "$(inside -1 -H -ltn --columns lport "$filter")"
	done
	kill -9 "$member"
	wait_for 20 rmdir "$group"
fi
