/* SPDX-License-Identifier: MIT */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/link_totals.h>

enum link_class {
	INSIDE,	  /* its bytes are counted elsewhere, or go nowhere */
	DEVICE,	  /* of the machine */
	BESIDE,	  /* stands on a device of another namespace */
	PAIR,	  /* one end of a veth, whose other end is in another namespace */
	PORT,	  /* likewise, and the port of a bridge */
	TUNNEL,	  /* made by software, and carried by nobody knows what */
	LOOPBACK,
	LINK_CLASSES
};

static bool is_one_of(const char *kind, const char *const *kinds)
{
	while (*kinds && strcmp(*kinds, kind) != 0)
		kinds++;
	return *kinds != NULL;
}

static int compare(const void *a, const void *b)
{
	const struct sk_link *x = *(const struct sk_link *const *)a;
	const struct sk_link *y = *(const struct sk_link *const *)b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

/** Interfaces by their index; those that have none are not in it. */
struct by_index {
	const struct sk_link **link;
	size_t n;
};

static const struct sk_link *find(const struct by_index *all, uint32_t ifindex)
{
	const struct sk_link key = { .ifindex = ifindex }, *wanted = &key;
	const struct sk_link **found;

	if (!ifindex || !all->n)
		return NULL;
	found = bsearch(&wanted, all->link, all->n, sizeof(wanted), compare);
	return found ? *found : NULL;
}

static enum link_class link_class_of(const struct sk_link *link,
				     const struct by_index *all)
{
	static const char *const hardware[] = { "wwan", "can", "ipoib", NULL };
	static const char *const inside[] = { "bridge", "bond", "team",	 "vrf",
					      "openvswitch", "batadv", "hsr",
					      "dummy",	"ifb",	"nlmon", "vsockmon",
					      "vcan",	"vxcan", NULL };
	static const char *const pairs[] = { "veth", "netkit", NULL };
	static const char *const bridges[] = { "bridge", "openvswitch", NULL };
	bool elsewhere = link->flags & SK_LINK_ELSEWHERE;
	const struct sk_link *master = find(all, link->master);

	if ((link->ifi_flags & IFF_LOOPBACK) || strcmp(link->name, "lo") == 0)
		return LOOPBACK;
	if (!elsewhere && link->lower != link->ifindex && find(all, link->lower))
		return INSIDE;
	if ((master && !master->kind[0]) || is_one_of(link->kind, inside))
		return INSIDE;
	if (!link->kind[0] || is_one_of(link->kind, hardware))
		return DEVICE;
	if (is_one_of(link->kind, pairs))
		return master && is_one_of(master->kind, bridges) ? PORT : PAIR;
	return elsewhere ? BESIDE : TUNNEL;
}

static bool is_running(const struct sk_link *link)
{
	return (link->ifi_flags & IFF_UP) && (link->ifi_flags & IFF_RUNNING);
}

/** The number of interfaces of each class, and how many of them run. */
struct census {
	uint32_t n[LINK_CLASSES], running[LINK_CLASSES];
};

/* In the order of enum border: each knows whether those before it count. */
static bool counts(enum link_class class, const struct census *census)
{
	const uint32_t *n = census->n, *running = census->running;
	bool pairs = !n[DEVICE] && n[PAIR], ports = !n[DEVICE] && !n[PAIR] && n[PORT];
	bool tunnels = !running[DEVICE] && !running[BESIDE] && !(pairs && running[PAIR]) &&
		       !(ports && running[PORT]);

	switch (class) {
	case DEVICE:
	case BESIDE:
		return true;
	case PAIR:
		return pairs;
	case PORT:
		return ports;
	case TUNNEL:
		return tunnels;
	case LOOPBACK:
		return !n[DEVICE] && !n[BESIDE] && !pairs && !ports && !running[TUNNEL];
	default:
		return false;
	}
}

void sk_links_count_once(const struct sk_link *links, uint32_t n,
			 const struct sk_link **scratch, bool *counted)
{
	struct by_index all = { scratch, 0 };
	struct census census = { .n = { 0 } };

	for (uint32_t i = 0; i < n; i++) {
		if (links[i].ifindex)
			all.link[all.n++] = &links[i];
	}
	if (all.n)
		qsort(all.link, all.n, sizeof(struct sk_link *), compare);
	for (uint32_t i = 0; i < n; i++) {
		enum link_class class = link_class_of(&links[i], &all);

		census.n[class]++;
		census.running[class] += is_running(&links[i]);
	}
	for (uint32_t i = 0; i < n; i++)
		counted[i] = counts(link_class_of(&links[i], &all), &census);
}
