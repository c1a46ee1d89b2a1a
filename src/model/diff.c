/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include <sktop/owners.h>
#include "model/diff.h"
#include "model/diff_counters.h"

int sk_differ_new(struct sk_differ **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void sk_differ_free(struct sk_differ *differ)
{
	if (!differ)
		return;
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
static int carry_home(struct pairing *p, struct sk_socket *s, const struct sk_socket *old)
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
	err = carry_home(p, s, old);
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

/* What the kernel has forgotten when it tells of the end, we saw before. */
static int complete_event(struct pairing *p, struct sk_event *event,
			  const struct sk_socket *old)
{
	struct sk_socket *s = &event->socket;

	s->flags |= SK_F_GONE;
	if (!old) {
		s->first_seen = p->now_cs;
		s->flags |= SK_F_NEW;
		return 0;
	}
	s->state = old->state;
	s->first_seen = old->first_seen;
	s->flags |= old->flags & SK_F_AGE_MIN;
	return diff_remember(p, s, old);
}

static int reset_told(struct sk_differ *differ, uint32_t n)
{
	uint32_t *told = differ->told;

	if (n > differ->told_capacity) {
		told = realloc(told, n * 2ULL * sizeof(*told));
		if (!told)
			return -ENOMEM;
		differ->told = told;
		differ->told_capacity = n * 2;
	}
	memset(told, 0, n * sizeof(*told));
	return 0;
}

/* Where the previous sample has the sockets of the events: few are looked for in many. */
static int find_told(struct pairing *p)
{
	struct sk_differ *differ = p->differ;
	struct cookie_index *index = &differ->events;
	struct sk_event *events = p->cur->events;
	uint32_t n = p->cur->n_events;
	int err;

	/* the kernel may have forgotten the ends; of MPTCP it tells no events */
	index->by_cookie = true;
	err = cookie_index_reset(index, events, sizeof(*events), &p->cur->homes, n);

	if (!err)
		err = reset_told(differ, n);
	for (uint32_t i = 0; i < n && !err; i++) {
		if (cookie_index_find(index, &events[i].socket, &p->cur->homes) == COOKIE_NONE)
			err = cookie_index_put(index, i);
	}
	for (uint32_t i = 0; !err && p->prev && i < p->prev->n_sockets; i++) {
		uint32_t at = cookie_index_find(index, &p->prev->sockets[i],
						&p->prev->homes);

		if (at != COOKIE_NONE)
			differ->told[at] = i + 1;
	}
	return err;
}

static int complete_events(struct pairing *p)
{
	const struct sk_differ *differ = p->differ;
	int err = p->cur->n_events ? find_told(p) : 0;

	for (uint32_t i = 0; i < p->cur->n_events && !err; i++) {
		struct sk_event *event = &p->cur->events[i];
		uint32_t at = cookie_index_find(&differ->events, &event->socket,
						&p->cur->homes);
		uint32_t old = differ->told[at];

		err = complete_event(p, event, old ? &p->prev->sockets[old - 1] : NULL);
	}
	return err;
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
	int err;

	if (!(p->cur->needs & SK_NEED_EVENTS))
		return 0;
	err = complete_events(p);
	return err ? err : carry_events(p);
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
