/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include <sktop/group.h>
#include <sktop/owners.h>
#include "sample/diff.h"
#include "sample/diff_counters.h"

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
