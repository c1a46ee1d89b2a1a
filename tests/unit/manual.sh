#!/bin/bash
# The man page, --help and README name the same options, panes, groups and keys.
#     manual.sh SOURCE-DIRECTORY SKTOP
set -f # a key may be *
top=$1
sktop=$2
manual=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' "$top/docs/sktop.1")
readme=$(<"$top/README.md")
failures=0
n=0
fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}
named() { # option
	grep -qE -- "(^|[^-[:alnum:]])$1([^-[:alnum:]]|$)" <<<"$manual"
}
while read -r option; do
	n=$((n + 1))
	named "$option" || fail "the man page lacks $option, which --help has"
done < <("$sktop" --help | sed -n 's/^  \(-.\)* *\(--[a-z0-9-]*\).*/\1\n\2/p' | grep .)
[ $n -ge 80 ] || fail "only $n options found in --help"

# What the man page offers is understood: an argument may be missing, the word not.
for option in $(grep -E '^\.(BR|BI|B) "?-' <<<"$manual" | grep -oE -- '--?[[:alnum:]][a-z0-9-]*'); do
	out=$("$sktop" --synthetic sockets=1 -1 "$option" 2>&1 </dev/null)
	[[ $out != *"unknown option"* ]] || fail "the man page has $option, sktop has not"
done

panes=$("$sktop" --pane '' 2>&1 | sed 's/.*none of //; s/,//g')
for pane in $panes; do
	grep -qw "$pane" <<<"$manual" || fail "the man page lacks pane $pane"
	grep -qwi "$pane" <<<"$readme" || fail "README lacks pane $pane"
done
for format in $("$sktop" --format '' 2>&1 | sed 's/.*none of //; s/,//g'); do
	"$sktop" --help | grep -e '--format' | grep -qw "$format" || fail "--help lacks --format $format"
	"$sktop" -1 --synthetic sockets=9 --format "$format" >/dev/null || fail "--format $format"
done
for group in $("$sktop" --group '' 2>&1 | sed 's/.*none of //; s/,//g'); do
	"$sktop" --help | grep -A1 -e '--group' | grep -qw "$group" || fail "--help lacks group $group"
	grep -qw "$group" <<<"$manual" || fail "the man page lacks group $group"
	"$sktop" -1 --synthetic sockets=9 --group "$group" >/dev/null || fail "--group $group"
done
[ "$(wc -w <<<"$panes")" -ge 13 ] || fail "panes: $panes"
for digit in 0 1 2 3 4 5 6 7 8 9; do
	grep -q "^| $digit | " <<<"$readme" || fail "README's panes lack key $digit"
done

# Keys that README's paragraph mentions are in the table of keys.
for key in $(sed -n '/^Keys: /,/^$/p' "$top/README.md" | grep -oE '`[^`]+`' | tr -d '`'); do
	case $key in + | '*' | - | '#') continue ;; esac
	"$sktop" --help=keys | cut -c3-12 | tr ' ' '\n' | grep -qxF -- "$key" ||
		fail "README has key $key, --help=keys has not"
done
echo "manual: $n options, $failures failures"
[ $failures -eq 0 ]
