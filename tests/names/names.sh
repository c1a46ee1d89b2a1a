#!/bin/bash
# Names on the command line: which are asked for, which are shown, what a lying name
# server comes to in every output. names.sh WITH_FAKE_DNS SKTOP; runs itself inside.
with=$1
export sktop=$2 count=${count:-$(mktemp)}
if [ "$with" != inside ]; then
	"$with" "$count" "$0" inside "$sktop"
	status=$?
	rm -f "$count"
	exit $status
fi
"$sktop" --version | grep -q '+c-ares' || { echo "SKIPPED: built without c-ares"; exit 77; }
failures=0
fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}
questions() { cat "$count"; }
ip addr add 10.66.0.1/16 dev lo
for n in {1..9} {11..16} 200; do
	exec {fd}<>"/dev/udp/10.66.0.$n/53"
done
exec {fd}<>/dev/udp/10.66.9.9/443

# Off: not one question, whatever is printed.
for args in -u '-u -j' '-u --format csv' '-u --pane hosts' '-u -n' '-u --columns all' \
	'-u --resolve -n' '-u --resolve --numeric-hosts' '-u --sort remote-name'; do
	"$sktop" --once $args >/dev/null || fail "sktop $args"
	[ "$(questions)" = 0 ] || fail "sktop $args asked the name server"
done
"$sktop" --once -u dst 10.66.0.200 | grep -q ' 10\.66\.0\.200:domain' || fail "service names"
"$sktop" --once -u -n dst 10.66.0.200 | grep -q ' 10\.66\.0\.200:53' || fail "-n ports"
"$sktop" --once -u --numeric-ports dst 10.66.0.200 | grep -q ':53 ' || fail "--numeric-ports"
user=$(id -un)
"$sktop" --once -u -H --columns user | grep -qx "$user" || fail "user names"
"$sktop" --once -u -H --columns user -n | grep -qx 0 || fail "-n users"
"$sktop" --once -u -H --columns user --numeric-users | grep -qx 0 || fail "--numeric-users"
"$sktop" --once -u -H -n --columns user "user = $user" | grep -qx 0 ||
	fail "a filter by user name under -n"

# On: names in place of addresses, also from /etc/hosts; lies stay addresses.
out=$("$sktop" --once -u -H --resolve --columns remote 2>/tmp/names-err.$$)
grep -q '^sktop: not all host names came in time' /tmp/names-err.$$ ||
	fail "missing names are not told: $(cat /tmp/names-err.$$)"
rm -f /tmp/names-err.$$
for want in host-10-66-0-200.example:domain from-hosts-file:https xn--mnchen-3ya.example:domain \
	_under_score.example:domain 10.66.0.{1,2,3,5,7,8,9,11,12,13,14,16}:domain; do
	grep -qxF "$want" <<<"$out" || fail "no $want in: $out"
done
grep -q '^a\{63\}\.a\{63\}\.a\{63\}\.b\{61\}:domain$' <<<"$out" || fail "the longest name"
[ "$(questions)" -ge 16 ] || fail "only $(questions) questions"
before=$(questions)
"$sktop" --once -u --resolve --columns remote dst 10.66.9.9 | grep -q from-hosts-file ||
	fail "/etc/hosts"
[ "$(questions)" = "$before" ] || fail "asked for what is in /etc/hosts"
"$sktop" --once -u --resolve -j --columns local,remote --pane connections >/dev/null
[ "$(questions)" = "$before" ] || fail "asked for names that are not printed"

# A filter means every address of a name, from DNS and from /etc/hosts.
out=$("$sktop" --once -u -n -H --columns remote 'dst web.fwd.example' | sort)
[ "$out" = 10.66.0.1:53 ] || fail "dst web.fwd.example: $out"
out=$("$sktop" --once -u -n -H --columns remote \
	'dst web.fwd.example or dst from-hosts-file:443' | sort | tr '\n' ' ')
[ "$out" = "10.66.0.1:53 10.66.9.9:443 " ] || fail "two names: $out"
"$sktop" --once -u 'dst no.fwd.example' 2>&1 | grep -q "filter: host 'no.fwd.example': Name" ||
	fail "a name that does not exist"

# Filters and groups go by address; the first column has the name, the second not.
"$sktop" --once -u --resolve -H dst 10.66.0.200 | grep -q ' host-10-66-0-200.example:domain' ||
	fail "a filter by address"
"$sktop" --once -u --resolve -H --pane hosts --columns host,address dst 10.66.0.200 |
	grep -qE '^host-10-66-0-200.example +10.66.0.200$' || fail "hosts pane"
"$sktop" --once -u --resolve -j dst 10.66.0.200 |
	jq -e '.connections[0] | .remote == "10.66.0.200" and .rport == 53 and
		.["remote-name"] == "host-10-66-0-200.example" and .service == "domain"' \
		>/dev/null || fail "JSON"
"$sktop" --once -u --resolve --format csv --columns remote,remote-name dst 10.66.0.200 |
	tr -d '\r' | grep -qE '^[0-9.]+,10.66.0.200,host-10-66-0-200.example$' || fail "CSV"

# No byte that is not printable ASCII in any of them.
for args in '' -j '--format csv' '--pane hosts' '--pane hosts -j'; do
	"$sktop" --once -u --resolve $args 2>&1 | tr -d '\r\n' | LC_ALL=C grep -q '[^ -~]' &&
		fail "control characters in sktop $args"
done

# A name server that says nothing is waited for two seconds, not for ever.
exec {fd}<>/dev/udp/10.66.0.10/53
"$sktop" --once -u -H --resolve --columns remote dst 10.66.0.10 2>&1 |
	grep -qxF 10.66.0.10:domain || fail "a silent name server"
echo "names: $failures failures, $(questions) questions"
[ "$failures" -eq 0 ]
