/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "sample/far_ends.h"

static int compare(const void *a, const void *b)
{
	const struct far_end *x = a, *y = b;
	int order = (x->lport > y->lport) - (x->lport < y->lport);

	if (!order)
		order = (x->rport > y->rport) - (x->rport < y->rport);
	if (!order)
		order = memcmp(&x->local, &y->local, sizeof(x->local));
	return order ? order : memcmp(&x->remote, &y->remote, sizeof(x->remote));
}

static void note_sample(struct far_ends *far, const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_events; i++) {
		const struct sk_event *event = &sample->events[i];
		const struct sk_socket *s = &event->socket;

		if (s->proto != SK_PROTO_TCP || !(s->flags & SK_F_INFO) || !s->rport ||
		    event->emptied)
			continue;
		far->at[far->n++] = (struct far_end){ .local = *sk_local(sample, s),
						      .remote = s->remote,
						      .tx_total = s->tx_total,
						      .lport = s->lport,
						      .rport = s->rport };
	}
}

int far_ends_note(struct far_ends *far, const struct sk_sample *cur,
		  const struct sk_sample *prev)
{
	uint32_t n = cur->n_events + (prev ? prev->n_events : 0);

	if (n > far->capacity) {
		struct far_end *bigger = realloc(far->at, n * 2ULL * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		far->at = bigger;
		far->capacity = n * 2;
	}
	far->n = 0;
	note_sample(far, cur);
	if (prev)
		note_sample(far, prev);
	if (far->n)
		qsort(far->at, far->n, sizeof(*far->at), compare);
	return 0;
}

bool far_ends_sent_less(const struct far_ends *far, const struct sk_event *event,
			const struct sk_sample *sample)
{
	const struct sk_socket *s = &event->socket;
	const struct far_end key = { .local = s->remote,
				     .remote = *sk_local(sample, s),
				     .lport = s->rport,
				     .rport = s->lport };
	const struct far_end *end = far->at + far->n, *other;

	if (!far->n)
		return false;
	other = bsearch(&key, far->at, far->n, sizeof(*far->at), compare);
	if (!other)
		return false;
	while (other > far->at && !compare(other - 1, &key))
		other--;
	for (; other < end && !compare(other, &key); other++) {
		if (other->tx_total + 1 != s->rx_total)
			return false;
	}
	return true;
}
