#!/bin/bash
# What ss and sktop choose by the same filter, over the sockets of filter_property.
# Where ss is wrong or cannot say it, "##" stands before what ss is asked instead.
sktop=$1
count_requests=$2
. "$(dirname "$0")/../lib.sh"
checked=0
nothing=0
set -f # words such as * are the filter's
asked_of_ss() { ss -tuanHO "$@" | awk '{ print $1, $(NF - 1), $NF }' |
	sed -E 's/ \*(%[a-z0-9]+)?:/ [::]\1:/g' | sort; }
asked_of_us() { "$sktop" -1 -n -H -tu --columns proto,local,remote "$@" |
	awk '{ sub(/6$/, "", $1); print $1, $2, $3 }' | sort; }
check() { # our words, the words of ss
	# TIME_WAIT ends after a minute, maybe between two looks: only then they look again
	for _ in 1 2 3; do
		asked_of_ss $2 >"$dir/ss" || fail "ss refuses: $2"
		asked_of_us $1 >"$dir/words"
		case $1 in
		-F*) cp "$dir/words" "$dir/sktop" ;;
		*) asked_of_us "$1" >"$dir/sktop" ;;
		esac
		cmp -s "$dir/ss" "$dir/words" && cmp -s "$dir/ss" "$dir/sktop" && break
		asked_of_ss $2 | cmp -s - "$dir/ss" && break
	done
	checked=$((checked + 1))
	[ -s "$dir/ss" ] || nothing=$((nothing + 1))
	if ! diff "$dir/ss" "$dir/sktop" >"$dir/diff"; then
		echo "FAIL: $1"
		head -5 "$dir/diff"
		status=1
	fi
	cmp -s "$dir/words" "$dir/sktop" || fail "in one argument: $1"
}
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
while IFS= read -r line; do
	case $line in
	'' | '#'*) ;;
	*CGROUP*)
		if [ -z "$cgroup" ]; then
			echo "SKIPPED: $line: cgroup2 is not mounted"
		else
			check "${line/CGROUP/$cgroup}" "${line/CGROUP/$cgroup}"
		fi ;;
	*' ## '*) check "${line%% ## *}" "${line##* ## }" ;;
	*) check "$line" "$line" ;;
	esac
done <<'END'
# states
state established
state TIME-WAIT
state time-wait state listening
state connected exclude established
exclude listening exclude close
excl listening
state synchronized
state bucket
# from 6.8 on ss takes its mini sockets of SYN_RECV for big ones
state big ## state established state syn-sent state fin-wait-1 state fin-wait-2 state close state close-wait state last-ack state listening state closing
state all
state closed
state close
state unconnected
state syn-rcv
state syn-recv
state fin-wait-2
state close-wait
state last-ack
state closing
state syn-sent
state fin-wait-1
state established sport = :5001
state established dst 127.0.0.1 or dst 127.0.0.2
exclude established exclude time-wait sport = 5001 or sport = 5002
sport = :5001 and state established ## state established sport = :5001
( state established or state time-wait ) and dst 127/8 ## state established state time-wait dst 127/8
listen ## state listening
exclude time-wait dst 127.0.0.1
# ports
sport = :5001
sport = 5001
sport 5001
sport == :5001
sport eq 5001
dport != :5001
dport ne 5001
dport neq 5001
sport > 5001
sport gt :5001
sport < 5002
sport lt 5002
sport >= 5002
sport ge 5002
sport geq 5002
dport <= 5002
dport le 5002
dport leq 5002
sport >= :5001 sport <= :5003
sport = :x11-1
dport = :x11-1
sport 5001-5003 ## sport >= 5001 and sport <= 5003
sport != 5001-5003 ## sport < 5001 or sport > 5003
dport in (5001, 6001) ## dport = 5001 or dport = 6001
dport not in (5001, 6001) ## dport != 5001 and dport != 6001
port 5001 ## sport = 5001 or dport = 5001
port != 5001 ## sport != 5001 and dport != 5001
# hosts
dst 127.0.0.1
dst = 127.0.0.1
dst == 127.0.0.1
dst eq 127.0.0.1
src 127.0.0.2
src 127.0.0.1:5001
src [127.0.0.1]:5001
dst 127.0.0.1:*
src 127/8
src 127.0.0.0/30
src 127.0.0.0/255.255.255.252
src 0x7f.0.0.2
src 0
src 0/0
src any
src all
dst default
src *
src *:5001
src :5001
src = :5001
src ::1 ## src [::1]
src [::1]
src [::1]:5001
src ::1/128
src ::/0
src :: ## src [::]
src ::ffff:127.0.0.3 ## src [::ffff:127.0.0.3]
dst ::ffff:127.0.0.0/104
src inet:127.0.0.1
src inet6:[::1]
dst inet:127/8
dst inet6:*
dst != 127.0.0.1 ## not dst 127.0.0.1
dst ne 127/8 ## not dst 127/8
src != ::1 ## not src [::1]
dst (127.0.0.1, 127.0.0.3) ## dst 127.0.0.1 or dst 127.0.0.3
# and, or, not
dst 127.0.0.1 and dport = 5001
dst 127.0.0.1 & dport = 5001
dst 127.0.0.1 && dport = 5001
dst 127.0.0.1 dport = 5001
sport = 5001 or sport = 5002
sport = 5001 | sport = 5002
sport = 5001 || sport = 5002
not sport = 5001
! sport = 5001
not dst 127.0.0.1 and sport = 5001
( sport = :5002 or sport = :5003 ) and not dst 127.0.0.3
(sport=:5002 or sport=:5003) and not dst 127.0.0.3 ## ( sport = :5002 or sport = :5003 ) and not dst 127.0.0.3
src 127.0.0.2 or sport = 5001 and dport = 5003 ## src 127.0.0.2 or ( sport = 5001 and dport = 5003 )
sport = 5001 and src 127.0.0.1 or dport = 5001 and dst ::1 ## ( sport = 5001 and src 127.0.0.1 ) or ( dport = 5001 and dst [::1] )
not ( sport = 5001 or dport = 5001 )
not ( not sport = 5001 )
# devices, marks, control groups
dev = lo
dev lo
dev != lo
dev = 1
dev != 1
not dev = lo
dev = lo and dport = 5001
dev = lo or sport = 5002
fwmark = 0x17
fwmark = 7
fwmark = 0x7/0xf
fwmark = 027
fwmark = 0x17 and dst 127/8
fwmark = 7 or sport = 5001
cgroup = CGROUP
autobound
# ss's kernel half counts accepted connections as autobound, its own half does not
not autobound ## sport < 32768 or sport > 60999
autobound and dst 127.0.0.1
END
# every address of a name; ss only finds the first
names=$(getent ahosts localhost | awk '$2 == "STREAM" { print "src [" $1 "]:5001" }' | sort -u)
check "src localhost:5001" "$(sed '2,$ s/^/or /' <<<"$names")"
printf '# of both ends\nsport = 5001\n or dport = 5001\n' >"$dir/filter"
check "-F $dir/filter dst 127.0.0.1" "( sport = 5001 or dport = 5001 ) and dst 127.0.0.1"
# Families without addresses: the word in front chooses the family, as in ss.
for filter in 'src unix:*' 'src unix:@sktop-*' 'src unix:@SKTOP-one' 'src unix:@sktop-[a-z]*' \
	'src unix:@sktop-two or src unix:@other' 'not src unix:@sktop-*'; do
	ss -xanHO $filter | awk '{ print $5 }' | sort >"$dir/ss"
	"$sktop" -1 -n -H --columns local "$filter and proto = unix" | awk '{ print $1 }' |
		sort >"$dir/sktop"
	diff "$dir/ss" "$dir/sktop" >"$dir/diff" && [ -s "$dir/ss" ] ||
		{ echo "FAIL: $filter"; cat "$dir/diff"; status=1; }
done
"$sktop" -1 -n -H --columns local 'src netlink:rtnl:kernel' | grep -q '^rtnl:kernel$' ||
	fail "netlink:"

# What the kernel leaves out changes no cell of the rest: the owner of a connection that
# waits for accept() is its listener's, which the filter may not choose.
for filter in 'dport = 5004' 'sport = 5004 and not listen' 'state syn-recv' 'dst ::1' \
	'state time-wait and dst 127/8' 'cgroup = / and listen' 'process = *' 'unit ~ .'; do
	columns="proto,local,remote,state,process,pid,cgroup,unit,user,inode,mark"
	for _ in 1 2 3; do # a socket may time out between two looks
		"$sktop" -1 -n -H -tu --columns "$columns" "$filter" >"$dir/some"
		# nothing is of this protocol, but the kernel cannot tell
		"$sktop" -1 -n -H -tu --columns "$columns" "( $filter ) or proto = none" >"$dir/all"
		diff "$dir/all" "$dir/some" >"$dir/diff" && continue 2
	done
	fail "the kernel's choice changes rows: $filter"
	head -5 "$dir/diff"
done
"$sktop" -1 -n -H -t --columns process,local 'sport = 5004' | grep -q '^(' ||
	fail "no connection waits for accept()"
# The kernel is asked to filter where nobody needs the rest, and only there: then a
# request is longer than its fixed part (76 bytes).
asks_kernel() { # yes or no, the arguments of sktop
	local want=$1 longest
	shift
	rm -f "$dir/sent"
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 SENT_FILE=$dir/sent \
		LD_PRELOAD=$count_requests "$sktop" -1 -t "$@" >/dev/null
	longest=$(cut -d" " -f1 "$dir/sent" | sort -n | tail -1)
	[ "$([ "$longest" -gt 76 ] && echo yes || echo no)" = "$want" ] ||
		fail "the longest request of sktop $*: $longest bytes"
}
asks_kernel yes dst 127.0.0.1
asks_kernel yes --pane hosts dport = 5001
asks_kernel yes --pane states 'dport = 5001 and rtt > 1s'
asks_kernel no
asks_kernel no state established
asks_kernel no 'dport = 5001 or rtt > 1s'
asks_kernel no --pane listeners sport = 5001
asks_kernel no --group port dst 127.0.0.1
echo "filters: $checked beside ss, $nothing of them choose nothing"
[ "$checked" -gt 110 ] && [ "$nothing" -lt 15 ] || fail "the table is idle"
exit $status
