# Sourced by the cases of this folder. A case is one situation from the field: a script NAME.sh
# that CTest runs as case.NAME with SK (the program) and BUILD (the folder of the test programs)
# in its environment. Exit status 0: passed, 1: failed, 77: skipped, with the reason printed.
# Namespaces, terminals, processes and files that a case makes here are gone when it ends.
set -u
: "${SK:?the sktop program}" "${BUILD:=$(dirname "$SK")/tests}"
CASES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
D=$(mktemp -d)
export TMUX_TMPDIR=$D    # the sockets of terminals, which tmux leaves behind
export LC_ALL=C.UTF-8    # what is compared, whatever the language of the machine
NS=sk$$-$(basename "$0" .sh)
NS=${NS:0:30}
PIDS=""
ALL_NS=""
TERMINALS=0
FAILED=0

skip() { # reason
	echo "SKIPPED: $1"
	exit 77
}

need_root() { [ "$(id -u)" = 0 ] || skip "only root may make network namespaces"; }

# On a fresh machine (tests/fresh/run) all that tests/install-packages installs is there: what
# is missing then was forgotten in it, and would never be tested.
need() { # programs
	for program; do
		command -v "$program" >/dev/null && continue
		[ -z "${SKTOP_FRESH:-}" ] || { fail "tests/install-packages does not install $program"; exit 1; }
		skip "$program is not installed"
	done
}

# A program with a sanitizer has an allocator of its own, and complains where /proc is missing.
is_sanitized() { grep -qE '__(asan|tsan)_init' "$SK"; }

ns_up() { # [name]: a network namespace with loopback; in_ns runs a command in $NS
	local name=${1:-$NS}
	need_root
	ip netns add "$name" || skip "cannot make a network namespace"
	ALL_NS="$ALL_NS $name"
	ip -n "$name" link set lo up
}
in_ns() { ip netns exec "$NS" "$@"; }
nobody() { in_ns setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
listens() { # ports: whether TCP sockets of $NS listen there, all of them
	for port; do in_ns ss -Hltn "sport = :$port" | grep -q LISTEN || return; done
}

bg() { # a command that is ended with the case; $! is its process
	( exec "$@" ) &
	PIDS="$PIDS $!"
}
nsbg() { bg ip netns exec "$NS" "$@"; }

wait_for() { # seconds, command...: until it succeeds; a failed check where it never does
	local end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$end" ] || { fail "waited in vain for: $*"; return 1; }
		sleep .05
	done
}

# Runs a command on a terminal of its own; $T is tmux there. One at a time.
terminal() { # width, height, command...
	end_terminal
	TERMINALS=$((TERMINALS + 1))
	T="tmux -u -L $NS-$TERMINALS -f /dev/null"
	$T new-session -d -x "$1" -y "$2" "${@:3}"
}
end_terminal() { [ "$TERMINALS" = 0 ] || $T kill-server 2>/dev/null; }
shows() { $T capture-pane -p 2>/dev/null | grep -qE -- "$1"; } # extended regular expression
shows_not() { ! shows "$1"; }

fail() { # words
	echo "FAILED: $1"
	FAILED=1
}
check() { # what, expected, got
	[ "$2" = "$3" ] && return 0
	printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
	FAILED=1
}
check_match() { # what, extended regular expression, got
	grep -qE -- "$2" <<<"$3" && return 0
	printf 'FAILED: %s\n  expected to match: %s\n  got:               %s\n' "$1" "$2" "$3"
	FAILED=1
}

end_case() {
	local status=$?
	end_terminal
	for process in $PIDS; do kill -9 "$process" 2>/dev/null; done
	wait 2>/dev/null
	for name in $ALL_NS; do
		ip netns pids "$name" 2>/dev/null | xargs -r kill -9 2>/dev/null
		ip netns del "$name"
	done
	rm -rf "$D"
	[ "$status" != 0 ] || exit "$FAILED"
}
trap end_case EXIT
need ip ss jq python3 # what nearly all need; a case names what it needs besides
