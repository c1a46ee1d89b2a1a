/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel/bpf/record.h"
#include "kernel/privilege.h"
#include "kernel/sock_iter.h"

/* The kernel fills at most 32 KiB in one read. */
#define BUFFER_SIZE (64 << 10)
/* Reads in a row that may end with nothing but "again". */
#define PATIENCE 64

/** One walk under way. */
struct walk {
	struct sk_sample *sample;
	enum sk_proto proto;
	uint32_t states;
	uint32_t families;
	uint32_t tick_hz;
	uint32_t met;
	bool info;
};

/* The coarse clock moves with the timer interrupt: its step is one jiffy. */
static uint32_t tick_hz(void)
{
	struct timespec step;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &step) || step.tv_sec || !step.tv_nsec)
		return 0;
	return (uint32_t)((1000000000 + step.tv_nsec / 2) / step.tv_nsec);
}

void sock_iter_init(struct sock_iter *iter, unsigned options)
{
	*iter = (struct sock_iter){ .tick_hz = tick_hz(),
				    .always = (options & SK_LIVE_BPF) != 0 };
	iter->off = (options & SK_LIVE_NO_BPF) || !iter->tick_hz || !sk_live_has_bpf() ||
		    !privilege_has_bpf();
}

void sock_iter_free(struct sock_iter *iter)
{
	for (unsigned i = 0; iter->loaded && i < BPF_PROGRAM_COUNT; i++)
		close(iter->links[i]);
	free(iter->buffer);
	*iter = (struct sock_iter){ .off = true };
}

void sock_iter_met(struct sock_iter *iter, enum sk_proto proto, uint32_t count)
{
	if (proto == SK_PROTO_TCP || proto == SK_PROTO_UDP)
		iter->met[proto == SK_PROTO_UDP] = count;
}

/* The states that netlink would be asked for. */
static uint32_t states_of(enum sk_proto proto, const struct sk_request *request)
{
	uint32_t states = SK_STATES_ALL;

	if (proto == SK_PROTO_TCP)
		states &= request->tcp_states;
	if (request->filter.protos & SK_PROTO_BIT(proto))
		states &= request->filter.states;
	return states;
}

/*
 * An iterator meets every socket. Where netlink is told to look for a part of them, or
 * walks the few listeners alone, it is the faster one.
 */
static bool is_wanted(const struct sock_iter *iter, enum sk_proto proto,
		      const struct sk_request *request)
{
	const uint32_t populous = SK_STATE_BIT(SK_STATE_ESTABLISHED) |
				  SK_STATE_BIT(SK_STATE_TIME_WAIT);
	bool filtered = (request->filter.protos & SK_PROTO_BIT(proto)) &&
			request->filter.len;

	if (iter->off || (proto != SK_PROTO_TCP && proto != SK_PROTO_UDP))
		return false;
	if (request->bound || filtered || (request->needs & SK_NEED_MORE))
		return false;
	if ((states_of(proto, request) & populous) != populous)
		return false;
	return iter->always || iter->met[proto == SK_PROTO_UDP] >= SOCK_ITER_MANY;
}

static int load(struct sock_iter *iter)
{
	int err = 0;

	if (!iter->buffer)
		iter->buffer = malloc(BUFFER_SIZE);
	if (!iter->buffer)
		return -ENOMEM;
	if (!iter->loaded)
		err = bpf_programs_load(iter->links);
	iter->loaded |= !err;
	iter->off |= err && err != -ENOMEM;
	return err ? -EOPNOTSUPP : 0;
}

static int take(struct walk *walk, const void *record)
{
	struct sk_sample *sample = walk->sample;
	struct sk_home home = { 0 };
	struct sk_socket *socket;
	int err = sk_sample_add_socket(sample, &socket, NULL);

	if (err)
		return err;
	walk->met++;
	if (sock_iter_decode(record, sizeof(struct sock_record), walk->proto, walk->info,
			     walk->tick_hz, socket, &home)) {
		sample->losses.malformed++;
		sample->n_sockets--;
		return 0;
	}
	if (!(walk->states & SK_STATE_BIT(socket->state)) ||
	    !(walk->families & (socket->flags & SK_F_V6 ? 2U : 1U))) {
		sample->n_sockets--;
		return 0;
	}
	return sk_sample_set_home(sample, socket, &home);
}

/* Whole records only: *have is what is left over at the front of the buffer. */
static int take_buffer(struct walk *walk, uint8_t *buffer, size_t *have)
{
	size_t at = 0;
	int err = 0;

	while (!err && *have - at >= sizeof(struct sock_record)) {
		err = take(walk, buffer + at);
		at += sizeof(struct sock_record);
	}
	*have -= at;
	memmove(buffer, buffer + at, *have);
	return err;
}

static int read_all(struct walk *walk, int fd, uint8_t *buffer)
{
	unsigned tries = 0;
	size_t have = 0;
	int err = 0;

	while (!err) {
		ssize_t n = read(fd, buffer + have, BUFFER_SIZE - have);

		if (n < 0 && (errno == EAGAIN || errno == EINTR) && tries++ < PATIENCE)
			continue;
		if (n <= 0)
			return n < 0 || have ? -EOPNOTSUPP : 0;
		tries = 0;
		have += (size_t)n;
		err = take_buffer(walk, buffer, &have);
	}
	return err;
}

int sock_iter_dump(struct sock_iter *iter, enum sk_proto proto,
		   const struct sk_request *request, struct sk_sample *sample)
{
	struct walk walk = { .sample = sample,
			     .proto = proto,
			     .states = states_of(proto, request),
			     .families = request->families,
			     .tick_hz = iter->tick_hz,
			     .info = (request->needs & SK_NEED_INFO) != 0 };
	uint32_t begin = sample->n_sockets;
	int err, fd;

	if (!is_wanted(iter, proto, request))
		return -EOPNOTSUPP;
	err = load(iter);
	if (err)
		return err;
	fd = bpf_programs_read(iter->links[proto == SK_PROTO_TCP ? BPF_ITER_TCP :
								   BPF_ITER_UDP]);
	if (fd < 0)
		return -EOPNOTSUPP;
	err = read_all(&walk, fd, iter->buffer);
	close(fd);
	if (err)
		sample->n_sockets = begin;
	else
		sock_iter_met(iter, proto, walk.met);
	return err;
}
