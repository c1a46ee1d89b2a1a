#!/bin/bash
# File capabilities and setuid give sktop rights that whoever starts it does not have: it shows,
# but closes and signals nothing, opens no file that is named to it, and reads no terminal
# description of its user's. No rights, or rights of one's own: all of this works.
. "$(dirname "$0")/lib.sh"
need setpriv tic
ns_up
chmod 755 "$D"
cp "$SK" "$D/own"
cp "$SK" "$D/setuid" && chmod 4755 "$D/setuid"
nsbg python3 -c "
import os, socket
s = socket.socket(); s.bind(('127.0.0.1', 4260)); s.listen(5); s.set_inheritable(True)
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
os.execlp('sleep', 'sleep', '1000')"
wait_for 20 listens 4260

lent="" # the programs
[ "$(nobody "$D/setuid" -1 -H -tl --columns mark 2>&1)" = - ] || lent=setuid
if command -v setcap >/dev/null && cp "$SK" "$D/setcap" && chmod 755 "$D/setcap" &&
	setcap cap_net_admin,cap_kill+ep "$D/setcap" 2>/dev/null && nobody "$D/setcap" -V >"$D/out" 2>&1; then
	lent="$lent setcap"
fi
[ -n "$lent" ] || skip "$D gives no program rights (nosuid)"

echo 'sport = :4260' >"$D/filter"
chmod 644 "$D/filter"
for how in $lent; do
	while read -r words; do
		got=$(eval "nobody $D/$how $words" </dev/null 2>&1; echo "status $?")
		check_match "$how $words" "not its user's own rights" "$got"
		check_match "$how $words" "^status 2$" "$got"
	done <<-END
		-K --yes sport = :4260
		-K --dry-run sport = :4260
		-K --yes --signal TERM sport = :4260
		-1 -tl -F $D/filter
		-1 -tl -F /etc/shadow
		-1 -tl -F -
		-1 -tl -N /proc/1/ns/net
	END
	check "$how shows" "127.0.0.1:4260" "$(nobody "$D/$how" -1 -Htln --columns local | tr -d ' ')"
done
check "rights of one's own, a filter file" "127.0.0.1:4260" \
	"$(nobody "$D/own" -1 -Htln --columns local -F "$D/filter" | tr -d ' ')"
check_match "and -K" "signal sleep" \
	"$(nobody "$D/own" -K --dry-run --signal TERM sport = :4260 2>"$D/err")"
listens 4260 || fail "the listener is gone"

# A terminal description of the user's own, which says who reads it.
mkdir "$D/home"
printf 'sktop-case|mine,\n\tsmcup=\\E[?1049hMINE, use=xterm,\n' >"$D/mine.ti"
tic -x -o "$D/home/.terminfo" "$D/mine.ti" 2>"$D/err" || fail "tic: $(cat "$D/err")"
chmod -R a+rX "$D/home"
cat >"$D/screen.py" <<'END'
import os, pty, select, sys, time
keys = [k.split("=", 1) for k in sys.argv[1].split(";") if k]
pid, fd = pty.fork()
if pid == 0:
    os.setgroups([]), os.setresgid(65534, 65534, 65534), os.setresuid(65534, 65534, 65534)
    os.execvp(sys.argv[2], sys.argv[2:])
seen, end = b"", time.time() + 30
while time.time() < end:
    if keys and keys[0][0].encode() in seen:
        os.write(fd, keys.pop(0)[1].encode().decode("unicode_escape").encode())
    if not select.select([fd], [], [], .1)[0]:
        continue
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
sys.stdout.write(repr(seen))
os.kill(pid, 9)
END
screen() { # program, keys, environment...: what it drew
	in_ns env -u SSH_CONNECTION LC_ALL=C.UTF-8 python3 "$D/screen.py" "$2" env "${@:3}" \
		"$D/$1" -n -tl --columns local,process
}
for where in "TERMINFO=$D/home/.terminfo" "TERMINFO_DIRS=$D/home/.terminfo" "HOME=$D/home"; do
	check_match "$where is the user's own" MINE \
		"$(screen own "Quit=q" TERM=sktop-case "$where")"
	for how in $lent; do
		check "$how: $where is not read" 0 \
			"$(screen "$how" "Quit=q" TERM=sktop-case "$where" | grep -c MINE)"
	done
done
for how in $lent; do
	check_match "$how: key K closes nothing" "setuid" \
		"$(screen "$how" '4260=K\r;setuid=\r;Quit=q' TERM=xterm)"
done
listens 4260 || fail "the listener is gone"
