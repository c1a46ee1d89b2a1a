#!/bin/bash
# sktop's columns beside the line that ss prints of the same idle socket, and what it
# reads of connections that are held back by one thing each.
sktop=$1
scenes=$2
command -v jq >/dev/null || { echo "SKIPPED: no jq"; exit 77; }
. "$(dirname "$0")/../lib.sh"
pids=()
cleanup() {
	kill "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
}
scene() { # name, port
	"$scenes" "@$1" "$2" &
	pids+=($!)
}
# Waits for words to be read; never longer than a slow machine needs.
wait_limit() { # port, word
	local got
	for _ in {1..200}; do
		got=$("$sktop" -b --count 2 -d 0.2 -tnH --columns limited-by,state "dport = $1" |
			awk '$2 == "ESTABLISHED" { word = $1 } END { print word }')
		[ "$got" = "$2" ] && { echo "ok: $2"; return; }
	done
	fail "port $1 is limited by '$got', not $2"
}

# Everything that ss -i -e -m -o --tos --inet-sockopt prints, in its words, from JSON.
cat >"$dir/as-ss.jq" <<'JQ'
def show(k; v): if v == null or v == 0 then empty else "\(k):\(v)" end;
def ms: if . == null then null else (. * 1000000 | round) / 1000 end;
def bps: if . == null then null else . * 8 | round end;
.connections[] | select(.cookie == $cookie) |
"sk:\(.cookie)", "ino:\(.inode)", show("uid"; .uid),
(if .mark == "0" then empty else "fwmark:0x\(.mark)" end),
({ none: "<->", receive: "-->", send: "<--", both: "---" }[.shutdown]),
"tos:\(if .tos == "0" then "0" else "0x\(.tos)" end)",
(if .tclass == null then empty else "tclass:\(if .tclass == "0" then "0" else "0x\(.tclass)" end)" end),
"class_id:\(if .["class-id"] == "0" then "0" else "0x\(.["class-id"])" end)",
(.sockopt | split(" ") | .[]),
"skmem:(r\(.rmem),rb\(.rcvbuf),t\(.wmem),tb\(.sndbuf),f\(.fwd),w\(.["wmem-queued"]),o\(.optmem),bl\(.backlog),d\(.drops))",
(.options | split(" ") | .[] | select(. != "wscale")),
.congestion, "wscale:\(.wscale)", "rto:\(.rto | ms)",
"rtt:\(.rtt | ms)/\(.rttvar | ms)", show("ato"; .ato | ms), show("mss"; .mss),
show("pmtu"; .pmtu), show("rcvmss"; .rcvmss), show("advmss"; .advmss),
show("cwnd"; .cwnd), show("ssthresh"; .ssthresh),
show("bytes_sent"; .["bytes-sent"]), show("bytes_retrans"; .["bytes-retrans"]),
show("bytes_acked"; .["bytes-acked"]), show("bytes_received"; .["bytes-received"]),
show("segs_out"; .["segs-out"]), show("segs_in"; .["segs-in"]),
show("data_segs_out"; .["data-segs-out"]), show("data_segs_in"; .["data-segs-in"]),
show("pacing_rate"; .["pacing-rate"] | bps), show("max_pacing_rate"; .["max-pacing-rate"] | bps),
show("delivery_rate"; .["delivery-rate"] | bps), show("delivered"; .delivered),
show("delivered_ce"; .["delivered-ce"]),
(if .["app-limited"] == "yes" then "app_limited" else empty end),
show("busy"; .busy | ms), show("rwnd_limited"; .["rwnd-limited"] | ms),
show("sndbuf_limited"; .["sndbuf-limited"] | ms), show("unacked"; .unacked),
(if .["retrans-now"] > 0 or .retrans > 0 then "retrans:\(.["retrans-now"])/\(.retrans)" else empty end),
show("lost"; .lost), show("sacked"; .sacked), show("dsack_dups"; .["dsack-dups"]),
(if .reordering == 3 then empty else show("reordering"; .reordering) end),
show("reord_seen"; .["reord-seen"]), show("rcv_rtt"; .["rcv-rtt"] | ms),
show("rcv_space"; .["rcv-space"]), show("rcv_ssthresh"; .["rcv-ssthresh"]),
show("notsent"; .notsent), show("minrtt"; .minrtt | ms),
show("rcv_ooopack"; .["rcv-ooopack"]), show("snd_wnd"; .["snd-wnd"]),
show("rcv_wnd"; .["rcv-wnd"]), show("rehash"; .rehash),
(if .timer == "keepalive" then "timer:(keepalive,\(.expires / 60 | floor)min,\(.tries))" else empty end)
JQ
# ss's line in words; what moves by itself, what is reckoned and paths are left out.
from_ss() {
	sed -E -e 's/(pacing_rate|delivery_rate) ([0-9]+)bps(\/([0-9]+)bps)?/\1:\2 max_\1:\4/g' \
		-e 's/max_delivery_rate: ?//' -e 's/max_pacing_rate:( |$)/ /' \
		-e 's/send [0-9]+bps//' -e 's/inet-sockopt: \(//' -e 's/\) skmem/ skmem/' -e 's/bbr:\([^)]*\)//' \
		-e 's/busy:([0-9]+)ms/busy:\1/' -e 's/(rwnd|sndbuf)_limited:([0-9]+)ms\([^)]*\)/\1_limited:\2/g' |
		tr ' ' '\n' | grep -vE '^(lastsnd|lastrcv|lastack|cgroup|State|ESTAB|CLOSE-WAIT|FIN-WAIT-2|[][0-9.:]+$)|^$' | sort
}
compare() { # filter
	local line cookie ours theirs
	for _ in {1..50}; do # until nothing moved between the readings
		line=$(ss -tinemoOH --tos --inet-sockopt "$1")
		cookie=$(grep -oE 'sk:[0-9a-f]+' <<<"$line" | cut -c4-)
		"$sktop" -1 -j -tneo -m --info --tos --inet-sockopt >"$dir/json"
		[ "$line" ] || continue
		tail -n +1 <<<"$line" | from_ss >"$dir/ss"
		jq -r --arg cookie "$cookie" -f "$dir/as-ss.jq" "$dir/json" | sort >"$dir/sktop"
		for new in rcv_wnd rehash; do # an ss older than the kernel prints less
			grep -q "^$new" "$dir/ss" || sed -i "/^$new:/d" "$dir/sktop"
		done
		if diff "$dir/ss" "$dir/sktop" >"$dir/diff" && [ -s "$dir/ss" ]; then
			echo "ok: $(wc -l <"$dir/ss") fields of $1"
			theirs=$(grep -oE 'send [0-9]+bps' <<<"$line" | tr -dc 0-9)
			ours=$(jq ".connections[] | select(.cookie == \"$cookie\") | .[\"send-rate\"]" "$dir/json")
			awk -v a="$theirs" -v b="$ours" 'BEGIN { exit !(b > 0 && a / b / 8 > 0.999 && a / b / 8 < 1.001) }' ||
				fail "ss says it may send $theirs bit/s, sktop $ours bytes/s"
			return
		fi
		sleep 0.1
	done
	fail "ss and sktop differ on $1"
	cat "$dir/diff"
}
scene idle 5101
compare "dport = 5101"
compare "sport = 5101 and dport > 5101"
scene idle6 5102 # CLOSE_WAIT here, FIN_WAIT2 there
compare "dport = 5102"
compare "sport = 5102 and dport > 5102"
grep -q '^tclass:' "$dir/ss" || fail "no traffic class was compared"
# netstat -eo: user, inode, timer.
netstat -tneo | awk '$5 ~ /:5101$/ { print $7, $8, $9 }' >"$dir/netstat"
"$sktop" -1 -tneH --columns uid,inode,timer "dport = 5101" | awk '{ print $1, $2, $3 }' >"$dir/sktop"
if diff "$dir/netstat" "$dir/sktop" && grep -q keepalive "$dir/netstat"; then
	echo "ok: $(cat "$dir/netstat") of netstat -eo"
else
	fail "netstat -eo"
fi
line=$("$sktop" -1 -tnH --columns mark,sockopt,tos,class-id "dport = 5101")
[ "$(tr -s ' ' <<<"$line")" = "2a recverr is_icsk freebind mc_loop mc_all bind_addr_no_port 68 3" ] ||
	fail "options are not what was set: $line"

scene slow-reader 5201
wait_limit 5201 rwnd
for _ in {1..100}; do
	got=$("$sktop" -1tnH --columns limited-by "sport = 5201 and dport > 5201")
	[ "$got" = reader ] && break
	sleep 0.1
done
[ "$got" = reader ] && echo "ok: reader" || fail "the slow reader is limited by '$got'"
scene trickle 5202
wait_limit 5202 app
got=$("$sktop" -b --count 2 -d 0.2 -tnH --columns limited-by "dport = 5101" | tail -1)
[ "$(tr -d ' ' <<<"$got")" = "-" ] && echo "ok: idle" || fail "idle is limited by '$got'"

# Paths with a pace and with losses, where this machine can make them.
if tc qdisc add dev lo root tbf rate 20mbit burst 15000 limit 200000 2>"$dir/tc"; then
	scene buffer 5203
	wait_limit 5203 sndbuf
	tc qdisc del dev lo root
else
	echo "SKIPPED: no pace: $(head -1 "$dir/tc")"
fi
if ip link add drop0 type veth peer name drop1 2>"$dir/tc" && ip link set drop0 up &&
	tc qdisc add dev lo ingress 2>"$dir/tc" &&
	tc filter add dev lo parent ffff: protocol ip u32 match u16 0 0x0007 at 4 \
		match ip dport 5204 0xffff action mirred egress redirect dev drop0 2>"$dir/tc"; then
	scene bulk 5204 # every eighth packet to it is lost
	wait_limit 5204 network
	"$sktop" -1tj "dport = 5204" --columns state,retrans-share |
		jq -e 'any(.connections[]; .["retrans-share"] > 1)' >"$dir/jq" &&
		echo "ok: losses" || fail "no losses are seen"
else
	echo "SKIPPED: no losses: $(head -1 "$dir/tc")"
fi
exit $status
