/* SPDX-License-Identifier: MIT */
/*
 * This file reads /proc/net/route and ipv6_route, which have only one table, one next
 * hop for each route, no type and no protocol.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/field.h"
#include "kernel/net/routes.h"
#include "kernel/text.h"

/* These are RTF_* of linux/route.h and linux/ipv6_route.h. */
#define FLAG_GATEWAY 0x2U
#define FLAG_DYNAMIC 0x10U
#define FLAG_MODIFIED 0x20U
#define FLAG_REJECT 0x200U
#define FLAG_CACHE 0x1000000U
#define FLAG_LOCAL 0x80000000U

/* Finds the next word of a line, and moves *at behind it. Returns its length, or 0 at the end. */
static size_t next_word(const char **at, const char **word)
{
	size_t len;

	*at += strspn(*at, " \t");
	*word = *at;
	len = strcspn(*at, " \t\n");
	*at += len;
	return len;
}

static int read_number(const char **at, int base, uint32_t *out)
{
	uint64_t value;

	if (!field_number(at, base, ' ', UINT32_MAX, &value))
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

/* Reads an address. The file prints its bytes as a number in the machine's order. */
static int read_addr4(const char **at, struct sk_addr *addr)
{
	uint32_t raw;
	int err = read_number(at, 16, &raw);

	if (!err)
		*addr = sk_addr_from_v4(&raw);
	return err;
}

static int read_addr6(const char **at, struct sk_addr *addr)
{
	const char *word;

	if (next_word(at, &word) != 32)
		return -EINVAL;
	for (unsigned i = 0; i < 16; i++) {
		char copy[3] = { word[2 * i], word[2 * i + 1] };
		char *end;

		if (!strchr("0123456789abcdefABCDEF", copy[0]) || !copy[0])
			return -EINVAL;
		addr->b[i] = (uint8_t)strtoul(copy, &end, 16);
		if (*end)
			return -EINVAL;
	}
	return 0;
}

/*
 * Reads an interface. "*" stands for none. The interface may have gone meanwhile, and other
 * errors are noted.
 */
static int read_device(const char *word, size_t len, struct routes_decoded *d)
{
	char name[IF_NAMESIZE];

	if (len == 0 || len >= sizeof(name))
		return -EINVAL;
	memcpy(name, word, len);
	name[len] = '\0';
	if (strcmp(name, "*") == 0)
		return 0;
	d->route.oif = if_nametoindex(name);
	if (!d->route.oif && errno != ENODEV && errno != ENXIO)
		d->error = -errno;
	return 0;
}

static void set_flags(struct sk_route *route, uint32_t flags)
{
	route->hops = route->weight = 1;
	route->flags |= SK_ROUTE_FROM_PROC;
	route->type = flags & FLAG_REJECT ? SK_ROUTE_UNREACHABLE :
		      flags & FLAG_LOCAL  ? SK_ROUTE_LOCAL :
					    SK_ROUTE_UNICAST;
	if (flags & FLAG_GATEWAY)
		route->flags |= SK_ROUTE_GATEWAY;
	if (flags & FLAG_DYNAMIC)
		route->flags |= SK_ROUTE_DYNAMIC;
	if (flags & FLAG_MODIFIED)
		route->flags |= SK_ROUTE_MODIFIED;
	if (flags & FLAG_CACHE)
		route->flags |= SK_ROUTE_CACHED;
}

static void set_metric(struct sk_metrics *metrics, enum sk_metric which, uint32_t value)
{
	if (value) {
		metrics->set |= 1U << which;
		metrics->value[which] = value;
	}
}

/* Parses Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT. */
static int parse_line4(const char *line, struct routes_decoded *d)
{
	struct sk_route *route = &d->route;
	uint32_t flags, unused, mask, mss, window, irtt;
	struct sk_addr netmask;
	const char *device;
	size_t len = next_word(&line, &device);

	if (read_device(device, len, d) || read_addr4(&line, &route->destination) ||
	    read_addr4(&line, &route->gateway) || read_number(&line, 16, &flags) ||
	    read_number(&line, 10, &unused) || read_number(&line, 10, &unused) ||
	    read_number(&line, 10, &route->metric) || read_addr4(&line, &netmask) ||
	    read_number(&line, 10, &mss) || read_number(&line, 10, &window) ||
	    read_number(&line, 10, &irtt))
		return -EINVAL;
	memcpy(&mask, netmask.b + 12, sizeof(mask));
	route->destination_len = (uint8_t)__builtin_popcount(mask);
	route->table = SK_ROUTES_MAIN;
	set_metric(&d->metrics, SK_METRIC_ADVMSS, mss > 40 ? mss - 40 : 0);
	set_metric(&d->metrics, SK_METRIC_WINDOW, window);
	set_metric(&d->metrics, SK_METRIC_RTT, irtt);
	set_flags(route, flags);
	/*
	 * Only routes that answer have the flag. Routes that drop packets in silence have no
	 * device.
	 */
	if (len == 1 && *device == '*' && route->type == SK_ROUTE_UNICAST)
		route->type = SK_ROUTE_BLACKHOLE;
	return 0;
}

/* Parses dst len src len gateway metric refs use flags device. All numbers are in hex. */
static int parse_line6(const char *line, struct routes_decoded *d)
{
	struct sk_route *route = &d->route;
	uint32_t len, from_len, flags, unused;
	const char *word;
	size_t n;

	route->flags = SK_ROUTE_V6;
	if (read_addr6(&line, &route->destination) || read_number(&line, 16, &len) ||
	    read_addr6(&line, &route->from) || read_number(&line, 16, &from_len) ||
	    read_addr6(&line, &route->gateway) ||
	    read_number(&line, 16, &route->metric) || read_number(&line, 16, &unused) ||
	    read_number(&line, 16, &unused) || read_number(&line, 16, &flags) ||
	    len > 128 || from_len > 128)
		return -EINVAL;
	n = next_word(&line, &word);
	route->destination_len = (uint8_t)len;
	route->from_len = (uint8_t)from_len;
	set_flags(route, flags);
	if (route->destination.b[0] == 0xff)
		route->type = SK_ROUTE_MULTICAST;
	return read_device(word, n, d);
}

/* Returns true for an entry that means "there is no route". IPv6 keeps it behind all others. */
static bool is_no_route(const struct sk_route *route)
{
	return (route->flags & SK_ROUTE_V6) && route->metric == UINT32_MAX &&
	       route->type == SK_ROUTE_UNREACHABLE;
}

static int parse_lines(const char *line,
		       int (*parse)(const char *line, struct routes_decoded *d),
		       struct sk_sample *sample)
{
	for (; line && *line; line = text_next_line(line)) {
		struct routes_decoded decoded = { 0 };
		const struct sk_route *route = &decoded.route;
		int err = 0;

		if (sample->n_routes >= SK_ROWS_CUT) {
			sample->losses.missing |= SK_MISSING_ROWS;
			return 0;
		}
		if (parse(line, &decoded))
			sample->losses.malformed++;
		else if (!(route->flags & SK_ROUTE_CACHED) && !is_no_route(route))
			err = routes_append(&decoded, sample);
		if (decoded.error)
			sk_sample_lose(sample, SK_PART_ROUTES, SK_LOSS_SOME, decoded.error);
		if (err)
			return err;
	}
	return 0;
}

int routes_parse_proc4(const char *text, struct sk_sample *sample)
{
	/* A line of headings comes first. */
	return parse_lines(text_next_line(text), parse_line4, sample);
}

int routes_parse_proc6(const char *text, struct sk_sample *sample)
{
	return parse_lines(text, parse_line6, sample);
}
