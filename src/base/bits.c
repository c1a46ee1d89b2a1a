/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include "base/bits.h"

/* TCPI_OPT_* of linux/tcp.h. */
enum { OPT_WSCALE = 1 << 2, OPT_SYN_DATA = 1 << 5, OPT_TFO_CHILD = 1 << 7 };

char *bits_format(unsigned value, const char *const *names, size_t n, char *out,
		  size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t need = strlen(names[i]) + (len > 0);

		if (!(value & (1U << i)) || len + need >= size)
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "",
					names[i]);
	}
	return out;
}

char *bits_tcp_options(unsigned options, char *out, size_t size)
{
	static const char *const names[] = { "ts",	"sack",	    "wscale",  "ecn",
					     "ecnseen", "fastopen", "usec_ts", "tfo_child" };

	return bits_format(options, names, ARRAY_SIZE(names), out, size);
}

bool bits_has_wscale(unsigned options)
{
	return options & OPT_WSCALE;
}

char *bits_sockopt(unsigned sockopt, char *out, size_t size)
{
	static const char *const names[] = {
		"recverr",	     "is_icsk",		"freebind",	 "hdrincl",
		"mc_loop",	     "transparent",	"mc_all",	 "nodefrag",
		"bind_addr_no_port", "recverr_rfc4884", "defer_connect",
	};

	return bits_format(sockopt, names, ARRAY_SIZE(names), out, size);
}

const char *bits_ca_state(unsigned state)
{
	static const char *const names[] = { "open", "disorder", "cwr", "recovery", "loss" };

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

const char *bits_fastopen(unsigned options, unsigned limited)
{
	static const char *const failures[] = { NULL, "no-cookie", "data-not-acked",
						"syn-resent" };

	if (options & OPT_SYN_DATA)
		return "used";
	if (options & OPT_TFO_CHILD)
		return "accepted";
	return failures[limited >> 1 & 3];
}
