#!/bin/bash
# Who says --yes is spared, if it can be told which connection is the own one. Without /proc and
# SSH_CONNECTION it cannot: nothing is closed, but by --including-my-ssh. SSH_CONNECTION is
# whatever somebody set.
. "$(dirname "$0")/lib.sh"
need unshare
is_sanitized && skip "a sanitizer does not end well without /proc"
ns_up
nsbg python3 -c "
import socket, time
l = socket.socket(); l.bind(('127.0.0.1', 4250)); l.listen(5)
pairs = [(socket.create_connection(('127.0.0.1', 4250)), l.accept()) for i in range(4)]
time.sleep(1000)"
served() { in_ns ss -Htn state established sport = :4250 | wc -l; }
is_served() { [ "$(served)" = "$1" ]; }
wait_for 20 is_served 4
blind() { # SSH_CONNECTION, options: -K without /proc
	in_ns unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh \
		env SSH_CONNECTION="$1" "$SK" -K --yes "${@:2}" \
		'sport = :4250 and state established' 2>&1
	echo "status $?"
}
in_ns unshare -m mount -t tmpfs none /proc 2>/dev/null || skip "cannot hide /proc"

for variable in "" "127.0.0.1 22" "x x x x" "127.0.0.1 1 127.0.0.1 2 3" \
	"127.0.0.1 99999 127.0.0.1 22" "$(printf '::1%%%0300d 1 ::1 2' 7)" $'\e[2J 1 \e]0;x\a 2'; do
	got=$(blind "$variable")
	check_match "'$variable' tells nothing" "say --including-my-ssh too" "$got"
	check_match "'$variable': status" "^status 1$" "$got"
	check "'$variable': nothing is closed" 4 "$(served)"
	check "'$variable': no controls are printed" 0 "$(grep -c $'\e' <<<"$got")"
done
got=$(blind "203.0.113.5 50514 192.0.2.1 22" --dry-run)
check_match "named, dry run" "Close 4 sockets" "$got"
check "and no warning" 0 "$(grep -c 'own connection' <<<"$got")"
check_match "the plan says it" "Your own connection may be among them" "$(blind "" --dry-run)"
blind "" --including-my-ssh >"$D/out"
check_match "--including-my-ssh goes on" "4 closed" "$(cat "$D/out")"
check "all are closed" 0 "$(served)"
