/* SPDX-License-Identifier: MIT */
/* User, cgroup and device of a socket in a test's sample; after cmocka.h. */
#ifndef HOMES_H
#define HOMES_H

#include <sktop/sample.h>

static inline void set_home(struct sk_sample *sample, struct sk_socket *socket,
			    struct sk_home home)
{
	assert_int_equal(sk_sample_set_home(sample, socket, &home), 0);
}

#endif
