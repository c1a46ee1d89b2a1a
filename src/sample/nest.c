/* SPDX-License-Identifier: MIT */
/*
 * Sockets that belong under another one: MPTCP's subflows, SCTP's associations.
 */
#include <stdlib.h>
#include <sktop/identity.h>

static int compare(const void *a, const void *b)
{
	const struct sk_nest *x = a, *y = b;

	return x->child < y->child ? -1 : x->child > y->child;
}

void sk_sample_sort_nests(struct sk_sample *sample, uint32_t first)
{
	if (sample->n_nests > first)
		qsort(sample->nests + first, sample->n_nests - first,
		      sizeof(*sample->nests), compare);
}

static uint64_t id_of(const struct sk_sample *sample, const struct sk_socket *socket)
{
	return sk_socket_id(socket, sk_home(sample, socket));
}

const struct sk_nest *sk_sample_parent(const struct sk_sample *sample,
				       const struct sk_socket *socket)
{
	struct sk_nest wanted = { .child = 0 };

	if (!(socket->flags & SK_F_SUBFLOW) || !sample->n_nests)
		return NULL;
	wanted.child = id_of(sample, socket);
	return bsearch(&wanted, sample->nests, sample->n_nests, sizeof(wanted), compare);
}

bool sk_sample_counts_subflows(const struct sk_sample *sample)
{
	for (uint32_t i = 0; sample->n_nests && i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		if (s->proto == SK_PROTO_MPTCP && (s->flags & SK_F_INFO))
			return false;
	}
	return true;
}
