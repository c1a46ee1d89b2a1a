#!/bin/bash
# What JSON, CSV, filters and printed text have of a value is all of it: 303 addresses of an
# interface, 121 processes that hold a socket, a command line of 100,000 bytes, 150 threads.
# They were cut after 480, 256, 240 and 120 bytes.
. "$(dirname "$0")/lib.sh"
ns_up
for i in $(seq 300); do echo "address add 10.5.$((i / 200)).$((i % 200 + 1))/32 dev lo"; done |
	in_ns ip -batch -
addresses=$(in_ns ip -o address show dev lo | wc -l)
link=$(in_ns "$SK" -1 -j -ie interface = lo)
check "JSON has each address" "$addresses" "$(jq -r '.interfaces[0].addresses' <<<"$link" | wc -w)"
check "the last one too" 1 "$(jq -r '.interfaces[0].addresses' <<<"$link" | grep -cw 10.5.1.101/32)"
check "CSV has each" "$addresses" \
	"$(in_ns "$SK" -1 -H --format csv -i --columns addresses interface = lo | tr -d '"\r' | cut -d, -f2 | wc -w)"
check "text has each" "$addresses" \
	"$(in_ns "$SK" -1 -H -i --columns addresses interface = lo | wc -w)"
check "a filter finds the last" lo \
	"$(in_ns "$SK" -1 -H -i --columns interface 'addresses ~ 10.5.1.101/')"

cat >"$D/share.py" <<'P'
import os, socket, sys, threading, time
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(5)
for i in range(120):
    if not os.fork():
        time.sleep(1000)
for i in range(149):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
open(sys.argv[2], "w").write("ready")
time.sleep(1000)
P
long=$(head -c 100000 /dev/zero | tr '\0' x)
nsbg python3 "$D/share.py" 4371 "$D/ready" "$long" needle
first=$!
wait_for 60 test -s "$D/ready"
check "JSON names all holders" 121 \
	"$(in_ns "$SK" -1 -j -ltnp sport = :4371 2>/dev/null | jq -r '.connections[0].owners' | wc -w)"
check "text names all holders" 121 \
	"$(in_ns "$SK" -1 -H -ltnp --columns owners sport = :4371 2>/dev/null | wc -w)"
last=$(in_ns "$SK" -1 -j -ltnp sport = :4371 2>/dev/null |
	jq -r '.connections[0].owners | split(" ")[-1] | split("/")[1] | split(":")[0]')
check "the last one is a child" "$first" "$(awk '{ print $4 }' "/proc/$last/stat")"
for filter in "pid = $last" "owners ~ /$last:" "owners = */$last:*" "command ~ needle" \
	"command = *needle"; do
	check "$filter" 4371 "$(in_ns "$SK" -1 -H -ltnp --columns lport "$filter" 2>/dev/null)"
done
check "JSON has the whole command line" "$(tr '\0' ' ' <"/proc/$first/cmdline" | sed 's/ $//' | md5sum)" \
	"$(in_ns "$SK" -1 -j -ltnp sport = :4371 2>/dev/null |
		jq -j '.connections[0].command' | md5sum)"
check "so has CSV" 1 "$(in_ns "$SK" -1 -H --format csv -ltnp --columns command sport = :4371 2>/dev/null |
	grep -c "$long needle")"
check "all threads" 150 "$(in_ns "$SK" -1 -j -ltT sport = :4371 2>/dev/null |
	jq -r '.connections[0].threads' | wc -w)"
check "an order by what all begin with" 4371 \
	"$(in_ns "$SK" -1 -H -ltnp --sort owners --columns lport sport = :4371 2>/dev/null)"
check "each is planned for" 121 "$(in_ns "$SK" -K --signal TERM --dry-run sport = :4371 2>/dev/null |
	grep -c '^signal python3/')"
check "and listed once in JSON" 121 "$(in_ns "$SK" -K --signal TERM --dry-run -j sport = :4371 2>/dev/null |
	jq '[.actions[].pid] | unique | length')"

# more than 128 KiB: the kernel takes it in several arguments
nsbg python3 -c "import socket, time
s = socket.socket(); s.bind(('127.0.0.1', 4372)); s.listen(5); time.sleep(1000)" "$long" "$long"
wait_for 60 listens 4372
check "what is cut says so" "131076 ..." "$(in_ns "$SK" -1 -j -ltnp sport = :4372 2>/dev/null |
	jq -r '.connections[0].command | "\(length) \(.[-3:])"')"

# on the screen a cell may be cut, but y copies the whole row (OSC 52), and / searches it
cat >"$D/screen.py" <<'P'
import base64, fcntl, os, pty, re, struct, sys, termios, time

pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
sent = 0
end = time.time() + 120
copied = None
while time.time() < end:
    try:
        seen += os.read(fd, 65536)
    except OSError:
        break
    if sent == 0 and b"python3/" in seen:  # the owners are known
        os.write(fd, b"/needle\ry")
        sent = 1
    copied = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", seen)
    if copied:
        os.write(fd, b"q")
        break
text = base64.b64decode(copied.group(1)).decode() if copied else ""
print(len(re.findall(r"python3/\d+:", text)), text.endswith("x needle"), b"is not in any row" in seen)
P
check "y copies all" "121 True False" "$(timeout 150 ip netns exec "$NS" python3 "$D/screen.py" \
	"$SK" -n -l -t -p -d 0.3 --columns owners,command sport = :4371)"
