#!/bin/bash
# smoke.sh BENCH: the harness still runs, prints every row with a value, and leaves
# nothing behind. No time is judged.
bench=$(realpath "$1")
if [ "$(id -u)" != 0 ] || ! unshare -mnp true 2>/dev/null; then
	echo "SKIPPED: no namespaces can be made here (needs root)"
	exit 77
fi
. "$(dirname "$0")/../lib.sh"
# A row: its name, a number above 0, a measure. Programs that are not there may be left out.
row() { # name, measure
	grep -Eq "^ *$1 +>? *[0-9]*[1-9.][0-9.]* $2" "$dir/out" ||
		grep -Eq "^ *$1 +left out: (not installed|this kernel)" "$dir/out" ||
		fail "no row: $1"
}

"$bench" --quick 500 1000 >"$dir/out" 2>"$dir/err" || fail "bench --quick ends with $?"
[ "$(grep -c '^== ' "$dir/out")" = 2 ] || fail "not two tables"
for name in 'bare netlink dump, a walk a family' 'bare netlink dump, one walk' \
	'the same, before there are sockets' \
	'sktop, full cycle' 'dump and decode' diff 'group by address' 'sort by rate' \
	'sort by RTT' filter 'JSON, every column' 'dump and decode, --no-bpf' \
	'ss -tanOHi' 'ss -tanp' 'netstat -tanp' 'sktop, the very first sight' \
	'sktop, first attribution' 'sktop, tick, nothing happens' 'sktop, tick, 1 % is new' \
	'first frame with rows' 'a whole frame, CPU' 'a tick, CPU of all threads' \
	"a tick, CPU of the screen's"; do
	row "$name" ms
done
row 'a tick, waits \(= wakeups\)' switches
row 'resident' KiB
row 'resident, at most' KiB
row 'the whole program' 'bytes a socket'
grep -q '^a tick, forced switches  *[0-9]' "$dir/out" || fail "no forced switches"
grep -Eq '^ticks too short for a sample +[0-9.]+ %' "$dir/out" || fail "no ticks"
grep -q '^sampling, diff, sort, group  *[0-9-]' "$dir/out" || fail "no bytes of the engine"
grep -q 'TIME_WAIT: [1-9][0-9]* at first, [1-9][0-9]* at the end' "$dir/out" ||
	fail "nothing in TIME_WAIT"
grep -q 'without an owner: 0 at first' "$dir/out" || fail "owners were not found"
grep -q '^us a socket and cycle: [0-9.]* at [0-9]*, [0-9.]* at' "$dir/out" ||
	fail "nothing about being even"
grep -q '^by sock_diag alone: [0-9.-]* at' "$dir/out" || fail "nothing of one source"
grep -q '^that less the walk of nothing: [0-9.-]* at' "$dir/out" ||
	fail "nothing of the walk"
[ "$(grep -c '^| .* | .* | .* |$' "$dir/out")" = 32 ] || fail "not 32 lines of Markdown"
[ "$(grep -c 'not measured\|nan\|inf' "$dir/out")" = 0 ] || fail "a row without a value"

"$bench" --quick --check 500 >"$dir/check" 2>>"$dir/err"
grep -q '^promise, at, measured, held or broken' "$dir/check" || fail "--check lists nothing"

"$bench" --mix --quick 500 >"$dir/out" 2>>"$dir/err" || fail "bench --mix ends with $?"
for kind in ESTABLISHED TIME_WAIT LISTEN UDP all; do
	grep -Eq "^$kind +5[0-9]{2} +[0-9.]+ ms +[0-9.]+ us +[0-9.]+ ms +[0-9.]+ us x [0-9]" \
		"$dir/out" || fail "--mix says nothing of $kind"
done
for share in '1 %' '10 %' '50 %' '100 %'; do
	grep -Eq "^$share +[1-9][0-9]* +[0-9.]+ ms +[0-9.]+ ms x [0-9]" "$dir/out" ||
		fail "--mix says nothing of $share"
done
grep -Eq '^100 % +500 ' "$dir/out" || fail "the filter of all does not find all"

"$bench" 12x >/dev/null 2>&1
[ $? = 2 ] || fail "12x is no number"

# Killed in the middle, with all that it started.
left() {
	grep -l "SKTOP_BENCH_SMOKE=$$\$" /proc/[0-9]*/environ -z 2>/dev/null | wc -l
}
env SKTOP_BENCH_SMOKE=$$ "$bench" --no-keys 2000 >/dev/null 2>&1 &
pid=$!
for _ in $(seq 300); do
	[ "$(left)" -gt 12 ] && break
	sleep 0.1
done
[ "$(left)" -gt 12 ] || fail "12 processes were never there"
kill "$pid"
wait "$pid" 2>/dev/null
for _ in $(seq 300); do
	[ "$(left)" = 0 ] && break
	sleep 0.1
done
[ "$(left)" = 0 ] || fail "$(left) processes were left behind"

[ $status = 0 ] || { cat "$dir/err" "$dir/out" "$dir/check"; }
exit $status
