#!/bin/bash
# Routes, rules, neighbours, groups, interfaces and NAT in a namespace of our own, beside
# ip, netstat and conntrack on the same kernel.
sktop=$1
if [ "$2" != inside ]; then
	[ "$(id -u)" -eq 0 ] && unshare -n true 2>/dev/null || exit 77
	exec unshare -n "$0" "$sktop" inside
fi
. "$(dirname "$0")/../lib.sh"
helper=
cleanup() { [ -z "$helper" ] || kill $helper; wait; }
check() { # words, command
	local words=$1
	shift
	"$@" && echo "ok: $words" || fail "$words"
}
ip link set lo up
ip link add v0 type veth peer name v1
ip link add down0 type veth peer name down1
ip link set v0 up
ip link set v1 up
ip addr add 10.0.0.2/24 broadcast 10.0.0.255 dev v0
ip addr add 10.0.0.50/24 dev v0
ip addr add 10.1.0.1 peer 10.1.0.2/32 dev v1
ip -6 addr add fd00::2/64 dev v0 nodad
ip route add 10.9.0.0/16 nexthop via 10.0.0.1 dev v0 weight 2 nexthop via 10.0.0.7 dev v0
for type in blackhole unreachable prohibit throw; do
	ip route add $type 10.66.$(printf %d "'$type").0/24
	ip -6 route add $type fd66:$(printf %x "'$type")::/32 metric 77
done
ip route add 10.5.0.0/16 via 10.0.0.1 table 100 mtu 1400 rtt 200ms initcwnd 20
ip route add 10.6.0.0/16 via 10.0.0.1 table 70000 metric 5 scope global proto bird
ip route add default via 10.0.0.1 metric 100 proto dhcp src 10.0.0.2
ip route add 10.7.0.0/16 via inet6 fe80::1 dev v0 onlink
ip rule add from 10.0.0.0/8 lookup 100 prio 100
ip -6 route add default via fd00::1 expires 300
ip -6 route add fd01::/48 nexthop via fd00::1 dev v0 nexthop via fd00::5 dev v0
ip neigh add 10.0.0.9 lladdr 00:11:22:33:44:55 dev v0
ip neigh add fd00::9 lladdr 00:11:22:33:44:66 dev v0 nud noarp
ip neigh add proxy 10.0.0.77 dev v0
# addresses of the link's own come a little later; both sides have to see the same
for ((i = 0; i < 200; i++)); do
	ip -6 addr show tentative | grep -q inet6 || break
	sleep 0.05
done

# ip's JSON and ours as: destination gateway dev table metric type protocol
jq_ip='.[] | . as $r | (.nexthops // [.])[] | [($r.dst | if . == "default" then . elif test("/")
	then . elif test(":") then . + "/128" else . + "/32" end), (.gateway // .via.host // "-"),
	(.dev // $r.dev // "-"), ($r.table // "main"), ($r.metric // 0), ($r.type // "unicast"),
	$r.protocol] | map(tostring) | join(" ")'
of_ip() { ip -j -d "$@" route show table all | jq -r "$jq_ip" | sort; }
ours() { # family
	"$sktop" -ra "$1" -H -n --columns destination,gateway,interface,table,metric,type,protocol |
		awk '{ print $1, $2, $3, $4, $5, $6, $7 }' | sort
}
of_ip -4 >"$dir/ip"
ours -4 >"$dir/sktop"
same "routes of IPv4 against ip" "$dir/ip" "$dir/sktop"
of_ip -6 >"$dir/ip"
ours -6 >"$dir/sktop"
same "routes of IPv6 against ip" "$dir/ip" "$dir/sktop"

netstat -rn | awk 'NR > 2 { print $1, $2, $3, $NF }' | sort >"$dir/netstat"
# a way of a multipath route is a row here, netstat shows the first; where it rejects,
# netstat has dashes; and it knows no gateway of IPv6
as_netstat() { # what it is, options
	"$sktop" -r4 -H -n "$@" --columns hop,destination,gateway,genmask,interface,table,type |
		awk '$1 == 1 && $6 == "main" { sub(/\/.*/, "", $2); if ($2 == "default") $2 = "0.0.0.0"
		rejects = $7 == "unreachable" || $7 == "prohibit"
		if (($3 == "-" || $3 ~ /:/) && !rejects) $3 = "0.0.0.0"
		if ($5 == "-" && !rejects) $5 = "*"; print $2, $3, $4, $5 }' | sort
}
as_netstat >"$dir/sktop"
same "-r against netstat -rn" "$dir/netstat" "$dir/sktop"
as_netstat --no-rtnetlink >"$dir/sktop"
same "the fallback of -r against netstat -rn" "$dir/netstat" "$dir/sktop"
"$sktop" -ra6 -H -n --columns destination,gateway,interface,metric >"$dir/netlink"
"$sktop" -ra6 --no-rtnetlink -H -n --columns destination,gateway,interface,metric >"$dir/proc"
# that file has no anycast routes' own type and no throw; the prefixes are the same
for file in netlink proc; do awk '{ print $1, $2, $3 }' "$dir/$file" | grep -v ' lo$' |
	grep '^fd0\|default' | sort -u >"$dir/$file.sorted"; done
same "the fallback of IPv6" "$dir/netlink.sorted" "$dir/proc.sorted"

json() { # words, jq test, options
	local words=$1 test=$2
	shift 2
	"$sktop" -j "$@" | jq -es "$test" >"$dir/jq" 2>&1
	check "$words" [ $? -eq 0 ]
}
joined='map(.routes[] | select(.destination == "10.9.0.0/16"))'
json "JSON joins the ways" "$joined | length == 1 and .[0].hops == 2 and (.[0].nexthops |
	map([.gateway, .weight]) == [[\"10.0.0.1\", 2], [\"10.0.0.7\", 1]])" -r
json "JSON joins the ways of a filter" "$joined | length == 1 and
	(.[0].nexthops | length == 2)" -r 'gateway = 10.0.0.7'
json "metrics" 'map(.routes[] | select(.destination == "10.5.0.0/16")) | length == 1 and
	(.[0] | .mtu == 1400 and .rtt == 0.2 and .initcwnd == 20 and .["table-id"] == 100)' -r
json "onlink and a gateway of IPv6" 'map(.routes[] | select(.destination == "10.7.0.0/16")) |
	length == 1 and .[0].state == "onlink" and .[0].gateway == "fe80::1"' -r
json "expires" 'map(.routes[] | select(.gateway == "fd00::1" and .destination == "default")) |
	length == 1 and .[0].expires > 200 and .[0].expires <= 300' -r
"$sktop" -r -H 'destination = 10.66.0.0/16 and type = blackhole' >"$dir/filtered"
check "filter by prefix and type" [ "$(wc -l <"$dir/filtered")" -eq 1 ]
check "own addresses only with -a" [ "$("$sktop" -r -H 'table = local' | wc -l)" -eq 0 ]

ip -j rule | jq -r '.[] | "\(.priority) \(.src) \(.srclen // "-") \(.table)"' | sort >"$dir/ip"
"$sktop" -1 --pane rules -4 -H -n --columns priority,from,table | awk '{ split($2, a, "/")
	print $1, a[1] == "-" ? "all" : a[1], a[2] ? a[2] : "-", $3 }' | sort >"$dir/sktop"
same "rules against ip rule" "$dir/ip" "$dir/sktop"

ip -j neigh show nud all | jq -r '.[] | select(.dst | test("^10\\.|^fd")) |
	"\(.dst) \(.lladdr) \(.dev) \(.state[0])"' | sort >"$dir/ip"
"$sktop" -1 --pane neighbours -a -H -n --columns address,mac,interface,state |
	awk '$4 != "PROXY" && $1 ~ /^(10\.|fd)/ { print $1, $2, $3, $4 }' | sort >"$dir/sktop"
same "neighbours against ip neigh" "$dir/ip" "$dir/sktop"
check "a proxy entry" [ "$("$sktop" -1 --pane neighbours -H 'flags = proxy' | wc -l)" -eq 1 ]
"$sktop" -rC -H 2>"$dir/said" | grep -q 10.0.0.9 && grep -q "no route cache" "$dir/said"
check "-rC says why it shows neighbours" [ $? -eq 0 ]

netstat -gn | awk 'NR > 3 { print $1, $2, $3 }' | sort >"$dir/netstat"
"$sktop" -gn -H --columns interface,users,group | awk '{ print $1, $2, $3 }' | sort >"$dir/sktop"
same "groups against netstat -gn" "$dir/netstat" "$dir/sktop"

netstat -i | awk 'NR > 2 { print $1, $2, $4, $5, $6, $8, $9, $10, $11 }' | sort >"$dir/netstat"
"$sktop" -i -H | awk '{ print $1, $2, $4, $5, $6, $8, $9, $10, $11 }' | sort >"$dir/sktop"
same "-i against netstat -i" "$dir/netstat" "$dir/sktop"
ip -s -j link | jq -r '.[] | "\(.ifname) \(.mtu) \(.txqlen) \(.stats64.rx.errors) \(
	.stats64.tx.dropped) \(.stats64.rx.over_errors // 0)"' | sort >"$dir/ip"
"$sktop" -iaH --columns interface,mtu,txqlen,rx-errors-total,tx-drops-total,rx-overruns-total |
	awk '{ print $1, $2, $3, $4, $5, $6 }' | sort >"$dir/sktop"
same "-ia against ip -s link" "$dir/ip" "$dir/sktop"
ip -j addr | jq -r '.[] | .ifname as $n | .addr_info[] | "\($n) \(.local)/\(.prefixlen)"' |
	sort >"$dir/ip"
"$sktop" -iaH --columns interface,addresses | awk '$2 != "-" {
	for (i = 2; i <= NF; i++) print $1, $i }' | sort >"$dir/sktop"
same "addresses against ip addr" "$dir/ip" "$dir/sktop"
"$sktop" -ieH | grep -q "^v0 .*BMRU.* 10000 full .*10.0.0.2/24 10.0.0.50/24"
check "-ie: speed and addresses" [ $? -eq 0 ]

# without the privilege, and without the table
setpriv --reuid=65534 --regid=65534 --clear-groups "$sktop" --nat -1 >"$dir/out" 2>"$dir/said"
check "NAT without CAP_NET_ADMIN fails" [ $? -eq 1 ]
check "and says so in one line" grep -q "^sktop: the NAT table needs root (CAP_NET_ADMIN)$" "$dir/said"
if ! command -v nft >/dev/null || ! command -v conntrack >/dev/null ||
	! nft -f - 2>"$dir/nft" <<-N
	table ip nat {
		chain out { type nat hook output priority -100; tcp dport 8080 dnat to 127.0.0.1:7777; }
		chain post { type nat hook postrouting priority 100; tcp dport 7778 snat to 10.0.0.50; }
	}
	N
then
	echo "skipped: NAT beside conntrack (no nft, no conntrack, or not in this kernel)"
	exit $status
fi
cat >"$dir/talk.py" <<-P
	import socket, sys
	servers = [socket.create_server(("0.0.0.0", port)) for port in (7777, 7778, 7779)]
	talks = []
	for host, port in (("127.0.0.1", 8080), ("10.0.0.2", 7778), ("10.0.0.2", 7779)):
	    talk = socket.create_connection((host, port), source_address=(host, 0))
	    talk.send(b"hello")
	    talks.append(talk)
	print("ready", flush=True)
	sys.stdin.read()
P
mkfifo "$dir/hold" "$dir/ready"
python3 "$dir/talk.py" <"$dir/hold" >"$dir/ready" & helper=$!
exec 7>"$dir/hold"
read -r _ <"$dir/ready"
from_conntrack() { # options: source sport, destination dport, what comes back from and to
	conntrack -L "$@" 2>/dev/null | awk '{ n = 0; for (i = 1; i <= NF; i++)
		if ($i ~ /^(src|dst|sport|dport)=/) { sub(/.*=/, "", $i); v[n++] = $i }
		print $1, $4, v[0], v[2], v[1], v[3], v[4], v[6], v[5], v[7] }' | sort
}
ours_nat() {
	"$sktop" --nat -1jn "$@" | jq -r '.nat[] | "\(.proto) \(.state) \(.source) \(.sport) \(
		.destination) \(.dport) \(.["new-destination"] // .destination) \(
		.["new-dport"] // .dport) \(.["new-source"] // .source) \(
		.["new-sport"] // .sport)"' | sort
}
{ from_conntrack --src-nat; from_conntrack --dst-nat; } | sort -u >"$dir/conntrack"
ours_nat >"$dir/sktop"
same "NAT against conntrack" "$dir/conntrack" "$dir/sktop"
check "both kinds are there" [ "$(wc -l <"$dir/sktop")" -eq 2 ]
from_conntrack >"$dir/conntrack"
ours_nat -a >"$dir/sktop"
same "all tracked connections" "$dir/conntrack" "$dir/sktop"
check "a prefix in the filter" [ "$("$sktop" --nat -1H 'new-source = 10.0.0.0/24' | wc -l)" -eq 1 ]

exec 7>&-
exit $status
