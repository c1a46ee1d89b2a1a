#!/bin/bash
# The filter of the command line holds in the pane of events too, as with -b -E; where events
# do not know what it asks for, the pane says that it is not filtered.
. "$(dirname "$0")/lib.sh"
need tmux
ns_up
cat >"$D/ends.py" <<'P'
import socket, time
ls = []
for port in (7721, 7722):
    l = socket.socket(); l.bind(("127.0.0.1", port)); l.listen(5); ls.append(l)
while True: # connections to both end all the time
    for l in ls:
        c = socket.create_connection(l.getsockname()); a, _ = l.accept()
        c.close(); a.recv(1); a.close()
    time.sleep(.1)
P
nsbg python3 "$D/ends.py"
wait_for 20 listens 7721 7722
terminal 130 30 ip netns exec "$NS" "$SK" -n -d .2 dport = 7722
wait_for 20 shows 'Filter: dport = 7722'
$T send-keys 8
wait_for 20 shows 'sockets destroyed since'
wait_for 20 shows '127.0.0.1:7722 +[0-9]'
check "with the words of the filter" yes "$(shows 'Filter: dport = 7722' && echo yes)"
check "and none of the others" yes "$(shows_not '127.0.0.1:7721' && echo yes)"
terminal 130 30 ip netns exec "$NS" "$SK" -n -d .2 'dport = 7722 and cwnd > 0'
wait_for 20 shows 'Filter: dport'
$T send-keys 8
wait_for 20 shows 'not filtered'
wait_for 20 shows '127.0.0.1:7721'
