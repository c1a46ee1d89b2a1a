#!/bin/bash
# A network namespace without a name is found through one of its processes. When that process
# ends, the sockets of the others are in the next sample all the same.
. "$(dirname "$0")/lib.sh"
need_root
port=$((20000 + $$ % 20000))
bg unshare -n sleep 300 # the first to be found: it has the lowest number
first=$!
wait_for 20 eval '[ "$(readlink /proc/$first/ns/net)" != "$(readlink /proc/self/ns/net)" ]' ||
	skip "cannot make a network namespace"
cat >"$D/listen.py" <<'P'
import os, socket, sys, time
l = socket.socket(); l.bind(("0.0.0.0", int(sys.argv[1]))); l.listen(5)
print(os.fstat(l.fileno()).st_ino, flush=True); time.sleep(300)
P
bg nsenter -t "$first" -n python3 "$D/listen.py" "$port" >"$D/ready"
wait_for 20 grep -q . "$D/ready"
socket=$(<"$D/ready")
# -N all sees the sockets of another run of this, too
count() { jq --argjson inode "$socket" '[.connections[] | select(.inode == $inode)] | length' <<<"$line"; }
inode=$(stat -Lc %i "/proc/$first/ns/net")
coproc samples { exec "$SK" -n -N all -b -d 0.5 --count 4 -j -tl 'sport = :'$port 2>"$D/err"; }
read -r line <&"${samples[0]}"
check "it is there" 1 "$(count)"
kill -9 "$first"
for n in 2 3 4; do
	read -r line <&"${samples[0]}"
	check "sample $n has it" 1 "$(count)"
	check "sample $n: the namespace is seen" seen \
		"$(jq -r --argjson inode "$inode" '.namespaces[] | select(.inode == $inode).state' <<<"$line")"
done
