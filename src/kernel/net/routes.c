/* SPDX-License-Identifier: MIT */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include "kernel/netlink/attrs.h"
#include "kernel/netlink/dump.h"
#include "kernel/net/routes.h"
#include "kernel/text.h"

_Static_assert(SK_METRIC_COUNT <= 32, "struct sk_metrics.set has a bit for each");
_Static_assert(SK_METRIC_CC_ALGO == (int)RTAX_CC_ALGO &&
		       SK_METRIC_MTU == (int)RTAX_MTU &&
		       SK_METRIC_FASTOPEN_NO_COOKIE == (int)RTAX_FASTOPEN_NO_COOKIE,
	       "the kernel's numbers");
_Static_assert(SK_ROUTE_BLACKHOLE == (int)RTN_BLACKHOLE &&
		       SK_ROUTE_XRESOLVE == (int)RTN_XRESOLVE,
	       "the kernel's numbers");

/* rtnetlink counts all times in so many clock ticks a second (USER_HZ). */
#define TICKS 100

static uint16_t nexthop_flags(unsigned flags)
{
	static const struct {
		unsigned kernel;
		uint16_t ours;
	} names[] = {
		{ RTNH_F_DEAD, SK_ROUTE_DEAD },
		{ RTNH_F_LINKDOWN, SK_ROUTE_LINKDOWN },
		{ RTNH_F_ONLINK, SK_ROUTE_ONLINK },
		{ RTNH_F_PERVASIVE, SK_ROUTE_PERVASIVE },
		{ RTNH_F_OFFLOAD, SK_ROUTE_OFFLOAD },
		{ RTNH_F_TRAP, SK_ROUTE_TRAP },
		{ RTNH_F_UNRESOLVED, SK_ROUTE_UNRESOLVED },
	};
	unsigned ours = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ours |= flags & names[i].kernel ? names[i].ours : 0U;
	return (uint16_t)ours;
}

static uint16_t route_flags(const struct rtmsg *head)
{
	unsigned flags = nexthop_flags(head->rtm_flags & 0xff);

	if (head->rtm_family == AF_INET6)
		flags |= SK_ROUTE_V6;
	if (head->rtm_flags & RTM_F_CLONED)
		flags |= SK_ROUTE_CACHED;
	if (head->rtm_flags & RTM_F_OFFLOAD)
		flags |= SK_ROUTE_OFFLOAD;
	if (head->rtm_flags & RTM_F_TRAP)
		flags |= SK_ROUTE_TRAP;
	if (head->rtm_protocol == RTPROT_REDIRECT)
		flags |= SK_ROUTE_DYNAMIC;
	return (uint16_t)flags;
}

static void decode_gateway(const struct attr *attr, struct sk_route *route)
{
	struct attr via = *attr;

	if (attr->type == RTA_VIA) { /* the address family comes first, then the address */
		if (attr->len < 2)
			return;
		via.data += 2;
		via.len -= 2;
	}
	if (attr_addr(&via, &route->gateway) && !sk_addr_is_any(&route->gateway))
		route->flags |= SK_ROUTE_GATEWAY;
}

static void decode_metrics(const struct attr *nest, struct sk_metrics *metrics)
{
	struct attrs attrs = attr_nested(nest);
	struct attr attr;

	while (attrs_next(&attrs, &attr) > 0) {
		if (attr.type == 0 || attr.type >= SK_METRIC_COUNT ||
		    (attr.type != RTAX_CC_ALGO && attr.len < 4))
			continue;
		metrics->set |= 1U << attr.type;
		if (attr.type == RTAX_CC_ALGO)
			text_copy(metrics->congestion, sizeof(metrics->congestion),
				  (const char *)attr.data, attr.len);
		else
			attr_get_u32(&attr, &metrics->value[attr.type]);
	}
}

static void decode_cacheinfo(const struct attr *attr, struct sk_route *route)
{
	struct rta_cacheinfo info;

	if (attr->len < offsetof(struct rta_cacheinfo, rta_error))
		return;
	memcpy(&info, attr->data, offsetof(struct rta_cacheinfo, rta_error));
	if (!info.rta_expires)
		return;
	route->flags |= SK_ROUTE_EXPIRES;
	route->expires_s = info.rta_expires > 0 ? (uint32_t)info.rta_expires / TICKS : 0;
}

static void decode_number(const struct attr *attr, struct sk_route *route)
{
	uint16_t encap = 0;

	switch (attr->type) {
	case RTA_OIF:
		attr_get_u32(attr, &route->oif);
		break;
	case RTA_IIF:
		attr_get_u32(attr, &route->iif);
		break;
	case RTA_TABLE:
		attr_get_u32(attr, &route->table);
		break;
	case RTA_PRIORITY:
		attr_get_u32(attr, &route->metric);
		break;
	case RTA_NH_ID:
		attr_get_u32(attr, &route->nexthop_id);
		break;
	case RTA_PREF:
		attr_get_u8(attr, &route->preference);
		break;
	case RTA_ENCAP_TYPE:
		attr_get_u16(attr, &encap);
		route->encap = (uint8_t)(encap < UINT8_MAX ? encap : UINT8_MAX);
		break;
	default:
		break;
	}
}

static void decode_attr(const struct attr *attr, struct routes_decoded *d)
{
	struct sk_route *route = &d->route;

	switch (attr->type) {
	case RTA_DST:
		attr_addr(attr, &route->destination);
		break;
	case RTA_SRC:
		attr_addr(attr, &route->from);
		break;
	case RTA_PREFSRC:
		if (attr_addr(attr, &route->source))
			route->flags |= SK_ROUTE_SOURCE;
		break;
	case RTA_GATEWAY:
	case RTA_VIA:
		decode_gateway(attr, route);
		break;
	case RTA_METRICS:
		decode_metrics(attr, &d->metrics);
		break;
	case RTA_CACHEINFO:
		decode_cacheinfo(attr, route);
		break;
	case RTA_MULTIPATH:
		d->nexthops = attr->data;
		d->nexthops_len = attr->len;
		break;
	default:
		decode_number(attr, route);
		break;
	}
}

/* Checks the lengths once, because they are used as indexes of address bits later on. */
static int check_lengths(struct sk_route *route)
{
	unsigned longest = route->flags & SK_ROUTE_V6 ? 128 : 32;

	return route->destination_len > longest || route->from_len > longest ? -EBADMSG :
									       0;
}

int routes_decode(const struct nlmsghdr *message, size_t size, struct routes_decoded *d)
{
	const struct rtmsg *head = NLMSG_DATA(message);
	struct attrs attrs;
	struct attr attr;
	int err = attrs_of_message(message, size, sizeof(*head), &attrs);

	*d = (struct routes_decoded){ 0 };
	if (err)
		return err;
	if (head->rtm_family != AF_INET && head->rtm_family != AF_INET6)
		return -EBADMSG;
	d->route = (struct sk_route){
		.hops = 1, .weight = 1, .flags = route_flags(head),
		.table = head->rtm_table, .destination_len = head->rtm_dst_len,
		.from_len = head->rtm_src_len, .type = head->rtm_type,
		.protocol = head->rtm_protocol, .scope = head->rtm_scope,
		.tos = head->rtm_tos,
	};
	if (head->rtm_family == AF_INET)
		d->route.destination = d->route.from = sk_addr_from_v4("\0\0\0\0");
	while ((err = attrs_next(&attrs, &attr)) > 0)
		decode_attr(&attr, d);
	return err ? err : check_lengths(&d->route);
}

/* Takes one next hop off the list. Returns 1, 0 at the end, or -EBADMSG. */
static int next_nexthop(struct attrs *nexthops, struct sk_route *route)
{
	struct rtnexthop hop;
	struct attrs attrs;
	struct attr attr;
	size_t step;
	uint16_t encap = 0;

	if (nexthops->left < sizeof(hop))
		return 0;
	memcpy(&hop, nexthops->at, sizeof(hop));
	if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > nexthops->left)
		return -EBADMSG;
	route->oif = (uint32_t)hop.rtnh_ifindex;
	route->weight = (uint16_t)(hop.rtnh_hops + 1);
	route->flags |= nexthop_flags(hop.rtnh_flags);
	attrs = (struct attrs){ nexthops->at + sizeof(hop),
				hop.rtnh_len - sizeof(hop) };
	while (attrs_next(&attrs, &attr) > 0) {
		if (attr.type == RTA_GATEWAY || attr.type == RTA_VIA)
			decode_gateway(&attr, route);
		else if (attr.type == RTA_ENCAP_TYPE)
			attr_get_u16(&attr, &encap);
	}
	if (encap)
		route->encap = (uint8_t)(encap < UINT8_MAX ? encap : UINT8_MAX);
	step = (hop.rtnh_len + 3U) & ~(size_t)3;
	if (step > nexthops->left)
		step = nexthops->left;
	nexthops->at += step;
	nexthops->left -= step;
	return 1;
}

/* Adds metrics. They are rare, and routes that have them often have the same ones. */
static int add_metrics(const struct sk_metrics *metrics, struct sk_sample *sample,
		       uint32_t *index)
{
	struct sk_metrics *added;
	int err;

	*index = sample->n_metrics;
	if (!metrics->set) {
		*index = 0;
		return 0;
	}
	if (sample->n_metrics && memcmp(&sample->metrics[sample->n_metrics - 1], metrics,
					sizeof(*metrics)) == 0)
		return 0;
	err = sk_sample_add_metrics(sample, &added);
	if (!err) {
		*added = *metrics;
		*index = sample->n_metrics;
	}
	return err;
}

int routes_append(const struct routes_decoded *d, struct sk_sample *sample)
{
	struct attrs nexthops = { d->nexthops, d->nexthops_len };
	uint32_t first = sample->n_routes, metrics;
	struct sk_route nexthop = d->route, *route;
	int err = add_metrics(&d->metrics, sample, &metrics), more;

	while (!err && (more = next_nexthop(&nexthops, &nexthop)) != 0) {
		err = more < 0 ? more : sk_sample_add_route(sample, &route);
		if (err)
			break;
		*route = nexthop;
		nexthop = d->route;
	}
	if (!err && sample->n_routes == first) {
		err = sk_sample_add_route(sample, &route);
		if (!err)
			*route = d->route;
	}
	for (uint32_t i = first; i < sample->n_routes; i++) {
		sample->routes[i].hop = (uint16_t)(i - first);
		sample->routes[i].hops = (uint16_t)(sample->n_routes - first);
		sample->routes[i].metrics = metrics;
	}
	return err;
}

/**
 * This is the number of rows before a dump, so that its rows can be dropped when it begins again.
 */
struct part {
	struct sk_sample *sample;
	uint32_t routes, metrics, rules;
};

static void restart(void *arg)
{
	struct part *part = arg;

	part->sample->n_routes = part->routes;
	part->sample->n_metrics = part->metrics;
	part->sample->n_rules = part->rules;
}

static int take_route(const struct nlmsghdr *message, void *arg)
{
	struct sk_sample *sample = ((struct part *)arg)->sample;
	struct routes_decoded decoded;
	int err = routes_decode(message, message->nlmsg_len, &decoded);

	/*
	 * The kernel learnt this route for one destination. Old kernels send such routes, too,
	 * new ones do not.
	 */
	if (!err && (decoded.route.flags & SK_ROUTE_CACHED))
		return 0;
	if (!err && sample->n_routes >= SK_ROWS_CUT) {
		sample->losses.missing |= SK_MISSING_ROWS;
		return -EFBIG;
	}
	return err ? err : routes_append(&decoded, sample);
}

static int take_rule(const struct nlmsghdr *message, void *arg)
{
	struct sk_sample *sample = ((struct part *)arg)->sample;
	struct sk_rule *rule;
	int err = sk_sample_add_rule(sample, &rule);

	if (err)
		return err;
	err = rules_decode(message, message->nlmsg_len, rule);
	if (err)
		sample->n_rules--;
	return err;
}

/* Dumps one address family after the other. If asked for all, the kernel adds MPLS and others. */
static int dump_families(struct netlink *netlink, uint32_t families, uint16_t type,
			 struct dump *dump)
{
	static const uint8_t numbers[2] = { AF_INET, AF_INET6 };
	struct part *part = dump->arg;
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		struct {
			struct nlmsghdr head;
			struct rtmsg route; /* struct fib_rule_hdr has the same layout */
		} message = { .head.nlmsg_len = sizeof(message),
			      .head.nlmsg_type = type,
			      .route.rtm_family = numbers[i] };

		if (!(families & (1U << i)))
			continue;
		part->routes = part->sample->n_routes;
		part->metrics = part->sample->n_metrics;
		part->rules = part->sample->n_rules;
		dump->request = &message.head;
		err = dump_run(netlink, dump);
		if (err == -EAFNOSUPPORT || (err == -EOPNOTSUPP && i == 1))
			err = 0; /* there is no IPv6 here */
	}
	return err;
}

int routes_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample)
{
	struct part part = { .sample = sample };
	struct dump dump = { NULL, RTM_NEWROUTE, sample, restart, take_route, &part,
			     SK_PART_ROUTES };

	return dump_families(netlink, families, RTM_GETROUTE, &dump);
}

int rules_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample)
{
	struct part part = { .sample = sample };
	struct dump dump = { NULL, RTM_NEWRULE, sample, restart, take_rule, &part,
			     SK_PART_RULES };

	return dump_families(netlink, families, RTM_GETRULE, &dump);
}
