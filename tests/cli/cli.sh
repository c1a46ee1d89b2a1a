#!/bin/bash
# The command line: what it refuses, and what its outputs look like.
sktop=$1
failures=0
expect() { # status, pattern of stdout+stderr, arguments
	local want=$1 pattern=$2 out status
	shift 2
	out=$("$sktop" "$@" 2>&1 </dev/null)
	status=$?
	if [ $status -ne "$want" ] || ! grep -qE -- "$pattern" <<<"$out"; then
		echo "FAIL: sktop $* gave $status (want $want): $out" | head -5
		failures=$((failures + 1))
	fi
}
expect 2 "unknown option --foo" --foo
expect 2 "unknown option -q" -q
expect 2 "^sktop: -Z: security contexts .SELinux. are left out" -Z
expect 2 "^sktop: -z: security contexts" -ptz
expect 2 "^sktop: --diag=/tmp/x: there are no raw dumps" --diag=/tmp/x
expect 2 "^sktop: --dccp: Linux 6.16 gave up DCCP" --dccp
expect 2 "^sktop: -2: this family of sockets is left out" -2
expect 0 "^Proto +State +Local" -tQ -1 --synthetic sockets=5
expect 0 "^tcp6 " -Htav --inet6 -O --fib --notrim -1 --synthetic sockets=50
for two in "-i -r" "-s --pane hosts" "--group port -g" "-C -i" "--pane nat -rC"; do
	expect 2 "^sktop: [a-z]+ and [a-z]+ are two panes; choose one$" -1 $two --synthetic sockets=5
done
expect 0 "^eth0" -i --pane interfaces -1 --synthetic links=2
expect 2 "a port is written port = :NUMBER" -1 :80
expect 2 "a port is written port = :NUMBER" -1 8080
expect 2 "an address is written dst or src ADDRESS" -1 10.0.0.1
expect 2 "^sktop: --netns: '' is no network namespace" -1 -N ''
# what was typed is shown, and never acts on the terminal
hostile=$'\e[31m\xff\xc2\x9b\a'
for option in --pane --columns --sort --group --format --delay --count --netns --query --family \
	--filter-file --synthetic --signal --help; do
	out=$(LC_ALL=C "$sktop" -1 "$option=$hostile" 2>&1 </dev/null)
	status=$?
	[ $status -eq 2 ] || { [ $status -eq 1 ] && [ $option = --netns ]; } ||
		{ echo "FAIL: $option with control characters gave $status"; failures=1; }
	[ -n "$out" ] && ! LC_ALL=C grep -q '[^ -~]' <<<"$out" ||
		{ echo "FAIL: $option showed control characters"; failures=1; }
done
for word in "$hostile" "-$hostile" "--$hostile"; do
	! LC_ALL=C "$sktop" -1 "$word" 2>&1 </dev/null | LC_ALL=C grep -q '[^ -~]' ||
		{ echo "FAIL: a word with control characters was shown as it was"; failures=1; }
	! LC_ALL=C.UTF-8 "$sktop" -1 "$word" 2>&1 </dev/null |
		LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f\xff]|\xc2[\x80-\x9f]' ||
		{ echo "FAIL: a word was shown as it was in UTF-8"; failures=1; }
done
expect 0 "^198.51.100.0/24 +203.0.113.2 +UG +20 +eth1 +main +unicast" -r --synthetic sockets=1
expect 0 "Linux has had no route cache since 3.6" -rC --synthetic sockets=1
expect 0 "^192.0.2.1 +02:00:5e:10:00:01 +eth0" -Cr --synthetic sockets=1
expect 0 "^eth0 +2 224.0.0.251" -g --synthetic sockets=1
expect 0 "snat 198.51.100.7:40001" --nat -n --synthetic sockets=1
expect 2 "is no column of routes" -r --columns foo
expect 0 "^Interface +MTU +RX-OK +RX-ERR +RX-DRP +RX-OVR +TX-OK" -i --synthetic links=2
expect 0 "^eth0 .* 192.0.2.10/24 2001:db8::10/64$" -ie --synthetic links=2
expect 2 "needs an argument" --delay
for bad in 0 -1 nan inf abc 0.05 3601 1x ''; do
	expect 2 "--delay: '$bad' is not a number of seconds" --delay "$bad"
done
expect 2 "--count: '0' is not" --batch --count 0
expect 2 "--pane: 'foo' is none of" --pane foo
expect 2 "--format: 'xml' is none of" --format xml
expect 2 "--group: 'foo' is none of" --group foo
expect 2 "--columns: 'foo' is no column of connections" -1 --columns foo
expect 2 "--sort: 'foo' is no column of connections" -1 --sort foo
expect 2 "neither :asc nor :desc" -1 --sort tx:up
expect 2 "filter: 'foo' is no column" -1 'foo = 3'
expect 2 '^        \^' -1 'state tim'
expect 2 "--once and --batch exclude each other" --once --batch
expect 2 "--once and --count exclude each other" --once --count 3
expect 2 "they come over time; use --batch" --once --events
expect 2 "dashboard is for the full screen" -1 --pane dashboard
expect 2 "--help: 'foo' is none of" --help=foo
expect 2 "is not one of sockets=N" --synthetic foo=1
expect 2 "exclude each other" -1 -N all --synthetic sockets=1
expect 1 "^sktop: -N no-such-namespace: no network namespace has this name" -1 -N no-such-namespace
expect 2 "-A: 'foo' is none of all, inet" -A tcp,foo
expect 2 "-A: '' is none of" -A ''
expect 2 "no kind of sockets is left" -A '!all'
expect 2 "--family: 'bar' is none of inet, inet6, link, unix" -f bar
expect 0 "^sktop [0-9]" --version
expect 0 "[+-]c-ares" --version
expect 0 "[+-]bpf" --version
expect 0 "" -1 --no-bpf --synthetic sockets=1
expect 0 "" -1 --bpf --synthetic sockets=1
expect 0 "FILTER chooses rows" --help=filter
expect 0 "time-wait" --help=columns
expect 0 "quit" --help=keys
expect 0 "--columns LIST" --help
expect 0 "^Proto +State" -1 --synthetic sockets=50
expect 0 "^Proto .* Process +PID +FD" -tulpn --once --synthetic sockets=50
expect 0 "^Proto .* PID +FD +Threads" -tT --once --synthetic sockets=50
expect 2 "^  state tim" -1 state 'tim'
expect 2 "needs an argument" -F
expect 2 "'/no/such' *: No such file|'/no/such': No such file" -1 -F /no/such
file=$(mktemp)
printf '# kept\nstate\n  tim\n' >"$file"
expect 2 "filter: $file:3: 'tim' is no state" -1 -F "$file"
printf '# kept\nstate time-wait\n' >"$file"
[ "$("$sktop" -1 -H --synthetic sockets=300 -F "$file" exclude listen)" = \
	"$("$sktop" -1 -H --synthetic sockets=300 -F - <"$file")" ] ||
	{ echo "FAIL: -F"; failures=1; }
rm "$file"
[ "$(id -u)" -ne 0 ] || ! command -v setpriv >/dev/null ||
	setpriv --reuid=65534 --regid=65534 --clear-groups "$sktop" -1 mark = 7 2>&1 </dev/null |
	grep -q "marks need CAP_NET_ADMIN" || { echo "FAIL: marks without privilege"; failures=1; }
expect 2 "K needs a filter" -K
expect 2 "K needs a filter" -K --yes ''
expect 2 "belong to -K" --yes 'sport = :1'
expect 2 "belong to -K" --dry-run
expect 2 "belong to -K" --signal TERM
expect 2 "'FOO' is no signal" -K --signal FOO 'sport = :1'
expect 1 "Nobody to signal" -K --signal HUP --yes 'state listening' --synthetic sockets=50
expect 2 "goes with --yes" -K --including-my-ssh 'sport = :1'
expect 2 "no other --pane" -K --pane hosts 'sport = :1'
expect 2 "filter: 'foo' is no column" -K 'foo = 3'
expect 1 "no such socket matches; nothing was done" -K -t 'sport = :1 and sport = :2'
expect 1 "every socket .50." -K 'sport >= 0' --synthetic sockets=50
expect 1 "no socket tells its cgroup here" -K 'cgroup = 1' --synthetic sockets=50
expect 0 "no socket tells its cgroup here" -1 'cgroup = 1' --synthetic sockets=50
expect 1 "no terminal to ask on" -K 'state established' --synthetic sockets=50
expect 1 "refused tcp6? .* not a socket of the running kernel" -K 'state listening' --yes \
	--synthetic sockets=50
out=$("$sktop" -1 -H --synthetic sockets=300 state time-wait)
grep -qv TIME_WAIT <<<"$out" && { echo "FAIL: filter let others through"; failures=1; }
[ -n "$out" ] || { echo "FAIL: filter let nothing through"; failures=1; }
json() { # jq test, arguments
	local test=$1
	shift
	"$sktop" "$@" | jq -es "$test" >/dev/null ||
		{ echo "FAIL: jq '$test' on sktop $*"; failures=$((failures + 1)); }
}
if command -v jq >/dev/null; then
	json '.[0].connections | length == 300' -1 -j --synthetic sockets=300
	json 'length == 3 and .[0].interval == null and .[2].interval == 0.1' \
		-b --count 3 -d 0.1 -j --synthetic sockets=30
	json '.[0].hosts | map(.total) | add == 290' -1j --pane hosts --synthetic sockets=300
	json '.[0].states | map(.count) | add == 296' -1j --pane states --synthetic sockets=300
	json '.[0].states | map(select(.count > 0) | .state) == ["TIME_WAIT"]' \
		-1j --pane states --synthetic sockets=300 state time-wait
	# one sample has no slope, and that is not 0; two have one
	json '.[0]["time-wait"] | .limit == 65536 and .buckets > 0 and .slope == null and
		.["full-in"] == null and (.note | type) == "string"' \
		-1j --pane states --synthetic sockets=300
	json '.[0]["time-wait"].slope == null and (.[1:] | length == 2 and
		all(.[]["time-wait"]; (.slope | type) == "number" and .note == null))' \
		-bj --count 3 -d 0.1 --pane states --synthetic sockets=300,churn=50
	json '[.[]["time-wait"] | select(.slope > 0.05)] | length > 0 and
		all(.[]; (.["full-in"] - (.limit - .buckets) / .slope) | fabs < 1)' \
		-bj --count 9 -d 0.1 --pane states --synthetic sockets=300,churn=50
	json '.[0].sockstat | .difference == 0 and .["in-use"] == .["sampled-in-use"] and
		.waiting > 0 and .waiting == .["sampled-waiting"] and .note == null' \
		-1j --pane states --synthetic sockets=300
	json '.[0].sockstat | .["in-use"] > 0 and .difference == null and
		.["sampled-in-use"] == null and (.note | type) == "string"' \
		-1j --pane states --synthetic sockets=300 'lport = 443'
	json '.[0].sockstat.difference == null' -1j4 --pane states --synthetic sockets=300
	json '.[0].overflows | .["accept-queue-overflows"] == 0 and
		.["accept-queue-overflows-rate"] == null and .["syns-dropped"] == null' \
		-1j --pane listeners --synthetic sockets=300
	json '.[0] | keys - ["time-wait", "sockstat", "overflows"] == keys' \
		-1j --pane hosts --synthetic sockets=300
	json '.[0] | has("states") and has("time-wait") and has("overflows")' \
		-1j --pane states,listeners --synthetic sockets=300
	json '.[0].interfaces | map(.interface) == ["lo","eth0","eth1"]' -1ji --synthetic links=3
	json '.[0].protocols | length > 10' -1js --synthetic sockets=1
	json '.[0].protocols | map(.protocol) | unique - ["Tcp","TcpExt","Tls","sockstat.TCP",
		"sockstat.TCP6"] == [] and length > 0' -1js -t
	json '.[0].connections | all(.[]; .tx == null)' -1j --synthetic sockets=30
	json '.[0].connections[0] | has("limited-by") and has("sockopt") and has("drops") and
		has("tries") and has("class-id") and has("shutdown") and has("cgroup")' \
		-1j -teom --info --tos --inet-sockopt --cgroup --synthetic sockets=30
	json '.[0].connections | map(.["limited-by"]) | contains(["network"])' \
		-1j -t --info --synthetic sockets=300
	json '.[0].actions | length > 0 and all(.[]; .result == "refused")' -K -j --dry-run \
		'state listening' --synthetic sockets=300
	json '.[0].losses["dump-errors"] == 0 and .[0].source == "live"' -1j
fi
"$sktop" -1 --format csv --columns proto,remote --synthetic sockets=20 | tr -d '\r' |
	awk -F, 'NR == 1 { if ($0 != "time,proto,remote") exit 1 } NF != 3 { exit 1 }' ||
	{ echo "FAIL: csv"; failures=$((failures + 1)); }
# What holds for all rows is said on stderr, in text with headings only.
facts() { # arguments: what comes on stderr alone
	"$sktop" -1 --synthetic sockets=300 "$@" 2>&1 >/dev/null
}
[ "$(facts --pane states)" = "sktop: TIME_WAIT 87 of 65,536 (tcp_max_tw_buckets), the change is \
not known yet
sktop: sockstat agrees: 207 in use, 87 waiting" ] ||
	{ echo "FAIL: facts of states: $(facts --pane states)"; failures=$((failures + 1)); }
[ "$(facts --pane listeners)" = "sktop: All listeners since boot: 0 accept queue overflows" ] ||
	{ echo "FAIL: facts of listeners: $(facts --pane listeners)"; failures=$((failures + 1)); }
[ -z "$(facts --pane states -H)$(facts --pane states -j)$(facts --pane hosts)" ] ||
	{ echo "FAIL: facts where rows are wanted"; failures=$((failures + 1)); }
"$sktop" -b -d 0.1 --synthetic sockets=9 | head -1 >/dev/null
[ "${PIPESTATUS[0]}" -eq 1 ] || { echo "FAIL: a closed pipe"; failures=$((failures + 1)); }
echo "cli: $failures failures"
[ "$failures" -eq 0 ]
