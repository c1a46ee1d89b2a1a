/* SPDX-License-Identifier: MIT */
/*
 * The kernel walks its hash in a stable order, so the partner of a socket nearly
 * always lies right behind the partner of the one before: the previous sample is
 * read like a list beside the new one, and hashed only when that guess fails.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/diff.h>
#include <sktop/owners.h>
#include <sktop/event.h>
#include "model/diff_counters.h"

#define NONE UINT32_MAX
/* How far ahead of the guess to look: dead sockets leave gaps in the old list. */
#define LOOK_AHEAD 4

/** Open addressing from (netns, cookie) to an index into an array of sockets. */
struct cookie_index {
	uint32_t *slot; /* index + 1; 0 = free */
	uint32_t mask;
	uint32_t n;
};

struct sk_differ {
	struct cookie_index old;  /* of the previous sample, built on demand */
	struct cookie_index born; /* of this sample's new sockets */
	uint32_t *partner;	  /* [old index] = new index + 1; 0 = none */
	uint32_t partner_capacity;
};

/** One run of the diff: what all steps need. */
struct pairing {
	struct sk_differ *differ;
	const struct sk_sample *prev;
	struct sk_sample *cur;
	double interval;
	uint32_t now_cs;
	uint32_t guess;
	bool indexed; /* differ->old is valid */
};

int sk_differ_new(struct sk_differ **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void sk_differ_free(struct sk_differ *differ)
{
	if (!differ)
		return;
	free(differ->old.slot);
	free(differ->born.slot);
	free(differ->partner);
	free(differ);
}

static uint32_t cookie_hash(const struct sk_socket *s)
{
	uint64_t key = s->cookie + ((uint64_t)s->netns << 48);

	return (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> 32);
}

static bool same_socket(const struct sk_socket *a, const struct sk_socket *b)
{
	return a->cookie == b->cookie && a->netns == b->netns;
}

/* Empties the index and makes room for n entries at most half full. */
static int index_reset(struct cookie_index *index, uint32_t n)
{
	uint32_t size = 64;

	while (size < n * 2ULL && size < (1U << 31))
		size *= 2;
	if (size != index->mask + 1 || !index->slot) {
		free(index->slot);
		index->slot = malloc(size * sizeof(*index->slot));
		if (!index->slot) {
			index->mask = 0;
			return -ENOMEM;
		}
		index->mask = size - 1;
	}
	memset(index->slot, 0, size * sizeof(*index->slot));
	index->n = 0;
	return 0;
}

static uint32_t index_find(const struct cookie_index *index,
			   const struct sk_socket *sockets, const struct sk_socket *s)
{
	for (uint32_t at = cookie_hash(s) & index->mask; index->slot[at];
	     at = (at + 1) & index->mask) {
		uint32_t i = index->slot[at] - 1;

		if (same_socket(&sockets[i], s))
			return i;
	}
	return NONE;
}

static void index_put(struct cookie_index *index, const struct sk_socket *s, uint32_t i)
{
	uint32_t at = cookie_hash(s) & index->mask;

	while (index->slot[at])
		at = (at + 1) & index->mask;
	index->slot[at] = i + 1;
	index->n++;
}

/* Puts one of this sample's new sockets, doubling the index as it fills. */
static int born_put(struct cookie_index *born, const struct sk_socket *sockets,
		    uint32_t i)
{
	struct cookie_index bigger = { 0 };
	int err;

	if ((born->n + 1) * 2ULL > born->mask) {
		err = index_reset(&bigger, (born->n + 1) * 4);
		if (err)
			return err;
		for (uint32_t at = 0; at <= born->mask; at++) {
			if (born->slot[at])
				index_put(&bigger, &sockets[born->slot[at] - 1],
					  born->slot[at] - 1);
		}
		free(born->slot);
		*born = bigger;
	}
	index_put(born, &sockets[i], i);
	return 0;
}

/* Index of the same socket in the previous sample, or NONE. */
static int find_partner(struct pairing *p, const struct sk_socket *s, uint32_t *out)
{
	const struct sk_sample *prev = p->prev;
	uint32_t end = p->guess + LOOK_AHEAD;
	int err;

	*out = NONE;
	if (end > prev->n_sockets)
		end = prev->n_sockets;
	for (uint32_t i = p->guess; i < end; i++) {
		if (same_socket(&prev->sockets[i], s)) {
			*out = i;
			return 0;
		}
	}
	if (!p->indexed) {
		err = index_reset(&p->differ->old, prev->n_sockets);
		if (err)
			return err;
		for (uint32_t i = 0; i < prev->n_sockets; i++)
			index_put(&p->differ->old, &prev->sockets[i], i);
		p->indexed = true;
	}
	*out = index_find(&p->differ->old, prev->sockets, s);
	return 0;
}

/* Homes lie in the sample where they were decoded. */
static int carry_home(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	return sk_sample_set_home(p->cur, s, sk_home(p->prev, old));
}

/* Mini sockets lose their owner; what was known while it lived still holds. */
static int remember_owner(struct pairing *p, struct sk_socket *s,
			  const struct sk_socket *old)
{
	struct sk_home home;

	if (!s->owner) {
		s->owner = old->owner;
		s->fd = old->fd;
	}
	if ((s->flags & SK_F_OWNER) || !(old->flags & SK_F_OWNER))
		return 0;
	s->inode = old->inode;
	home = *sk_home(p->cur, s);
	home.uid = sk_home(p->prev, old)->uid;
	s->flags |= SK_F_OWNER | SK_F_REMEMBERED;
	if (!(s->flags & SK_F_CGROUP) && (old->flags & SK_F_CGROUP)) {
		home.cgroup = sk_home(p->prev, old)->cgroup;
		s->flags |= SK_F_CGROUP;
	}
	return sk_sample_set_home(p->cur, s, &home);
}

static void pair_drops(struct sk_more *more, const struct sk_more *old, double interval)
{
	uint32_t drops = more->skmem[8] - old->skmem[8]; /* wraps */

	if (!(more->flags & old->flags & SK_MORE_SKMEM) || drops > INT32_MAX)
		return;
	more->drop_rate = (float)(drops / interval);
	more->flags |= SK_MORE_DROP_RATE;
}

/* Microseconds more than before; the kernel's clocks may round backwards. */
static uint32_t grown(uint64_t now, uint64_t before)
{
	uint64_t more = now > before ? now - before : 0;

	return more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
}

static void pair_more(struct sk_more *more, const struct sk_more *old,
		      const struct sk_socket *s, const struct sk_socket *old_socket,
		      double interval)
{
	uint32_t out = more->segs_out - old->segs_out; /* u32 counters wrap */
	uint32_t in = more->segs_in - old->segs_in;

	if (!(more->flags & old->flags & SK_MORE_INFO) || out > INT32_MAX ||
	    in > INT32_MAX || s->retrans < old_socket->retrans)
		return;
	more->tx_packets = (float)(out / interval);
	more->rx_packets = (float)(in / interval);
	more->retrans_rate = (float)((s->retrans - old_socket->retrans) / interval);
	more->busy_us_now = grown(more->busy_us, old->busy_us);
	more->rwnd_us_now = grown(more->rwnd_limited_us, old->rwnd_limited_us);
	more->sndbuf_us_now = grown(more->sndbuf_limited_us, old->sndbuf_limited_us);
	more->flags |= SK_MORE_RATE;
}

static void pair_counters(const struct pairing *p, uint32_t new_index,
			  uint32_t old_index)
{
	struct sk_socket *s = &p->cur->sockets[new_index];
	const struct sk_socket *old = &p->prev->sockets[old_index];

	if (p->cur->more && p->prev->more && p->interval > 0)
		pair_drops(&p->cur->more[new_index], &p->prev->more[old_index],
			   p->interval);
	if (!(s->flags & old->flags & SK_F_INFO) || p->interval <= 0)
		return;
	if (s->tx_total < old->tx_total || s->rx_total < old->rx_total) {
		s->flags |= SK_F_RESET;
		return;
	}
	s->tx_rate = (float)((double)(s->tx_total - old->tx_total) / p->interval);
	s->rx_rate = (float)((double)(s->rx_total - old->rx_total) / p->interval);
	s->flags |= SK_F_RATE;
	if (p->cur->more && p->prev->more)
		pair_more(&p->cur->more[new_index], &p->prev->more[old_index], s, old,
			  p->interval);
}

static int pair_socket(struct pairing *p, uint32_t new_index, uint32_t old_index)
{
	struct sk_socket *s = &p->cur->sockets[new_index];
	const struct sk_socket *old = &p->prev->sockets[old_index];

	p->differ->partner[old_index] = new_index + 1;
	s->prev_state = old->state;
	s->first_seen = old->first_seen;
	s->flags = (uint16_t)((s->flags & ~(SK_F_NEW | SK_F_CHANGED)) |
			      (old->flags & SK_F_AGE_MIN));
	if (s->state != old->state)
		s->flags |= SK_F_CHANGED;
	pair_counters(p, new_index, old_index);
	return remember_owner(p, s, old);
}

/* What a namespace brings along was there before it was looked at. */
static bool is_first_look(const struct pairing *p, const struct sk_socket *s)
{
	const struct sk_sample *cur = p->cur;

	return !p->prev ||
	       (s->netns < cur->n_netns && cur->netns[s->netns].since == cur->seq);
}

static void birth(struct pairing *p, struct sk_socket *s)
{
	s->first_seen = p->now_cs;
	s->prev_state = s->state;
	if (!is_first_look(p, s))
		s->flags |= SK_F_NEW;
	else
		s->flags |= SK_F_AGE_MIN;
}

static void move_socket(struct sk_sample *sample, uint32_t to, uint32_t from)
{
	if (to == from)
		return;
	sample->sockets[to] = sample->sockets[from];
	if (sample->more)
		sample->more[to] = sample->more[from];
}

/*
 * Takes socket `from` of the walk in at place `to`, the first free one, or over its
 * older self when the walk met it before. *kept says which.
 */
static int take_in(struct pairing *p, uint32_t from, uint32_t to, bool *kept)
{
	struct sk_sample *cur = p->cur;
	struct cookie_index *born = &p->differ->born;
	uint32_t old = NONE, twin;
	int err = p->prev ? find_partner(p, &cur->sockets[from], &old) : 0;

	if (err)
		return err;
	if (old != NONE) {
		p->guess = old + 1;
		twin = p->differ->partner[old] - 1; /* NONE when 0 */
	} else {
		twin = index_find(born, cur->sockets, &cur->sockets[from]);
	}
	*kept = twin == NONE;
	move_socket(cur, *kept ? to : twin, from);
	if (old != NONE)
		return pair_socket(p, *kept ? to : twin, old);
	birth(p, &cur->sockets[*kept ? to : twin]);
	return *kept ? born_put(born, cur->sockets, to) : 0;
}

static int pair_sockets(struct pairing *p)
{
	struct sk_sample *cur = p->cur;
	uint32_t n = 0;

	for (uint32_t i = 0; i < cur->n_sockets; i++) {
		bool kept;
		int err = take_in(p, i, n, &kept);

		if (err)
			return err;
		if (kept)
			n++;
		else
			cur->losses.duplicates++;
	}
	cur->n_sockets = n;
	return 0;
}

/* A dump that broke off does not tell who died. */
static bool walk_complete(const struct sk_sample *prev, const struct sk_sample *cur)
{
	return prev->losses.dump_errors == cur->losses.dump_errors &&
	       prev->losses.overruns == cur->losses.overruns;
}

/* Names lie in the text of the sample where they were decoded. */
static int carry_name(struct pairing *p, struct sk_name *name)
{
	const char *text = sk_sample_text(p->prev, name->text);

	return sk_sample_add_text(p->cur, text, strlen(text), &name->text);
}

static int carry_names(struct pairing *p, struct sk_socket *s)
{
	int err = 0;

	if (!sk_proto_has_ip(s->proto)) {
		err = carry_name(p, &s->local_name);
		if (!err)
			err = carry_name(p, &s->remote_name);
	}
	return err;
}

static int carry_nest(struct pairing *p, const struct sk_socket *s)
{
	uint64_t parent = sk_sample_parent(p->prev, s);

	return parent ? sk_sample_add_nest(p->cur, s->cookie, parent) : 0;
}

static int collect_gone(struct pairing *p)
{
	struct sk_sample *cur = p->cur;
	uint32_t gone = 0;
	int err;

	if (!walk_complete(p->prev, cur))
		return 0;
	for (uint32_t i = 0; i < p->prev->n_sockets; i++)
		gone += p->differ->partner[i] == 0;
	err = sk_sample_reserve(cur, cur->n_sockets + gone);
	if (err)
		return err;
	for (uint32_t i = 0; i < p->prev->n_sockets && cur->n_gone < gone; i++) {
		struct sk_socket *s = &cur->sockets[cur->n_sockets + cur->n_gone];

		if (p->differ->partner[i])
			continue;
		*s = p->prev->sockets[i];
		err = carry_home(p, s, s);
		if (!err)
			err = carry_nest(p, s);
		if (err)
			return err;
		s->prev_state = s->state;
		s->flags = (uint16_t)((s->flags & ~(SK_F_NEW | SK_F_CHANGED |
						    SK_F_RATE | SK_F_RESET)) |
				      SK_F_GONE);
		err = carry_names(p, s);
		if (err)
			return err;
		cur->n_gone++;
	}
	sk_sample_sort_nests(cur);
	return 0;
}

/* What the kernel has forgotten when it tells of the end, we saw before. */
static int complete_event(struct pairing *p, struct sk_event *event)
{
	struct sk_socket *s = &event->socket;
	const struct sk_socket *old;
	uint32_t i = NONE;
	int err = p->prev ? find_partner(p, s, &i) : 0;

	if (err)
		return err;
	s->flags |= SK_F_GONE;
	if (i == NONE) {
		s->first_seen = p->now_cs;
		s->flags |= SK_F_NEW;
		return 0;
	}
	old = &p->prev->sockets[i];
	s->state = old->state;
	s->first_seen = old->first_seen;
	s->flags |= old->flags & SK_F_AGE_MIN;
	return remember_owner(p, s, old);
}

/* The previous sample's events, as many as there is room for, before the new ones. */
static int carry_events(struct pairing *p)
{
	struct sk_sample *cur = p->cur;
	uint32_t fresh = cur->n_events, kept = p->prev ? p->prev->n_events : 0;
	struct sk_event *unused;

	if (fresh + kept > SK_EVENTS_MAX)
		kept = fresh < SK_EVENTS_MAX ? SK_EVENTS_MAX - fresh : 0;
	for (uint32_t i = 0; i < kept; i++) {
		int err = sk_sample_add_event(cur, &unused);

		if (err)
			return err;
	}
	if (!kept)
		return 0;
	memmove(cur->events + kept, cur->events, fresh * sizeof(*cur->events));
	memcpy(cur->events, p->prev->events + p->prev->n_events - kept,
	       kept * sizeof(*cur->events));
	for (uint32_t i = 0; i < kept; i++) {
		struct sk_socket *s = &cur->events[i].socket;
		int err = carry_home(p, s, s);

		if (err)
			return err;
	}
	return 0;
}

static int diff_events(struct pairing *p)
{
	if (!(p->cur->needs & SK_NEED_EVENTS))
		return 0;
	for (uint32_t i = 0; i < p->cur->n_events; i++) {
		int err = complete_event(p, &p->cur->events[i]);

		if (err)
			return err;
	}
	return carry_events(p);
}

static int reset_partners(struct sk_differ *differ, uint32_t n)
{
	if (n > differ->partner_capacity) {
		free(differ->partner);
		differ->partner = malloc(n * sizeof(*differ->partner));
		differ->partner_capacity = differ->partner ? n : 0;
		if (!differ->partner)
			return -ENOMEM;
	}
	if (n)
		memset(differ->partner, 0, n * sizeof(*differ->partner));
	return 0;
}

int sk_diff_compute(struct sk_differ *differ, const struct sk_sample *prev,
		    struct sk_sample *cur)
{
	struct pairing p = { .differ = differ, .prev = prev, .cur = cur };
	int err;

	cur->n_gone = 0;
	/* owners are numbers of its table */
	if (prev && !cur->owners)
		cur->owners = sk_owners_ref(prev->owners);
	cur->interval = prev && cur->time_ns > prev->time_ns ?
				(double)(cur->time_ns - prev->time_ns) / 1e9 :
				0;
	p.interval = cur->interval;
	p.now_cs = (uint32_t)(cur->time_ns / 10000000);
	err = reset_partners(differ, prev ? prev->n_sockets : 0);
	if (!err)
		err = index_reset(&differ->born, 0);
	if (!err)
		err = pair_sockets(&p);
	if (!err && prev)
		err = collect_gone(&p);
	if (!err)
		err = diff_events(&p);
	if (err)
		return err;
	sk_summary_compute(&(struct sk_context){ .sample = cur }, NULL, 0, &cur->summary);
	diff_links(prev, cur);
	diff_counters(prev, cur);
	return 0;
}
