/* SPDX-License-Identifier: MIT */
/* Sockets in a network namespace of the test's own, looked at and closed. */
#ifndef ACT_SCENE_H
#define ACT_SCENE_H

#include <errno.h>
#include <sched.h>
#include <unistd.h>
#include "../net.h"
#include "../testing.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <sktop/act.h>
#include <sktop/source.h>

static struct sk_source *source;
static uint16_t port = 5000; /* each test has its own */

static inline int bound(int type, int protocol)
{
	return net_bound(type, protocol, "127.0.0.1", port);
}

static inline int listening(int protocol)
{
	return net_listening(protocol, "127.0.0.1", port, 8);
}

static inline int connected(int type, int protocol)
{
	return net_connected(type, protocol, "127.0.0.1", port);
}

static inline struct sk_sample *look(void)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	request.needs = SK_NEED_SOCKETS;
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	return sample;
}

/* Index of a socket in the sample, or -1. */
static inline int find(const struct sk_sample *sample, uint64_t cookie)
{
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		if (sample->sockets[i].cookie == cookie)
			return (int)i;
	}
	return -1;
}

static inline bool is_there(uint64_t cookie)
{
	struct sk_sample *sample = look();
	bool there = find(sample, cookie) >= 0;

	sk_sample_unref(sample);
	return there;
}

/* Plans and closes one socket; returns its target as it came out. */
static inline struct sk_target close_one(struct sk_sample *sample, int at)
{
	const uint32_t chosen[1] = { (uint32_t)at };
	struct sk_powers *powers;
	struct sk_plan *plan;
	struct sk_actor *actor;
	struct sk_target target;

	assert_true(at >= 0);
	assert_int_equal(sk_powers_new(sample, &powers), 0);
	assert_int_equal(sk_plan_close(sample, chosen, 1, powers, &plan), 0);
	assert_int_equal(sk_actor_new(plan, &actor), 0);
	assert_false(sk_actor_step(actor, UINT64_MAX));
	target = plan->targets[0];
	sk_actor_free(actor);
	sk_plan_free(plan);
	free(powers);
	return target;
}

static inline int next_port(void **state)
{
	(void)state;
	port++;
	return 0;
}

/** A test on a port that no other has used. */
#define ACT(name) TEST_WITH(name, next_port, NULL)

static inline int setup_source(void **state)
{
	char error[SK_ERROR_LEN];

	(void)state;
	return sk_live_source_new(0, &source, error);
}

static inline int free_source(void **state)
{
	(void)state;
	sk_source_free(source);
	return 0;
}

#endif
