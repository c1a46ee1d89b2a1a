/* SPDX-License-Identifier: MIT */
/*
 * The feed of destroyed sockets: of several network namespaces, in bursts, and with a queue that is
 * too small. UDP sockets do, since the kernel tells the end of each, however it was used.
 */
#include "../testing.h"
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "../net.h"
#include "kernel/events.h"

#define BURST 100000
#define PORT 5300

static struct destroy *new_feed(bool tiny)
{
	struct destroy *feed;

	assert_int_equal(destroy_new(tiny, false, &feed), 0);
	return feed;
}

static struct sk_sample *new_sample(void)
{
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	return sample;
}

/* Ends n sockets in the namespace of the thread, one of them after the other. */
static void end_sockets(int n)
{
	for (int i = 0; i < n; i++)
		close(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* What the kernel tells, it tells later: takes until so many were told or lost. */
static void take(struct destroy *feed, struct sk_sample *sample, uint32_t n)
{
	const struct timespec rest = { .tv_nsec = 500000 };

	for (int i = 0; i < 60000; i++) {
		assert_int_equal(destroy_take(feed, sample), 0);
		if (sample->n_events + sample->losses.events_lost >= n)
			return;
		nanosleep(&rest, NULL);
	}
	fail_msg("%u events of %u, %u lost", sample->n_events, n, sample->losses.events_lost);
}

/*
 * The kernel tells ends of before the watch late, too, if anybody in any namespace listens. Those
 * come before the end of a socket that is known by its cookie.
 */
static void settle(struct destroy *feed)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = net_cookie(fd);

	close(fd);
	for (bool seen = false; !seen;) {
		struct sk_sample *sample = new_sample();

		take(feed, sample, 1);
		for (uint32_t i = 0; i < sample->n_events; i++)
			seen |= sample->events[i].socket.cookie == cookie;
		sk_sample_unref(sample);
	}
}

static int own_namespace(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void enter(int fd)
{
	assert_int_equal(setns(fd, CLONE_NEWNET), 0);
}

static bool may_have_large_queue(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 64 << 20;
	int err = setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));

	close(fd);
	return !err;
}

/* Nothing of a burst is lost, and the numbers rise. */
TEST(test_burst)
{
	struct destroy *feed = new_feed(false);
	struct sk_sample *sample = new_sample();

	if (!may_have_large_queue())
		skip();
	net_enter_or_skip(true);
	assert_int_equal(destroy_watch(feed, 3), 0);
	settle(feed);
	end_sockets(BURST);
	take(feed, sample, BURST);
	assert_int_equal(sample->losses.events_lost, 0);
	assert_int_equal(sample->n_events, BURST);
	for (uint32_t i = 0; i < sample->n_events; i++) {
		assert_int_equal(sample->events[i].socket.netns, 3);
		assert_int_equal(sample->events[i].socket.proto, SK_PROTO_UDP);
		if (i)
			assert_true(sample->events[i].seq > sample->events[i - 1].seq);
	}
	sk_sample_unref(sample);
	destroy_free(feed);
}

/* Each event has the index of its namespace; what is not watched any more tells nothing. */
TEST(test_namespaces)
{
	struct destroy *feed = new_feed(false);
	struct sk_sample *sample = new_sample();
	int first, second;

	net_enter_or_skip(true);
	first = own_namespace();
	assert_int_equal(destroy_watch(feed, 0), 0);
	settle(feed);
	net_enter_or_skip(false);
	second = own_namespace();
	assert_int_equal(destroy_watch(feed, 40), 0);
	assert_int_equal(destroy_watch(feed, 40), 0);
	settle(feed);
	end_sockets(2);
	take(feed, sample, 2);
	enter(first);
	end_sockets(3);
	take(feed, sample, 5);
	assert_int_equal(sample->n_events, 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(sample->events[i].socket.netns, i < 2 ? 40 : 0);
	assert_true(sample->events[4].seq > sample->events[0].seq);

	/* events of the first come behind those of the second, which are not told */
	destroy_unwatch(feed, 40);
	destroy_unwatch(feed, 40);
	destroy_unwatch(feed, 4000);
	enter(second);
	end_sockets(100);
	enter(first);
	end_sockets(7);
	take(feed, sample, 12);
	assert_int_equal(sample->n_events, 12);
	for (uint32_t i = 5; i < 12; i++)
		assert_int_equal(sample->events[i].socket.netns, 0);
	assert_int_equal(sample->losses.events_lost, 0);
	close(first);
	close(second);
	sk_sample_unref(sample);
	destroy_free(feed);
}

/* What came before the end of a watch is told after it. */
TEST(test_unwatched)
{
	struct destroy *feed = new_feed(false), *witness = new_feed(false);
	struct sk_sample *sample = new_sample(), *seen = new_sample();

	net_enter_or_skip(true);
	/* who joined last is told first: what the witness has, the feed has */
	assert_int_equal(destroy_watch(witness, 1), 0);
	settle(witness);
	assert_int_equal(destroy_watch(feed, 1), 0);
	/* the thread rests after the first ones, so that the last wait in the socket */
	end_sockets(100);
	take(witness, seen, 100);
	destroy_unwatch(feed, 1);
	assert_int_equal(destroy_take(feed, sample), 0);
	assert_int_equal(sample->n_events, seen->n_events);
	assert_int_equal(sample->losses.events_lost, 0);
	sk_sample_unref(sample);
	sk_sample_unref(seen);
	destroy_free(feed);
	destroy_free(witness);
}

/* A queue that is too small loses what it has no room for, and that is counted. */
TEST(test_lost)
{
	struct destroy *feed = new_feed(true);
	struct sk_sample *sample = new_sample();

	net_enter_or_skip(true);
	assert_int_equal(destroy_watch(feed, 0), 0);
	end_sockets(2000);
	while (!sample->losses.events_lost)
		take(feed, sample, sample->n_events + 1);
	assert_in_range(sample->n_events, 1, 1999);
	sk_sample_unref(sample);
	destroy_free(feed);
}
