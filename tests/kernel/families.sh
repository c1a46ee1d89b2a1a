#!/bin/bash
# Kinds of sockets beyond TCP and UDP beside ss and netstat, on those of make_families.
export LC_ALL=C.UTF-8 # some names are not ASCII
sktop=$1
. "$(dirname "$0")/../lib.sh"
states() {
	sed -e 's/ESTAB /ESTABLISHED /' -e 's/FIN-WAIT-/FIN_WAIT/' -e 's/TIME-WAIT/TIME_WAIT/'
}
ours() { "$sktop" -1 -n -H "$@" 2>>"$dir/stderr"; }

# A path may hold a line feed, which ss prints: lines are put together again.
ss -xaHOn | LC_ALL=C awk '/^u_/ { if (line) print line; line = $0; next } { line = line $0 }
	END { print line }' | LC_ALL=C awk '{ print $1, $2, $3, $4, $6, $8 }' | states | sort >"$dir/ss"
ours -x --columns proto,state,recv-q,send-q,inode,peer | awk '{ sub(/-$/, "0", $6); print $1, $2, $3, $4, $5, $6 }' |
	sort >"$dir/sktop"
same "-xan against ss" "$dir/ss" "$dir/sktop"
# netstat: sockets that nobody has accepted have inode 0 there and no row of ours
netstat_unix() {
	netstat -xan 2>/dev/null | LC_ALL=C sed -n 's/^unix *[0-9]* *\[\([^]]*\)\] */\1 /p' |
		sed -e 's/^ *ACC */LISTEN /' -e 's/^ *\(STREAM\|DGRAM\|SEQPACKET\)/- \1/' |
		awk '{ state = $1 == "LISTEN" ? "LISTEN" : $3 == "CONNECTED" ? "ESTABLISHED" : "UNCONN"
			inode = $3 ~ /^[0-9]+$/ ? $3 : $4
			if (inode) print tolower($2), state, inode }' | sort
}
netstat_unix >"$dir/netstat"
ours -x --columns type,state,inode | awk '{ print $1, $2, $3 }' | sort >"$dir/sktop"
same "-xan against netstat" "$dir/netstat" "$dir/sktop"
ours -x --no-sock-diag --columns type,state,inode 'inode > 0' | awk '{ print $1, $2, $3 }' |
	sort >"$dir/proc"
same "unix of the /proc fallback against netstat" "$dir/netstat" "$dir/proc"

# Names, and the far end's.
plain=$FAMILIES_DIR/plain
[ "$(ours -x --columns local "src unix:$plain" | grep -cx "$plain")" = 2 ] || fail "the names of $plain"
[ "$(ours -x --columns remote "dst unix:$plain" | grep -cx "$plain")" = 2 ] ||
	fail "the clients of $plain: $(ours -x "dst unix:$plain")"
[ "$(ours -x --columns pending "src unix:$plain" and state listening | tr -d ' ')" = 1 ] || fail "pending"
[ "$(ours -x --columns peer "dst unix:$plain" | grep -c -- -)" = 1 ] || fail "the client that waits"
ours -x --columns local | grep -qx '@two@parts' || fail "the abstract name"
ours -x --columns remote | grep -qx '@two@parts' || fail "the peer of the abstract name"
[ "$(ours -x --columns file-inode "src unix:$plain" and state listening | tr -d ' ')" = "$(stat -c %i "$plain")" ] ||
	fail "the inode of the file"
# that of the file system: stat tells another one where that is an overlay
[ "$(ours -x --columns file-dev "src unix:$plain" and state listening | tr -d ' ')" = \
	"$(findmnt -no MAJ:MIN -T "$plain" | tr -d ' ')" ] || fail "the device of the file"

# The hostile name, in every output.
hostile() { # words, file
	LC_ALL=C grep -qP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' "$2" && fail "$1 has control characters"
	iconv -f UTF-8 -t UTF-8 "$2" >"$dir/iconv" 2>&1 || fail "$1 is no UTF-8"
	LC_ALL=C grep -q $'\xe2\x80\xae\|\xc2\x85' "$2" && fail "$1 has characters that hide"
	grep -q 'evil�]0;x��' "$2" || fail "$1 does not have it"
}
"$sktop" -1 -x >"$dir/text"
hostile text "$dir/text"
"$sktop" -1 -xj >"$dir/json"
hostile JSON "$dir/json"
"$sktop" -1 -x --format csv --columns proto,local,remote >"$dir/csv"
hostile CSV "$dir/csv"
[ "$(jq -r '.connections[].local' "$dir/json" | grep -c '^/.*evil.*é$')" = 2 ] || fail "JSON names"
grep -q '^[0-9.]*,u_str,"[^"]*/evil�]0;x��""'"'"',' "$dir/csv" || fail "CSV quotes"
[ "$(wc -l <"$dir/text")" = "$(($(jq '.connections | length' "$dir/json") + 1))" ] || fail "a name broke a line"

ss -0aHO | awk '{ print $1, $2, $3, $4, $5 }' | sort >"$dir/ss"
ours -0 --columns proto,state,recv-q,send-q,local | awk '{ print $1, $2, $3, $4, $5 }' | sort >"$dir/sktop"
same "-0a against ss" "$dir/ss" "$dir/sktop"
ours -0 --no-sock-diag --columns proto,state,recv-q,send-q,local | awk '{ print $1, $2, $3, $4, $5 }' |
	sort >"$dir/proc"
same "packet of the /proc fallback against ss" "$dir/ss" "$dir/proc"

# Each program has netlink sockets of its own; ss names the process behind a port. The
# kernel tells those that joined a group twice, and ss shows them twice.
netlink() {
	sed -e 's#:[^ ]*/\([0-9]*\)#:\1#' | grep -E ":(kernel|$PPID)( |$)" | awk '{ print $1, $4 }' | sort -u
}
ss -f netlink -aHO | netlink >"$dir/ss"
ours --netlink --columns state,recv-q,send-q,local | netlink >"$dir/sktop"
same "-f netlink -a against ss" "$dir/ss" "$dir/sktop"
ours --netlink --no-sock-diag --columns state,recv-q,send-q,local | netlink >"$dir/proc"
same "netlink of the /proc fallback against ss" "$dir/ss" "$dir/proc"
[ "$(ours --netlink --columns groups 'protocol = route and groups != 0' | tr -d ' ')" = 101 ] || fail "groups"

plain() { sed -e 's/\[::ffff:\([0-9.]*\)\]/\1/g' -e 's/[][]//g' | sort; }
# netstat gives up where there is no UDP-Lite: Linux 7.2 has none
udplite=$([ -e /proc/net/udplite ] && echo -U)
netstat -wan $udplite | awk '/^(raw|udpl)/ { print $1, $2, $3, $4, $5 }' | sort >"$dir/netstat"
ours -w $udplite --columns proto,recv-q,send-q,local,remote | awk '{ print $1, $2, $3, $4, $5 }' | plain >"$dir/sktop"
same "-wan $udplite against netstat" "$dir/netstat" "$dir/sktop"
if grep -q 127.0.0.1 <(ours --ping); then
	[ "$(ours --ping --columns proto,local | tr -s ' ')" = "icmp 127.0.0.1:77" ] || fail "ping"
fi

# MPTCP: the same sockets, subflows under their connections, bytes once.
if [ -n "$(ss -MaHO)" ]; then
	# from 6.8 on ss -a has those that are bound and no more (cases/bound_inactive.sh)
	ss -MtanHO | awk '!($1 == "tcp" && $2 == "UNCONN") { print $1, $2, $3, $4, $5, $6 }' |
		states | sort >"$dir/ss"
	ours -M -t --columns proto,state,recv-q,send-q,local,remote |
		awk '{ sub(/^`-/, ""); print $1, $2, $3, $4, $5, $6 }' | sort >"$dir/sktop"
	same "-Mtan against ss" "$dir/ss" "$dir/sktop"
	"$sktop" -1 -M -t -j >"$dir/json"
	jq -e '[.connections[] | select(.proto == "mptcp")] as $parents |
		[.connections[] | select(.parent)] |
		length == 5 and all(.[]; .parent as $p | any($parents[]; .cookie == $p))' \
		"$dir/json" >/dev/null || fail "parents: $(jq -c '[.connections[] | [.proto, .cookie, .parent]]' "$dir/json")"
	jq -e '[.connections[] | .parent // .cookie] | . as $ids |
		[range(1; length) | select($ids[.] == $ids[. - 1])] | length == 5' "$dir/json" >/dev/null ||
		fail "subflows do not stand under their connections"
	for order in tx-total:desc local:asc cookie:desc; do
		"$sktop" -1 -M -t -H --sort $order --columns proto,cookie,parent | awk '
			$1 == "mptcp" { parent = $2 } $1 == "`-tcp" && $3 != parent { bad = 1 } END { exit bad }' ||
			fail "subflows under --sort $order"
	done
	"$sktop" -1 -M -t -j --group proto >"$dir/json"
	[ "$(jq '[.hosts[]["tx-total"]] | add' "$dir/json")" = 1050 ] ||
		fail "bytes of MPTCP are counted twice: $(jq -c .hosts "$dir/json")"
	[ "$(ours -t --columns tx-total 'lport = 7001 and tx-total = 50' | grep -c 50)" = 1 ] ||
		fail "without -M a subflow is a TCP connection"
fi

if [ "$(uname -r | cut -d. -f1)" -ge 7 ] || { [ "$(uname -r | cut -d. -f1)" = 6 ] &&
	[ "$(uname -r | cut -d. -f2)" -ge 8 ]; }; then
	[ "$(ours -B --columns local | tr -d ' ')" = 127.0.0.1:7003 ] || fail "-B: $(ours -B)"
fi
grep -q 7003 <(ours -t) && fail "a bound socket without -B"

# What this kernel does not have is said.
if ! grep -q SCTP /proc/net/protocols; then
	"$sktop" -1 -H -S >"$dir/out" 2>"$dir/err"
	{ grep -qx 'sktop: sctp: not available on this kernel' "$dir/err" && [ ! -s "$dir/out" ]; } ||
		fail "-S: $(cat "$dir/err" "$dir/out")"
	"$sktop" -1 -S -j | jq -e '.losses.unavailable == ["sctp"] and .connections == []' >/dev/null ||
		fail "-S in JSON"
	[ -z "$("$sktop" -1 -H --all-families 2>&1 >"$dir/out")" ] || fail "nobody asked for SCTP by name"
fi
"$sktop" -1 -H -M --no-sock-diag 2>&1 | grep -qx 'sktop: mptcp: not in /proc/net, and sock_diag is refused' ||
	fail "-M without sock_diag"
# Types within a family.
"$sktop" -1 -H -A u_dgr,u_seq --columns proto | sort | uniq -c | awk '{ print $1, $2 }' >"$dir/out"
[ "$(cat "$dir/out")" = "$(printf '2 u_dgr\n2 u_seq')" ] || fail "-A u_dgr,u_seq: $(cat "$dir/out")"
"$sktop" -1 -H -A 'unix,!u_str,!u_dgr' --columns proto | grep -v u_seq && fail "-A !u_str"
[ "$(ours -x 'proto = unix' | wc -l)" = "$(ours -x | wc -l)" ] || fail "proto = unix"
[ "$(ours -x 'proto = u_seq' | wc -l)" = 2 ] || fail "proto = u_seq"
[ "$(ours -x 'proto != unix' | wc -l)" = 0 ] || fail "proto != unix"
[ "$(ours -xl | grep -c LISTEN)" = 2 ] || fail "-xl"
exit $status
