#!/bin/bash
# What the kernel is asked for, pane by pane and option by option: states and extensions
# of each request, and nothing besides. Run by make_sockets, in its namespace.
sktop=$1
count_requests=$2
. "$(dirname "$0")/../lib.sh"
# Words as idiag_states and idiag_ext have them.
all=0xffe listen=0x400 info=0x2 none=0
incoming=0x40a # LISTEN, ESTABLISHED, SYN_RECV
more=0x7a      # tcp_info, memory, TOS, traffic class, congestion control
udp_more=0x70  # the same without what UDP has not
asks() { # requests for sockets, as PROTOCOL STATES EXTENSIONS; -- ; the arguments of sktop
	local want=
	while [ "$1" != -- ]; do
		want+="$1"$'\n'
		shift
	done
	shift
	: >"$dir/sent"
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 SENT_FILE=$dir/sent \
		LD_PRELOAD=$count_requests "$sktop" --no-bpf "$@" >"$dir/out" 2>"$dir/err" ||
		{ echo "FAIL: sktop $*: $(cat "$dir/err")"; status=1; }
	got=$(sed -n 's/^[0-9]* sockets //p; s/^[0-9]* exact.*/exact/p' "$dir/sent")
	[ "$got" = "${want%$'\n'}" ] || { echo "FAIL: sktop $* asks for:"; echo "$got"; status=1; }
}
# Both families of TCP in one walk, of UDP in two.
asks "6 $all $info" "17 $all $none" "17 $all $none" -- -1
asks "6 $all $info" -- -1 -t
asks "17 $all $none" -- -1 -u4
asks "6 $all $none" -- -1 -t --columns proto,state,local,remote,inode
asks "6 $all $info" -- -1 -t --columns local --sort rtt
asks "6 $all $info" -- -1 -t --columns local 'rtt > 1s'
asks "6 $all $more" -- -1 -t --columns local,cwnd
asks "6 $all $none" -- -1 -t --pane states
asks "6 $all $info" -- -1 -t --pane hosts
asks "6 $all $none" -- -1 -t --pane hosts --columns host,total --sort total
# Listeners alone: the kernel walks their own small table and no other.
asks "6 $listen $info" -- -1 -tl
asks "6 $listen $info" "6 $listen $info" -- -b --count 2 -d 0.1 -tl
asks "6 $listen $none" -- -1 -tl --columns local,recv-q,send-q
asks "6 $listen $info" -- -1 -t listen
asks "6 $listen $none" -- -1 -t --pane listeners --columns local,pending,limit --sort pending
# What came in through them is counted, what ended is not asked for.
asks "6 $listen $more" "6 0xa $none" -- -1 -t --pane listeners \
	--columns local,fill,established,not-accepted,syn-recv
asks "6 $incoming $more" -- -1 -t --pane listeners --columns local,fill,established \
	'cwnd > 3 or listen'
asks "6 $incoming $none" -- -1 -t --pane listeners --columns local,established --sort local
asks "6 $listen $more" "17 $all $udp_more" "17 $all $udp_more" -- -1 --pane listeners \
	--columns local,fill,drops
# No sockets, no walk.
for pane in interfaces protocols routes rules neighbours groups nat; do
	asks -- -1 --pane $pane
done
[ $status = 0 ] && echo "requests: as they should be"
exit $status
