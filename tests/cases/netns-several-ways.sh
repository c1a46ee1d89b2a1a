#!/bin/bash
# Several names, processes and a thread lead to one network namespace, and come and go meanwhile.
# It is in the list once, and so is each socket in it.
. "$(dirname "$0")/lib.sh"
need_root
bg unshare -n sleep 300
first=$!
wait_for 20 eval '[ "$(readlink /proc/$first/ns/net)" != "$(readlink /proc/self/ns/net)" ]' ||
	skip "cannot make a network namespace"
inode=$(stat -Lc %i "/proc/$first/ns/net")
cat >"$D/listen.py" <<'P'
import ctypes, os, socket, threading, time
l = socket.socket(); l.bind(("0.0.0.0", 0)); l.listen(5)
print(l.getsockname()[1], os.fstat(l.fileno()).st_ino, flush=True)
def wander(): # in and out of a namespace of its own
    libc = ctypes.CDLL(None)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    while True:
        libc.unshare(0x40000000); time.sleep(.05)
        libc.setns(home, 0x40000000); time.sleep(.05)
threading.Thread(target=wander, daemon=True).start()
time.sleep(300)
P
bg nsenter -t "$first" -n python3 "$D/listen.py" >"$D/ready"
second=$!
wait_for 20 grep -q . "$D/ready"
read -r port socket <"$D/ready"
name=$NS
ALL_NS="$name-a $name-b $name-c"
ways() { ip netns "$@" 2>>"$D/ways"; }
ways attach $name-a "$first" || skip "cannot name a network namespace"
ways attach $name-b "$first"
coproc samples { exec "$SK" -n -N all -b -d 0.7 --count 8 -j -tl "sport = :$port" 2>"$D/err"; }
for n in {1..8}; do
	read -r line <&"${samples[0]}"
	check "sample $n has the socket once" 1 \
		"$(jq --argjson inode "$socket" '[.connections[] | select(.inode == $inode)] | length' <<<"$line")"
	check "sample $n has the namespace once" 1 \
		"$(jq --argjson inode "$inode" '[.namespaces[] | select(.inode == $inode)] | length' <<<"$line")"
	case $n in
	1) ways del $name-a ;;
	2) kill -9 "$first" ;;
	3) ways attach $name-c "$second" ;;
	4) ways del $name-b ;;
	6) ways del $name-c ;;
	esac
done
