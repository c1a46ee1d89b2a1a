#!/bin/bash
# Who may include whom (docs/architecture.md), and how long a file may be.
cd "$1" || exit 1
status=0
forbid() { # files, pattern, words
	if grep -nE "$2" $1; then
		echo "FAIL: $3"
		status=1
	fi
}
forbid "$(find src -name '*.[ch]')" '#include .*(curses|term)\.h' "the engine knows no curses"
forbid "$(find src include -name '*.[ch]' ! -name main.c ! -name 'cli*.c')" \
	'#include .*sktop/ui\.h' "only main and the command line know the screen"
forbid "$(find src/model -name '*.[ch]' ! -name 'columns_interfaces.c')" \
	'#include .*(libmnl|linux/|kernel/|output/)' "the model knows no kernel"
forbid "$(find src/names -name '*.[ch]')" '#include .*(libmnl|linux/|kernel/|model/|output/)' \
	"names know neither kernel nor model"
forbid "$(find src ui include -name '*.[ch]' ! -path 'src/names/*')" '#include .*(ares|pwd)\.h' \
	"only the room of names asks for them"
forbid "$(find src/output -name '*.[ch]')" '#include "(kernel|model)/' "output sees the wall only"
forbid "$(find ui -name '*.[ch]')" '#include .*(libmnl|linux/|kernel/|model/|output/)' \
	"the screen sees the wall only"
for header in include/sktop/*.h; do
	echo "#include <sktop/$(basename "$header")>" |
		cc -std=gnu17 -Iinclude -Wall -Wextra -Werror -fsyntax-only -x c - ||
		{ echo "FAIL: $header does not stand alone"; status=1; }
done
for file in $(find src ui include tests -name '*.[ch]'); do
	lines=$(wc -l <"$file")
	[ "$lines" -le 1000 ] || { echo "FAIL: $file has $lines lines"; status=1; }
done
exit $status
