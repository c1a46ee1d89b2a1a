#!/bin/bash
# An error of one sample ends no run: it is told with its own reason, and the next tick tries
# again. What could not be had at the start is tried again, too.
. "$(dirname "$0")/lib.sh"
is_sanitized && skip "a sanitizer wants to be loaded first"
ns_up
nsbg python3 -c "
import socket, time
l = socket.socket(); l.bind(('127.0.0.1', 4230)); l.listen(5); time.sleep(1000)"
wait_for 20 listens 4230
FAIL=$BUILD/libfail_call.so

# one of six samples fails
in_ns env LD_PRELOAD="$FAIL" FAIL_SEND=4 "$SK" -b -j --count 6 -d 0.1 -t >"$D/out" 2>"$D/err"
check "--count with a failed sample: status" 1 $?
check "--count with a failed sample: samples" 5 "$(jq -s 'map(select(.connections[0].lport == 4230)) | length' "$D/out")"
check "the failure, and its sum" "sktop: sampling: Cannot allocate memory; no sample this time
sktop: 1 of 6 samples failed; the last one: sampling: Cannot allocate memory" "$(grep -v unreadable "$D/err")"

# a harmless error before is not the reason
in_ns env LD_PRELOAD="$FAIL" FAIL_RECV=1 FAIL_SEND=5 "$SK" -b --count 6 -d 0.1 -t >"$D/out" 2>"$D/err"
check "the reason behind an earlier note" "sktop: 1 of 6 samples failed; the last one: sampling: Cannot allocate memory" \
	"$(tail -1 "$D/err")"

# --once has no other sample
in_ns env LD_PRELOAD="$FAIL" FAIL_SEND=1 "$SK" -1 -t >"$D/out" 2>"$D/err"
check "--once: status" 1 $?
check "--once: the reason" "sktop: sampling: Cannot allocate memory" "$(grep -v unreadable "$D/err")"
check "--once: no table" "" "$(cat "$D/out")"

# whatever the loop and the threads need: what is right, or why not
right=$(in_ns "$SK" -1 -tlnH --columns local,lport)
for call in eventfd timerfd_create epoll_create1 pthread_create poll; do
	for words in "-1" "-b --count 1" "-K --dry-run lport=4230"; do
		for at in 1 2 3 4 5 6; do
			got=$(in_ns timeout 60 env LD_PRELOAD="$FAIL" FAIL_CALL=$call FAIL_AT=$at "$SK" \
				$words -tlnH --columns local,lport 2>"$D/err")
			case $?:$got in
			"0:$right" | 0:Close*) ;;
			*)	check_match "$call $at of sktop $words: $got" "^sktop: .*" "$(grep -v unreadable "$D/err")" ;;
			esac
		done
	done
done

# no netlink at first: /proc has to do, until sockets can be had
nsbg env LD_PRELOAD="$FAIL" FAIL_UNTIL="$D/there" "$SK" -b -j -d 0.2 -t >"$D/out"
nsbg env LD_PRELOAD="$FAIL" FAIL_UNTIL="$D/there" "$SK" -b -E -d 0.2 -j >"$D/events"
nsbg env LD_PRELOAD="$FAIL" FAIL_UNTIL="$D/there" "$SK" -b -i -d 0.2 -j >"$D/links"
last() { tail -n 2 "$1" | head -1 | jq -e "$2"; }
wait_for 60 last "$D/out" '.losses.missing | index("sock_diag")'
wait_for 60 last "$D/links" '.losses.missing | index("rtnetlink")'
wait_for 60 test -s "$D/events"
touch "$D/there"
wait_for 90 last "$D/out" '.losses.missing | index("sock_diag") | not'
wait_for 60 last "$D/out" '.source == "live"'
wait_for 90 last "$D/links" '.losses.missing | index("rtnetlink") | not'
meet() { # a connection that ends, and is told
	in_ns python3 -c "
import socket
c = socket.create_connection(('127.0.0.1', 4230)); c.close()"
	sleep .3
	grep -q '"rport":4230' "$D/events"
}
wait_for 90 meet

# on the screen: said while the last good sample stays, and the run goes on
cat >"$D/screen.py" <<'END'
import os, pty, select, sys, time
SK, library, at = os.environ["SK"], sys.argv[1], sys.argv[2]
pid, fd = pty.fork()
if pid == 0:
    # wide, in one write: what is looked for stands in one piece
    os.execvpe(SK, [SK, "-t", "-d", "0.3"], dict(os.environ, LD_PRELOAD=library, FAIL_SEND=at, TERM="xterm",
                                                 LINES="24", COLUMNS="200"))
def wait_for(words):
    text, end = b"", time.time() + 60
    while words not in text:
        if time.time() > end or not select.select([fd], [], [], 60)[0]:
            sys.exit("%r never came with request %s failed" % (words, at))
        try:
            text += os.read(fd, 65536)
        except OSError:
            sys.exit("it ended with request %s failed" % at)
wait_for(b"no new sample, this is the last one: sampling: Cannot allocate memory")
for _ in range(3):  # samples that come after it move the clock
    if not select.select([fd], [], [], 60)[0] or not os.read(fd, 65536):
        sys.exit("nothing comes after request %s failed" % at)
os.write(fd, b"q")
end = time.time() + 60
while time.time() < end:
    try:
        os.read(fd, 65536)
    except OSError:
        break
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
for at in 7 12 18; do
	in_ns python3 "$D/screen.py" "$FAIL" $at || fail "the screen, with request $at failed"
done
