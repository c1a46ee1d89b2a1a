/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/event.h>
#include <sktop/owners.h>
#include <sktop/sample.h>

/* Arrays of so many elements are worth no second thought. */
#define KEPT 1024

struct sk_sample_private {
	atomic_int references;
	uint32_t sockets; /* capacities, in elements */
	uint32_t tcp_ext;
	uint32_t links;
	uint32_t counters;
	uint32_t netns;
	uint32_t parent_links;
	uint32_t events;
	uint32_t text;
	uint32_t flows, ended, limbo, strays;
	uint32_t addresses, routes, metrics, rules, neighbours, memberships, nats;
	struct sk_tcp_ext *tcp_ext_memory; /* of sample->more, for the next one that wants it */
};

/** Arrays of plain rows: where each, its length and its room lie. */
static const struct {
	size_t array, n, capacity, size;
} tables[] = {
#define TABLE(name, type)                                                       \
	{ offsetof(struct sk_sample, name), offsetof(struct sk_sample, n_##name), \
	  offsetof(struct sk_sample_private, name), sizeof(struct type) }
	TABLE(addresses, sk_address),	TABLE(routes, sk_route),
	TABLE(metrics, sk_metrics),	TABLE(rules, sk_rule),
	TABLE(neighbours, sk_neighbour), TABLE(memberships, sk_membership),
	TABLE(nats, sk_nat_entry),
	TABLE(flows, sk_flow),
	TABLE(ended, sk_ended),
	TABLE(limbo, sk_socket),
	TABLE(strays, sk_event),
#undef TABLE
};
#define N_TABLES (ARRAY_SIZE(tables))

static void **array_of(struct sk_sample *sample, size_t table)
{
	return (void **)((char *)sample + tables[table].array);
}

static uint32_t *length_of(struct sk_sample *sample, size_t table)
{
	return (uint32_t *)((char *)sample + tables[table].n);
}

static uint32_t *capacity_of(struct sk_sample *sample, size_t table)
{
	return (uint32_t *)((char *)sample->private + tables[table].capacity);
}

int sk_sample_new(struct sk_sample **out)
{
	struct sk_sample *sample = calloc(1, sizeof(*sample));
	struct sk_sample_private *private = calloc(1, sizeof(*private));

	if (!sample || !private) {
		free(sample);
		free(private);
		return -ENOMEM;
	}
	atomic_init(&private->references, 1);
	sample->trend = SK_TREND_UNKNOWN;
	sample->private = private;
	*out = sample;
	return 0;
}

struct sk_sample *sk_sample_ref(struct sk_sample *sample)
{
	atomic_fetch_add(&sample->private->references, 1);
	return sample;
}

void sk_sample_unref(struct sk_sample *sample)
{
	if (!sample || atomic_fetch_sub(&sample->private->references, 1) != 1)
		return;
	free(sample->sockets);
	free(sample->private->tcp_ext_memory);
	free(sample->links);
	free(sample->counters);
	free(sample->netns);
	free(sample->parent_links);
	free(sample->events);
	free(sample->text);
	sk_attrs_table_free(&sample->attrs_table);
	for (size_t i = 0; i < N_TABLES; i++)
		free(*array_of(sample, i));
	free(sample->detail);
	sk_owners_unref(sample->owners);
	free(sample->private);
	free(sample);
}

bool sk_sample_unshared(const struct sk_sample *sample)
{
	return atomic_load(&sample->private->references) == 1;
}

/* Empties it, and keeps its arrays. */
static void reuse(struct sk_sample *sample)
{
	struct sk_sample empty = { .sockets = sample->sockets,
				   .links = sample->links,
				   .counters = sample->counters,
				   .netns = sample->netns,
				   .parent_links = sample->parent_links,
				   .events = sample->events,
				   .text = sample->text,
				   .attrs_table = sample->attrs_table,
				   .trend = SK_TREND_UNKNOWN,
				   .private = sample->private };

	for (size_t i = 0; i < N_TABLES; i++)
		*array_of(&empty, i) = *array_of(sample, i);
	sk_attrs_table_reset(&empty.attrs_table);
	/* three times what the sockets take: not for a pane that was left */
	if (!sample->tcp_ext) {
		free(sample->private->tcp_ext_memory);
		sample->private->tcp_ext_memory = NULL;
		sample->private->tcp_ext = 0;
	}
	free(sample->detail);
	sk_owners_unref(sample->owners);
	*sample = empty;
}

/*
 * Frees memory that a burst has left behind, if the last use needed a quarter of it or
 * less.
 */
static void give_back(void **array, uint32_t *capacity, uint32_t used)
{
	if (*capacity <= KEPT || used >= *capacity / 4)
		return;
	free(*array);
	*array = NULL;
	*capacity = 0;
}

void sk_sample_reset(struct sk_sample *sample)
{
	struct sk_sample_private *private = sample->private;

	give_back((void **)&sample->sockets, &private->sockets,
		  sample->n_sockets + sample->n_gone);
	give_back((void **)&sample->events, &private->events, sample->n_events);
	give_back((void **)&sample->text, &private->text, sample->text_len);
	for (size_t i = 0; i < N_TABLES; i++)
		give_back(array_of(sample, i), capacity_of(sample, i),
			  *length_of(sample, i));
	reuse(sample);
}

/* Grows an array to hold need elements, by half at a time. */
static int grow(void **array, uint32_t *capacity, uint32_t need, size_t size)
{
	uint32_t wanted = need < 64 ? 64 : need;
	void *bigger;

	if (need <= *capacity)
		return 0;
	if (wanted < *capacity + *capacity / 2)
		wanted = *capacity + *capacity / 2;
	bigger = realloc(*array, (size_t)wanted * size);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*capacity = wanted;
	return 0;
}

int sk_sample_reserve(struct sk_sample *sample, uint32_t sockets)
{
	return grow((void **)&sample->sockets, &sample->private->sockets, sockets,
		    sizeof(*sample->sockets));
}

/* Room for one more socket; not often called. */
static __attribute__((noinline)) int make_room(struct sk_sample *sample)
{
	return sk_sample_reserve(sample, sample->n_sockets + 1);
}

/*
 * Adds the record beside the last socket, and empty ones for earlier sockets that have
 * none.
 */
static __attribute__((noinline)) int add_tcp_ext(struct sk_sample *sample)
{
	struct sk_sample_private *private = sample->private;
	uint32_t n = sample->n_sockets;
	int err = grow((void **)&private->tcp_ext_memory, &private->tcp_ext, n,
		       sizeof(*sample->tcp_ext));

	if (err)
		return err;
	sample->tcp_ext = private->tcp_ext_memory;
	memset(&sample->tcp_ext[sample->n_tcp_ext], 0,
	       (n - sample->n_tcp_ext) * sizeof(*sample->tcp_ext));
	sample->n_tcp_ext = n;
	return 0;
}

int sk_sample_add_socket(struct sk_sample *sample, struct sk_socket **socket,
			 struct sk_tcp_ext **tcp_ext)
{
	uint32_t n = sample->n_sockets;
	int err = 0;

	if (n >= sample->private->sockets)
		err = make_room(sample);
	if (err)
		return err;
	/* the last one may have been taken back */
	if (sample->n_tcp_ext > n)
		sample->n_tcp_ext = n;
	*socket = memset(&sample->sockets[n], 0, sizeof(**socket));
	sample->n_sockets = n + 1;
	if (!tcp_ext)
		return 0;
	if (sample->needs & SK_NEED_TCP_EXT)
		err = add_tcp_ext(sample);
	*tcp_ext = sk_sample_tcp_ext(sample, n);
	return err;
}

int sk_sample_find_attrs(struct sk_sample *sample, struct sk_socket *socket,
			 const struct sk_attrs *attrs)
{
	uint32_t index;
	int err = sk_attrs_table_add(&sample->attrs_table, attrs, &index);

	if (err == -ENOSPC) {
		socket->flags &= ~(uint32_t)SK_F_CGROUP;
		snprintf(sample->losses.note, sizeof(sample->losses.note),
			 "local addresses, users, cgroups: too many to tell all");
		index = SK_ATTRS_UNKNOWN;
		err = 0;
	}
	socket->attrs = index & (SK_ATTRS_MAX - 1);
	return err;
}

void sk_traced_describe(const struct sk_sample *sample, char *out, size_t size)
{
	static const char *const words[] = { "ends and makers of connections", "changes of state",
					     "bytes of UDP, unix..." };
	const char *separator = "";
	size_t len = 0;

	if (!sample->traced)
		snprintf(out, size, "not in use: %s",
			 sample->no_traced ? sample->no_traced : "nothing needs them yet");
	for (size_t i = 0; i < ARRAY_SIZE(words) && len < size; i++) {
		if (!(sample->traced & 1U << i))
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s", separator, words[i]);
		separator = "; ";
	}
}

int sk_sample_add_link(struct sk_sample *sample, struct sk_link **link)
{
	int err = grow((void **)&sample->links, &sample->private->links,
		       sample->n_links + 1, sizeof(*sample->links));

	if (err)
		return err;
	*link = memset(&sample->links[sample->n_links++], 0, sizeof(**link));
	return 0;
}

int sk_sample_add_counter(struct sk_sample *sample, struct sk_counter **counter)
{
	int err = grow((void **)&sample->counters, &sample->private->counters,
		       sample->n_counters + 1, sizeof(*sample->counters));

	if (err)
		return err;
	*counter = memset(&sample->counters[sample->n_counters++], 0,
			  sizeof(**counter));
	(*counter)->rate = NAN;
	return 0;
}

int sk_sample_add_netns(struct sk_sample *sample, struct sk_netns **netns)
{
	int err = grow((void **)&sample->netns, &sample->private->netns,
		       sample->n_netns + 1, sizeof(*sample->netns));

	if (err)
		return err;
	*netns = memset(&sample->netns[sample->n_netns++], 0, sizeof(**netns));
	return 0;
}

int sk_sample_add_parent_link(struct sk_sample *sample,
			      const struct sk_parent_link *parent_link)
{
	int err = grow((void **)&sample->parent_links, &sample->private->parent_links,
		       sample->n_parent_links + 1, sizeof(*sample->parent_links));

	if (err)
		return err;
	sample->parent_links[sample->n_parent_links++] = *parent_link;
	return 0;
}

int sk_sample_add_event(struct sk_sample *sample, struct sk_event **event)
{
	int err = grow((void **)&sample->events, &sample->private->events,
		       sample->n_events + 1, sizeof(*sample->events));

	if (err)
		return err;
	*event = memset(&sample->events[sample->n_events++], 0, sizeof(**event));
	return 0;
}

/* Appends one zeroed row to the table whose array lies at this offset. */
static int add_row(struct sk_sample *sample, size_t array, void **row)
{
	size_t i = 0;
	uint32_t *n;
	int err;

	while (tables[i].array != array)
		i++;
	n = length_of(sample, i);
	err = grow(array_of(sample, i), capacity_of(sample, i), *n + 1, tables[i].size);
	if (err)
		return err;
	*row = (char *)*array_of(sample, i) + (size_t)(*n)++ * tables[i].size;
	memset(*row, 0, tables[i].size);
	return 0;
}

#define ADD(row, type, array)                                                          \
	int sk_sample_add_##row(struct sk_sample *sample, struct type **out)           \
	{                                                                              \
		return add_row(sample, offsetof(struct sk_sample, array), (void **)out); \
	}
ADD(address, sk_address, addresses)
ADD(route, sk_route, routes)
ADD(metrics, sk_metrics, metrics)
ADD(rule, sk_rule, rules)
ADD(neighbour, sk_neighbour, neighbours)
ADD(membership, sk_membership, memberships)
ADD(nat, sk_nat_entry, nats)
ADD(flow, sk_flow, flows)
ADD(ended, sk_ended, ended)
ADD(limbo, sk_socket, limbo)
ADD(stray, sk_event, strays)

const struct sk_address *sk_sample_addresses(const struct sk_sample *sample,
					     uint16_t netns, uint32_t ifindex,
					     uint32_t *n)
{
	uint64_t wanted = (uint64_t)netns << 32 | ifindex;
	uint32_t first = 0, behind = sample->n_addresses;

	while (first < behind) {
		uint32_t middle = first + (behind - first) / 2;
		const struct sk_address *a = &sample->addresses[middle];

		if (((uint64_t)a->netns << 32 | a->ifindex) < wanted)
			first = middle + 1;
		else
			behind = middle;
	}
	*n = 0;
	while (first + *n < sample->n_addresses &&
	       sample->addresses[first + *n].netns == netns &&
	       sample->addresses[first + *n].ifindex == ifindex)
		(*n)++;
	return sample->addresses + first;
}

int sk_sample_add_text(struct sk_sample *sample, const char *text, size_t len,
		       uint32_t *offset)
{
	uint32_t at = sample->text_len ? sample->text_len : 1; /* 0 is the empty one */
	int err;

	*offset = 0;
	if (!len)
		return 0;
	if (len >= UINT32_MAX - at)
		return -ENOMEM;
	err = grow((void **)&sample->text, &sample->private->text,
		   at + (uint32_t)len + 1, 1);
	if (err)
		return err;
	sample->text[0] = '\0';
	memcpy(sample->text + at, text, len);
	sample->text[at + len] = '\0';
	sample->text_len = at + (uint32_t)len + 1;
	*offset = at;
	return 0;
}

bool sk_sample_tw_buckets(const struct sk_sample *sample, uint32_t *n)
{
	const struct sk_summary *sum = &sample->summary;

	/* the kernel's own count, whichever sockets were asked for */
	*n = sample->sockstat.valid ? sample->sockstat.tcp_tw : sum->mini[0] + sum->mini[1];
	return sample->sockstat.valid ||
	       (sample->whole_tcp &&
		!sk_sample_is_cut(sample, SK_PART_BIT(SK_PROTO_TCP)));
}

int sk_sample_counter(const struct sk_sample *sample, const char *section,
		      const char *name, uint64_t *value)
{
	for (uint32_t i = 0; i < sample->n_counters; i++) {
		const struct sk_counter *counter = &sample->counters[i];

		if (strcmp(counter->name, name) == 0 &&
		    strcmp(counter->section, section) == 0) {
			*value = counter->value;
			return 0;
		}
	}
	return -ENOENT;
}
