#!/bin/bash
# A keepalive timer of thirty days is shown whole: it was cut at nine hours by a narrow field.
. "$(dirname "$0")/lib.sh"
ns_up
in_ns sysctl -qw net.ipv4.tcp_keepalive_time=2592000
nsbg python3 -c "
import socket, time
l = socket.socket(); l.bind(('127.0.0.1', 4210)); l.listen(5)
c = socket.create_connection(('127.0.0.1', 4210)); c.setsockopt(1, 9, 1); time.sleep(1000)"
wait_for 20 sh -c "ip netns exec $NS ss -Htno | grep -q keepalive"
check "expires > 29d finds it" keepalive \
	"$(in_ns "$SK" -1 -H -tn --columns timer 'expires > 29d and expires < 31d' | cut -d' ' -f1)"
check "JSON has its days" 29 \
	"$(in_ns "$SK" -1 -j -tn timer = keepalive | jq '.connections[0].expires / 86400 | floor')"
