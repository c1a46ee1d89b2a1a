/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/array.h>
#include <sktop/types.h>
#include "columns/counters/tables.h"

/* Names that end in an ICMP type's number have one sentence for all. */
static const struct {
	const char *section, *prefix;
	struct sk_counter_help help;
} message_types[] = {
	{ "IcmpMsg", "InType",
	  { "IcmpMsg", "InType", "ICMP messages received of the type with this number",
	    false } },
	{ "IcmpMsg", "OutType",
	  { "IcmpMsg", "OutType", "ICMP messages sent of the type with this number",
	    false } },
	{ "Icmp6", "InType",
	  { "Icmp6", "InType", "ICMPv6 messages received of the type with this number",
	    false } },
	{ "Icmp6", "OutType",
	  { "Icmp6", "OutType", "ICMPv6 messages sent of the type with this number",
	    false } },
};

static const struct sk_counter_help *find(const struct sk_counter_help *table, size_t n,
					  const char *section, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].name[0] == name[0] && strcmp(table[i].name, name) == 0 &&
		    strcmp(table[i].section, section) == 0)
			return &table[i];
	}
	return NULL;
}

const struct sk_counter_help *sk_counter_help(const char *section, const char *name)
{
	static const struct {
		const struct sk_counter_help *table;
		const size_t *n;
	} tables[] = { { counter_help_tcp, &counter_help_tcp_n },
		       { counter_help_ip, &counter_help_ip_n },
		       { counter_help_other, &counter_help_other_n },
		       { counter_help_modules, &counter_help_modules_n } };
	const struct sk_counter_help *help;

	for (size_t i = 0; i < ARRAY_SIZE(message_types); i++) {
		if (strcmp(section, message_types[i].section) == 0 &&
		    strncmp(name, message_types[i].prefix, strlen(message_types[i].prefix)) == 0)
			return &message_types[i].help;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		help = find(tables[i].table, *tables[i].n, section, name);
		if (help)
			return help;
	}
	return NULL;
}

#define BIT(proto) SK_PROTO_BIT(SK_PROTO_##proto)
#define IP (BIT(RAW) | BIT(PING))
enum { V4 = 1, V6 = 2, BOTH = 3 };

/** The sections that -t, -u, -w... choose, as netstat -s does. */
static const struct {
	const char *section;
	uint32_t protos;
	uint32_t families;
} scopes[] = {
	{ "Ip", IP, V4 },		{ "IpExt", IP, V4 },
	{ "Icmp", IP, V4 },		{ "IcmpMsg", IP, V4 },
	{ "Ip6", IP, V6 },		{ "Icmp6", IP, V6 },
	{ "Tcp", BIT(TCP), BOTH },	{ "TcpExt", BIT(TCP), BOTH },
	{ "MPTcpExt", BIT(MPTCP), BOTH }, { "Tls", BIT(TCP), BOTH },
	{ "Udp", BIT(UDP), V4 },	{ "Udp6", BIT(UDP), V6 },
	{ "UdpLite", BIT(UDPLITE), V4 }, { "UdpLite6", BIT(UDPLITE), V6 },
	{ "Sctp", BIT(SCTP), BOTH },	{ "sockstat.TCP", BIT(TCP), V4 },
	{ "sockstat.TCP6", BIT(TCP), V6 }, { "sockstat.UDP", BIT(UDP), V4 },
	{ "sockstat.UDP6", BIT(UDP), V6 }, { "sockstat.RAW", BIT(RAW), V4 },
	{ "sockstat.RAW6", BIT(RAW), V6 }, { "sockstat.FRAG", IP, V4 },
	{ "sockstat.FRAG6", IP, V6 },
};

bool sk_counter_in_scope(const char *section, uint32_t protos, uint32_t families)
{
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		if (strcmp(scopes[i].section, section) == 0)
			return (scopes[i].protos & protos) &&
			       (scopes[i].families & families);
	}
	return false;
}
