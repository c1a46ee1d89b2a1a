# Sourced by the scripts that CTest runs (cases/ has its own): a folder for files, a word and a
# status for what fails.
dir=$(mktemp -d)
status=0
cleanup() { :; } # of what a script has besides
trap 'cleanup; rm -rf "$dir"' EXIT
fail() {
	echo "FAIL: $*"
	status=1
}
same() { # words, two files: whether both say the same, and something
	if ! diff "$2" "$3" >"$dir/diff" || [ ! -s "$2" ]; then
		fail "$1"
		head -50 "$dir/diff"
	else
		echo "ok: $1: $(wc -l <"$2") lines"
	fi
}
