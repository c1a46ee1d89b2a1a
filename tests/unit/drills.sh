#!/bin/bash
# Each thing that CONTRIBUTING.md has a recipe for lies where its table says. Whoever forgets a
# part reads here which one.
#     drills.sh SOURCE-DIRECTORY
cd "$1" || exit 1
status=0
fail() {
	echo "FAIL: $*"
	status=1
}
# The words in a place of each row of an X-macro list: file, list, row, number of the word.
rows() {
	awk -v list="#define $2(" -v row="$3(" -v word="$4" '
		index($0, list) { on = 1; next }
		on && index($0, row) {
			split(substr($0, index($0, row) + length(row)), part, ",")
			gsub(/[ \t")]/, "", part[word])
			sub(/\\.*/, "", part[word])
			print part[word]
		}
		on && !/\\$/ { on = 0 }' "$1"
}
defined() { # pattern, files: the names behind the pattern
	local pattern=$1
	shift
	grep -hoE "^const $pattern[a-z_]+ = \{|^const $pattern[a-z_]+ =$" "$@" | sed -E 's/.* (.*) =.*/\1/'
}
in_list() { grep -qxF -- "$1" <<<"$2"; }

# A pane: src/columns/NAME.c, ui/panes/NAME.c, a row of SK_PANES, its output in tests/golden.
panes=$(rows include/sktop/panes.h SK_PANES PANE 2)
[ "$(wc -w <<<"$panes")" -ge 13 ] || fail "only these panes were found: $(xargs <<<"$panes")"
for pane in $panes; do
	grep -q "^const struct pane_ops pane_$pane " "ui/panes/$pane.c" 2>/dev/null ||
		fail "pane $pane: ui/panes/$pane.c with pane_$pane is missing"
	grep -q "^const struct sk_table sk_table_$pane " "src/columns/$pane.c" 2>/dev/null ||
		fail "pane $pane: src/columns/$pane.c with sk_table_$pane is missing"
	for format in txt json csv; do
		[ -s "tests/golden/$pane.$format" ] ||
			fail "pane $pane: tests/golden/$pane.$format is missing (golden.sh --renew)"
	done
	grep -qw "$pane" docs/sktop.1 || fail "pane $pane: docs/sktop.1 does not name it"
done
for pane in $(defined 'struct pane_ops ' ui/panes/*.c); do
	[ "$pane" = pane_dashboard ] || in_list "${pane#pane_}" "$panes" ||
		fail "$pane: include/sktop/panes.h has no row for it in SK_PANES"
done

# An overlay: ui/overlays/NAME.c, a row of OVERLAYS, and something that opens it.
overlays=$(rows ui/overlays/overlay.h OVERLAYS OVERLAY 2)
[ "$(wc -w <<<"$overlays")" -ge 9 ] || fail "only these overlays were found: $(xargs <<<"$overlays")"
for overlay in $overlays; do
	grep -q "^const struct overlay_ops window_$overlay " ui/overlays/*.c ||
		fail "overlay $overlay: no file of ui/overlays has window_$overlay"
done
for id in $(rows ui/overlays/overlay.h OVERLAYS OVERLAY 1); do
	grep -rqw --include='*.c' "OVERLAY_$id" ui || fail "overlay $id: nothing opens OVERLAY_$id"
done
for overlay in $(defined 'struct overlay_ops ' ui/overlays/*.c); do
	in_list "${overlay#window_}" "$overlays" ||
		fail "$overlay: ui/overlays/overlay.h has no row for it in OVERLAYS"
done

# A key: each function that a key may call is called by one (ui/keys.c, --help=keys and the key
# bar are made of the same row).
for act in $(sed -nE 's/^void (key_[a-z_]+)\(struct app .*/\1/p' ui/keys.h); do
	grep -qE "\b$act\b" ui/keys.c || fail "key: no row of ui/keys.c calls $act()"
done

# An output format: src/output/NAME.c, a row of SINKS, its word in the documents.
sinks=$(rows src/output/formats.h SINKS SINK 1)
[ "$(wc -w <<<"$sinks")" -ge 3 ] || fail "only these formats were found: $(xargs <<<"$sinks")"
for sink in $(defined 'struct sk_sink_ops ' src/output/*.c); do
	in_list "${sink#sink_}" "$sinks" || fail "format: SINKS of src/output/formats.h has no row for $sink"
done
for sink in $sinks; do
	grep -qw "$sink" docs/sktop.1 || fail "format: docs/sktop.1 lacks --format $sink"
	grep -qw -e "--format $sink" README.md || fail "format: README.md lacks --format $sink"
done

# A source: a function that makes it, a row of SK_SOURCES, its option in the man page.
sources=$(rows include/sktop/source.h SK_SOURCES SOURCE 1)
[ "$(wc -w <<<"$sources")" -ge 2 ] || fail "only these sources were found: $(xargs <<<"$sources")"
for source in $(grep -rhoE --include='*.c' '^int sk_[a-z]+_source_new\(' src |
	sed -E 's/^int sk_([a-z]+)_source_new.*/\1/'); do
	[ "$source" = live ] || in_list "$source" "$sources" ||
		fail "source: SK_SOURCES has no row for sk_${source}_source_new()"
done
for source in $sources; do
	grep -q -e "-$source\\b" docs/sktop.1 || fail "source: docs/sktop.1 lacks --$source"
done

# A field of tcp_info: a row of SK_TCP_FIELDS for each that this machine's kernel headers have,
# but for bit-fields and the state, which have words of their own.
fields=$(rows include/sktop/tcp.h SK_TCP_FIELDS FIELD 1; rows include/sktop/tcp.h SK_TCP_FIELDS BESIDE 1)
for field in $(awk '/^struct tcp_info \{/ { on = 1 } on && /^\}/ { on = 0 }
	on && /tcpi_/ && !/:/ { sub(/;.*/, ""); sub(/.*tcpi_/, ""); print }' \
	/usr/include/linux/tcp.h 2>/dev/null); do
	case $field in
	state) ;;
	*) in_list "$field" "$fields" || fail "tcp_info: SK_TCP_FIELDS has no row for tcpi_$field" ;;
	esac
done
exit $status
