/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sktop/privilege.h>
#include "base/thread.h"
#include "kernel/netlink/attrs.h"
#include "base/clock.h"
#include "kernel/events.h"
#include "kernel/sockets/inet_diag.h"
#include "kernel/netlink/netlink.h"

#define BUFFER_SIZE (64 << 10)
/* The queue holds a burst of a hundred thousand events, or fewer if the kernel limits the size. */
#define QUEUE_SIZE (64 << 20)
/* So many events may wait for the next sample. Events above this number are counted as lost. */
#define WAITING_MAX 200000

/** This is one event as the kernel sent it. It waits here until a sample takes it. */
struct queued_event {
	struct sk_detached detached;
	uint64_t seq;
	int64_t wall_ns;
	bool no_payload;
};

struct destroy {
	int fd;
	int stop; /* eventfd: readable = end */
	pthread_t thread;
	bool running;
	uint8_t *buffer; /* of the thread */

	pthread_mutex_t lock;
	/* The lock protects all members below. */
	struct queued_event *waiting;
	uint32_t n, capacity;
	uint64_t seq;
	uint32_t overruns; /* ENOBUFS, and more than WAITING_MAX */
	uint32_t malformed;
	int err; /* why the thread ended by itself */
};

static int join_multicast(int fd)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	const int size = QUEUE_SIZE;

	address.nl_groups = 1U << (SKNLGRP_INET_TCP_DESTROY - 1) |
			    1U << (SKNLGRP_INET_UDP_DESTROY - 1) |
			    1U << (SKNLGRP_INET6_TCP_DESTROY - 1) |
			    1U << (SKNLGRP_INET6_UDP_DESTROY - 1);
	/* The rights of a setuid file must not help a user to exceed net.core.rmem_max. */
	if (sk_privilege_is_elevated() ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

/* An attribute has the number of the protocol, because the message itself has no field for it. */
static int protocol_of(struct attrs attrs, enum sk_proto *proto)
{
	struct attr attr;

	while (attr_next(&attrs, &attr)) {
		if (attr.type != INET_DIAG_PROTOCOL || attr.len == 0)
			continue;
		*proto = attr.data[0] == IPPROTO_TCP ? SK_PROTO_TCP : SK_PROTO_UDP;
		return attr.data[0] == IPPROTO_TCP || attr.data[0] == IPPROTO_UDP ? 0 :
										    -EBADMSG;
	}
	return -EBADMSG;
}

int destroy_decode(const struct nlmsghdr *message, size_t size,
		   struct sk_detached *detached, bool *no_payload)
{
	struct sk_tcp_ext tcp_ext = { .flags = 0 };
	struct attrs attrs;
	enum sk_proto proto;
	int err;

	if (attrs_of_message(message, size, sizeof(struct inet_diag_msg), &attrs) ||
	    protocol_of(attrs, &proto))
		return -EBADMSG;
	err = inet_diag_decode(message, size, proto, &detached->socket,
			       &detached->attrs, &tcp_ext, NULL);
	*no_payload = !err && tcp_ext.flags & SK_TCP_EXT_INFO && !tcp_ext.data_segs_in;
	return err;
}

/* The caller holds the lock. If the list is full, the newest event is lost, and counted. */
static void keep(struct destroy *destroy, const struct sk_detached *detached,
		 bool no_payload, int64_t when)
{
	if (destroy->n == destroy->capacity) {
		uint32_t capacity = destroy->capacity ? destroy->capacity * 2 : 256;
		struct queued_event *bigger = NULL;

		if (destroy->n < WAITING_MAX)
			bigger = realloc(destroy->waiting, capacity * sizeof(*bigger));
		if (!bigger) {
			destroy->overruns++;
			return;
		}
		destroy->waiting = bigger;
		destroy->capacity = capacity;
	}
	destroy->waiting[destroy->n++] =
		(struct queued_event){ *detached, ++destroy->seq, when, no_payload };
}

static void take_datagram(struct destroy *destroy, size_t size)
{
	const struct nlmsghdr *message;
	int64_t when = (int64_t)clock_ns(CLOCK_REALTIME);
	size_t at = 0;

	pthread_mutex_lock(&destroy->lock);
	while ((message = netlink_next(destroy->buffer, size, &at))) {
		struct sk_detached detached = { .socket.cookie = 0 };
		bool no_payload;

		if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			continue;
		if (destroy_decode(message, message->nlmsg_len, &detached, &no_payload))
			destroy->malformed++;
		else
			keep(destroy, &detached, no_payload, when);
	}
	pthread_mutex_unlock(&destroy->lock);
}

/*
 * Lets destroy_failed() report the error. Without it nobody would notice that no more events
 * come.
 */
static void *give_up(struct destroy *destroy)
{
	int err = -errno;

	pthread_mutex_lock(&destroy->lock);
	destroy->err = err;
	pthread_mutex_unlock(&destroy->lock);
	return NULL;
}

static void *run(void *arg)
{
	struct destroy *destroy = arg;
	struct pollfd polls[] = { { .fd = destroy->fd, .events = POLLIN },
				  { .fd = destroy->stop, .events = POLLIN } };

	for (;;) {
		ssize_t n;

		if (poll(polls, 2, -1) < 0 && errno != EINTR)
			return give_up(destroy);
		if (polls[1].revents)
			return NULL;
		n = recv(destroy->fd, destroy->buffer, BUFFER_SIZE, MSG_DONTWAIT);
		if (n > 0) {
			take_datagram(destroy, (size_t)n);
		} else if (n < 0 && errno == ENOBUFS) {
			pthread_mutex_lock(&destroy->lock);
			destroy->overruns++;
			pthread_mutex_unlock(&destroy->lock);
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return give_up(destroy);
		}
	}
}

static int start_thread(struct destroy *destroy)
{
	int err = thread_start(&destroy->thread, run, destroy);

	destroy->running = err == 0;
	return err;
}

int destroy_open(struct destroy **out)
{
	struct destroy *destroy = calloc(1, sizeof(*destroy));
	int err = 0;

	if (!destroy)
		return -ENOMEM;
	pthread_mutex_init(&destroy->lock, NULL);
	/* The numbers must be greater than those of a feed that failed before this one. */
	destroy->seq = now_ns();
	destroy->buffer = malloc(BUFFER_SIZE);
	destroy->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	destroy->stop = eventfd(0, EFD_CLOEXEC);
	if (destroy->fd < 0 || destroy->stop < 0)
		err = -errno;
	else if (!destroy->buffer)
		err = -ENOMEM;
	if (!err)
		err = join_multicast(destroy->fd);
	if (!err)
		err = start_thread(destroy);
	if (err)
		destroy_close(destroy);
	else
		*out = destroy;
	return err;
}

void destroy_close(struct destroy *destroy)
{
	uint64_t one = 1;

	if (!destroy)
		return;
	if (destroy->running && write(destroy->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(destroy->thread, NULL);
	if (destroy->fd >= 0)
		close(destroy->fd);
	if (destroy->stop >= 0)
		close(destroy->stop);
	pthread_mutex_destroy(&destroy->lock);
	free(destroy->waiting);
	free(destroy->buffer);
	free(destroy);
}

int destroy_failed(struct destroy *destroy)
{
	int err;

	pthread_mutex_lock(&destroy->lock);
	err = destroy->err;
	pthread_mutex_unlock(&destroy->lock);
	return err;
}

static int fill_event(struct sk_sample *sample, const struct queued_event *queued,
		      struct sk_event *event)
{
	event->seq = queued->seq;
	event->wall_ns = queued->wall_ns;
	event->no_payload = queued->no_payload;
	return sk_sample_put(sample, &event->socket, &queued->detached);
}

int destroy_take(struct destroy *destroy, struct sk_sample *sample)
{
	uint32_t begin = sample->n_events;
	int err = 0;

	pthread_mutex_lock(&destroy->lock);
	for (uint32_t i = 0; i < destroy->n && !err; i++) {
		struct sk_event *event;

		err = sk_sample_add_event(sample, &event);
		if (!err)
			err = fill_event(sample, &destroy->waiting[i], event);
	}
	if (err) {
		/* The events stay in the list, and the next sample takes them. */
		sample->n_events = begin;
	} else {
		sample->losses.events_lost += destroy->overruns;
		sample->losses.malformed += destroy->malformed;
		destroy->n = destroy->overruns = destroy->malformed = 0;
	}
	pthread_mutex_unlock(&destroy->lock);
	return err;
}
