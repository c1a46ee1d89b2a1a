#!/bin/bash
# Closed standard descriptors are not taken for sockets of ours, and what cannot be written
# is an error, whatever is printed. Only who closed the pipe is not told.
. "$(dirname "$0")/lib.sh"
bg python3 -c "
import socket, time
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(5)
print(l.getsockname()[1], flush=True); time.sleep(1000)" >"$D/port"
wait_for 20 test -s "$D/port"
PORT=$(cat "$D/port")
BUSY="--synthetic sockets=2000"

refused() { # what, words of sktop: status and word of an output that takes nothing
	local what=$1 status
	shift
	"$@" 2>"$D/err" </dev/null
	status=$?
	check "$what: status" 1 "$status"
	check_match "$what: why" '^sktop: writing: ' "$(cat "$D/err")"
}

closed() { exec "$SK" "$@" >&-; }
full() { "$SK" "$@" >/dev/full; }
for run in closed full; do
	for words in "-1" "-1 $BUSY" "-1 -j $BUSY" "-1 --format csv $BUSY" "-b --count 1 $BUSY" "-b -j" \
		--help --help=columns --help=keys --version "-K --dry-run lport = $PORT" \
		"-K --dry-run -j lport = $PORT"; do
		refused "$run: sktop $words" eval "( $run $words )"
	done
done
# a reader that has seen enough
"$SK" -1 --synthetic sockets=50000 2>"$D/err" | head -1 >"$D/out"
check "a closed pipe: status" "1 0" "${PIPESTATUS[*]}"
check "a closed pipe: no word" "" "$(cat "$D/err")"
# nothing else is missing: a listing with stdin and stderr closed is the same
"$SK" -1 -tlnH --columns lport "lport = $PORT" <&- 2>&- >"$D/out"
check "stdin and stderr closed: status" 0 $?
check "stdin and stderr closed: the listing" "$PORT" "$(cat "$D/out")"
