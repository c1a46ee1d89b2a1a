#!/bin/bash
# features.sh SKTOP SOURCE-DIRECTORY CMAKE COMPILER CARES BPF: configuring says which optional
# parts are in, as --version does, and which package would add the others.
sktop=$1 top=$2 cmake=$3 compiler=$4 cares=$5 bpf=$6
. "$(dirname "$0")/../lib.sh"
configure() { # options of cmake; its words into $dir/out
	rm -rf "$dir/build"
	"$cmake" -S "$top" -B "$dir/build" -DCMAKE_C_COMPILER="$compiler" "$@" >"$dir/out" 2>&1 ||
		{ cat "$dir/out"; fail "cmake $*"; }
}
says() { grep -qxF -- "-- $1" "$dir/out" || { fail "configuring does not say: $1"; cat "$dir/out"; }; }

configure -DSKTOP_CARES="$cares" -DSKTOP_BPF="$bpf"
says "$("$sktop" --version | grep '^features: ')"

configure -DSKTOP_CARES=OFF -DSKTOP_BPF=OFF
says 'features: +libmnl +ncursesw +jansson -c-ares -bpf'
says '-c-ares: no host names (SKTOP_CARES is OFF)'
says '-bpf: many sockets are listed more slowly (SKTOP_BPF is OFF)'

# A machine with what has to be there alone.
mkdir "$dir/pc"
for package in libmnl ncursesw tinfo jansson; do
	for folder in $(pkg-config --variable pc_path pkg-config | tr : ' '); do
		[ ! -f "$folder/$package.pc" ] || ln -s "$folder/$package.pc" "$dir/pc/"
	done
done
export PKG_CONFIG_LIBDIR=$dir/pc
configure
says 'features: +libmnl +ncursesw +jansson -c-ares -bpf'
says '-c-ares: no host names (for it: apt-get install libc-ares-dev)'
says '-bpf: many sockets are listed more slowly (for it: apt-get install clang libbpf-dev, of version 1.0 or newer)'
! grep -qx -- "-- " "$dir/out" || fail "an empty line"
exit $status
