#!/bin/bash
# The kernel's last word on a connection that its owner aborts lacks ends and counters: they are
# those of the last sample, and filters see them. And the peer's FIN is no byte of payload.
. "$(dirname "$0")/lib.sh"
ns_up
cat > "$D/p.py" <<'P'
import os, socket, struct, sys, time
l = socket.socket(); l.bind(("127.0.0.1", 7710)); l.listen(5)
def pair():
    c = socket.create_connection(("127.0.0.1", 7710)); a, _ = l.accept(); c.send(b"x" * 1000)
    return c, a
def phase(name):
    open(sys.argv[1] + "/" + name, "w").close()
    while not os.path.exists(sys.argv[1] + "/after-" + name): time.sleep(.02)
aborted, orderly, half = pair(), pair(), pair()
open(sys.argv[1] + "/ports", "w").write(" ".join(str(p[0].getsockname()[1])
    for p in (aborted, orderly, half)))
phase("connected")
c, a = aborted
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()
c, a2 = orderly; c.close()
while a2.recv(2000): pass
a2.close()
half[0].close()                             # its own end stays in FIN_WAIT2
c, a3 = pair(); c.close()                   # between two samples
while a3.recv(2000): pass
a3.close()
phase("ended")
# who closes first is gone, but for a FIN_WAIT2 record, before the peer's FIN
l2 = socket.socket(); l2.bind(("127.0.0.1", 7711)); l2.listen(5)
def exchange():
    c = socket.create_connection(l2.getsockname()); s, _ = l2.accept()
    s.sendall(b"x" * 100); c.recv(1000); c.sendall(b"y" * 50); s.recv(1000)
    return c, s
for wait in 0, .02, .3, 1.2:
    c, s = exchange(); s.close(); time.sleep(wait); c.close()      # EOF stays unread
    c, s = exchange(); c.close(); time.sleep(wait); s.recv(9); s.close()
l2.close()
phase("closed")
P
nsbg python3 "$D/p.py" "$D"
wait_for 20 test -e "$D/connected"
nsbg "$SK" -b -E -j -n -d 1 dport = :7710 or sport = :7710 or dport = :7711 or sport = :7711 >"$D/events" 2>/dev/null
wait_for 20 sh -c "[ \$(wc -l <$D/events) -ge 2 ]"
touch "$D/after-connected"
read -r aborted orderly half <"$D/ports"
events() { jq -r -s "[.[].events[]] | $1" <"$D/events"; }
wait_for 20 sh -c "[ \$(jq -s '[.[].events[]] | length' <$D/events) -ge 6 ]"
check "the aborted one: ends, bytes and state" "127.0.0.1 $aborted 127.0.0.1 7710 1000 0 ESTABLISHED" \
	"$(events "map(select(.lport == $aborted))[0] |
	\"\(.local) \(.lport) \(.remote) \(.rport) \(.[\"tx-total\"]) \(.[\"rx-total\"]) \(.state)\"")"
check "an orderly end: neither side received a byte too much" "1000 0 0 1000" "$(events "
	[map(select(.lport == $orderly)), map(select(.rport == $orderly)) | .[0] |
	.[\"tx-total\"], .[\"rx-total\"]] | map(tostring) | join(\" \")")"
check "the peer has not ended yet: none is taken away" "1000 0" "$(events "
	map(select(.lport == $half))[0] | \"\(.[\"tx-total\"]) \(.[\"rx-total\"])\"")"
check "one that came and went at once" "0 1000" "$(events "map(select(.lport == 7710 and
	(.rport | IN($aborted, $orderly, $half) | not)))[0] | \"\(.[\"tx-total\"]) \(.[\"rx-total\"])\"")"
touch "$D/after-ended"
wait_for 20 test -e "$D/closed"
wait_for 20 sh -c "[ \$(jq -s '[.[].events[] | select(.rport > 0 and (.lport == 7711 or .rport == 7711))] |
	length' <$D/events) -ge 16 ]"
check "whoever closes first: what was received is what was sent" "8 [50] 8 [100]" "$(events "
	[map(select(.lport == 7711 and .rport > 0)), map(select(.rport == 7711)) |
	length, (map(.[\"rx-total\"]) | unique)] | map(tostring) | join(\" \")")"
touch "$D/after-closed"
