/* SPDX-License-Identifier: MIT */
/*
 * The diff finds what changed between two samples.
 *
 * The kernel walks its hash in a stable order, so both samples list the sockets in
 * nearly the same order, and the previous sample is read beside the new one. Only the
 * few sockets that are not found this way are put into a hash table. So a tick needs
 * memory for what changed, not for all that there is.
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

/* The diff looks so far ahead of the guess: dead sockets leave gaps in the old list.
 * Every miss in a row doubles it, so often. */
#define LOOK_AHEAD 4U
#define DOUBLED 8

/** The walk along the previous sample. */
struct guess {
	uint32_t at;	 /* where the next one should be */
	uint32_t misses; /* in a row */
	uint64_t budget; /* of looking further than LOOK_AHEAD, all in all */
};

void bitmap_set(struct bitmap *map, uint32_t i)
{
	map->word[i / 64] |= 1ULL << i % 64;
}

bool bitmap_has(const struct bitmap *map, uint32_t i)
{
	return map->word[i / 64] >> i % 64 & 1;
}

int bitmap_reset(struct bitmap *map, uint32_t n)
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
			   const struct sk_socket *s,
			   const struct sk_attrs_table *attrs_table)
{
	uint32_t left = prev->n_sockets - guess->at, reach = reach_of(guess);
	uint32_t end = guess->at + (reach < left ? reach : left);

	for (uint32_t i = guess->at; i < end; i++) {
		if (sk_socket_same(&prev->sockets[i], &prev->attrs_table, s,
				   attrs_table))
			return i;
	}
	guess->misses++;
	return COOKIE_NONE;
}

static inline uint32_t find_old(struct guess *guess, const struct sk_sample *prev,
				const struct sk_socket *s,
				const struct sk_attrs_table *attrs_table)
{
	uint32_t at = guess->at;

	if (at >= prev->n_sockets ||
	    !sk_socket_same(&prev->sockets[at], &prev->attrs_table, s, attrs_table))
		at = look_ahead(guess, prev, s, attrs_table);
	if (at != COOKIE_NONE) {
		guess->at = at + 1;
		guess->misses = 0;
	}
	return at;
}

/* Mini sockets lose their owner; what was known while it lived still holds. */
int diff_remember(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	struct sk_attrs attrs;

	/* who is presumed to hold it is presumed anew in each sample */
	if (!s->owner && !(old->flags & SK_F_PRESUMED)) {
		s->owner = old->owner;
		s->fd = old->fd;
	}
	if ((s->flags & SK_F_OWNER) || !(old->flags & SK_F_OWNER))
		return 0;
	s->inode = old->inode;
	attrs = *sk_attrs(p->cur, s);
	attrs.uid = sk_attrs(p->prev, old)->uid;
	s->flags |= SK_F_OWNER | SK_F_REMEMBERED;
	if (!(s->flags & SK_F_CGROUP) && (old->flags & SK_F_CGROUP)) {
		attrs.cgroup = sk_attrs(p->prev, old)->cgroup;
		s->flags |= SK_F_CGROUP;
	}
	return sk_sample_set_attrs(p->cur, s, &attrs);
}

static int compare(struct pairing *p, uint32_t place, uint32_t old_place)
{
	struct sk_socket *s = &p->cur->sockets[place];
	const struct sk_socket *old = &p->prev->sockets[old_place];
	struct sk_tcp_ext *tcp_ext = sk_sample_tcp_ext(p->cur, place);
	const struct sk_tcp_ext *old_ext = sk_sample_tcp_ext(p->prev, old_place);

	if (p->cur->span <= 0)
		return 0;
	if (tcp_ext && old_ext) {
		diff_drops(p, tcp_ext, old_ext);
		if (s->flags & old->flags & SK_F_INFO)
			diff_tcp_ext(p, tcp_ext, old_ext, s, old);
	}
	return diff_flow(p, s, old);
}

static int pair(struct pairing *p, uint32_t place, uint32_t old_place)
{
	struct sk_socket *s = &p->cur->sockets[place];
	const struct sk_socket *old = &p->prev->sockets[old_place];
	int err;

	bitmap_set(&p->differ->seen_again, old_place);
	bitmap_set(&p->differ->paired, place);
	s->prev_state = old->state;
	s->first_seen = old->first_seen;
	s->flags &= ~(uint32_t)(SK_F_NEW | SK_F_CHANGED);
	s->flags |= old->flags & (SK_F_AGE_MIN | SK_F_REPORTED);
	if (s->state != old->state)
		s->flags |= SK_F_CHANGED;
	err = compare(p, place, old_place);
	return err ? err : diff_remember(p, s, old);
}

/*
 * True for sockets that may have existed before: in a namespace that is seen for the first
 * time, and after a dump that broke off.
 */
static bool is_first_look(const struct pairing *p, const struct sk_socket *s)
{
	const struct sk_sample *cur = p->cur;

	return !p->prev || sk_sample_is_cut(p->prev, SK_PART_BIT(s->proto)) ||
	       (s->netns < cur->n_netns && cur->netns[s->netns].since == cur->seq);
}

/* A socket that was missing for some samples, and had not ended. */
static int come_back(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
{
	int err;

	bitmap_set(&p->differ->back, (uint32_t)(old - p->prev->limbo));
	s->first_seen = old->first_seen;
	s->prev_state = old->state;
	s->flags |= old->flags & SK_F_AGE_MIN;
	if (s->state != old->state)
		s->flags |= SK_F_CHANGED;
	err = diff_flow(p, s, old);
	return err ? err : diff_remember(p, s, old);
}

static int birth(struct pairing *p, struct sk_socket *s)
{
	const struct sk_socket *limbo = diff_limbo_find(p, s);

	if (limbo)
		return come_back(p, s, limbo);
	s->first_seen = p->now_cs;
	s->prev_state = s->state;
	if (is_first_look(p, s)) {
		s->flags |= SK_F_AGE_MIN;
		return 0;
	}
	s->flags |= SK_F_NEW;
	return diff_flow_of_new(p, s);
}

static inline void move_socket(struct sk_sample *sample, uint32_t to, uint32_t from)
{
	if (to == from)
		return;
	sample->sockets[to] = sample->sockets[from];
	if (sk_sample_tcp_ext(sample, from))
		sample->tcp_ext[to] = sample->tcp_ext[from];
}

/*
 * Sockets with a struct sk_tcp_ext come first. Once all of those have been met, n of them
 * are left.
 */
static inline void note_tcp_ext(struct sk_sample *sample, uint32_t with_tcp_ext,
				uint32_t i, uint32_t n)
{
	if (i == with_tcp_ext)
		sample->n_tcp_ext = n;
}

/* Takes an unpaired socket in at place *n, the next free one, or over an equal one. */
static int take_unpaired(struct pairing *p, uint32_t from, uint32_t *n)
{
	struct sk_sample *cur = p->cur;
	struct cookie_index *unpaired = &p->differ->unpaired;
	uint32_t other =
		cookie_index_find(unpaired, &cur->sockets[from], &cur->attrs_table);

	move_socket(cur, other == COOKIE_NONE ? *n : other, from);
	return other == COOKIE_NONE ? cookie_index_put(unpaired, (*n)++) : 0;
}

/*
 * Pairs the sockets of both samples, read side by side. A socket that is not found this way
 * is kept as unpaired, and only one of equal ones stays.
 */
static int walk(struct pairing *p)
{
	const struct sk_sample nothing = { .sockets = NULL };
	const struct sk_sample *prev = p->prev ? p->prev : &nothing;
	struct sk_sample *cur = p->cur;
	struct guess guess = { .budget = cur->n_sockets };
	uint32_t n = 0, with_tcp_ext = cur->n_tcp_ext;
	int err = 0;

	for (uint32_t i = 0; i < cur->n_sockets && !err; i++) {
		uint32_t old =
			find_old(&guess, prev, &cur->sockets[i], &cur->attrs_table);

		note_tcp_ext(cur, with_tcp_ext, i, n);
		if (old == COOKIE_NONE) {
			err = take_unpaired(p, i, &n);
			continue;
		}
		move_socket(cur, n, i);
		err = pair(p, n++, old);
	}
	note_tcp_ext(cur, with_tcp_ext, cur->n_sockets, n);
	cur->losses.duplicates += cur->n_sockets - n;
	cur->n_sockets = n;
	return err;
}

/*
 * Pairs the unpaired sockets that only lay elsewhere in the walk. *left = how many did not.
 */
static int rejoin(struct pairing *p, uint32_t *left)
{
	const struct bitmap *seen_again = &p->differ->seen_again;
	uint32_t n = p->prev ? p->prev->n_sockets : 0;
	int err = 0;

	*left = p->differ->unpaired.n;
	for (uint32_t old = bitmap_next_clear(seen_again, 0, n);
	     old < n && *left && !err;
	     old = bitmap_next_clear(seen_again, old + 1, n)) {
		uint32_t place = cookie_index_find(&p->differ->unpaired,
						   &p->prev->sockets[old], &p->prev->attrs_table);

		if (place == COOKIE_NONE)
			continue;
		err = pair(p, place, old);
		(*left)--;
	}
	return err;
}

/* An unpaired socket may also equal one that was paired. Such a socket is marked as gone. */
static void mark_doubled(struct pairing *p)
{
	struct sk_sample *cur = p->cur;

	for (uint32_t i = 0; p->prev && i < cur->n_sockets; i++) {
		uint32_t place = bitmap_has(&p->differ->paired, i) ?
					 cookie_index_find(&p->differ->unpaired,
							   &cur->sockets[i], &cur->attrs_table) :
					 COOKIE_NONE;

		if (place != COOKIE_NONE && place != i)
			cur->sockets[place].flags |= SK_F_GONE;
	}
}

/* Drops the marked sockets. All others that are still unpaired are new. */
static int settle(struct pairing *p)
{
	struct sk_sample *cur = p->cur;
	uint32_t n = 0, with_tcp_ext = cur->n_tcp_ext;
	int err = 0;

	for (uint32_t i = 0; i < cur->n_sockets && !err; i++) {
		note_tcp_ext(cur, with_tcp_ext, i, n);
		if (cur->sockets[i].flags & SK_F_GONE)
			continue;
		move_socket(cur, n, i);
		if (!bitmap_has(&p->differ->paired, i))
			err = birth(p, &cur->sockets[n]);
		n++;
	}
	note_tcp_ext(cur, with_tcp_ext, cur->n_sockets, n);
	cur->losses.duplicates += cur->n_sockets - n;
	cur->n_sockets = n;
	return err;
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
	int err = bitmap_reset(&differ->seen_again, p->prev ? p->prev->n_sockets : 0);

	if (!err)
		err = bitmap_reset(&differ->paired, cur->n_sockets);
	if (!err)
		err = cookie_index_reset(&differ->unpaired, cur->sockets,
					 sizeof(*cur->sockets), &cur->attrs_table,
					 p->prev ? 0 : cur->n_sockets);
	if (!err)
		err = walk(p);
	if (!err)
		err = rejoin(p, &left);
	if (err || !left)
		return err;
	mark_doubled(p);
	return settle(p);
}

int sk_differ_new(struct sk_differ **out)
{
	int err;

	*out = calloc(1, sizeof(**out));
	err = *out ? sk_ports_new(&(*out)->ports) : -ENOMEM;
	if (err) {
		free(*out);
		*out = NULL;
	}
	return err;
}

void sk_differ_free(struct sk_differ *differ)
{
	if (!differ)
		return;
	free(differ->remote_ends.at);
	free(differ->seen_again.word);
	free(differ->paired.word);
	free(differ->unpaired.slot);
	free(differ->events.slot);
	free(differ->reported);
	free(differ->limbo.slot);
	free(differ->back.word);
	free(differ->class_slot);
	sk_ports_free(differ->ports);
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

/* Endpoint attributes, too, lie in the sample where they were decoded. */
int diff_carry_attrs(struct pairing *p, struct sk_socket *s,
		     const struct sk_socket *old)
{
	struct sk_attrs attrs = *sk_attrs(p->prev, old);
	int err = 0;

	if (!sk_proto_has_ip(s->proto)) {
		err = carry_name(p, &attrs.local_name);
		if (!err)
			err = carry_name(p, &s->remote_name);
	}
	return err ? err : sk_sample_set_attrs(p->cur, s, &attrs);
}

static int carry_parent_link(struct pairing *p, const struct sk_socket *s)
{
	const struct sk_parent_link *parent_link = sk_sample_parent(p->prev, s);

	return parent_link ? sk_sample_add_parent_link(p->cur, parent_link) : 0;
}

static int record_as_gone(struct pairing *p, const struct sk_socket *old)
{
	struct sk_sample *cur = p->cur;
	struct sk_socket *s = &cur->sockets[cur->n_sockets + cur->n_gone];
	int err;

	*s = *old;
	err = diff_carry_attrs(p, s, old);
	if (!err)
		err = carry_parent_link(p, s);
	if (!err)
		err = diff_flow_keep(p, s, old);
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
	const struct bitmap *seen_again = &p->differ->seen_again;
	struct sk_sample *cur = p->cur;
	uint32_t n = p->prev->n_sockets, gone = 0;
	int err;

	if (!walk_complete(p->prev, cur))
		return 0;
	for (uint32_t i = 0; (i = bitmap_next_clear(seen_again, i, n)) < n; i++)
		gone++;
	err = sk_sample_reserve(cur, cur->n_sockets + gone);
	for (uint32_t i = 0; !err && (i = bitmap_next_clear(seen_again, i, n)) < n; i++)
		err = record_as_gone(p, &p->prev->sockets[i]);
	if (!err)
		sk_sample_sort_parent_links(cur, 0);
	return err;
}

/*
 * A sample that a key asked for soon after the last tick would have rates of a moment. It gets
 * those of the interval before as well.
 */
static void find_interval(struct pairing *p)
{
	const struct sk_sample *prev = p->prev;
	struct sk_sample *cur = p->cur;

	cur->interval = cur->span = 0;
	if (!prev || cur->time_ns <= prev->time_ns)
		return;
	cur->span = (double)(cur->time_ns - prev->time_ns) / 1e9;
	if (cur->early)
		p->carried = prev->interval;
	cur->interval = cur->span + p->carried;
}

/* The changes of state that the kernel itself has counted, of all TCP sockets. */
static void find_edges(const struct pairing *p)
{
	const struct sk_sample *prev = p->prev, *cur = p->cur;
	struct sk_summary *now = &p->cur->summary;

	if (!prev || !cur->whole_tcp || !(cur->traced & prev->traced & SK_TRACED_STATES))
		return;
	now->exact = p->carried <= 0 || prev->summary.exact;
	for (unsigned from = 0; from < SK_STATE_COUNT; from++) {
		for (unsigned to = 0; to < SK_STATE_COUNT; to++) {
			uint64_t n = cur->edges[from][to], before = prev->edges[from][to];

			/* a namespace that is watched no longer takes its counts along */
			if (n < before)
				now->exact = false;
			else
				now->edge[from][to] = (uint32_t)(n - before);
			if (p->carried > 0)
				now->edge[from][to] += prev->summary.edge[from][to];
		}
	}
}

/* Changes that the walk does not show, and those of the interval before, if they count too. */
static void add_changes(const struct pairing *p)
{
	struct sk_summary *now = &p->cur->summary;
	const struct sk_summary *before = p->carried > 0 ? &p->prev->summary : NULL;

	find_edges(p);
	now->unseen = p->unseen;
	now->unseen_established = p->unseen_established;
	if (!before)
		return;
	now->born += before->born;
	now->died += before->died;
	now->unseen += before->unseen;
	now->unseen_established += before->unseen_established;
	for (unsigned from = 0; from < SK_STATE_COUNT; from++) {
		now->born_in[from] += before->born_in[from];
		now->died_from[from] += before->died_from[from];
		for (unsigned to = 0; to < SK_STATE_COUNT; to++)
			now->transition[from][to] += before->transition[from][to];
	}
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
	find_interval(&p);
	p.now_cs = (uint32_t)(cur->time_ns / 10000000);
	err = diff_flows_begin(&p);
	if (!err)
		err = diff_pair(&p);
	if (!err && prev)
		err = collect_gone(&p);
	if (!err)
		err = diff_events(&p);
	if (err)
		return err;
	sk_summary_compute(&(struct sk_context){ .sample = cur }, NULL, 0, &cur->summary);
	diff_totals(&p);
	add_changes(&p);
	diff_links(&p);
	diff_counters(&p);
	return 0;
}
