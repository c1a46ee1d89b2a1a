#!/bin/bash
# --details prints what the window of the screen shows of each socket that a filter chooses; its
# numbers are those of ss.
. "$(dirname "$0")/lib.sh"
ns_up
cat >"$D/load.py" <<'P'
import os, socket, sys, time
os.chdir(sys.argv[1])
odd = [socket.socket(socket.AF_UNIX) for name in range(2)]
for s, name in zip(odd, ["-", "\0esc\033[2J\nname"]): s.bind(name); s.listen()
l = socket.socket(); l.bind(("127.0.0.1", 7741)); l.listen(50)
c = socket.create_connection(l.getsockname()); a, _ = l.accept()
c.sendall(b"x" * 5000); a.recv(5000)
open("%s/port" % sys.argv[1], "w").write(str(c.getsockname()[1]))
d = socket.create_connection(l.getsockname()); b, _ = l.accept()
d.setblocking(False)
try: # until the peer, which reads nothing, closes its window
    while True: d.send(b"y" * 65536)
except BlockingIOError: pass
while True: time.sleep(9)
P
nsbg python3 "$D/load.py" "$D"
wait_for 20 listens 7741
stuck() { in_ns ss -Htn state established "dport = :7741" | awk '$2 > 0' | grep -q .; }
wait_for 20 stuck
sk() { in_ns "$SK" -n "$@" 2>"$D/err"; }
info() { # what, [whose]: as ss has it
	in_ns ss -Htine "${2:-dport = :7741}" | tr '\n' ' ' | grep -oE "$1:[^ ]+" | cut -d: -f2 | sort
}

json=$(sk -j --details 'dport = :7741')
check "each that matches" 2 "$(jq '.details | length' <<<"$json")"
check "nothing is lacking" "null null" "$(jq -r '.details[].lacks' <<<"$json" | xargs)"
check_match "why it is slow" "window" "$(jq -r '.details[].why[]' <<<"$json")"
calm="sport = :$(<"$D/port")" # one where nothing moves
json=$(sk -j --details "$calm")
of() { jq -r ".details[].$1" <<<"$json" | sort; }
check "the bytes of ss" "$(info bytes_acked "$calm")" "$(of 'connection["bytes-acked"]')"
check "the cookies of ss" "$(info sk "$calm")" "$(of connection.cookie)"
check "the windows of ss" "$(info cwnd "$calm")" "$(of connection.cwnd)"
check "the round trip of ss" "$(info " rtt" "$calm" | awk -F/ '{ printf "%.0f", $1 * 1000 }')" \
	"$(jq '.details[].view[] | select(.label == "round trip").value * 1e6 | round' <<<"$json")"
check "the lines of the window agree" "$(of connection.cwnd)" \
	"$(jq -r '.details[].view[] | select(.label == "window" and .section == "Congestion").value' \
		<<<"$json" | sort)"

view() { jq -c --arg name "$1" '.details[].view[] | select(.label == $name) | [.value, .reason]' <<<"$json"; }
check "it received no data yet" '[null,"no data was received yet"]' "$(view "last data received")"
check "the column, too" null "$(of 'connection["last-recv"]')"
check_match "and sent some" '^\[[0-9.]+,null\]$' "$(view "last data sent")"
check "its age is not known yet" '[null,"older than sktop"]' "$(view age)"

text=$(sk -1 --details 'sport = :7741 and listen')
check "text has the sections of the screen" "Why is it slow" "$(head -1 <<<"$text")"
check_match "with labels and values" "^  local +127.0.0.1:7741$" "$text"
check_match "and the process" "^  process +python3, pid [0-9]+, descriptor [0-9]+$" "$text"
check "an empty line between two" 1 "$(sk --details 'dport = :7741' | grep -c '^$')"

sk --details 'dport = :1' >"$D/out"
check "none: nothing is printed" "0 0" "$? $(wc -c <"$D/out")"
check "and said" "sktop: no socket matches" "$(tail -1 "$D/err")"
check "JSON: none" '[]' "$(sk -j --details 'dport = :1' | jq -c .details)"

check "by /proc alone it says what is lacking" yes \
	"$(sk --no-sock-diag -j --details 'dport = :7741' |
		jq -r '.details[0].lacks | if . then "yes" else "no" end')"
check_match "and why" "cannot be looked up: [A-Z]" \
	"$(sk --no-sock-diag -j --details 'dport = :7741' | jq -r '.details[0].lacks')"
name=$NS
outside=$("$SK" -n -j -N "$name" --details 'dport = :7741' 2>/dev/null)
check "in another namespace" "$(info sk)" "$(jq -r '.details[].connection.cookie' <<<"$outside" | sort)"
check "with all of it" "null null" "$(jq -r '.details[].lacks' <<<"$outside" | xargs)"
outside=$("$SK" -n -j -N all --details 'dport = :7741' 2>/dev/null)
check "in all namespaces" "$(info sk)" "$(jq -r '.details[].connection.cookie' <<<"$outside" | sort)"
check "the way of its packets is that namespace's" "local, dev lo src 127.0.0.1" \
	"$(jq -r '.details[0].view[] | select(.label == "next hop").value' <<<"$outside")"

check "a name that looks like nothing, and a real nothing" '"-" null' \
	"$(sk -j --details -x | jq -c '.details[] | select(.connection.local == "-").view[] |
		select(.label == "local" or .label == "sent").value' | xargs -d'\n')"
sk --details -x >"$D/out"
check_match "a name with control characters" "esc.*name" "$(<"$D/out")"
check "of which none comes out" 0 "$(tr -d '\n' <"$D/out" | tr -cd '\000-\037\177' | wc -c)"

for format in text json; do
	"$SK" --synthetic sockets=40,hostile=1 --format $format --details >"$D/out" 2>/dev/null
	check "$format: no control characters" 0 "$(tr -d '\n' <"$D/out" | tr -cd '\000-\037\177' | wc -c)"
done
refused() { # words, then options
	"$SK" --synthetic sockets=9 "${@:2}" >"$D/out" 2>&1
	check "status of ${*:2}" 2 $?
	check_match "says why: ${*:2}" "$1" "$(head -1 "$D/out")"
}
refused "csv has no --details" --details --format csv
refused "prints once" --details --batch
refused "no other --pane" --details --pane hosts
refused "no --columns" --details --columns local
refused "exclude each other" --details -K 'dport = 1'
