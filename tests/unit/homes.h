/* SPDX-License-Identifier: MIT */
/* Local end, user, cgroup and device of a socket in a test's sample; after cmocka.h. */
#ifndef HOMES_H
#define HOMES_H

#include <sktop/sample.h>

static inline void set_home(struct sk_sample *sample, struct sk_socket *socket,
			    struct sk_home home)
{
	assert_int_equal(sk_sample_set_home(sample, socket, &home), 0);
}

static inline void set_local(struct sk_sample *sample, struct sk_socket *socket,
			     struct sk_addr local)
{
	struct sk_home home = *sk_home(sample, socket);

	home.local = local;
	set_home(sample, socket, home);
}

static inline const struct sk_name *local_name(const struct sk_sample *sample, size_t i)
{
	return &sk_home(sample, &sample->sockets[i])->local_name;
}

#endif
