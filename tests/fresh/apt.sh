# Sourced by tests/fresh/run: where this machine's apt takes Debian from, for another release.
# No mirror is named here: all is read from /etc/apt.

fresh_here=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
fresh_names="($fresh_here|oldstable|stable|testing)"

# Debian's own entries of the one-line files and the .sources, each as a stanza for SUITE: those
# of this machine's release with the component main. Other archives have nothing to do with it.
fresh_sources() { # suite
	local files
	files=$(ls /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null)
	# shellcheck disable=SC2086
	[ -z "$files" ] || awk -v from="$fresh_names" -v to="$1" '
		# deb [option=value ...] URI suite components...
		/^[ \t]*deb[ \t]/ {
			options = ""
			if (match($0, /\[[^]]*\]/)) {
				options = substr($0, RSTART + 1, RLENGTH - 2)
				sub(/\[[^]]*\]/, "")
			}
			if ($3 !~ "^" from "(-updates|-security)?$" || $0 !~ / main( |$)/)
				next
			sub("^" from, to, $3)
			print "Types: deb\nURIs: " $2 "\nSuites: " $3 "\nComponents: main"
			count = split(options, option, " ")
			for (i = 1; i <= count; i++) {
				key = value = option[i]
				sub(/=.*/, "", key)
				sub(/^[^=]*=/, "", value)
				if (key == "signed-by") print "Signed-By: " value
				if (key == "trusted") print "Trusted: " value
			}
			print ""
		}' $files
	files=$(ls /etc/apt/sources.list.d/*.sources 2>/dev/null)
	# shellcheck disable=SC2086
	[ -z "$files" ] || awk -v from="$fresh_names" -v to="$1" '
		function stanza() {
			if (suites != "" && main && !off)
				print "Types: deb\n" uris "\nSuites:" suites "\nComponents: main\n" kept
			suites = uris = kept = field = ""
			main = off = 0
		}
		FNR == 1 || /^[ \t]*$/ { stanza() }
		/^#/ || /^[ \t]*$/ { next }
		/^[^ \t]/ { field = tolower($1) }
		field == "uris:" { uris = uris (uris == "" ? "" : "\n") $0 }
		field == "suites:" {
			for (i = 1; i <= NF; i++)
				if ($i ~ "^" from "(-updates|-security)?$") {
					sub("^" from, to, $i)
					suites = suites " " $i
				}
		}
		field == "components:" && / main( |$)/ { main = 1 }
		field == "types:" && !/ deb( |$)/ { off = 1 }
		field == "enabled:" && tolower($2) == "no" { off = 1 }
		# a key may be in the stanza itself, over several lines
		field == "signed-by:" || field == "trusted:" { kept = kept $0 "\n" }
		END { stanza() }' $files
}

# A first system, from the archive that has the release itself.
fresh_debootstrap() { # suite, root, cache
	local archive uri key check=() include=()
	[ -n "$fresh_here" ] || { echo "/etc/os-release names no release"; return 1; }
	archive=$(fresh_sources "$1" | awk -v RS= -v suite="$1" '$0 ~ "\nSuites:[^\n]* " suite "( |\n)" { print; exit }')
	[ -n "$archive" ] || { echo "no archive of Debian $fresh_here in /etc/apt"; return 1; }
	uri=$(awk '/^URIs:/ { print $2; exit }' <<<"$archive")
	key=$(awk '/^Signed-By: *\// { print $2; exit }' <<<"$archive")
	[ -z "$key" ] || check=(--keyring="$key")
	! grep -q '^Trusted: *yes' <<<"$archive" || check=(--no-check-gpg)
	! fresh_sources "$1" | grep -q '^URIs:.*https:' || include=(--include=ca-certificates)
	# debootstrap asks wget, which does not know apt's proxy
	eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
	http_proxy=${http_proxy:-} https_proxy=${https_proxy:-} debootstrap --variant=minbase \
		"${check[@]}" "${include[@]}" ${3:+--cache-dir="$3"} "$1" "$2" "$uri"
}

# Sources, keys, proxies and what else this machine says of fetching, in the new one.
fresh_apt() { # suite, root
	local file
	rm -f "$2/etc/apt/sources.list"
	fresh_sources "$1" >"$2/etc/apt/sources.list.d/fresh.sources"
	apt-config dump | grep '^Acquire::' >"$2/etc/apt/apt.conf.d/00fresh"
	cp -a /etc/apt/auth.conf /etc/apt/auth.conf.d "$2/etc/apt/" 2>/dev/null
	for file in /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/* \
		$(sed -n 's/^Signed-By: *\(\/.*\)/\1/p' "$2/etc/apt/sources.list.d/fresh.sources") \
		$(sed -n 's/.* "\(\/.*\)";$/\1/p' "$2/etc/apt/apt.conf.d/00fresh"); do
		[ -f "$file" ] && [ ! -e "$2$file" ] || continue
		mkdir -p "$2$(dirname "$file")" && cp "$file" "$2$file" || return 1
	done
	if [ -d "$2/usr/share/ca-certificates" ]; then
		cp /etc/ssl/certs/ca-certificates.crt "$2/etc/ssl/certs/"
	fi
	cp -L /etc/resolv.conf /etc/hosts /etc/hostname "$2/etc/" 2>/dev/null
	return 0
}
