/* SPDX-License-Identifier: MIT */
#include "view/setup_tables.h"

static const struct {
	enum sk_pane_id pane;
	const char *once;     /* of one sample; NULL = those of the screen */
	const char *extended; /* more with -e */
} choices[] = {
	{ SK_PANE_INTERFACES,
	  "interface,mtu,rx-packets-total,rx-errors-total,rx-drops-total,rx-overruns-total,"
	  "tx-packets-total,tx-errors-total,tx-drops-total,tx-overruns-total,flags",
	  "+state,+rx-total,+tx-total,+mac,+txqlen,+speed,+duplex,+carrier-changes,"
	  "+collisions,+addresses" },
	{ SK_PANE_ROUTES, NULL, "+genmask,+advmss,+window,+rtt,+nexthop-id" },
	{ SK_PANE_NEIGHBOURS, NULL, "+references,+protocol" },
	{ SK_PANE_GROUPS, NULL, "+family" },
	{ SK_PANE_NAT, NULL, "+tx-packets,+rx-packets,+flags,+mark,+zone,+helper" },
};

int setup_table_columns(const struct sk_options *options, enum sk_pane_id pane,
			struct sk_setup *setup, char *error)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]) && !err; i++) {
		if (choices[i].pane != pane)
			continue;
		if (options->once && choices[i].once)
			err = sk_column_list_parse(setup->table, choices[i].once,
						   &setup->columns, error);
		if (!err && options->extended)
			err = sk_column_list_parse(setup->table, choices[i].extended,
						   &setup->columns, error);
	}
	return err;
}
