/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include <sktop/text.h>
#include "base/hash.h"
#include "kernel/traced_bytes.h"

#define SLOTS_MIN 256U
/* The event of a UDP socket comes late, for the kernel frees it late; then it is not waited for. */
#define WAIT_FOR_EVENT 3U
/* Who uses a new socket is said so often: its owner may end before he is looked up. */
#define HINTS 8U
#define NONE UINT32_MAX

/** What one process moved through one socket: an entry of the kernel. */
struct part {
	uint64_t cookie; /* 0 = of all sockets of the process that found no room */
	uint64_t since_ns;
	uint64_t last[2];    /* as last read */
	uint64_t pending[2]; /* of it: in no sample yet */
	struct trace_process process;
	uint32_t next; /* part of the same socket, or NONE */
	bool read;
};

/** One socket, or one that has ended. */
struct whole {
	uint64_t cookie;
	uint64_t total[2];
	uint64_t told[2]; /* of total: in the last list that had it */
	uint64_t base[2]; /* of total: told before the socket was missing in a list */
	uint64_t since_ns; /* boot time of the first byte */
	uint32_t netns;	   /* inode */
	uint32_t missed;   /* samples in a row that should have had it */
	uint32_t first;	   /* part, or NONE */
	uint8_t hints;	   /* so often it was said who uses it */
	uint8_t proto;	   /* enum sk_proto, or SK_PROTO_COUNT */
	bool listed;	   /* in this sample, or its end is */
	bool waits;	   /* what is pending is for the next sample */
};

struct slots {
	uint32_t *slot; /* place + 1; 0 = free */
	uint32_t mask;
};

struct traced_bytes {
	struct part *parts;
	struct whole *wholes;
	uint32_t n_parts, part_capacity, n_wholes, whole_capacity;
	struct slots of_parts, of_wholes;
	bool complete; /* the last list was */
};

int traced_bytes_new(struct traced_bytes **out)
{
	struct traced_bytes *traced = calloc(1, sizeof(*traced));

	if (!traced || hash_slots_new(&traced->of_parts.slot, &traced->of_parts.mask, SLOTS_MIN) ||
	    hash_slots_new(&traced->of_wholes.slot, &traced->of_wholes.mask, SLOTS_MIN)) {
		traced_bytes_free(traced);
		return -ENOMEM;
	}
	*out = traced;
	return 0;
}

void traced_bytes_free(struct traced_bytes *traced)
{
	if (!traced)
		return;
	free(traced->parts);
	free(traced->wholes);
	free(traced->of_parts.slot);
	free(traced->of_wholes.slot);
	free(traced);
}

static void clear(struct slots *slots)
{
	memset(slots->slot, 0, (slots->mask + 1ULL) * sizeof(*slots->slot));
}

void traced_bytes_forget(struct traced_bytes *traced)
{
	traced->n_parts = traced->n_wholes = 0;
	clear(&traced->of_parts);
	clear(&traced->of_wholes);
}

static uint32_t seek_whole(const struct traced_bytes *traced, uint64_t cookie)
{
	const struct slots *slots = &traced->of_wholes;
	uint32_t at;

	HASH_SEEK(at, hash_number(cookie), slots->mask, slots->slot[at],
		  traced->wholes[slots->slot[at] - 1].cookie == cookie);
	return at;
}

static struct whole *find_whole(const struct traced_bytes *traced, uint64_t cookie)
{
	uint32_t place = cookie ? traced->of_wholes.slot[seek_whole(traced, cookie)] : 0;

	return place ? &traced->wholes[place - 1] : NULL;
}

static bool is_part(const struct part *part, uint64_t cookie, uint64_t since_ns,
		    const struct trace_process *process)
{
	return part->cookie == cookie && part->since_ns == since_ns &&
	       part->process.start_ns == process->start_ns &&
	       part->process.tgid == process->tgid;
}

static uint32_t seek_part(const struct traced_bytes *traced, uint64_t cookie, uint64_t since_ns,
			  const struct trace_process *process)
{
	const struct slots *slots = &traced->of_parts;
	uint32_t at, hash = hash_number(cookie * 31 + since_ns + process->tgid);

	HASH_SEEK(at, hash, slots->mask, slots->slot[at],
		  is_part(&traced->parts[slots->slot[at] - 1], cookie, since_ns, process));
	return at;
}

/* Puts all parts and wholes into their slots anew, and ties each whole to its parts. */
static void index_all(struct traced_bytes *traced)
{
	clear(&traced->of_parts);
	clear(&traced->of_wholes);
	for (uint32_t i = 0; i < traced->n_wholes; i++) {
		traced->wholes[i].first = NONE;
		traced->of_wholes.slot[seek_whole(traced, traced->wholes[i].cookie)] = i + 1;
	}
	for (uint32_t i = 0; i < traced->n_parts; i++) {
		struct part *part = &traced->parts[i];
		struct whole *whole = find_whole(traced, part->cookie);

		traced->of_parts.slot[seek_part(traced, part->cookie, part->since_ns,
						&part->process)] = i + 1;
		part->next = whole ? whole->first : NONE;
		if (whole)
			whole->first = i;
	}
}

/* Makes room for one more of each. Returns 0 or -ENOMEM. */
static int make_room(struct traced_bytes *traced)
{
	bool more = traced->n_parts * 2 > traced->of_parts.mask;
	bool more_wholes = traced->n_wholes * 2 > traced->of_wholes.mask;

	if (SK_ARRAY_ROOM(traced->parts, traced->n_parts, traced->part_capacity, SLOTS_MIN) ||
	    SK_ARRAY_ROOM(traced->wholes, traced->n_wholes, traced->whole_capacity, SLOTS_MIN))
		return -ENOMEM;
	if (more && hash_slots_new(&traced->of_parts.slot, &traced->of_parts.mask,
				   (traced->of_parts.mask + 1) * 2))
		return -ENOMEM;
	if (more_wholes && hash_slots_new(&traced->of_wholes.slot, &traced->of_wholes.mask,
					  (traced->of_wholes.mask + 1) * 2)) {
		index_all(traced);
		return -ENOMEM;
	}
	if (more || more_wholes)
		index_all(traced);
	return 0;
}

static uint8_t proto_of(const struct trace_bytes *entry)
{
	switch (entry->family) {
	case AF_INET:
	case AF_INET6:
		if (entry->type == SOCK_RAW)
			return SK_PROTO_RAW;
		return entry->protocol == IPPROTO_UDP	  ? SK_PROTO_UDP :
		       entry->protocol == IPPROTO_UDPLITE ? SK_PROTO_UDPLITE :
		       entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6 ?
							    SK_PROTO_PING :
							    SK_PROTO_COUNT;
	case AF_UNIX:
		return SK_PROTO_UNIX;
	case AF_NETLINK:
		return SK_PROTO_NETLINK;
	case AF_VSOCK:
		return SK_PROTO_VSOCK;
	case AF_TIPC:
		return SK_PROTO_TIPC;
	default:
		return SK_PROTO_COUNT;
	}
}

/* The whole of an entry, which is made if there is none; NULL for cookie 0. */
static struct whole *whole_of(struct traced_bytes *traced, const struct trace_bytes *entry)
{
	struct whole *whole = find_whole(traced, entry->cookie);

	if (whole || !entry->cookie)
		return whole;
	whole = &traced->wholes[traced->n_wholes];
	*whole = (struct whole){ .cookie = entry->cookie,
				 .since_ns = entry->since_ns,
				 .netns = entry->netns,
				 .first = NONE,
				 .proto = proto_of(entry) };
	traced->of_wholes.slot[seek_whole(traced, entry->cookie)] = ++traced->n_wholes;
	return whole;
}

static struct part *part_of(struct traced_bytes *traced, const struct trace_bytes *entry,
			    struct whole *whole)
{
	uint32_t at = seek_part(traced, entry->cookie, entry->since_ns, &entry->process);
	uint32_t place = traced->of_parts.slot[at];
	struct part *part = &traced->parts[place ? place - 1 : traced->n_parts];

	if (place)
		return part;
	*part = (struct part){ .cookie = entry->cookie,
			       .since_ns = entry->since_ns,
			       .process = entry->process,
			       .next = whole ? whole->first : NONE };
	if (whole)
		whole->first = traced->n_parts;
	traced->of_parts.slot[at] = ++traced->n_parts;
	return part;
}

int traced_bytes_note(struct traced_bytes *traced, const struct trace_bytes_list *list,
		      bool complete)
{
	traced->complete = complete;
	for (uint32_t i = 0; i < traced->n_parts; i++)
		traced->parts[i].read = false;
	for (uint32_t i = 0; i < list->n; i++) {
		const struct trace_bytes *entry = &list->at[i];
		struct whole *whole;
		struct part *part;

		if (make_room(traced))
			return -ENOMEM;
		whole = whole_of(traced, entry);
		part = part_of(traced, entry, whole);
		part->read = true;
		for (int d = 0; d < 2; d++) {
			/* the same entry never falls */
			uint64_t more = entry->bytes[d] > part->last[d] ?
						entry->bytes[d] - part->last[d] : 0;

			part->last[d] += more;
			part->pending[d] += more;
			if (whole)
				whole->total[d] += more;
		}
	}
	return 0;
}

/* True if the kernel counts the bytes of such a socket where the programs see them. */
static bool is_traced(const struct traced_scope *scope, const struct sk_socket *s)
{
	const uint32_t traced = SK_PROTO_BIT(SK_PROTO_UDP) | SK_PROTO_BIT(SK_PROTO_UDPLITE) |
				SK_PROTO_BIT(SK_PROTO_RAW) | SK_PROTO_BIT(SK_PROTO_PING) |
				SK_PROTO_BIT(SK_PROTO_UNIX) | SK_PROTO_BIT(SK_PROTO_NETLINK) |
				SK_PROTO_BIT(SK_PROTO_VSOCK) | SK_PROTO_BIT(SK_PROTO_TIPC);

	return (SK_PROTO_BIT(s->proto) & traced) && s->cookie &&
	       !(s->flags & (SK_F_INFO | SK_F_NO_COOKIE)) && s->netns < scope->n_netns &&
	       scope->netns[s->netns];
}

/*
 * Sockets of the kernel itself (WireGuard, VXLAN) move packets that pass no tracepoint. They have
 * no inode.
 */
static bool is_of_kernel(const struct sk_socket *s)
{
	return !s->inode && s->proto != SK_PROTO_UNIX && s->proto != SK_PROTO_VSOCK;
}

static void set_totals(struct sk_socket *s, struct whole *whole)
{
	s->flags |= SK_F_TRACED;
	s->rx_total = whole ? whole->total[SK_RX] - whole->base[SK_RX] : 0;
	s->tx_total = whole ? whole->total[SK_TX] - whole->base[SK_TX] : 0;
	if (whole)
		whole->listed = true;
}

static struct sk_maker maker_of(const struct trace_process *process)
{
	struct sk_maker maker = { .pid = 0 };

	if (!(process->flags & TRACE_PROCESS_KNOWN) || !process->tgid)
		return maker;
	maker = (struct sk_maker){ .start = trace_start_ticks(process),
				   .cgroup = process->cgroup,
				   .pid = process->tgid };
	sk_text_clean(maker.name, sizeof(maker.name), process->comm,
		      strnlen(process->comm, sizeof(process->comm)));
	return maker;
}

/* Who moved most through a socket. */
static const struct part *main_part(const struct traced_bytes *traced, const struct whole *whole)
{
	const struct part *most = NULL;

	for (uint32_t i = whole->first; i != NONE; i = traced->parts[i].next) {
		const struct part *part = &traced->parts[i];

		if (!most || part->last[SK_RX] + part->last[SK_TX] >
				     most->last[SK_RX] + most->last[SK_TX])
			most = part;
	}
	return most;
}

/* Says who uses a socket. */
static int add_hint(const struct traced_bytes *traced, const struct whole *whole,
		    const struct sk_socket *s, struct sk_sample *sample)
{
	const struct part *part = main_part(traced, whole);
	struct sk_event *hint;
	int err = part ? sk_sample_add_stray(sample, &hint) : 0;

	if (err || !part)
		return err;
	hint->socket = (struct sk_socket){ .cookie = s->cookie,
					   .fd = SK_FD_NONE,
					   .netns = s->netns,
					   .proto = s->proto };
	hint->maker = maker_of(&part->process);
	return 0;
}

static int give_sockets(const struct traced_bytes *traced, const struct traced_scope *scope,
			struct sk_sample *sample)
{
	int err = 0;

	for (uint32_t i = 0; i < sample->n_sockets && !err; i++) {
		struct sk_socket *s = &sample->sockets[i];
		struct whole *whole;

		if (!is_traced(scope, s))
			continue;
		whole = find_whole(traced, s->cookie);
		if (whole || !is_of_kernel(s))
			set_totals(s, whole);
		if (!whole)
			continue;
		whole->missed = 0;
		memcpy(whole->told, whole->total, sizeof(whole->told));
		if (whole->hints < HINTS) {
			whole->hints++;
			err = add_hint(traced, whole, s, sample);
		}
	}
	return err;
}

static void give_events(const struct traced_bytes *traced, const struct traced_scope *scope,
			uint32_t begin, struct sk_sample *sample)
{
	for (uint32_t i = begin; i < sample->n_events; i++) {
		struct sk_event *event = &sample->events[i];
		struct whole *whole;
		const struct part *part;

		if (event->socket.proto != SK_PROTO_UDP || !is_traced(scope, &event->socket))
			continue;
		whole = find_whole(traced, event->socket.cookie);
		/* the sample before has no record of it any more */
		if (whole && whole->missed > 1)
			memcpy(whole->base, whole->told, sizeof(whole->base));
		set_totals(&event->socket, whole);
		part = whole ? main_part(traced, whole) : NULL;
		if (part)
			event->maker = maker_of(&part->process);
		if (whole)
			memcpy(whole->told, whole->total, sizeof(whole->told));
	}
}

static bool find_netns(const struct traced_scope *scope, uint32_t inode, uint16_t *index)
{
	for (uint32_t i = 0; i < scope->n_netns && i <= UINT16_MAX; i++) {
		if (scope->netns[i] && (uint32_t)scope->netns[i] == inode) {
			*index = (uint16_t)i;
			return true;
		}
	}
	return false;
}

/* Finds out if the socket of a whole has ended, or may be in the next sample. */
static void look_for(const struct traced_scope *scope, struct whole *whole)
{
	uint32_t wait = whole->proto == SK_PROTO_UDP ? WAIT_FOR_EVENT : 1;

	whole->waits = false;
	if (whole->listed || whole->proto >= SK_PROTO_COUNT ||
	    !(scope->whole & SK_PROTO_BIT(whole->proto)))
		return;
	whole->waits = whole->since_ns >= scope->begin_ns;
	if (whole->waits)
		return;
	whole->missed += whole->missed < wait;
	whole->waits = whole->missed < wait;
}

static int add_stray(const struct traced_scope *scope, const struct part *part,
		     const struct whole *whole, struct sk_sample *sample)
{
	uint16_t netns = 0;
	struct sk_event *stray;
	int err;

	if (whole && (!(scope->whole & SK_PROTO_BIT(whole->proto)) ||
		      !find_netns(scope, whole->netns, &netns)))
		return 0;
	err = sk_sample_add_stray(sample, &stray);
	if (err)
		return err;
	stray->socket = (struct sk_socket){ .cookie = part->cookie,
					    .tx_total = part->pending[SK_TX],
					    .rx_total = part->pending[SK_RX],
					    .fd = SK_FD_NONE,
					    .flags = SK_F_GONE | SK_F_TRACED,
					    .netns = netns,
					    .proto = whole ? whole->proto : SK_PROTO_UNIX };
	memcpy(stray->credit, part->pending, sizeof(stray->credit));
	stray->maker = maker_of(&part->process);
	return 0;
}

static int give_strays(struct traced_bytes *traced, const struct traced_scope *scope,
		       struct sk_sample *sample)
{
	for (uint32_t i = 0; i < traced->n_wholes; i++)
		look_for(scope, &traced->wholes[i]);
	for (uint32_t i = 0; i < traced->n_parts; i++) {
		struct part *part = &traced->parts[i];
		const struct whole *whole = find_whole(traced, part->cookie);
		int err = 0;

		if ((!part->pending[SK_RX] && !part->pending[SK_TX]) || (whole && whole->waits))
			continue;
		if (!whole || (!whole->listed && whole->proto < SK_PROTO_COUNT))
			err = add_stray(scope, part, whole, sample);
		if (err)
			return err;
		/* which of its sockets moved it, nobody knows */
		if (!whole)
			sample->doubt |= SK_DOUBT_BYTES;
		memset(part->pending, 0, sizeof(part->pending));
	}
	for (uint32_t i = 0; i < traced->n_wholes; i++) {
		struct whole *whole = &traced->wholes[i];

		if (!whole->listed && !whole->waits)
			memcpy(whole->base, whole->total, sizeof(whole->base));
	}
	return 0;
}

/* Forgets what the kernel has no more, and of which nothing is to be told. */
static void prune(struct traced_bytes *traced)
{
	uint32_t n_parts = 0, n_wholes = 0;

	for (uint32_t i = 0; i < traced->n_parts; i++) {
		const struct part *part = &traced->parts[i];

		if (part->read || part->pending[SK_RX] || part->pending[SK_TX])
			traced->parts[n_parts++] = *part;
	}
	if (n_parts < traced->n_parts) {
		traced->n_parts = n_parts;
		index_all(traced);
	}
	for (uint32_t i = 0; i < traced->n_wholes; i++) {
		const struct whole *whole = &traced->wholes[i];

		if (whole->listed || whole->first != NONE)
			traced->wholes[n_wholes++] = *whole;
	}
	if (n_wholes < traced->n_wholes) {
		traced->n_wholes = n_wholes;
		index_all(traced);
	}
}

int traced_bytes_give(struct traced_bytes *traced, const struct traced_scope *scope,
		      uint32_t begin, struct sk_sample *sample)
{
	int err;

	for (uint32_t i = 0; i < traced->n_wholes; i++)
		traced->wholes[i].listed = false;
	err = give_sockets(traced, scope, sample);
	if (err)
		return err;
	give_events(traced, scope, begin, sample);
	err = give_strays(traced, scope, sample);
	if (!err && traced->complete)
		prune(traced);
	return err;
}
