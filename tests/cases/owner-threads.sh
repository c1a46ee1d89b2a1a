#!/bin/bash
# Who holds a socket does not depend on what is asked: a process whose main thread has ended
# (its descriptors are its other threads'), and a thread that has descriptors of its own.
. "$(dirname "$0")/lib.sh"
ns_up
cat >"$D/server.py" <<'P'
import ctypes, os, platform, socket, sys, threading, time
libc = ctypes.CDLL(None)
def listen(port):
    s = socket.socket(); s.bind(("127.0.0.1", port)); s.listen(5); return s
def alone():
    libc.unshare(0x400) # CLONE_FILES
    s = listen(4002); time.sleep(1000)
def stay():
    time.sleep(1000)
libc.prctl(15, sys.argv[1].encode(), 0, 0, 0)
if sys.argv[1] == "headless":
    s = listen(4001)
    threading.Thread(target=stay).start()
    while not os.path.exists(sys.argv[2]):
        time.sleep(.02)
    libc.syscall(60 if platform.machine() == "x86_64" else 93, 0) # exit: of this thread
else:
    threading.Thread(target=alone).start()
    time.sleep(1000)
P
nsbg python3 "$D/server.py" headless "$D/end"
headless=$!
nsbg python3 "$D/server.py" loner
loner=$!
wait_for 20 listens 4001 4002

# a series that saw the main thread alive
in_ns "$SK" -b -d .2 -j -ltn --columns lport,process,pid,fd >"$D/series" 2>/dev/null &
series=$!
wait_for 20 grep -q headless "$D/series"
touch "$D/end"
wait_for 20 grep -q "^State:.Z" "/proc/$headless/status"
last=$(($(wc -l <"$D/series") + 4))
wait_for 20 sh -c "[ \$(wc -l <$D/series) -ge $last ]"
kill "$series"
fd=$(tail -1 "$D/series" | jq '.connections[] | select(.lport == 4001) | .fd')
check "the series goes on to name it" "headless $headless $fd" \
	"$(tail -2 "$D/series" | jq -r '.connections[] | select(.lport == 4001) | "\(.process) \(.pid) \(.fd)"' |
		sort -u)"

expected="4001 headless $headless 4002 loner $loner"
for options in --no-bpf --bpf "--no-bpf -T" "--bpf -T"; do
	check "text, $options" "$expected" \
		"$(in_ns "$SK" -1 -H -ltnp $options --columns lport,process,pid 2>/dev/null | sort | xargs)"
	check "JSON, $options" "$expected" \
		"$(in_ns "$SK" -1 -j -ltnp $options 2>/dev/null |
			jq -r '.connections[] | "\(.lport) \(.process) \(.pid)"' | sort | xargs)"
done
check_match "the command line is told as well" "python3[^ ]* $D/server.py headless $D/end" \
	"$(in_ns "$SK" -1 -j -ltnp --columns command lport = 4001 2>/dev/null | jq -r '.connections[].command')"
check "processes" "headless $headless loner $loner" \
	"$(in_ns "$SK" -1 -H --pane processes -l --columns process,pid 2>/dev/null | sort | xargs)"
for port in 4001 4002; do
	check_match "signal, $port" "Send SIGTERM \(15\) to 1 process, for 1 chosen socket" \
		"$(in_ns "$SK" -K --signal TERM --dry-run -t "sport = :$port" 2>&1)"
done
check_match "a process without its main thread hears signals" "1 signalled" \
	"$(in_ns "$SK" -K --yes --signal KILL -t "sport = :4001" 2>&1)"
