/* SPDX-License-Identifier: MIT */
/*
 * Some sockets belong to a parent: subflows of MPTCP, associations of SCTP.
 */
#include <stdlib.h>
#include <sktop/identity.h>

static int compare(const void *a, const void *b)
{
	const struct sk_parent_link *x = a, *y = b;

	return x->child < y->child ? -1 : x->child > y->child;
}

void sk_sample_sort_parent_links(struct sk_sample *sample, uint32_t first)
{
	if (sample->n_parent_links > first)
		qsort(sample->parent_links + first, sample->n_parent_links - first,
		      sizeof(*sample->parent_links), compare);
}

static uint64_t id_of(const struct sk_sample *sample, const struct sk_socket *socket)
{
	return sk_socket_id(socket, sk_attrs(sample, socket));
}

const struct sk_parent_link *sk_sample_parent(const struct sk_sample *sample,
					      const struct sk_socket *socket)
{
	struct sk_parent_link wanted = { .child = 0 };

	if (!(socket->flags & SK_F_SUBFLOW) || !sample->n_parent_links)
		return NULL;
	wanted.child = id_of(sample, socket);
	return bsearch(&wanted, sample->parent_links, sample->n_parent_links,
		       sizeof(wanted), compare);
}

uint32_t sk_sample_uncounted(const struct sk_sample *sample)
{
	uint32_t both = SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_MPTCP);

	return (sample->protos & both) == both ? SK_PROTO_BIT(SK_PROTO_MPTCP) : 0;
}
