#!/bin/bash
# The header counts what leaves the machine once: not again on the bridge, the VLAN or the bond
# that the same bytes pass through.
. "$(dirname "$0")/lib.sh"
need tmux
ns_up
ns_up "$NS-b"
other() { ip -n "$NS-b" "$@"; }
here() { ip -n "$NS" "$@"; }

send() { # address of the other side: a megabyte a second
	nsbg python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for i in range(10):
        try: s.sendto(b'x' * 1000, ('$1', 9))
        except OSError: pass
    time.sleep(.01)"
}

# "header's eth0's" into $D/frame, bytes/s of one frame, once traffic is in it
frame() { # the other interface that has the same traffic
	$T capture-pane -p | python3 -c "
import re, sys
def number(text):
    return float(text.rstrip('kMG')) * {'k': 1e3, 'M': 1e6, 'G': 1e9}.get(text[-1], 1)
rows, total = {}, None
for line in sys.stdin:
    found = re.search(r'TX +([0-9.]+[kMG]?)/s', line)
    if found: total = number(found[1])
    found = re.match(r' *(\S+) +([0-9.]+[kMG]?)( |$)', line)
    if found: rows[found[1]] = number(found[2])
if total is None or rows.get('eth0', 0) < 2e5 or rows.get('$1', 0) < 2e5: sys.exit(1)
print(int(total), int(rows['eth0']))" >"$D/frame"
}

RAN=0
# Refuses every netlink socket: interfaces come from /proc/net/dev then, and what they are from
# their drivers.
cat >"$D/deny.py" <<'END'
import ctypes, os, platform, struct, sys
number = {'x86_64': 41, 'aarch64': 198}.get(platform.machine())
if number is None: sys.exit(77)
code = b''.join(struct.pack('HBBI', *i) for i in (
    (0x20, 0, 0, 0), (0x15, 0, 3, number),  # socket(), and no other call
    (0x20, 0, 0, 16), (0x15, 0, 1, 16),     # AF_NETLINK
    (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)))
held = ctypes.create_string_buffer(code)
program = struct.pack('HxxxxxxP', len(code) // 8, ctypes.addressof(held))
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, program, 0, 0): sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
END

# what, the interface that counts the same bytes once more
check_once() {
	RAN=1
	look_once "$1" "$2" "$SK"
	python3 "$D/deny.py" /bin/true && look_once "$1, without rtnetlink" "$2" \
		"python3 $D/deny.py $SK"
}
look_once() { # what, interface, program
	terminal 100 24 "ip netns exec $NS $3 -i --columns interface,tx --no-bpf"
	wait_for 60 frame "$2" || { $T capture-pane -p; return; }
	read -r total device <"$D/frame"
	check "$1" "once" "$([ "$total" -le $((device * 6 / 5)) ] &&
		[ "$total" -ge $((device * 4 / 5)) ] && echo once || echo "$total of $device")"
	rm -f "$D/frame"
}

here link add eth0 type veth peer name eth0 netns "$NS-b"
here link set eth0 up
other link set eth0 up

if here link add br0 type bridge 2>/dev/null; then
	other addr add 10.77.0.2/24 dev eth0
	here link set eth0 master br0
	here link set br0 up
	here addr add 10.77.0.1/24 dev br0
	send 10.77.0.2
	check_once "a bridge and its port" br0
	kill -9 $!
	here link del br0
	other addr flush dev eth0
fi
if here link add mv0 link eth0 type macvlan mode bridge 2>/dev/null; then
	other addr add 10.80.0.2/24 dev eth0
	here link set mv0 up
	here addr add 10.80.0.1/24 dev mv0
	send 10.80.0.2
	check_once "a macvlan and its device" mv0
	kill -9 $!
	here link del mv0
	other addr flush dev eth0
fi
if here link add link eth0 name eth0.7 type vlan id 7 2>/dev/null; then
	other link add link eth0 name eth0.7 type vlan id 7
	other link set eth0.7 up
	other addr add 10.78.0.2/24 dev eth0.7
	here link set eth0.7 up
	here addr add 10.78.0.1/24 dev eth0.7
	send 10.78.0.2
	check_once "a VLAN and its device" eth0.7
	kill -9 $!
	here link del eth0.7
	other link del eth0.7
fi
if here link add bond0 type bond mode active-backup miimon 100 2>/dev/null; then
	here link set eth0 down
	here link set eth0 master bond0
	here link set bond0 up
	here link set eth0 up
	here link add link bond0 name bond0.8 type vlan id 8
	here link set bond0.8 up
	here addr add 10.79.0.1/24 dev bond0.8
	other link add link eth0 name eth0.8 type vlan id 8
	other link set eth0.8 up
	other addr add 10.79.0.2/24 dev eth0.8
	send 10.79.0.2
	check_once "a VLAN on a bond on a device" bond0
fi
[ $RAN = 1 ] || skip "this kernel has neither bridges nor macvlans, VLANs, bonds"
