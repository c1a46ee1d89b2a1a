#!/bin/bash
# In a user namespace (a rootless container) the kernel gives all users from outside one number,
# nobody's: they are not one user, and not nobody, but unknown.
. "$(dirname "$0")/lib.sh"
need unshare
ns_up
in_ns unshare -Ur true 2>/dev/null || skip "user namespaces are not allowed here"
for uid in 1234 4321 0; do
	nsbg python3 -c "
import os, socket, time
os.setuid($uid)
l = socket.socket(); l.bind(('127.0.0.1', 5000 + $uid)); l.listen(5); time.sleep(1000)"
done
wait_for 20 sh -c "[ \$(ip netns exec $NS ss -Hltn | wc -l) = 3 ]"
uids() { jq -c '[.connections | sort_by(.lport)[] | .uid]'; }
check "outside each has its own" "[0,1234,4321]" "$(in_ns "$SK" -1 -j -tln 2>/dev/null | uids)"
check "inside only root is known" "[0,null,null]" \
	"$(in_ns unshare -Ur "$SK" -1 -j -tln 2>/dev/null | uids)"
check "no user is nobody" 0 "$(in_ns unshare -Ur "$SK" -1 -j -tln --pane hosts --group user 2>/dev/null |
	jq '[.hosts[] | select(.host == "nobody" or .host == "65534")] | length')"
check "from /proc, too" "[0,null,null]" \
	"$(in_ns unshare -Ur "$SK" --no-sock-diag -1 -j -tln 2>/dev/null | uids)"
