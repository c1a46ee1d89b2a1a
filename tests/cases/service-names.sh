#!/bin/bash
# A service that has another port in UDP than in TCP: what is shown by its name is found by
# it, and nothing else is. Ports of AppleTalk are no ports of sockets.
. "$(dirname "$0")/lib.sh"
ns_up
printf 'apple 7101/ddp\napple 7104/tcp\nsame 7101/tcp\nsame 7102/udp\nonly 7103/udp\ndd 7102/ddp\n' >"$D/services"
nsbg python3 -c "
import socket, time
keep = []
for port in (7101, 7102, 7103, 7104):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(socket.AF_INET, kind); s.bind(('127.0.0.1', port)); keep.append(s)
        if kind == socket.SOCK_STREAM: s.listen(1)
time.sleep(1000)"
wait_for 20 sh -c "ip netns exec $NS ss -Htuln | grep -c 7104 | grep -qx 2"
run() { # sktop with these services alone
	in_ns unshare -m --propagation private sh -c \
		'mount --bind "$0" /etc/services && exec "$@"' "$D/services" "$SK" "$@"
}
run -1 -H -tu --columns lport >/dev/null 2>&1 || skip "cannot mount over /etc/services"
list() { run -1 -H -tun --columns proto,lport "$@" 2>&1 | sort | tr -s ' \n' ' ;'; }
check "port = :same" "tcp 7101;udp 7102;" "$(list port = :same)"
check "lport = same" "tcp 7101;udp 7102;" "$(list lport = same)"
check "sport != :same" "tcp 7102;tcp 7103;tcp 7104;udp 7101;udp 7103;udp 7104;" "$(list sport != :same)"
check "not port = :same" "$(list sport != :same)" "$(list not port = :same)"
check "port in (same, only)" "tcp 7101;tcp 7103;udp 7102;udp 7103;" "$(list 'port in (same, only)')"
check "apple is TCP's" "tcp 7104;udp 7104;" "$(list port = :apple)"
check_match "no service" "no port" "$(list port = :dd)"
check_match "src :same" "another port in each protocol" "$(list src :same)"
check "src :only" "tcp 7103;udp 7103;" "$(list src :only)"
check "shown by name" "same same" \
	"$(run -1 -H -tu --columns lport port = :same | sort | xargs)"
