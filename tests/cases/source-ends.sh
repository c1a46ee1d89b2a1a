#!/bin/bash
# A source that ends: what is printed ends with it, the screen stays and its keys work. Keys move
# nothing on in a source that can show its instant again.
. "$(dirname "$0")/lib.sh"
need tmux
out=$(timeout 60 "$SK" -b -d 0.1 -j --synthetic sockets=50,churn=5,samples=3,gaps=2)
check "status and samples" "0 3" "$? $(wc -l <<<"$out")"
check "each once" "[0.1,0.1,0.1]" \
	"$(jq -s -c '[.[].time] | [.[1] - .[0], .[2] - .[1], .[0] - 1767225600] | map(. * 10 | round / 10)' <<<"$out")"
check "fewer, when fewer are asked for" 2 \
	"$("$SK" -b --count 2 -d 0.1 -j --synthetic sockets=50,samples=3 | wc -l)"

TZ=UTC terminal 100 30 "$SK" -n -d 0.1 --synthetic sockets=50,churn=5,samples=3
wait_for 20 shows 'last sample'
shown() { $T capture-pane -p | head -1; }
last=$(shown)
# Drops of a listener are in the samples that a pane of listeners asked for, and in no other.
drops='0\.0\.0\.0:443 .*% +[^ ]+ +[0-9]'
for pane in 2 3 6 7; do
	$T send-keys $pane
	wait_for 20 shows 'last sample'
done
wait_for 20 shows "$drops"
check "panes are shown, the time stands still" "$last" "$(shown)"
$T send-keys 1
wait_for 20 shows 'TIME_WAIT|ESTABLISHED'
$T send-keys q
wait_for 20 eval '! $T has-session'

TZ=UTC terminal 100 30 "$SK" -n -d 3600 --synthetic sockets=50,churn=5
wait_for 20 shows 'ESTABLISHED'
last=$(shown)
$T send-keys 7
wait_for 20 shows "$drops"
check "nor did a key move the first sample on" "$last" "$(shown)"
