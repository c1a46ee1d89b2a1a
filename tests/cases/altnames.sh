#!/bin/bash
# An interface is found by its alternative names, as ss and ip find it; a name that no
# interface has is said, as ss says it.
. "$(dirname "$0")/lib.sh"
long=averyveryverylongalternativename0
ns_up
in_ns ip link add v0 type veth peer name v1
in_ns ip addr add 192.0.2.1/24 dev v0
in_ns ip link set v0 up
in_ns ip link property add dev v0 altname $long altname short0 ||
	skip "this ip, or kernel, knows no alternative names"
for i in $(seq 40); do in_ns ip link property add dev v0 altname "$(printf 'x%.0s' {1..100})$i"; done
nsbg python3 -c "
import socket, time
s = socket.socket(); s.setsockopt(1, 25, b'v0'); s.bind(('0.0.0.0', 4411)); s.listen(5)
t = socket.socket(); t.bind(('127.0.0.1', 4412)); t.listen(5)
time.sleep(1000)"
wait_for 20 listens 4411 4412
ports() { in_ns "$SK" -1 -H -ltn --columns lport "$@" 2>&1 | sort | sed 's/^ *//'; }

for name in v0 $long short0 'short*'; do
	check "dev = $name" 4411 "$(ports "dev = $name")"
	check "dev != $name" 4412 "$(ports "dev != $name")"
	check "interface = $name" v0 "$(in_ns "$SK" -1 -H -i -a --columns interface "interface = $name")"
	check "interface != $name" "lo v1" \
		"$(in_ns "$SK" -1 -H -i -a --columns interface "interface != $name" | sort | xargs)"
	check "routes of $name" 192.0.2.0/24 \
		"$(in_ns "$SK" -1 -H -r -4 --columns destination "interface = $name" | tr -d ' ')"
	check "groups of $name" v0 \
		"$(in_ns "$SK" -1 -H --pane groups --columns interface "interface = $name" | sort -u)"
done
check "a series of samples" "4411 4411" "$(in_ns "$SK" -b --count 2 -d .1 -H -ltn --columns lport "dev = $long" | xargs)"
check "the last of many" 4411 "$(ports "dev = $(printf 'x%.0s' {1..100})40")"
check "dev ~ the end of it" 4411 "$(ports "dev ~ name0\$")"
check "-K finds it" 0 "$(in_ns "$SK" -K --dry-run -t "dev = $long" >/dev/null 2>&1; echo $?)"

for name in v0 $long short0 "$(printf 'x%.0s' {1..100})40"; do
	check "src of %$name" 4411 "$(ports "src 0.0.0.0%$name")"
	check "src of [%$name]" 4411 "$(ports "src [0.0.0.0]%$name:4411")"
	check "local on %$name" 4411 "$(ports "local = 0.0.0.0%$name")"
done
check "%: names are told apart by case" "sktop: filter: there is no interface 'SHORT0'" \
	"$(ports src 0.0.0.0%SHORT0)"

check "no such device" "sktop: filter: there is no interface 'nosuch'" "$(ports dev = nosuch)"
check "no such interface" "sktop: filter: there is no interface 'nosuch'" \
	"$(in_ns "$SK" -1 -H -i interface = nosuch 2>&1)"
check_match "-K says it as well" "there is no interface 'nosuch'" \
	"$(in_ns "$SK" -K --dry-run -t dev = nosuch 2>&1)"
check "a pattern that fits none is no slip" "" "$(ports 'dev = nosuch*')"
