#!/bin/bash
# smoke_steady.sh BENCH_STEADY SKTOP: it still runs, prints a line for every program and
# leaves nothing behind. No time and no growth is judged.
bench=$(realpath "$1") sktop=$(realpath "$2")
if [ "$(id -u)" != 0 ] || ! unshare -mnp true 2>/dev/null; then
	echo "SKIPPED: no namespaces can be made here (needs root)"
	exit 77
fi
. "$(dirname "$0")/../lib.sh"

out=$("$bench" "$sktop" idle 1 20) || fail "idle ends with $?"
for name in sktop 'sktop --pane dashboard' 'sktop --columns=-process'; do
	[ "$(grep -Ec "^$name +[0-9.]+ ms .* [0-9.]+ waits .* [1-9][0-9]* KiB" <<<"$out")" = 2 ] ||
		fail "no two lines: $name"
done
grep -q '^an idle desktop: 2[0-9][0-9] TCP sockets, 20 processes' <<<"$out" ||
	fail "not the desktop that was asked for"
grep -Eq '(held|broken)$' <<<"$out" || fail "no verdict"

# where htop is not installed sktop is measured alone
out=$(PATH=/nonexistent "$bench" "$sktop" idle 1 20) || fail "idle without htop ends with $?"
[ "$(grep -c 'htop is not installed' <<<"$out")" = 2 ] || fail "does not say that htop is missing"
[ "$(grep -c '^sktop .* waits' <<<"$out")" = 6 ] || fail "sktop is not measured without htop"

out=$("$bench" "$sktop" churn 2 500) || fail "churn ends with $?"
grep -Eq '^ +[2-9] s +[0-9]{3,} opened' <<<"$out" ||
	fail "nothing was opened"
for name in screen batch; do
	grep -Eq "^$name +at most, second quarter: .*; last: [1-9]" <<<"$out" || fail "no line: $name"
done
"$bench" --check "$sktop" churn 1 100 >/dev/null && fail "--check finds nothing in one second"

[ "$status" = 0 ] || echo "$out"
exit $status
