#!/bin/bash
# Who may include and call whom (docs/architecture.md), and how long a file may be.
# walls.sh SOURCE_DIR OBJECT...
cd "$1" || exit 1
shift
# From the ground up: a folder of src/ includes and calls only itself and those before it.
floors="base sample names columns filter detail plan view kernel source sampler output program"
status=0
fail() {
	echo "FAIL: $*"
	status=1
}
forbid() { # files, pattern, words
	if grep -nE "$2" $1; then
		fail "$3"
	fi
}

# Includes of our own, then functions and tables: a public header hides whose they are.
# shellcheck disable=SC2016
check_floors='BEGIN { n = split(floors, list, " "); for (i = 1; i <= n; i++) rank[list[i]] = i }
{
	if (!rank[$1] || !rank[$2])
		print "FAIL: no floor of src/ in the list of tests/unit/walls.sh: " $0
	else if (rank[$2] > rank[$1])
		print "FAIL: src/" $1 " is below src/" $2 ", but uses it: " $3 " " $4
}'
includes() {
	find src -name '*.[ch]' | while read -r file; do
		floor=${file#src/}
		grep -oE '#include "[a-z_]+/[^"]+"' "$file" | cut -d'"' -f2 |
			sed -E "s|^([a-z_]+)/.*|${floor%%/*} \1 $file &|"
	done
}
# Each object of src/ as its floor, its name and the symbols that it has or wants.
symbols() {
	for object; do
		name=${object##*/src/}
		nm "$object" | awk -v floor="${name%%/*}" -v name="${name%.o}" \
			'NF >= 2 { print floor, name, $(NF - 1), $NF }'
	done
}
symbols "$@" >"${list:=$(mktemp)}"
trap 'rm -f "$list"' EXIT
[ -s "$list" ] || fail "no objects were named"
found=$({
	includes
	awk 'NR == FNR { if ($3 ~ /^[TDRBC]$/) home[$4] = $1; next }
		$3 == "U" && ($4 in home) { print $1, home[$4], $2, $4 }' "$list" "$list"
} | awk -v floors="$floors" "$check_floors" | sort -u)
[ -z "$found" ] || { echo "$found"; status=1; }

forbid "$(find src -name '*.[ch]')" '#include .*(curses|term)\.h' "the engine knows no curses"
forbid "$(find src include -name '*.[ch]' ! -path 'src/program/*')" \
	'#include .*sktop/ui\.h' "only src/program knows the screen"
below=" ${floors%% kernel*}"
forbid "$(find ${below// / src\/} -name '*.[ch]' ! -name interfaces.c)" \
	'#include .*(libmnl|linux/)' "what is below src/kernel does not talk to Linux"
forbid "$(find src ui include -name '*.[ch]' ! -path 'src/names/*')" '#include .*(ares|pwd)\.h' \
	"only src/names asks for them"
# What is below src/kernel asks the system nothing: a sample may come from elsewhere. Names are
# those of the machine that shows them, in src/names; src/base has clocks, threads and signals. (time()
# is allowed: a clock time in a filter is one of today.)
asks='open|openat|open64|fopen|fopen64|fdopen|opendir|readdir|readdir64|read|pread|write|close|fstat|stat|lstat
	statx|access|faccessat|readlink|readlinkat|socket|connect|bind|send|sendto|sendmsg|recv|recvfrom|recvmsg
	ioctl|poll|ppoll|select|epoll_wait|eventfd|pipe|pipe2|fcntl|mmap|getaddrinfo|getnameinfo|if_nametoindex
	if_indextoname|getpwuid|getpwuid_r|getpwnam|getpwnam_r|getgrgid_r|getservbyname|getservbyname_r
	getservbyport_r|gethostname|uname|getpid|gettid|getuid|geteuid|getgid|kill|prctl|setns|name_to_handle_at
	syscall|sysconf|getenv|secure_getenv|clock_gettime|gettimeofday|nanosleep|pthread_create
	getifaddrs|gethostbyname|if_nameindex|freopen|popen|system|socketpair|recvmmsg|sendmmsg|thrd_create'
asks=$(tr -d '\t' <<<"$asks" | tr '\n' '|')
found=$(awk -v below=" ${floors%% kernel*} " -v asks="^(${asks%|})\$" '
	$3 == "U" && index(below, " " $1 " ") && $1 != "base" && $1 != "names" && $4 ~ asks {
		print "FAIL: src/" $2 " is below src/kernel, but calls " $4 "()"
	}' "$list")
[ -z "$found" ] || { echo "$found"; status=1; }
forbid "$(find ui -name '*.[ch]')" \
	"#include .*(libmnl|linux/|\"(${floors// /|})/)" "the screen sees include/sktop only"
for header in include/sktop/*.h; do
	echo "#include <sktop/$(basename "$header")>" |
		cc -std=gnu17 -Iinclude -Wall -Wextra -Werror -fsyntax-only -x c - ||
		fail "$header does not stand alone"
done
for file in $(find src ui include tests -name '*.c'); do
	lines=$(wc -l <"$file")
	[ "$lines" -le 1000 ] || fail "$file has $lines lines"
done
exit $status
