/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sample/remote_ends.h"

static int compare(const void *a, const void *b)
{
	const struct remote_end *x = a, *y = b;
	int order = (x->lport > y->lport) - (x->lport < y->lport);

	if (!order)
		order = (x->rport > y->rport) - (x->rport < y->rport);
	if (!order)
		order = memcmp(&x->local, &y->local, sizeof(x->local));
	return order ? order : memcmp(&x->remote, &y->remote, sizeof(x->remote));
}

static void note_sample(struct remote_ends *ends, const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_events; i++) {
		const struct sk_event *event = &sample->events[i];
		const struct sk_socket *s = &event->socket;

		if (s->proto != SK_PROTO_TCP || !(s->flags & SK_F_INFO) || !s->rport ||
		    event->emptied)
			continue;
		ends->at[ends->n++] =
			(struct remote_end){ .local = *sk_local(sample, s),
					     .remote = s->remote,
					     .tx_total = s->tx_total,
					     .lport = s->lport,
					     .rport = s->rport };
	}
}

int remote_ends_note(struct remote_ends *ends, const struct sk_sample *cur,
		     const struct sk_sample *prev)
{
	uint32_t n = cur->n_events + (prev ? prev->n_events : 0);

	if (n > ends->capacity) {
		struct remote_end *bigger =
			realloc(ends->at, n * 2ULL * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		ends->at = bigger;
		ends->capacity = n * 2;
	}
	ends->n = 0;
	note_sample(ends, cur);
	if (prev)
		note_sample(ends, prev);
	if (ends->n)
		qsort(ends->at, ends->n, sizeof(*ends->at), compare);
	return 0;
}

bool remote_ends_sent_less(const struct remote_ends *ends, const struct sk_event *event,
			   const struct sk_sample *sample)
{
	const struct sk_socket *s = &event->socket;
	const struct remote_end key = { .local = s->remote,
				     .remote = *sk_local(sample, s),
				     .lport = s->rport,
				     .rport = s->lport };
	const struct remote_end *end = ends->at + ends->n, *other;

	if (!ends->n)
		return false;
	other = bsearch(&key, ends->at, ends->n, sizeof(*ends->at), compare);
	if (!other)
		return false;
	while (other > ends->at && !compare(other - 1, &key))
		other--;
	for (; other < end && !compare(other, &key); other++) {
		if (other->tx_total + 1 != s->rx_total)
			return false;
	}
	return true;
}
