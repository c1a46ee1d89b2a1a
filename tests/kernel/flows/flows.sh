#!/bin/bash
# flows.sh SKTOP LOAD KIND [OPTION of check.py | NAME=NUMBER]...: what sktop says of a load of known
# bytes and connections, in a namespace with both its ends, each in a cgroup of its own
# where cgroup v2 may be written.
set -u
SK=$1 load=$2 kind=$3
shift 3
. "$(dirname "$0")/../../cases/lib.sh"
need nsenter
check=$(cd "$(dirname "$0")" && pwd)/check.py
ns_up
ip -n "$NS" addr add 10.9.0.1/32 dev lo
for host in 1 2 3; do ip -n "$NS" addr add "10.9.1.$host/32" dev lo; done
# `ip netns exec` would hide the cgroups
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
probe=$cgroup2/sktop-load-$$
if [ -n "$cgroup2" ] && mkdir "$probe" 2>/dev/null; then
	rmdir "$probe"
	set -- --cgroup "$cgroup2" "$@"
else
	echo "cgroups are not tried: there is none of version 2 that may be written"
fi
nsenter --net="/run/netns/$NS" python3 "$check" "$SK" "$load" "$kind" "$@"
status=$?
[ "$status" != 77 ] || skip "the kernel has no such sockets, or no tracepoints for us"
[ "$status" = 0 ] || FAILED=1
