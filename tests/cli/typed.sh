#!/bin/bash
# README promises what to type: every command in its tables and under "For scripts" is run
# here, has to succeed, and to show something. Run in a network namespace of its own
# (make_sockets), since sockets are made for it.
#     typed.sh SKTOP SOURCE-DIRECTORY
SKTOP=$(realpath "$1")
top=$2
export SKTOP
here=$top/tests/cli
dir=$(mktemp -d)
failures=0
commands=0
coproc scene { exec python3 "$here/typed_scene.py"; }
trap 'exec {scene[1]}>&-; wait "$scene_PID"; rm -r "$dir"' EXIT
read -r ready elsewhere users <&"${scene[0]}"
[ "$ready" = ready ] || { echo "FAIL: no sockets to look at"; exit 1; }
echo 'state established' >"$dir/filter"

# The second column of a table: what stands in backquotes and begins with sktop.
typed() {
	awk '/^## You typed/ { on = 1 } /^### Left out/ { on = 0 }
	on && /^\|/ {
		gsub(/\\\|/, "\001")
		split($0, cell, "|")
		n = split(cell[3], part, "`")
		for (i = 2; i <= n; i += 2)
			if (part[i] ~ /^sktop/) {
				gsub(/\001/, "|", part[i])
				print part[i]
			}
	}' "$top/README.md"
}
scripts() {
	awk '/^## / { on = /For scripts/ } on && /^    sktop/ { sub(/^ +/, ""); print }' \
		"$top/README.md"
}
# Kernels differ, and nobody can have everything happen on one machine.
may_be_empty() {
	case $1 in
	*' -S' | *' --vsock' | *' --xdp' | *' --tipc' | *' -U' | *' -M -t' | *--nat* | *' -E'* | \
	*' -w' | *' -B' | *'rtt > '*) return 0 ;;
	*'user = www-data'*) [ "$users" = 0 ] ;;
	*) return 1 ;;
	esac
}
fail() {
	echo "FAIL: $1: $2"
	head -3 "$dir/out" "$dir/err"
	failures=$((failures + 1))
}
sktop() { "$SKTOP" "$@"; }
on_terminal() { python3 "$here/on_terminal.py" "$SKTOP" "$@"; }
export here
export -f sktop on_terminal
has_cgroup2() { awk '$3 == "cgroup2" { found = 1 } END { exit !found }' /proc/mounts; }
try() { # command as README has it
	local line=${1/ FILE/ $dir/filter} least=2
	if [[ $line == *'cgroup = '* ]] && ! has_cgroup2; then
		echo "SKIPPED: $line: cgroup2 is not mounted"
		return
	fi
	commands=$((commands + 1))
	line=${line/-N blue/-N $elsewhere}
	line=${line/-N 812/-N $elsewhere}
	case $line in
	*' -K '*) line+=" --dry-run" ;;
	*' -b -E') line+=" --count 1 -d 0.1" ;;
	*' -1 '* | *' -b '* | *--help*) ;;
	*) line="on_terminal ${line#sktop }" least=0 ;;
	esac
	case $line in
	*'| jq'* | *'| wc'* | *' -H'*) least=1 ;;
	esac
	! may_be_empty "$line" || least=1
	timeout 60 bash -c "set -o pipefail; $line" >"$dir/out" 2>"$dir/err" </dev/null ||
		{ fail "$1" "status $?"; return; }
	[ "$(wc -l <"$dir/out")" -ge $least ] || fail "$1" "shows nothing"
	[ "$(cat "$dir/out")" != 0 ] || fail "$1" "counts nothing"
}
while read -r line; do
	try "$line"
done < <(typed; scripts)
[ $commands -ge 90 ] || { echo "FAIL: only $commands commands found in README"; failures=1; }
echo "typed: $commands commands, $failures failures"
[ $failures -eq 0 ]
