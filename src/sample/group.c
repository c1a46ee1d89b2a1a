/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/column.h>
#include <sktop/group.h>
#include <sktop/listener.h>
#include "base/hash.h"
#include "sample/ports.h"

#define SLOTS_MIN 64U
/*
 * So many groups do not fit into the cache. If there are few, the memory of many is given
 * back.
 */
#define MANY 4096U
/* So many sockets are looked up together. */
#define BATCH 32U

/** The key that a socket is grouped by, as two words. */
struct group_id {
	uint64_t hi, lo;
	uint32_t ifindex; /* of a link-local address */
	uint16_t netns;	  /* where the words mean something in one namespace only; else 0 */
	uint8_t prefix_len;
	bool known;
};

struct sk_grouping_private {
	uint32_t *slot; /* index + 1; 0 = free */
	uint32_t mask;
	uint32_t capacity; /* of groups[] */
	uint32_t found;	   /* the last time that nobody interrupted */
	uint32_t uncounted; /* as sk_sample_uncounted() says */
	struct sk_ports *ports;
};

static const char *const key_names[SK_GROUP_COUNT] = {
	[SK_GROUP_IP] = "ip",	    [SK_GROUP_PREFIX] = "prefix",
	[SK_GROUP_PORT] = "port",   [SK_GROUP_STATE] = "state",
	[SK_GROUP_USER] = "user",   [SK_GROUP_PROTO] = "proto",
	[SK_GROUP_NETNS] = "netns", [SK_GROUP_CGROUP] = "cgroup",
	[SK_GROUP_PROCESS] = "process",
};

const char *sk_group_key_name(enum sk_group_key by)
{
	return (unsigned)by < SK_GROUP_COUNT ? key_names[by] : "?";
}

int sk_group_key_parse(const char *text, enum sk_group_key *by)
{
	for (unsigned i = 0; i < SK_GROUP_COUNT; i++) {
		if (strcmp(text, key_names[i]) == 0) {
			*by = i;
			return 0;
		}
	}
	return -EINVAL;
}

int sk_grouping_new(struct sk_grouping **out)
{
	struct sk_grouping *grouping = calloc(1, sizeof(*grouping));
	struct sk_grouping_private *private = calloc(1, sizeof(*private));

	if (private)
		private->slot = calloc(SLOTS_MIN, sizeof(*private->slot));
	if (!grouping || !private || !private->slot || sk_ports_new(&private->ports)) {
		if (private)
			free(private->slot);
		free(private);
		free(grouping);
		return -ENOMEM;
	}
	private->mask = SLOTS_MIN - 1;
	grouping->private = private;
	*out = grouping;
	return 0;
}

void sk_grouping_free(struct sk_grouping *grouping)
{
	if (!grouping)
		return;
	free(grouping->private->slot);
	sk_ports_free(grouping->private->ports);
	free(grouping->private);
	free(grouping->groups);
	free(grouping);
}

/* True for multicast, too, that no router passes on: each link has its own. */
static bool is_link_local(const struct sk_addr *addr)
{
	return sk_addr_is_link_local(addr) ||
	       (addr->b[0] == 0xff && (addr->b[1] & 0x0f) <= 2);
}

/* The address as it is grouped, in two words. */
static struct group_id address_id(const struct sk_sample *sample, const struct sk_socket *s,
				  bool by_prefix)
{
	struct group_id id = { .prefix_len = 128, .known = true, .netns = s->netns };
	struct sk_addr addr = s->remote;

	if (is_link_local(&addr))
		id.ifindex = sk_attrs(sample, s)->ifindex;
	if (by_prefix) {
		bool v4 = sk_addr_is_v4(&addr);

		id.prefix_len = v4 ? 120 : 64;
		memset(addr.b + (v4 ? 15 : 8), 0, v4 ? 1 : 8);
	}
	memcpy(&id.hi, addr.b, 8);
	memcpy(&id.lo, addr.b + 8, 8);
	return id;
}

/* False: the socket belongs to no group of this kind. */
static bool identify(const struct sk_ports *ports, const struct sk_sample *sample,
		     const struct sk_socket *s, enum sk_group_key by, struct group_id *id)
{
	*id = (struct group_id){ .known = true };
	switch (by) {
	case SK_GROUP_IP:
	case SK_GROUP_PREFIX:
		*id = address_id(sample, s, by == SK_GROUP_PREFIX);
		return ports_connected(s);
	case SK_GROUP_PORT:
		/* the side where the service is: ours if we listen there */
		if (!sk_proto_has_ports(s->proto))
			return false;
		id->lo = (uint64_t)s->proto << 16 | ports_service(ports, s);
		id->netns = s->netns;
		return true;
	case SK_GROUP_STATE:
		id->lo = (uint64_t)s->proto << 16 | s->state;
		return true;
	case SK_GROUP_USER:
		id->lo = sk_attrs(sample, s)->uid;
		id->known = (s->flags & SK_F_OWNER) && id->lo != SK_UID_UNKNOWN;
		id->lo = id->known ? id->lo : UINT64_MAX;
		return true;
	case SK_GROUP_PROTO:
		id->lo = (uint64_t)s->proto << 16 | ((s->flags & SK_F_V6) != 0);
		return true;
	case SK_GROUP_NETNS:
		id->lo = s->netns;
		return true;
	default:
		id->known = (s->flags & SK_F_CGROUP) != 0;
		id->lo = id->known ? sk_attrs(sample, s)->cgroup : UINT64_MAX;
		return true;
	}
}

static void group_words(const struct sk_group *group, uint64_t *hi, uint64_t *lo)
{
	if (sk_group_has_address(group)) {
		memcpy(hi, group->addr.b, 8);
		memcpy(lo, group->addr.b + 8, 8);
	} else {
		*hi = 0;
		*lo = group->key;
	}
}

static bool is_of_netns(unsigned by)
{
	return by == SK_GROUP_IP || by == SK_GROUP_PREFIX || by == SK_GROUP_PORT;
}

static uint32_t hash_of(uint64_t hi, uint64_t lo, uint16_t netns, uint32_t ifindex)
{
	uint64_t h;

	hi ^= (uint64_t)netns << 40 ^ (uint64_t)ifindex << 16;
	h = (hi ^ lo * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
	return (uint32_t)((h ^ h >> 29) * 0x9e3779b97f4a7c15ULL >> 32);
}

static uint32_t hash_id(const struct group_id *id)
{
	return hash_of(id->hi, id->lo, id->netns, id->ifindex);
}

static uint32_t hash_group(const struct sk_group *group)
{
	uint64_t hi, lo;

	group_words(group, &hi, &lo);
	return hash_of(hi, lo, is_of_netns(group->by) ? group->netns : 0,
		       sk_group_has_address(group) ? group->ifindex : 0);
}

static bool same_group(const struct sk_group *group, const struct group_id *id)
{
	uint64_t hi, lo;

	group_words(group, &hi, &lo);
	return hi == id->hi && lo == id->lo && group->prefix_len == id->prefix_len &&
	       group->known == id->known &&
	       (!is_of_netns(group->by) || group->netns == id->netns) &&
	       (!sk_group_has_address(group) || group->ifindex == id->ifindex);
}

static int grow_slots(struct sk_grouping *grouping)
{
	struct sk_grouping_private *private = grouping->private;
	uint32_t at;

	if (hash_slots_new(&private->slot, &private->mask, (private->mask + 1) * 2))
		return -ENOMEM;
	for (uint32_t i = 0; i < grouping->n; i++) {
		HASH_SEEK(at, hash_group(&grouping->groups[i]), private->mask,
			  private->slot[at], false);
		private->slot[at] = i + 1;
	}
	return 0;
}

static int new_group(struct sk_grouping *grouping, enum sk_group_key by,
		     const struct group_id *id, uint32_t at, struct sk_group **out)
{
	struct sk_grouping_private *private = grouping->private;
	struct sk_group *group;

	if (SK_ARRAY_ROOM(grouping->groups, grouping->n, private->capacity, 64))
		return -ENOMEM;
	group = &grouping->groups[grouping->n++];
	*group = (struct sk_group){ .by = (uint8_t)by,
				    .prefix_len = id->prefix_len,
				    .known = id->known,
				    .netns = id->netns };
	if (sk_group_has_address(group)) {
		group->ifindex = id->ifindex;
		memcpy(group->addr.b, &id->hi, 8);
		memcpy(group->addr.b + 8, &id->lo, 8);
	} else {
		group->key = id->lo;
	}
	private->slot[at] = grouping->n;
	*out = group;
	return grouping->n * 2 > private->mask ? grow_slots(grouping) : 0;
}

static int find_group(struct sk_grouping *grouping, enum sk_group_key by,
		      const struct group_id *id, uint32_t hash, struct sk_group **out)
{
	struct sk_grouping_private *private = grouping->private;
	uint32_t at;

	HASH_SEEK(at, hash, private->mask, private->slot[at],
		  same_group(&grouping->groups[private->slot[at] - 1], id));
	if (!private->slot[at])
		return new_group(grouping, by, id, at, out);
	*out = &grouping->groups[private->slot[at] - 1];
	return 0;
}

/** A socket that is still to be counted, because its group is not in the cache yet. */
struct pending {
	const struct sk_socket *socket;
	struct group_id id;
	uint32_t hash;
};

/** Counting under way: so many groups are fetched at once, if they are many. */
struct counting {
	struct sk_grouping *grouping;
	const struct sk_sample *sample;
	enum sk_group_key by;
	struct pending pending[BATCH];
	unsigned n;
};

/* These states carry no payload: nothing moves, whether there are counters or not. */
static bool is_silent(const struct sk_socket *s)
{
	const uint32_t silent = SK_STATE_BIT(SK_STATE_LISTEN) | SK_STATE_BIT(SK_STATE_CLOSE) |
				SK_STATE_BIT(SK_STATE_TIME_WAIT) |
				SK_STATE_BIT(SK_STATE_SYN_SENT) |
				SK_STATE_BIT(SK_STATE_SYN_RECV);

	/* what is left without an owner waits, in FIN_WAIT2 too */
	return s->proto == SK_PROTO_TCP &&
	       ((silent & SK_STATE_BIT(s->state)) || s->timer == SK_TIMER_TIMEWAIT);
}

/* What the socket, or the ended class, has moved in all. */
static void count_flow(struct sk_group *group, const struct sk_sample *sample,
		       const struct sk_socket *s)
{
	const struct sk_flow *flow = sk_flow_of(sample, s);

	if (s->flags & SK_F_RATE) {
		group->has_rate = true;
		group->tx_rate += (double)s->tx_rate;
		group->rx_rate += (double)s->rx_rate;
	}
	group->unsure |= s->flags & SK_F_SUM_MIN ? SK_UNSURE_SUM : 0;
	for (int d = 0; d < 2 && flow; d++) {
		group->sum[d] += flow->sum[d];
		group->mean10[d] += flow->mean10[d];
		group->mean60[d] += flow->mean60[d];
	}
}

static void count_socket(const struct counting *c, struct sk_group *group,
			 const struct sk_socket *s)
{
	group->many_netns |= group->total && group->netns != s->netns;
	group->netns = s->netns;
	group->total++;
	group->listening += sk_socket_listens(s);
	if (s->proto == SK_PROTO_TCP)
		group->tcp[s->state]++;
	else if (s->proto == SK_PROTO_UDP)
		group->udp++;
	if (SK_PROTO_BIT(s->proto) & c->grouping->private->uncounted)
		return;
	if (is_silent(s))
		group->has_rate |= c->sample->interval > 0;
	else
		group->uncounted += !sk_socket_is_counted(s);
	count_flow(group, c->sample, s);
	if (sk_socket_is_counted(s)) {
		group->has_bytes = true;
		group->has_info |= (s->flags & SK_F_INFO) != 0;
		group->tx_total += s->tx_total;
		group->rx_total += s->rx_total;
		group->retrans += s->retrans;
	}
	if ((s->flags & (SK_F_TRACED | SK_F_TRACED_WHOLE)) == SK_F_TRACED)
		group->unsure |= SK_UNSURE_TOTAL;
}

/* Connections that have ended are no sockets of the group, but they moved something. */
static void count_ended(const struct counting *c, struct sk_group *group,
			const struct sk_ended *ended)
{
	if (!group->total && !group->closed)
		group->netns = ended->socket.netns;
	group->many_netns |= group->netns != ended->socket.netns;
	if (SK_PROTO_BIT(ended->socket.proto) & c->grouping->private->uncounted)
		return;
	group->closed += ended->closed;
	group->resets += ended->ends[SK_END_RESET_RECEIVED] + ended->ends[SK_END_RESET_SENT];
	group->refused += ended->ends[SK_END_REFUSED];
	group->timeouts += ended->ends[SK_END_TIMED_OUT];
	group->uncounted += ended->unsure;
	group->unsure |= ended->unknown ? SK_UNSURE_SUM : 0;
	count_flow(group, c->sample, &ended->socket);
}

static void count(const struct counting *c, struct sk_group *group, const struct sk_socket *s)
{
	if (s->flags & SK_F_ENDED)
		count_ended(c, group, (const struct sk_ended *)(const void *)s);
	else
		count_socket(c, group, s);
}

/* Under each process that holds it; under none of them when nobody is known to. */
static int count_holders(const struct counting *c, const struct sk_socket *s)
{
	struct sk_grouping *grouping = c->grouping;
	const struct sk_owners *owners = c->sample->owners;
	uint32_t n = sk_owners_count(owners, s->owner);
	const struct sk_process *before = NULL;

	for (uint32_t i = 0; i < n || i == 0; i++) {
		const struct sk_process *process =
			sk_owners_process(owners, s->owner, i);
		struct group_id id = { .known = process != NULL,
				       .lo = process ? sk_process_key(process) :
						       UINT64_MAX };
		struct sk_group *group;
		int err;

		if (i && process == before)
			continue; /* it has two descriptors */
		before = process;
		err = find_group(grouping, SK_GROUP_PROCESS, &id, hash_id(&id),
				 &group);
		if (err)
			return err;
		/* a tracepoint knows less of a process that has ended */
		if (!group->process || !(s->flags & SK_F_ENDED))
			group->process = process;
		if (!(s->flags & SK_F_ENDED))
			group->shared += sk_owners_processes(owners, s->owner) > 1;
		count(c, group, s);
	}
	return 0;
}

static int count_one(const struct counting *c, const struct pending *pending)
{
	struct sk_group *group;
	int err = find_group(c->grouping, c->by, &pending->id, pending->hash, &group);

	if (!err)
		count(c, group, pending->socket);
	return err;
}

static int count_pending(struct counting *c)
{
	const struct sk_grouping_private *private = c->grouping->private;
	int err = 0;

	for (unsigned i = 0; i < c->n; i++) {
		uint32_t slot = private->slot[c->pending[i].hash & private->mask];

		if (slot) {
			__builtin_prefetch(&c->grouping->groups[slot - 1]);
			__builtin_prefetch(&c->grouping->groups[slot - 1].retrans);
			__builtin_prefetch(&c->grouping->groups[slot - 1].sum);
		}
	}
	for (unsigned i = 0; i < c->n && !err; i++)
		err = count_one(c, &c->pending[i]);
	c->n = 0;
	return err;
}

static int count_group(struct counting *c, const struct sk_socket *s)
{
	const struct sk_grouping_private *private = c->grouping->private;
	struct pending pending = { .socket = s };

	if (!identify(c->grouping->private->ports, c->sample, s, c->by, &pending.id))
		return 0;
	pending.hash = hash_id(&pending.id);
	if (c->grouping->n < MANY)
		return count_one(c, &pending);
	__builtin_prefetch(&private->slot[pending.hash & private->mask]);
	c->pending[c->n++] = pending;
	return c->n == BATCH ? count_pending(c) : 0;
}

/* A sample with fewer groups, or another key, does not keep the memory of millions. */
static int start(struct sk_grouping *grouping)
{
	struct sk_grouping_private *private = grouping->private;

	if (private->capacity > MANY && private->found < private->capacity / 16) {
		if (hash_slots_new(&private->slot, &private->mask, SLOTS_MIN))
			return -ENOMEM;
		free(grouping->groups);
		private->capacity = 0;
		grouping->groups = NULL;
	} else {
		memset(private->slot, 0, ((size_t)private->mask + 1) * sizeof(*private->slot));
	}
	grouping->n = 0;
	return 0;
}

int sk_grouping_compute(struct sk_grouping *grouping, const struct sk_context *context,
			enum sk_group_key by, const uint32_t *rows, uint32_t n_rows)
{
	const struct sk_sample *sample = context->sample;
	uint32_t n = rows ? n_rows : sample->n_sockets;
	struct counting c = { .grouping = grouping, .sample = sample, .by = by };
	int err = start(grouping);

	grouping->private->uncounted = sk_sample_uncounted(sample);
	if (!err && by == SK_GROUP_PORT)
		err = sk_ports_note(grouping->private->ports, context);
	for (uint32_t i = 0; i < n && !err; i++) {
		const struct sk_socket *s = &sample->sockets[rows ? rows[i] : i];

		if (sk_context_cancelled(context, i))
			err = -EINTR;
		else if (s->flags & SK_F_GONE)
			continue;
		else if (by == SK_GROUP_PROCESS)
			err = count_holders(&c, s);
		else
			err = count_group(&c, s);
	}
	if (!err)
		err = count_pending(&c);
	if (!err)
		grouping->private->found = grouping->n;
	return err;
}

/* If its group is unknown, what it moved may be of any group. */
static uint8_t unsure_of(const struct counting *c, const struct sk_ended *ended)
{
	const struct sk_socket *s = &ended->socket;
	const struct sk_flow *flow = sk_flow_of(c->sample, s);
	bool known = c->by == SK_GROUP_PROCESS ? s->owner != 0 :
		     c->by == SK_GROUP_CGROUP  ? (s->flags & SK_F_CGROUP) != 0 :
		     c->by == SK_GROUP_USER    ? (s->flags & SK_F_OWNER) != 0 : true;
	uint8_t unsure = 0;

	if (known || (SK_PROTO_BIT(s->proto) & c->grouping->private->uncounted))
		return 0;
	if (s->tx_rate > 0 || s->rx_rate > 0 || ended->unsure)
		unsure |= SK_UNSURE_RATE;
	if (flow && flow->mean10[SK_RX] + flow->mean10[SK_TX] >= 1)
		unsure |= SK_UNSURE_MEAN10;
	if (flow && flow->mean60[SK_RX] + flow->mean60[SK_TX] >= 1)
		unsure |= SK_UNSURE_MEAN60;
	if (flow && (flow->sum[SK_RX] || flow->sum[SK_TX]))
		unsure |= SK_UNSURE_SUM;
	return ended->closed ? unsure | SK_UNSURE_CLOSED : unsure;
}

int sk_grouping_add_ended(struct sk_grouping *grouping, const struct sk_context *context,
			  enum sk_group_key by, const uint32_t *rows, uint32_t n_rows)
{
	const struct sk_sample *sample = context->sample;
	uint32_t n = rows ? n_rows : sample->n_ended;
	struct counting c = { .grouping = grouping, .sample = sample, .by = by };
	uint8_t unsure = 0;
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++) {
		const struct sk_socket *s = &sample->ended[rows ? rows[i] : i].socket;

		if (sk_context_cancelled(context, i))
			err = -EINTR;
		else if (by == SK_GROUP_PROCESS)
			err = count_holders(&c, s);
		else if (by != SK_GROUP_STATE)
			err = count_group(&c, s);
		unsure |= unsure_of(&c, &sample->ended[rows ? rows[i] : i]);
	}
	if (!err)
		err = count_pending(&c);
	for (uint32_t i = 0; i < grouping->n && unsure; i++)
		grouping->groups[i].unsure |= grouping->groups[i].known ? unsure : 0;
	return err;
}

static bool is_held_by(const struct sk_owners *owners, const struct sk_socket *s,
		       const struct sk_group *group)
{
	uint32_t n = sk_owners_count(owners, s->owner);

	for (uint32_t i = 0; i < n; i++) {
		const struct sk_process *process =
			sk_owners_process(owners, s->owner, i);

		if (process && sk_process_key(process) == group->key)
			return true;
	}
	return n == 0 && !group->known;
}

bool sk_group_holds(const struct sk_group *group, const struct sk_sample *sample,
		    const struct sk_ports *ports, const struct sk_socket *socket)
{
	struct group_id id;

	if (group->by == SK_GROUP_PROCESS)
		return is_held_by(sample->owners, socket, group);
	return identify(ports, sample, socket, group->by, &id) && same_group(group, &id);
}
