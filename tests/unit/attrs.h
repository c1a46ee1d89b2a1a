/* SPDX-License-Identifier: MIT */
/* Local end, user, cgroup and device of a socket in a test's sample; after cmocka.h. */
#ifndef ATTRS_H
#define ATTRS_H

#include <sktop/sample.h>

static inline void set_attrs(struct sk_sample *sample, struct sk_socket *socket,
			     struct sk_attrs attrs)
{
	assert_int_equal(sk_sample_set_attrs(sample, socket, &attrs), 0);
}

static inline void set_local(struct sk_sample *sample, struct sk_socket *socket,
			     struct sk_addr local)
{
	struct sk_attrs attrs = *sk_attrs(sample, socket);

	attrs.local = local;
	set_attrs(sample, socket, attrs);
}

static inline const struct sk_name *local_name(const struct sk_sample *sample, size_t i)
{
	return &sk_attrs(sample, &sample->sockets[i])->local_name;
}

#endif
