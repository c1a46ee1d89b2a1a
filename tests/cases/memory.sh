#!/bin/bash
# One allocation fails, whichever it is: a run ends with status 0 and the right output, or
# with status 1 and a word on stderr. FAIL_STEP=1 tries each of them, which takes minutes.
. "$(dirname "$0")/lib.sh"
is_sanitized && skip "a sanitizer has its own allocator"
ns_up
nsbg python3 -c "
import socket, time
l = socket.socket(); l.bind(('127.0.0.1', 4220)); l.listen(5); time.sleep(1000)"
wait_for 20 listens 4220
in_ns python3 "$CASES/memory.py" "$BUILD/libfail_alloc.so" "$D" "${FAIL_STEP:-3}" ||
	fail "a failed allocation ended in a crash, a hang, silence or a wrong table"
