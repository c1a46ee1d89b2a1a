/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <sktop/array.h>
#include <sktop/privilege.h>
#include "base/thread.h"
#include "kernel/netlink/attrs.h"
#include "base/clock.h"
#include "kernel/events.h"
#include "kernel/tracing.h"
#include "kernel/sockets/inet_diag.h"
#include "kernel/netlink/netlink.h"
#include "kernel/retry.h"

#define BUFFER_SIZE (64 << 10)
/* The queue holds a burst of a hundred thousand events, or fewer if the kernel limits the size. */
#define QUEUE_SIZE (64 << 20)
/* So many events may wait for the next sample. Events above this number are counted as lost. */
#define WAITING_MAX 200000
/* After a burst, a list of events that is longer than this is given back. */
#define WAITING_KEPT 16384
/* The thread holds the lock for so many datagrams at most. */
#define DATAGRAMS 256
/*
 * The thread rests after it has read, so that a steady stream of ends wakes it seldom. A queue
 * that is smaller than this has no room for what comes meanwhile, and then it does not rest.
 */
#define REST_NS 5000000
#define REST_QUEUE (4 << 20)
#define TINY_REST_NS 200000000
/* The number of the eventfd among the sockets of the namespaces, which have 16 bits. */
#define STOP UINT32_MAX

/** This is one event as the kernel sent it. It waits here until a sample takes it. */
struct queued_event {
	struct sk_detached detached;
	uint64_t seq;
	int64_t wall_ns;
	struct last_words words;
};

/** A list of events, oldest first. */
struct events {
	struct queued_event *at;
	uint32_t n, capacity;
};

/** The socket in one network namespace. */
struct watch {
	int fd;	     /* -1 = there is none */
	int err;     /* why not: -errno of the last try, or of the socket that failed */
	bool failed; /* the thread closed it, and nobody was told yet */
	struct retry retry;
};

struct destroy {
	struct tracing *tracing;
	bool tiny; /* for tests: see destroy_new() */
	int epoll; /* -1 until a socket is opened */
	int stop;  /* eventfd: readable = end */
	pthread_t thread;
	bool running;
	int no_thread; /* -errno of the last try to start it */
	struct retry retry;
	struct events taken; /* of destroy_take(): what a sample had no memory for */

	pthread_mutex_t lock;
	/* The lock protects all members below. */
	uint8_t *buffer;
	struct watch *watches; /* by the index of the namespace */
	uint32_t n_watches, watch_capacity;
	struct events waiting;
	uint64_t seq;
	int64_t rest_ns;
	uint32_t overruns; /* ENOBUFS, more than WAITING_MAX, and sockets that failed */
	uint32_t malformed;
	int err; /* why the thread ended by itself */
};

static int join_multicast(struct destroy *destroy, int fd)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int size = destroy->tiny ? 1 : QUEUE_SIZE;
	socklen_t len = sizeof(size);

	address.nl_groups = 1U << (SKNLGRP_INET_TCP_DESTROY - 1) |
			    1U << (SKNLGRP_INET_UDP_DESTROY - 1) |
			    1U << (SKNLGRP_INET6_TCP_DESTROY - 1) |
			    1U << (SKNLGRP_INET6_UDP_DESTROY - 1);
	/* The rights of a setuid file must not help a user to exceed net.core.rmem_max. */
	if (destroy->tiny || sk_privilege_is_elevated() ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!destroy->tiny &&
	    (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len) || size < REST_QUEUE))
		destroy->rest_ns = 0;
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
		   struct sk_detached *detached, struct last_words *words)
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
	*words = (struct last_words){ 0 };
	if (err || !(tcp_ext.flags & SK_TCP_EXT_INFO))
		return err;
	words->no_payload = !tcp_ext.data_segs_in;
	words->quiet_ms = tcp_ext.last_data_sent < tcp_ext.last_data_recv ?
				  tcp_ext.last_data_sent : tcp_ext.last_data_recv;
	return 0;
}

/* The caller holds the lock. If the list is full, the newest event is lost, and counted. */
static void keep(struct destroy *destroy, const struct sk_detached *detached,
		 struct last_words words, int64_t when)
{
	struct events *waiting = &destroy->waiting;

	if (waiting->n >= WAITING_MAX ||
	    SK_ARRAY_ROOM(waiting->at, waiting->n, waiting->capacity, 256)) {
		destroy->overruns++;
		return;
	}
	waiting->at[waiting->n++] =
		(struct queued_event){ *detached, ++destroy->seq, when, words };
}

/* The caller holds the lock. */
static void take_datagram(struct destroy *destroy, uint32_t netns, size_t size)
{
	const struct nlmsghdr *message;
	int64_t when = (int64_t)clock_ns(CLOCK_REALTIME);
	size_t at = 0;

	while ((message = netlink_next(destroy->buffer, size, &at))) {
		struct sk_detached detached = { .socket.cookie = 0 };
		struct last_words words;

		if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			continue;
		if (destroy_decode(message, message->nlmsg_len, &detached, &words)) {
			destroy->malformed++;
			continue;
		}
		detached.socket.netns = (uint16_t)netns;
		keep(destroy, &detached, words, when);
	}
}

/*
 * Closes a socket that failed. destroy_watch() reports it: without that nobody would notice that
 * no more events come.
 */
static void fail_watch(struct destroy *destroy, struct watch *watch, int err)
{
	close(watch->fd);
	watch->fd = -1;
	watch->err = err;
	watch->failed = true;
	destroy->overruns++; /* at least one is lost until it is open again */
}

/*
 * Reads what has come for one namespace, `most` datagrams at most. Returns true if that was all.
 * The caller holds the lock.
 */
static bool drain(struct destroy *destroy, uint32_t netns, uint32_t most)
{
	struct watch *watch = &destroy->watches[netns];

	while (watch->fd >= 0 && most--) {
		ssize_t n = recv(watch->fd, destroy->buffer, BUFFER_SIZE, MSG_DONTWAIT);

		if (n > 0)
			take_datagram(destroy, netns, (size_t)n);
		else if (n < 0 && errno == ENOBUFS)
			destroy->overruns++;
		else if (n < 0 && errno == EAGAIN)
			return true;
		else if (n < 0 && errno != EINTR)
			fail_watch(destroy, watch, -errno);
	}
	return watch->fd < 0;
}

static void *give_up(struct destroy *destroy)
{
	int err = -errno;

	pthread_mutex_lock(&destroy->lock);
	destroy->err = err;
	destroy->overruns++;
	pthread_mutex_unlock(&destroy->lock);
	return NULL;
}

static void *run(void *arg)
{
	struct destroy *destroy = arg;
	struct epoll_event ready[16];

	for (;;) {
		int n = epoll_wait(destroy->epoll, ready, 16, -1);
		struct timespec rest = { 0 };
		bool all = true;

		if (n < 0 && errno != EINTR)
			return give_up(destroy);
		for (int i = 0; i < n; i++) {
			if (ready[i].data.u32 == STOP)
				return NULL;
			pthread_mutex_lock(&destroy->lock);
			all &= drain(destroy, ready[i].data.u32, DATAGRAMS);
			rest.tv_nsec = destroy->rest_ns;
			pthread_mutex_unlock(&destroy->lock);
		}
		if (rest.tv_nsec && (all || destroy->tiny))
			nanosleep(&rest, NULL);
	}
}

static int add_to_epoll(struct destroy *destroy, int fd, uint32_t number)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };

	return epoll_ctl(destroy->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_epoll(struct destroy *destroy)
{
	int err;

	if (destroy->epoll >= 0)
		return 0;
	destroy->stop = eventfd(0, EFD_CLOEXEC);
	destroy->epoll = destroy->stop < 0 ? -1 : epoll_create1(EPOLL_CLOEXEC);
	err = destroy->epoll < 0 ? -errno : add_to_epoll(destroy, destroy->stop, STOP);
	if (!err)
		return 0;
	if (destroy->stop >= 0)
		close(destroy->stop);
	if (destroy->epoll >= 0)
		close(destroy->epoll);
	destroy->stop = destroy->epoll = -1;
	return err;
}

/* Starts the thread, if it does not run. A thread that ended by itself is reported once. */
static int start(struct destroy *destroy)
{
	int err = 0;

	if (destroy->running) {
		pthread_mutex_lock(&destroy->lock);
		err = destroy->err;
		destroy->err = 0;
		pthread_mutex_unlock(&destroy->lock);
		if (!err)
			return 0;
		pthread_join(destroy->thread, NULL);
		destroy->running = false;
		destroy->no_thread = err;
		return err;
	}
	if (!retry_due(&destroy->retry))
		return destroy->no_thread;
	if (!destroy->buffer)
		destroy->buffer = malloc(BUFFER_SIZE);
	err = destroy->buffer ? open_epoll(destroy) : -ENOMEM;
	if (!err)
		err = thread_start(&destroy->thread, run, destroy);
	destroy->running = err == 0;
	destroy->no_thread = err;
	return err;
}

int destroy_new(bool tiny, bool traced, struct destroy **out)
{
	struct destroy *destroy = calloc(1, sizeof(*destroy));

	if (!destroy || tracing_new(!traced, &destroy->tracing)) {
		free(destroy);
		return -ENOMEM;
	}
	pthread_mutex_init(&destroy->lock, NULL);
	destroy->tiny = tiny;
	destroy->rest_ns = tiny ? TINY_REST_NS : REST_NS;
	destroy->epoll = destroy->stop = -1;
	*out = destroy;
	return 0;
}

void destroy_free(struct destroy *destroy)
{
	uint64_t one = 1;

	if (!destroy)
		return;
	if (destroy->running && write(destroy->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(destroy->thread, NULL);
	for (uint32_t i = 0; i < destroy->n_watches; i++) {
		if (destroy->watches[i].fd >= 0)
			close(destroy->watches[i].fd);
	}
	if (destroy->epoll >= 0)
		close(destroy->epoll);
	if (destroy->stop >= 0)
		close(destroy->stop);
	tracing_free(destroy->tracing);
	pthread_mutex_destroy(&destroy->lock);
	free(destroy->watches);
	free(destroy->waiting.at);
	free(destroy->taken.at);
	free(destroy->buffer);
	free(destroy);
}

/* The other parts of sktop need descriptors, too. */
static bool may_open(const struct destroy *destroy)
{
	struct rlimit limit;
	rlim_t open = 0;

	for (uint32_t i = 0; i < destroy->n_watches; i++)
		open += destroy->watches[i].fd >= 0;
	return !open || getrlimit(RLIMIT_NOFILE, &limit) || open < limit.rlim_cur / 2;
}

static int open_watch(struct destroy *destroy, uint32_t netns)
{
	struct watch *watch = &destroy->watches[netns];
	int fd, err;

	if (!may_open(destroy))
		return -EMFILE;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	err = fd < 0 ? -errno : join_multicast(destroy, fd);
	if (!err)
		err = add_to_epoll(destroy, fd, netns);
	if (err && fd >= 0)
		close(fd);
	if (!err)
		watch->fd = fd;
	return err;
}

static int add_places(struct destroy *destroy, uint32_t netns)
{
	while (destroy->n_watches <= netns) {
		if (SK_ARRAY_ROOM(destroy->watches, destroy->n_watches, destroy->watch_capacity,
				  16))
			return -ENOMEM;
		destroy->watches[destroy->n_watches++] = (struct watch){ .fd = -1 };
	}
	return 0;
}

/* The caller holds the lock. */
static int watch_locked(struct destroy *destroy, uint32_t netns)
{
	struct watch *watch;
	int err = add_places(destroy, netns);

	if (err)
		return err;
	watch = &destroy->watches[netns];
	if (watch->fd >= 0)
		return 0;
	if (!watch->failed && retry_due(&watch->retry))
		watch->err = open_watch(destroy, netns);
	watch->failed = false;
	return watch->err;
}

void destroy_want(struct destroy *destroy, const struct sk_request *request)
{
	tracing_want(destroy->tracing, request);
}

int destroy_watch(struct destroy *destroy, uint16_t netns)
{
	int err = start(destroy);

	if (err)
		return err;
	pthread_mutex_lock(&destroy->lock);
	/* The numbers must rise, and differ from those of another run. */
	if (!destroy->seq)
		destroy->seq = now_ns();
	err = watch_locked(destroy, netns);
	pthread_mutex_unlock(&destroy->lock);
	tracing_watch(destroy->tracing, netns);
	return err;
}

void destroy_unwatch(struct destroy *destroy, uint16_t netns)
{
	tracing_unwatch(destroy->tracing, netns);
	pthread_mutex_lock(&destroy->lock);
	if (netns < destroy->n_watches) {
		struct watch *watch = &destroy->watches[netns];

		/* What has come already belongs to the next sample. */
		drain(destroy, netns, WAITING_MAX);
		if (watch->fd >= 0)
			close(watch->fd);
		*watch = (struct watch){ .fd = -1 };
	}
	pthread_mutex_unlock(&destroy->lock);
}

static int fill_event(struct sk_sample *sample, const struct queued_event *queued,
		      struct sk_event *event)
{
	event->seq = queued->seq;
	event->wall_ns = queued->wall_ns;
	event->no_payload = queued->words.no_payload;
	event->quiet_ms = queued->words.quiet_ms;
	return sk_sample_put(sample, &event->socket, &queued->detached);
}

/* Moves the taken events to the sample, all or none. */
static int give(struct events *taken, struct sk_sample *sample)
{
	uint32_t begin = sample->n_events;

	for (uint32_t i = 0; i < taken->n; i++) {
		struct sk_event *event;
		int err = sk_sample_add_event(sample, &event);

		if (!err)
			err = fill_event(sample, &taken->at[i], event);
		if (err) {
			sample->n_events = begin;
			return err;
		}
	}
	taken->n = 0;
	if (taken->capacity > WAITING_KEPT) {
		free(taken->at);
		*taken = (struct events){ 0 };
	}
	return 0;
}

int destroy_take(struct destroy *destroy, struct sk_sample *sample)
{
	struct events swap;
	uint32_t begin = sample->n_events;
	int err = give(&destroy->taken, sample);

	if (err)
		return err;
	pthread_mutex_lock(&destroy->lock);
	for (uint32_t i = 0; i < destroy->n_watches; i++)
		drain(destroy, i, WAITING_MAX);
	swap = destroy->waiting;
	destroy->waiting = destroy->taken;
	destroy->taken = swap;
	pthread_mutex_unlock(&destroy->lock);
	/* The thread goes on meanwhile: a queue without privilege holds few events. */
	err = give(&destroy->taken, sample);
	if (err)
		return err;
	pthread_mutex_lock(&destroy->lock);
	sample->losses.events_lost += destroy->overruns;
	sample->losses.malformed += destroy->malformed;
	destroy->overruns = destroy->malformed = 0;
	pthread_mutex_unlock(&destroy->lock);
	/* the end of each event that was taken can be read by now */
	return tracing_take(destroy->tracing, begin, sample);
}
