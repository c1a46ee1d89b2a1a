#!/bin/bash
# Processes of others that may not be read: whatever needs owners says so on stderr, once, and
# names what is missing, be it a capability, the user namespace, hidepid or /proc.
. "$(dirname "$0")/lib.sh"
need setpriv
ns_up
cp "$SK" "$D/sktop"
chmod 755 "$D"
nsbg python3 -c "
import socket, time
s = socket.socket(); s.bind(('127.0.0.1', 4101)); s.listen(5); time.sleep(1000)"
wait_for 20 listens 4101
with() { # capabilities, command...
	local caps=-all,$1
	shift
	nobody --inh-caps="$caps" --ambient-caps="$caps" "$@"
}

both='needs root \(CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH\)$'
while read -r words; do
	eval "nobody $D/sktop $words" >"$D/out" 2>"$D/err" </dev/null
	check "$words: said once" 1 "$(grep -c unreadable "$D/err")"
	check_match "$words" "^sktop: [0-9]+ process(es)? unreadable: $both" "$(cat "$D/err")"
done <<'END'
-1 -tnp
-1 -tn 'process ~ python'
-1 -tn 'pid > 0'
-1 --group process
-1 --pane processes
-1 --pane listeners
-1 -tn --columns local,process
-1 -tn --columns local,command
-1 -tn --sort process
-1 -j -tn
-1 --format csv -tn
-b --count 3 -d .1 -tn --columns local,owners
-K --dry-run 'process ~ python'
-K --dry-run 'sport = :4101'
-K --signal TERM --dry-run 'sport = :4101'
END
nobody "$D/sktop" -1 -tn >"$D/out" 2>"$D/err"
check "who asks for no process is told nothing" "" "$(cat "$D/err")"

owner() { # capabilities: the listener's process, and what is missing
	with "$1" "$D/sktop" -1 -j -tln 2>"$D/err" | jq -r \
		'[.connections[0].process, (.losses.missing | map(select(test("PTRACE|DAC"))))] |
		flatten | join(" ")'
}
if with +sys_ptrace,+dac_read_search true 2>/dev/null; then
	check "CAP_SYS_PTRACE alone" " CAP_DAC_READ_SEARCH" "$(owner +sys_ptrace)"
	check_match "and it is said" "unreadable: needs CAP_DAC_READ_SEARCH$" "$(cat "$D/err")"
	check "CAP_DAC_READ_SEARCH alone" " CAP_SYS_PTRACE" "$(owner +dac_read_search)"
	check_match "and it is said" "unreadable: needs CAP_SYS_PTRACE$" "$(cat "$D/err")"
	check "both" python3 "$(owner +sys_ptrace,+dac_read_search | sed 's/python3.*/python3/')"
	check "or CAP_DAC_OVERRIDE" python3 \
		"$(owner +sys_ptrace,+dac_override | sed 's/python3.*/python3/')"
else
	echo "capabilities that this machine does not give are not tried"
fi
if unshare -r true 2>/dev/null; then
	check_match "capabilities of another user namespace" "unreadable: not of our user namespace" \
		"$(in_ns unshare -r "$D/sktop" -1 -tlnp 2>&1 >/dev/null)"
	check "and marks" "sktop: marks need CAP_NET_ADMIN: the filter finds none" \
		"$(in_ns unshare -r "$D/sktop" -1 -tln mark = 7 2>&1 >/dev/null)"
fi

masked() { # options of mount, the directory, then a command: with another /proc
	in_ns unshare -mpf sh -c "mount --make-rprivate / && mount $1 /proc && $2; exit"
}
if masked "-t proc -o hidepid=2 proc" true 2>/dev/null; then
	check_match "hidepid" "^sktop: others' processes hidden \(hidepid\): $both" "$(masked \
		"-t proc -o hidepid=2 proc" "setpriv --reuid 65534 --regid 65534 --clear-groups $D/sktop -1 -tlnp" \
		2>&1 >/dev/null)"
	is_sanitized || check "no /proc" \
		"sktop: processes: cannot be read: /proc: No such file or directory" "$(masked \
		"-t tmpfs none" "$D/sktop -1 -tnp dport = 1" 2>&1 >/dev/null)"
fi
