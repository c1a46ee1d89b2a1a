#!/bin/bash
# What every pane prints in every format, byte by byte, from a source that is the same on
# every run. When a change is meant to change it:
#     tests/golden/golden.sh build-test/sktop --renew && git diff tests/golden
# and look at that difference before it is committed. The columns are named here, so that
# a new one changes nothing.
sktop=$(realpath "$1")
renew=$2
cd "$(dirname "$0")" || exit 1
. ../lib.sh
spec=sockets=14,hosts=9,churn=3,links=3,seed=7
columns_of() { # pane
	case $1 in
	connections) echo proto,state,recv-q,send-q,local,lport,remote,rport,tx,rx,tx-total,rtt,timer,expires,age,uid,inode,cookie,pid,process,netns ;;
	hosts) echo host,total,established,time-wait,udp,tx,rx,tx-total ;;
	states) echo state,count,delta,in,out,share ;;
	interfaces) echo interface,state,rx,tx,rx-total,tx-total,mtu,flags ;;
	protocols) echo protocol,counter,value,rate ;;
	processes) echo pid,process,total,tx,command ;;
	events) echo time,proto,state,local,lport,remote,tx-total,life ;;
	routes) echo destination,gateway,flags,metric,interface,table,type,source,weight,netns ;;
	neighbours) echo address,mac,interface,state,updated ;;
	groups) echo interface,users,group ;;
	nat) echo proto,state,nat,source,sport,destination,dport,new-source,timeout ;;
	listeners) echo proto,local,lport,pending,limit,fill ;;
	*) echo all ;;
	esac
}
# The view as one would ask for it; a pane that has no rows here is checked all the same.
run() { # pane, format
	TZ=UTC "$sktop" -n -p -t -u -x -w --packet --pane "$1" --format "$2" -b --count 2 -d 0.1 \
		--synthetic "$spec" --columns "$(columns_of "$1")" 2>&1 </dev/null |
		sed 's/"late":[0-9]*/"late":0/' # a machine under load is late
}
panes=$("$sktop" --pane '?' 2>&1 | sed 's/.*is none of //; s/dashboard, //; s/, / /g')
[ "$(wc -w <<<"$panes")" -ge 8 ] || fail "which panes are there? '$panes'"
for pane in $panes; do
	for format in text json csv; do
		file=$pane.${format/text/txt}
		run "$pane" $format >"$dir/$file"
		if [ "$renew" = --renew ]; then
			cp "$dir/$file" "$file"
		elif [ ! -e "$file" ]; then
			fail "$pane has no golden $format: tests/golden/golden.sh build-test/sktop --renew"
		elif ! cmp -s "$file" "$dir/$file"; then
			fail "$pane as $format is not what it was (wanted: -, got: +)"
			case $format in
			json) diff -U1 <(jq . "$file") <(jq . "$dir/$file") ;;
			*) diff -U1 "$file" "$dir/$file" ;;
			esac | sed -n 4,24p
		fi
	done
done
[ "$renew" = --renew ] && exit $status

# docs/json.md: the keys of a sample are those.
# Listeners will do: the machine may have a million connections.
"$sktop" -1 -j -l -N all 2>/dev/null | jq -r keys[] >"$dir/top"
grep -vx connections "$dir/top" | while read -r key; do
	grep -q "^. .$key. " ../../docs/json.md || echo "$key"
done >"$dir/undocumented"
[ ! -s "$dir/undocumented" ] || fail "docs/json.md does not know $(cat "$dir/undocumented")"

# Programs that did not write them can read them: every column, and hostile contents.
known=$("$sktop" --help=columns | awk '/^ / { print $(NF > 1 && $1 == "*" ? 2 : 1) }' | sort -u)
for spec in $spec,netns=3 $spec,netns=3,hostile=1; do
	for pane in $panes; do
		all=(-a -n -p -t -u -x -w --packet --netlink --pane "$pane" -b --count 2 -d 0.1
			--synthetic "$spec" --columns all)
		"$sktop" "${all[@]}" -j >"$dir/json" 2>/dev/null
		[ "$(wc -l <"$dir/json")" = 2 ] || fail "$pane as JSON: a line a sample"
		jq -es --arg pane "$pane" '.[1] | .time > 0 and .source == "synthetic" and
			(.losses.missing | type) == "array" and (.[$pane] | type) == "array"' \
			"$dir/json" >/dev/null || fail "$pane as JSON: jq cannot use it"
		jq -r --arg pane "$pane" '.[$pane][] | keys[], (.nexthops[]? | keys[])' "$dir/json" | sort -u |
			grep -vx nexthops | sed -E 's/-(at-least|presumed)$//' | sort -u |
			comm -23 - <(echo "$known") >"$dir/unknown"
		[ ! -s "$dir/unknown" ] || fail "$pane: keys that are no columns: $(head -3 "$dir/unknown")"
		"$sktop" "${all[@]}" --format csv >"$dir/csv" 2>/dev/null
		"$sktop" "${all[@]}" >"$dir/text" 2>/dev/null
		python3 - "$pane" "$dir/json" "$dir/csv" "$dir/text" <<'PYTHON' || status=1
import csv, json, sys, unicodedata
pane, json_name, csv_name, text_name = sys.argv[1:]
samples = [json.loads(line) for line in open(json_name, encoding="utf-8", errors="strict")]
# a route of several hops is one object in JSON, and a line a hop elsewhere
rows = [{**row, **hop} for sample in samples for row in sample[pane]
        for hop in row.get("nexthops", [{}])]
with open(csv_name, newline="", encoding="utf-8", errors="strict") as file:
    table = list(csv.reader(file, strict=True))
text = open(text_name, encoding="utf-8", errors="strict", newline="").read()
def check(holds, words):
    if not holds:
        sys.exit(f"FAIL: {pane}: {words}")
def same(cell, value):
    if value is None:
        return cell == ""
    if isinstance(value, (int, float)):
        return float(cell) == float(value)
    return cell == value
check(len(table) == len(rows) + 1, f"{len(table) - 1} rows of CSV, {len(rows)} of JSON")
head = table[0]
for line, row in zip(table[1:], rows):
    check(len(line) == len(head), f"{len(line)} fields below {len(head)} headings")
    for key, cell in zip(head[1:], line[1:]):
        check(same(cell, row[key]), f"{key}: {cell!r} in CSV, {row[key]!r} in JSON")
def prints(c):
    return unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
for row in rows:
    for key, value in row.items():
        check(not isinstance(value, str) or all(map(prints, value)), f"{key}: {value!r}")
check(all(c == "\n" or prints(c) for c in text), "text holds what does not print")
lines = len([line for line in text.split("\n") if line])
# a feed has one heading, the other panes one a sample
check(lines - len(rows) in (1, 2), f"{lines} lines of text for {len(rows)} rows")
PYTHON
	done
done
[ $status = 0 ] && echo "golden: $(ls ./*.txt ./*.json ./*.csv | wc -l) files agree"
exit $status
