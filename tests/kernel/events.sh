#!/bin/bash
# The feed of destroyed sockets, with connections of known size to make_sockets' own
# listener on 5001, beside `ss -E` on the same kernel.
sktop=$1
. "$(dirname "$0")/../lib.sh"
"$sktop" -b -E -j -d 0.1 >"$dir/feed" & feed=$!
stdbuf -oL ss -E -tnH >"$dir/ss" 2>/dev/null & theirs=$!
cleanup() { kill $feed $theirs 2>/dev/null; wait; }
wait_for() { # words, command
	local words=$1 i
	shift
	for ((i = 0; i < 1000; i++)); do
		"$@" && return 0
		sleep 0.02
	done
	fail "never: $words"
}
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
# Both are in the groups before anything is destroyed.
joined() { [ "$(awk '$2 == 4 && $4 != "00000000"' /proc/net/netlink | wc -l)" -ge 2 ]; }
wait_for "a first sample" has_lines "$dir/feed" 1
wait_for "two listeners of the feed" joined

open_and_close() { # bytes
	exec 5<>/dev/tcp/127.0.0.1/5001
	[ "$1" -eq 0 ] || head -c "$1" /dev/zero >&5
	# seen by a sample, so that owner and state can be remembered
	local before
	before=$(wc -l <"$dir/feed")
	wait_for "two more samples" has_lines "$dir/feed" $((before + 2))
	exec 5>&- 5<&-
}
open_and_close 0
open_and_close 5
open_and_close 3000
mine='[.[].events[] | select(.rport == 5001 and .local == "127.0.0.1")]'
told() { jq -es "$mine | length >= 3" "$dir/feed" >/dev/null 2>&1; }
wait_for "three events" told
jq -s "$mine" "$dir/feed" >"$dir/mine"
check() { # words, jq test
	jq -e "$2" "$dir/mine" >/dev/null || { echo "FAIL: $1"; cat "$dir/mine"; status=1; }
}
check "final counters" 'map(."tx-total") == [0, 5, 3000]'
check "what was seen before" "all(.[]; (.state | test(\"^(ESTABLISHED|FIN_WAIT[12])$\")) and .uid == $(id -u) and .life > 0)"
check "each once" '(map(.cookie) | unique | length) == 3'
check "in the order of time" 'map(.time) == (map(.time) | sort)'
wait_for "ss -E" has_lines "$dir/ss" 3
if ! diff <(jq -r '.[] | "127.0.0.1:\(.lport) 127.0.0.1:5001"' "$dir/mine" | sort) \
	<(awk '$NF ~ /:5001$/ || $(NF-1) ~ /:5001$/' "$dir/ss" |
		grep -oE '127\.0\.0\.1:[0-9]+ +127\.0\.0\.1:5001' | tr -s ' ' | sort); then
	fail "not the sockets of ss -E"
fi
[ $status -ne 0 ] || echo "ok: events: final counters, state and owner, the sockets of ss -E"
exit $status
