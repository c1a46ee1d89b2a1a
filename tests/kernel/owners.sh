#!/bin/bash
# Who holds which socket: sktop beside ss -tanp, on the processes of make_owners, as
# root and as another user.
sktop=$1
. "$(dirname "$0")/../lib.sh"
chmod 755 "$dir"
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

# Both sides as: local remote pid:fd pid:fd ..., sorted.
from_ss() {
	ss -tanHOp | while read -r _ _ _ local remote users; do
		echo "$local $remote" $(grep -oE 'pid=[0-9]+,fd=[0-9]+' <<<"$users" |
			sed 's/pid=//; s/,fd=/:/' | sort)
	done | sort
}
from_json() {
	jq -r '.connections[] | "\(.local):\(.lport) \(.remote):\(.rport) " +
		([(.owners // "") | match("/([0-9]+):([0-9]+)(?= |$)"; "g") |
		  "\(.captures[0].string):\(.captures[1].string)"] | sort | join(" "))' |
		sed 's/ *$//; s/0\.0\.0\.0:0/0.0.0.0:*/' | sort
}
from_ss >"$dir/ss"
"$sktop" -1 -j -ta | tee "$dir/json" | from_json >"$dir/sktop"
same "owners as root against ss" "$dir/ss" "$dir/sktop"
nobody ss -V >/dev/null 2>&1 && {
	export -f from_ss
	nobody bash -c from_ss >"$dir/ss"
	nobody "$sktop" -1 -j -ta >"$dir/json-nobody"
	from_json <"$dir/json-nobody" >"$dir/sktop"
	same "owners as nobody against ss" "$dir/ss" "$dir/sktop"
}

# Descriptors looked at by BPF, where it may be loaded.
from_ss >"$dir/ss"
"$sktop" -1 -j -ta --bpf | from_json >"$dir/sktop"
same "owners with --bpf against ss" "$dir/ss" "$dir/sktop"

# The /proc fallback knows the inodes too.
from_ss >"$dir/ss"
"$sktop" -1 -j -ta --no-sock-diag | from_json >"$dir/sktop"
same "owners of the /proc fallback against ss" "$dir/ss" "$dir/sktop"

holds() { # file, jq test
	jq -e "$2" "$1" >/dev/null || { fail "jq $2"; head -c 2000 "$1"; }
}
# in a container even root may be refused some
refused=$(jq '.losses["unreadable-processes"]' "$dir/json")
holds "$dir/json-nobody" ".losses[\"unreadable-processes\"] > $refused"
holds "$dir/json-nobody" '.losses.missing | index("CAP_SYS_PTRACE") and index("CAP_DAC_READ_SEARCH")'
holds "$dir/json-nobody" '.connections[] | select(.lport == 7002 and .state == "LISTEN") |
	.owners | test("^nobodys/[0-9]+:[0-9]+ nobodys/[0-9]+:777$")'
holds "$dir/json-nobody" '.connections[] | select(.lport == 7003) | .process == null'
# not accepted: no inode, no descriptor, the owners of the listener
holds "$dir/json" '[.connections[] | select(.lport == 7001 and .state == "ESTABLISHED" and
	.fd == null and (.owners | split(" ") | length) > 3)] | length == 1'
holds "$dir/json" '.connections[] | select(.lport == 7003) | .process == "\ufffd[31m) S (\ufffd\ufffd" and
	.["process-bytes"] == "1b5b33316d29205320280aff"'
holds "$dir/json" '.connections[] | select(.lport == 7003) | .threads | split(" ") | length == 2'
holds "$dir/json" '[.connections[] | select(.lport == 7004)] | map(.pid) | unique | length == 2'
mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$mount" ] || echo "SKIPPED: control groups and units: cgroup2 is not mounted"
[ -z "$mount" ] || holds "$dir/json" '[.connections[] | select(.cgroup == null)] | map(.state) |
	all(. == "TIME_WAIT" or . == "SYN_RECV")'
nobody "$sktop" -1 -tp 2>&1 >/dev/null |
	grep -qE '^sktop: [0-9]+ process(es)? unreadable: needs root' || fail "-p says nothing"
LC_ALL=C "$sktop" -1 -tp 2>"$dir/words" >"$dir/text"
[ "$(grep -c unreadable "$dir/words")" -eq "$((refused > 0))" ] || fail "-p complains as root"
grep -qE '\(make_owners\+[0-9]+\)' "$dir/text" || fail "what waits for accept() shows it"
LC_ALL=C grep -q '[^ -~]' "$dir/text" && fail "a hostile name reached the text"

# Units need neither root nor a look at processes: a control group of our own.
group=$mount/sktop-test-$$.service
if [ -n "$mount" ] && mkdir "$group" 2>/dev/null; then
	(
		echo "$BASHPID" >"$group/cgroup.procs"
		exec 3<>/dev/tcp/127.0.0.1/7003 sleep 60
	) &
	member=$!
	for ((tries = 0; tries < 200; tries++)); do
		nobody "$sktop" -1 -j -ta --columns pid,state,unit,cgroup >"$dir/json-unit"
		grep -q "sktop-test-$$.service" "$dir/json-unit" && break
		sleep 0.05
	done
	holds "$dir/json-unit" ".connections | map(select(.unit == \"sktop-test-$$.service\" and
		.cgroup == \"/sktop-test-$$.service\" and .pid == null)) | length > 0"
	kill "$member"
	wait "$member"
	rmdir "$group"
fi

# Remembered by cookie: a closed socket has no inode, but had one in an earlier sample.
"$sktop" -b -d 0.1 -j -ta --columns rport,state,process,pid 'dport = 7002' >"$dir/watch" &
watcher=$!
(
	exec 3<>/dev/tcp/127.0.0.1/7002
	until grep -q "\"pid\":$BASHPID[,}]" "$dir/watch"; do sleep 0.05; done
) &
client=$!
wait "$client"
for ((tries = 0; tries < 200; tries++)); do
	tail -1 "$dir/watch" | grep -q FIN_WAIT2 && break
	sleep 0.05
done
kill "$watcher"
wait "$watcher"
tail -1 "$dir/watch" >"$dir/last"
holds "$dir/last" "[.connections[] | select(.pid == $client)] | map(.state) == [\"FIN_WAIT2\"]"
exit $status
