#!/bin/bash
# The window on an interface that goes keeps its last counters and says so; when the interface is
# back under its name (a tunnel made anew), the window shows the new one. So does that of a route.
. "$(dirname "$0")/lib.sh"
need tmux
ns_up
make() {
	ip -n "$NS" link add dd0 type veth peer name dd1
	ip -n "$NS" link set dd0 up
	ip -n "$NS" link set dd1 up
	ip -n "$NS" addr add 10.66.0.1/24 dev dd0
}

make
wait_for 20 sh -c "ip -n $NS -s link show dd0 | grep -qE '^ +[1-9][0-9]{2,}'" # it has sent something
terminal 100 30 "ip netns exec $NS $SK -i -d 0.2 --sort interface"
wait_for 30 shows '^ +lo '
find_row() { # its text: searched for, and looked into
	$T send-keys -l "/$1"
	wait_for 30 shows "^Search: $1\$"
	$T send-keys Enter
	wait_for 30 shows "Search: $1 +(row|1 row)"
	$T send-keys Enter
}
find_row dd0
wait_for 30 shows '┌─ dd0 ─'
wait_for 30 shows 'RX packets'
wait_for 30 shows '10\.66\.0\.1/24'
ip -n "$NS" link del dd0
wait_for 30 shows '┌─ dd0 \(gone; last seen so\) ─'
check_match "the last counters stay" 'TX packets +[1-9]' "$($T capture-pane -p)"
check_match "and its address" '10\.66\.0\.1/24' "$($T capture-pane -p)"
make
wait_for 30 shows '┌─ dd0 ─'
wait_for 30 shows '10\.66\.0\.1/24'
$T send-keys Escape
wait_for 30 shows_not '┌─ dd0'
ip -n "$NS" link del dd0
wait_for 30 shows_not '^ +dd0 '

ip -n "$NS" route add blackhole 10.67.0.0/16
$T send-keys 9
wait_for 30 shows '10\.67\.0\.0/16'
find_row 10.67
wait_for 30 shows '┌─ Routes ─'
ip -n "$NS" route del blackhole 10.67.0.0/16
wait_for 30 shows '┌─ Routes \(gone; last seen so\) ─'
check_match "the route as it was" '10\.67\.0\.0/16' "$($T capture-pane -p)"
ip -n "$NS" route add blackhole 10.67.0.0/16
wait_for 30 shows '┌─ Routes ─'
