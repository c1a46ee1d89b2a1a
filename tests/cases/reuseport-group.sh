#!/bin/bash
# Listeners that share a port (SO_REUSEPORT): connections are counted once, at the first of
# them, since the kernel does not tell which one accepted; what waits is each one's own.
. "$(dirname "$0")/lib.sh"
ns_up
cat > "$D/p.py" <<'P'
import socket, time
keep = []
for i in range(16):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("127.0.0.1", 7203)); s.listen(100); s.setblocking(False); keep.append(s)
alone = socket.socket(); alone.bind(("127.0.0.1", 7204)); alone.listen(9)
for i in range(48):
    c = socket.create_connection(("127.0.0.1", 7203)); keep.append(c)
for s in keep[:4]:
    while True:
        try: keep.append(s.accept()[0])
        except BlockingIOError: break
keep.append(socket.create_connection(("127.0.0.1", 7204))); keep.append(alone.accept()[0])
time.sleep(1000)
P
nsbg python3 "$D/p.py"
wait_for 20 sh -c "[ \$(ip netns exec $NS ss -Htn sport = :7204 | wc -l) = 1 ]"
waiting=$(in_ns ss -Htln sport = :7203 | awk '{ s += $2 } END { print s }')
listeners() { in_ns "$SK" -1 -j --pane listeners -n "$@" 2>/dev/null; }
check "each socket is a row" 17 "$(listeners | jq '.listeners | length')"
check "connections in all" 49 "$(listeners | jq '[.listeners[].established] | add')"
check "they stand at one of the sharers, the others have none" "1 15" "$(listeners lport = 7203 |
	jq -r '[.listeners[].established] | "\(map(select(. == 48)) | length) \(map(select(. == null)) | length)"')"
check "not accepted in all, as ss has them" "$waiting" \
	"$(listeners | jq '[.listeners[]."not-accepted"] | add')"
check "each has its own queue" 0 \
	"$(listeners lport = 7203 | jq '[.listeners[] | select(.pending != ."not-accepted")] | length')"
check "how many share, and none with the one that is alone" "16 null 1" "$(listeners |
	jq -r '[.listeners[] | select(.lport == 7204)][0] as $a |
		[.listeners[].sharing] | "\(max) \($a.sharing) \($a.established)"')"
first=$(listeners lport = 7203 | jq -r '.listeners[] | select(.established != null) | .cookie')
other=$(listeners lport = 7203 | jq -r '[.listeners[] | select(.established == null)][0].cookie')
check "a filter does not make the group's count a socket's own" null \
	"$(listeners cookie = "0x$other" | jq '.listeners[0].established')"
check "the first stays the first" "$first" \
	"$(listeners lport = 7203 | jq -r '.listeners[] | select(.established != null) | .cookie')"
