#!/bin/bash
# SIGINT, SIGTERM and SIGHUP end a run whatever holds it up: a pipe or a terminal that takes
# nothing, a user database or a hosts file that does not answer.
. "$(dirname "$0")/lib.sh"
need unshare
ns_up
cp "$BUILD/libnss_hang.so.2" "$D/"
mkfifo "$D/hosts"
cp /etc/nsswitch.conf "$D/nsswitch.conf" 2>/dev/null
sed -i '/^passwd:/d' "$D/nsswitch.conf" 2>/dev/null
echo "passwd: hang" >>"$D/nsswitch.conf"
nsbg python3 -c "
import socket, time
l = socket.socket(); l.bind(('127.0.0.1', 4240)); l.listen(5)
c = socket.create_connection(('127.0.0.1', 4240)); time.sleep(1000)"
wait_for 20 sh -c "ip netns exec $NS ss -Htn | grep -q :4240"
in_ns unshare -m bash -c "
	mount --bind '$D/nsswitch.conf' /etc/nsswitch.conf && mount --bind '$D/hosts' /etc/hosts || exit 77
	exec python3 '$CASES/signals.py' '$D' '$D/hosts'"
status=$?
[ "$status" = 77 ] && skip "cannot mount over /etc"
[ "$status" = 0 ] || fail "a signal did not end it"
