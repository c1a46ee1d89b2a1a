#!/bin/bash
# Each network namespace has ephemeral ports of its own: autobound takes those of the socket's.
. "$(dirname "$0")/lib.sh"
ns_up
in_ns sysctl -qw net.ipv4.ip_local_port_range="2000 2999"
nsbg python3 -c "
import socket, time
keep = []
for port in (2500, 40000):
    s = socket.socket(); s.bind(('127.0.0.1', port)); s.listen(5); keep.append(s)
time.sleep(1000)"
wait_for 20 listens 2500 40000
check "inside" 2500 "$(in_ns "$SK" -1 -H -ltn --columns lport autobound)"
check "-N NAME" 2500 "$("$SK" -1 -H -N "$NS" -ltn --columns lport autobound)"
check "-N all" 2500 "$("$SK" -1 -H -N all -ltn --columns lport netns = "$NS" and autobound)"
