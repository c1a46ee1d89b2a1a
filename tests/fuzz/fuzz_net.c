/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an answer about routes, rules, neighbours, addresses and tracked
 * connections, and as their files in /proc/net: the first byte says which.
 */
#include "fuzz.h"
#include "kernel/net/conntrack.h"
#include "kernel/net/mcast.h"
#include "kernel/net/neighbours.h"
#include "kernel/net/routes.h"

static void check_text(const char *text, size_t size)
{
	require(memchr(text, '\0', size) && sk_text_is_clean(text));
}

static void check(const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_routes; i++) {
		const struct sk_route *r = &sample->routes[i];

		require(r->hop < r->hops && r->hop <= i && r->metrics <= sample->n_metrics &&
			r->destination_len <= 128);
	}
	for (uint32_t i = 0; i < sample->n_metrics; i++)
		check_text(sample->metrics[i].congestion, 16);
	for (uint32_t i = 0; i < sample->n_memberships; i++)
		check_text(sample->memberships[i].interface, SK_DEVICE_STRLEN);
	for (uint32_t i = 0; i < sample->n_neighbours; i++)
		require(sample->neighbours[i].lladdr_len <=
			sizeof(sample->neighbours[i].lladdr));
}

static void decode_route(const struct nlmsghdr *message, size_t size,
			 struct sk_sample *sample)
{
	struct routes_decoded decoded;

	if (routes_decode(message, size, &decoded) == 0)
		routes_append(&decoded, sample);
}

static void decode_rest(const struct nlmsghdr *message, size_t size, unsigned which)
{
	struct sk_rule rule;
	struct sk_neighbour neighbour;
	struct sk_address address;
	struct sk_nat_entry entry;

	if (which == 1 && rules_decode(message, size, &rule) == 0) {
		check_text(rule.iif, sizeof(rule.iif));
		check_text(rule.oif, sizeof(rule.oif));
	}
	if (which == 2 && neighbours_decode(message, size, &neighbour) == 0)
		require(neighbour.lladdr_len <= sizeof(neighbour.lladdr));
	if (which == 3 && addresses_decode(message, size, &address) == 0)
		check_text(address.label, sizeof(address.label));
	if (which == 4 && conntrack_decode(message, size, &entry) == 0)
		check_text(entry.helper, 16);
}

static void parse(const char *text, unsigned which, struct sk_sample *sample)
{
	switch (which) {
	case 5:
		routes_parse_proc4(text, sample);
		break;
	case 6:
		routes_parse_proc6(text, sample);
		break;
	case 7:
		neighbours_parse_proc(text, sample);
		break;
	case 8:
		mcast_parse_igmp(text, sample);
		break;
	case 9:
		mcast_parse_igmp6(text, sample);
		break;
	default:
		conntrack_parse_proc(text, 3, sample);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned which = size ? data[0] % 11 : 0;
	struct sk_sample *sample;
	char *copy;

	if (size == 0 || sk_sample_new(&sample))
		return 0;
	data++;
	size--;
	sample->needs = SK_NEED_TRACKED;
	copy = copy_text(data, size);
	if (which < 5 && size > 6 && (data[6] & 1))
		repair_length(copy, size);
	if (which == 0)
		decode_route((const void *)copy, size, sample);
	else if (which < 5)
		decode_rest((const void *)copy, size, which);
	else
		parse(copy, which, sample);
	check(sample);
	free(copy);
	sk_sample_unref(sample);
	return 0;
}
