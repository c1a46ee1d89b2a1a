#!/bin/bash
# Under -N all one private address of two namespaces is two hosts, and so is one link-local
# address on two links; a port is another service there; the plan of -K names the namespace.
. "$(dirname "$0")/lib.sh"
need tmux
A=$NS-a B=$NS-b
ns_up "$A"
ns_up "$B"
cat > "$D/p.py" <<'P'
import socket, sys, time
l = socket.socket(); l.bind(("127.0.0.1", 4431)); l.listen(5)
keep = [socket.create_connection(("127.0.0.1", 4431)) for i in range(int(sys.argv[1]))]
time.sleep(1000)
P
bg ip netns exec "$A" python3 "$D/p.py" 1
bg ip netns exec "$B" python3 "$D/p.py" 2
for one in "$A 2" "$B 4"; do
	set -- $one
	wait_for 20 sh -c "[ \$(ip netns exec $1 ss -Htn | wc -l) = $2 ]"
done
SCOPE="netns = $A or netns = $B"
hosts() { "$SK" -1 -j -N all -tn "$@" 2>/dev/null; }
check "a host for each namespace" "127.0.0.1 2 $A 127.0.0.1 4 $B" "$(
	hosts --pane hosts "($SCOPE) and connected" |
		jq -r '[.hosts | sort_by(.total)[] | "\(.host) \(.total) \(.netns)"] | join(" ")')"
check "a network for each" 2 "$(
	hosts --pane hosts --group prefix "($SCOPE) and connected" | jq '.hosts | length')"
check "a service for each" "tcp/4431 3 $A tcp/4431 5 $B" "$(
	hosts --pane hosts --group port "$SCOPE" |
		jq -r '[.hosts | sort_by(.total)[] | "\(.host) \(.total) \(.netns)"] | join(" ")')"
check_match "text names the namespace without being asked" "^$A +127\.0\.0\.1 " \
	"$("$SK" -1 -N all -tn --pane hosts "$SCOPE" 2>/dev/null)"
check "the plan names it" "2 4" "$("$SK" -K --dry-run -N all -t connected and port = :4431 2>/dev/null |
	awk -v a="$A" -v b="$B" '/^close/ { n[$(NF-1)]++ } END { print n[a] " " n[b] }')"
check "so does its JSON" 4 "$("$SK" -K --dry-run -j -N all -t connected and port = :4431 2>/dev/null |
	jq --arg b "$B" '[.actions[] | select(.netns == $b)] | length')"

# Enter on a host shows its own sockets and no others
terminal 140 40 "$SK" -N all -tn --pane hosts --sort total:desc "($SCOPE) and connected"
wait_for 20 shows '127\.0\.0\.1'
$T send-keys Enter
wait_for 20 shows 'ip 127\.0\.0\.1 in '
wait_for 20 shows ESTABLISHED
check "rows of the other namespace" "4 0" \
	"$($T capture-pane -p | grep -c "$B .*ESTABLISHED") $($T capture-pane -p | grep -c "$A .*ESTABLISHED")"
end_terminal

# two links of one namespace, with the same address at their far ends
ip -n "$A" link add v0 type veth peer name w0 netns "$B"
ip -n "$A" link add v1 type veth peer name w1 netns "$B"
for end in "$A v0" "$A v1" "$B w0" "$B w1"; do
	set -- $end
	ip -n "$1" link set "$2" addrgenmode none 2>/dev/null
	ip -n "$1" link set "$2" up
	ip -n "$1" addr add "fe80::$([ "$1" = "$A" ] && echo a || echo b)/64" dev "$2" nodad
done
cat > "$D/six.py" <<'P'
import socket, sys, time
if sys.argv[1] == "listen":
    l = socket.socket(socket.AF_INET6); l.bind(("::", 4432)); l.listen(5); time.sleep(1000)
while True:
    try: keep = [socket.create_connection(("fe80::b%" + d, 4432), 5) for d in ("v0", "v1")]; break
    except OSError: time.sleep(.1)
time.sleep(1000)
P
bg ip netns exec "$B" python3 "$D/six.py" listen
bg ip netns exec "$A" python3 "$D/six.py" connect
wait_for 30 sh -c "[ \$(ip netns exec $A ss -Htn dport = :4432 | wc -l) = 2 ]"
check "a host for each link" "fe80::b%v0 1,fe80::b%v1 1" "$(ip netns exec "$A" "$SK" -1 -j -tn \
	--pane hosts dport = :4432 2>/dev/null |
	jq -r '[.hosts | sort_by(.host)[] | "\(.host) \(.total)"] | join(",")')"
check "a network for each link" "fe80::%v0/64,fe80::%v1/64" "$(ip netns exec "$A" "$SK" -1 -j -tn \
	--pane hosts --group prefix dport = :4432 2>/dev/null |
	jq -r '[.hosts | sort_by(.host)[] | .host] | join(",")')"
