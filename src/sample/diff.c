/* SPDX-License-Identifier: MIT */
/*
 * What changed between two samples.
 *
 * The kernel walks its hash in a stable order, so the older self of a socket nearly
 * always lies right behind that of the one before: the previous sample is read like a
 * list beside the new one. What is not found so is fresh; few are, and only those are
 * hashed, so that a tick needs memory for what changed, not for what there is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include <sktop/group.h>
#include <sktop/owners.h>
#include "sample/diff.h"
#include "sample/diff_counters.h"

/* How far ahead of the guess to look: dead sockets leave gaps in the old list. Every
 * miss in a row doubles it, so often. */
#define LOOK_AHEAD 4U
#define DOUBLED 8

/** The walk along the previous sample. */
struct guess {
	uint32_t at;	 /* where the next one should be */
	uint32_t misses; /* in a row */
	uint64_t budget; /* of looking further than LOOK_AHEAD, all in all */
};

static void bitmap_set(struct bitmap *map, uint32_t i)
{
	map->word[i / 64] |= 1ULL << i % 64;
}

static bool bitmap_has(const struct bitmap *map, uint32_t i)
{
	return map->word[i / 64] >> i % 64 & 1;
}

/* Room for n bits, all 0. */
static int bitmap_reset(struct bitmap *map, uint32_t n)
{
	uint32_t words = n / 64 + 1;

	if (words > map->words) {
		free(map->word);
		map->word = malloc((words + words / 8) * sizeof(*map->word));
		map->words = map->word ? words + words / 8 : 0;
		if (!map->word)
			return -ENOMEM;
	}
	memset(map->word, 0, words * sizeof(*map->word));
	return 0;
}

/* The first of n bits from `from` on that is 0; n when all are set. */
static uint32_t bitmap_next_clear(const struct bitmap *map, uint32_t from, uint32_t n)
{
	while (from < n) {
		uint64_t clear = ~map->word[from / 64] >> from % 64;

		if (clear) {
			from += (uint32_t)__builtin_ctzll(clear);
			return from < n ? from : n;
		}
		from = (from / 64 + 1) * 64;
	}
	return n;
}

static uint32_t reach_of(struct guess *guess)
{
	uint32_t reach = LOOK_AHEAD << (guess->misses < DOUBLED ? guess->misses : DOUBLED);

	if (reach == LOOK_AHEAD || reach > guess->budget)
		return LOOK_AHEAD;
	guess->budget -= reach;
	return reach;
}

/* The place of the same socket behind the guess, or COOKIE_NONE. */
static uint32_t look_ahead(struct guess *guess, const struct sk_sample *prev,
			   const struct sk_socket *s, const struct sk_homes *homes)
{
	uint32_t left = prev->n_sockets - guess->at, reach = reach_of(guess);
	uint32_t end = guess->at + (reach < left ? reach : left);

	for (uint32_t i = guess->at; i < end; i++) {
		if (sk_socket_same(&prev->sockets[i], &prev->homes, s, homes))
			return i;
	}
	guess->misses++;
	return COOKIE_NONE;
}

static inline uint32_t find_old(struct guess *guess, const struct sk_sample *prev,
				const struct sk_socket *s, const struct sk_homes *homes)
{
	uint32_t at = guess->at;

	if (at >= prev->n_sockets ||
	    !sk_socket_same(&prev->sockets[at], &prev->homes, s, homes))
		at = look_ahead(guess, prev, s, homes);
	if (at != COOKIE_NONE) {
		guess->at = at + 1;
		guess->misses = 0;
	}
	return at;
}

/* Mini sockets lose their owner; what was known while it lived still holds. */
int diff_remember(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
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

static void compare(const struct pairing *p, uint32_t place, uint32_t old_place)
{
	struct sk_socket *s = &p->cur->sockets[place];
	const struct sk_socket *old = &p->prev->sockets[old_place];
	double interval = p->cur->interval;
	struct sk_more *more = sk_sample_more(p->cur, place);
	const struct sk_more *old_more = sk_sample_more(p->prev, old_place);

	if (interval <= 0)
		return;
	if (more && old_more)
		diff_drops(more, old_more, interval);
	if (!(s->flags & old->flags & SK_F_INFO))
		return;
	if (s->tx_total < old->tx_total || s->rx_total < old->rx_total) {
		s->flags |= SK_F_RESET;
		return;
	}
	s->tx_rate = (float)((double)(s->tx_total - old->tx_total) / interval);
	s->rx_rate = (float)((double)(s->rx_total - old->rx_total) / interval);
	s->flags |= SK_F_RATE;
	if (more && old_more)
		diff_more(more, old_more, s, old, interval);
}

static int pair(struct pairing *p, uint32_t place, uint32_t old_place)
{
	struct sk_socket *s = &p->cur->sockets[place];
	const struct sk_socket *old = &p->prev->sockets[old_place];

	bitmap_set(&p->differ->met, old_place);
	bitmap_set(&p->differ->known, place);
	s->prev_state = old->state;
	s->first_seen = old->first_seen;
	s->flags &= ~(uint32_t)(SK_F_NEW | SK_F_CHANGED);
	s->flags |= old->flags & SK_F_AGE_MIN;
	if (s->state != old->state)
		s->flags |= SK_F_CHANGED;
	compare(p, place, old_place);
	return diff_remember(p, s, old);
}

/* What a namespace brings along was there before it was looked at. */
static bool is_first_look(const struct pairing *p, const struct sk_socket *s)
{
	const struct sk_sample *cur = p->cur;

	return !p->prev ||
	       (s->netns < cur->n_netns && cur->netns[s->netns].since == cur->seq);
}

static void birth(const struct pairing *p, struct sk_socket *s)
{
	s->first_seen = p->now_cs;
	s->prev_state = s->state;
	if (!is_first_look(p, s))
		s->flags |= SK_F_NEW;
	else
		s->flags |= SK_F_AGE_MIN;
}

static inline void move_socket(struct sk_sample *sample, uint32_t to, uint32_t from)
{
	if (to == from)
		return;
	sample->sockets[to] = sample->sockets[from];
	if (sk_sample_more(sample, from))
		sample->more[to] = sample->more[from];
}

/* Of the first i sockets n were left: that many of those with more there are, then. */
static inline void note_more(struct sk_sample *sample, uint32_t with_more, uint32_t i,
			     uint32_t n)
{
	if (i == with_more)
		sample->n_more = n;
}

/* Takes a fresh one in at place *n, the next free one, or over its twin. */
static int take_fresh(struct pairing *p, uint32_t from, uint32_t *n)
{
	struct sk_sample *cur = p->cur;
	struct cookie_index *fresh = &p->differ->fresh;
	uint32_t twin = cookie_index_find(fresh, &cur->sockets[from], &cur->homes);

	move_socket(cur, twin == COOKIE_NONE ? *n : twin, from);
	return twin == COOKIE_NONE ? cookie_index_put(fresh, (*n)++) : 0;
}

/* Side by side. What is not found so is fresh, and of those each stays once. */
static int walk(struct pairing *p)
{
	const struct sk_sample nothing = { .sockets = NULL };
	const struct sk_sample *prev = p->prev ? p->prev : &nothing;
	struct sk_sample *cur = p->cur;
	struct guess guess = { .budget = cur->n_sockets };
	uint32_t n = 0, with_more = cur->n_more;
	int err = 0;

	for (uint32_t i = 0; i < cur->n_sockets && !err; i++) {
		uint32_t old = find_old(&guess, prev, &cur->sockets[i], &cur->homes);

		note_more(cur, with_more, i, n);
		if (old == COOKIE_NONE) {
			err = take_fresh(p, i, &n);
			continue;
		}
		move_socket(cur, n, i);
		err = pair(p, n++, old);
	}
	note_more(cur, with_more, cur->n_sockets, n);
	cur->losses.duplicates += cur->n_sockets - n;
	cur->n_sockets = n;
	return err;
}

/* The fresh ones that only lay elsewhere in the walk. *left = those that did not. */
static int rejoin(struct pairing *p, uint32_t *left)
{
	const struct bitmap *met = &p->differ->met;
	uint32_t n = p->prev ? p->prev->n_sockets : 0;
	int err = 0;

	*left = p->differ->fresh.n;
	for (uint32_t old = bitmap_next_clear(met, 0, n); old < n && *left && !err;
	     old = bitmap_next_clear(met, old + 1, n)) {
		uint32_t place = cookie_index_find(&p->differ->fresh,
						   &p->prev->sockets[old], &p->prev->homes);

		if (place == COOKIE_NONE)
			continue;
		err = pair(p, place, old);
		(*left)--;
	}
	return err;
}

/* A fresh one may also be the twin of one that was paired: such are marked as gone. */
static void mark_twins(struct pairing *p)
{
	struct sk_sample *cur = p->cur;

	for (uint32_t i = 0; p->prev && i < cur->n_sockets; i++) {
		uint32_t place = bitmap_has(&p->differ->known, i) ?
					 cookie_index_find(&p->differ->fresh,
							   &cur->sockets[i], &cur->homes) :
					 COOKIE_NONE;

		if (place != COOKIE_NONE && place != i)
			cur->sockets[place].flags |= SK_F_GONE;
	}
}

/* All that are fresh still were born; the marked ones go. */
static void settle(struct pairing *p)
{
	struct sk_sample *cur = p->cur;
	uint32_t n = 0, with_more = cur->n_more;

	for (uint32_t i = 0; i < cur->n_sockets; i++) {
		note_more(cur, with_more, i, n);
		if (cur->sockets[i].flags & SK_F_GONE)
			continue;
		move_socket(cur, n, i);
		if (!bitmap_has(&p->differ->known, i))
			birth(p, &cur->sockets[n]);
		n++;
	}
	note_more(cur, with_more, cur->n_sockets, n);
	cur->losses.duplicates += cur->n_sockets - n;
	cur->n_sockets = n;
}

/*
 * Finds the older self of each socket and compares the two; differ->met then tells the
 * rest. Leaves each socket once.
 */
static int diff_pair(struct pairing *p)
{
	struct sk_differ *differ = p->differ;
	struct sk_sample *cur = p->cur;
	uint32_t left;
	int err = bitmap_reset(&differ->met, p->prev ? p->prev->n_sockets : 0);

	if (!err)
		err = bitmap_reset(&differ->known, cur->n_sockets);
	if (!err)
		err = cookie_index_reset(&differ->fresh, cur->sockets,
					 sizeof(*cur->sockets), &cur->homes,
					 p->prev ? 0 : cur->n_sockets);
	if (!err)
		err = walk(p);
	if (!err)
		err = rejoin(p, &left);
	if (err || !left)
		return err;
	mark_twins(p);
	settle(p);
	return 0;
}

int sk_differ_new(struct sk_differ **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void sk_differ_free(struct sk_differ *differ)
{
	if (!differ)
		return;
	free(differ->far.at);
	free(differ->met.word);
	free(differ->known.word);
	free(differ->fresh.slot);
	free(differ->events.slot);
	free(differ->told);
	free(differ);
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

/* So do homes. */
int diff_carry_home(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	struct sk_home home = *sk_home(p->prev, old);
	int err = 0;

	if (!sk_proto_has_ip(s->proto)) {
		err = carry_name(p, &home.local_name);
		if (!err)
			err = carry_name(p, &s->remote_name);
	}
	return err ? err : sk_sample_set_home(p->cur, s, &home);
}

static int carry_nest(struct pairing *p, const struct sk_socket *s)
{
	const struct sk_nest *nest = sk_sample_parent(p->prev, s);

	return nest ? sk_sample_add_nest(p->cur, nest) : 0;
}

static int bury(struct pairing *p, const struct sk_socket *old)
{
	struct sk_sample *cur = p->cur;
	struct sk_socket *s = &cur->sockets[cur->n_sockets + cur->n_gone];
	int err;

	*s = *old;
	err = diff_carry_home(p, s, old);
	if (!err)
		err = carry_nest(p, s);
	if (err)
		return err;
	s->prev_state = s->state;
	s->flags &= ~(uint32_t)(SK_F_NEW | SK_F_CHANGED | SK_F_RATE | SK_F_RESET);
	s->flags |= SK_F_GONE;
	cur->n_gone++;
	return 0;
}

static int collect_gone(struct pairing *p)
{
	const struct bitmap *met = &p->differ->met;
	struct sk_sample *cur = p->cur;
	uint32_t n = p->prev->n_sockets, gone = 0;
	int err;

	if (!walk_complete(p->prev, cur))
		return 0;
	for (uint32_t i = 0; (i = bitmap_next_clear(met, i, n)) < n; i++)
		gone++;
	err = sk_sample_reserve(cur, cur->n_sockets + gone);
	for (uint32_t i = 0; !err && (i = bitmap_next_clear(met, i, n)) < n; i++)
		err = bury(p, &p->prev->sockets[i]);
	if (!err)
		sk_sample_sort_nests(cur, 0);
	return err;
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
	p.now_cs = (uint32_t)(cur->time_ns / 10000000);
	err = diff_pair(&p);
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
