/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "model/counter_help_tables.h"

/* Names that end in an ICMP type's number have one sentence for all. */
static const struct {
	const char *section, *prefix;
	struct sk_counter_help help;
} families[] = {
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
	const struct sk_counter_help *help;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (strcmp(section, families[i].section) == 0 &&
		    strncmp(name, families[i].prefix, strlen(families[i].prefix)) == 0)
			return &families[i].help;
	}
	help = find(counter_help_tcp, counter_help_tcp_n, section, name);
	if (!help)
		help = find(counter_help_ip, counter_help_ip_n, section, name);
	return help ? help :
		      find(counter_help_other, counter_help_other_n, section, name);
}
