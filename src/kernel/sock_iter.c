/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel/privilege.h"
#include "kernel/sock_iter.h"
#include "way.h"

/* The kernel fills at most 32 KiB in one read. */
#define BUFFER_SIZE (64 << 10)
/* Reads in a row that may end with nothing but "again". */
#define PATIENCE 64

/** One walk under way. */
struct walk {
	struct sk_sample *sample;
	enum sk_proto proto;
	uint32_t tick_hz;
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
	if (iter->loaded)
		bpf_programs_free(&iter->programs);
	free(iter->buffer);
	*iter = (struct sock_iter){ .off = true };
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

static bool is_filtered(enum sk_proto proto, const struct sk_request *request)
{
	return (request->filter.protos & SK_PROTO_BIT(proto)) && request->filter.len;
}

/* Listeners stand in a table of their own, and bound sockets too: netlink's walk is short. */
static bool is_short(enum sk_proto proto, const struct sk_request *request)
{
	const uint32_t hashed = SK_STATES_ALL & ~(SK_STATE_BIT(SK_STATE_LISTEN) |
						  SK_STATE_BIT(SK_STATE_CLOSE));

	return proto == SK_PROTO_TCP &&
	       (request->bound || !(states_of(proto, request) & hashed));
}

static bool is_all(enum sk_proto proto, const struct sk_request *request)
{
	return states_of(proto, request) == SK_STATES_ALL && request->families == 3 &&
	       !is_filtered(proto, request);
}

uint32_t sock_iter_worth(const struct sk_sample *sample, uint32_t begin)
{
	uint32_t looked = 0, worth = 0;

	for (uint32_t i = begin; i < sample->n_sockets; i += 16, looked++)
		worth += sample->sockets[i].state != SK_STATE_TIME_WAIT;
	return looked ? (uint32_t)((uint64_t)(sample->n_sockets - begin) * worth / looked) : 0;
}

void sock_iter_met(struct sock_iter *iter, enum sk_proto proto,
		   const struct sk_request *request, uint32_t count, uint32_t worth)
{
	struct sock_met *met = &iter->met[proto == SK_PROTO_UDP];

	if ((proto != SK_PROTO_TCP && proto != SK_PROTO_UDP) || is_short(proto, request))
		return;
	met->worth = worth;
	if (is_all(proto, request))
		met->all = count;
}

/*
 * An iterator has to meet every socket, and pays most of its time even where one is not
 * wanted; netlink passes over such for a tenth.
 */
static bool is_wanted(const struct sock_iter *iter, enum sk_proto proto,
		      const struct sk_request *request)
{
	const struct sock_met *met = &iter->met[proto == SK_PROTO_UDP];

	if (iter->off || (proto != SK_PROTO_TCP && proto != SK_PROTO_UDP))
		return false;
	if (is_short(proto, request) || is_filtered(proto, request) ||
	    (request->needs & SK_NEED_MORE))
		return false;
	return iter->always ||
	       (met->worth >= SOCK_ITER_MANY && met->worth >= met->all / 2);
}

static int load(struct sock_iter *iter)
{
	int err = 0;

	if (!iter->buffer)
		iter->buffer = malloc(BUFFER_SIZE);
	if (!iter->buffer)
		return -ENOMEM;
	if (!iter->loaded)
		err = bpf_programs_load(&iter->programs);
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
	if (sock_iter_decode(record, sizeof(struct sock_record), walk->proto, walk->info,
			     walk->tick_hz, socket, &home)) {
		sample->losses.malformed++;
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
		ssize_t n;

		way_give();
		n = read(fd, buffer + have, BUFFER_SIZE - have);
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

/* One walk, and what it met. */
static int walk_all(struct sock_iter *iter, struct walk *walk,
		    const struct sk_request *request)
{
	struct sock_wanted *wanted = iter->programs.wanted;
	struct sock_met *met = &iter->met[walk->proto == SK_PROTO_UDP];
	uint32_t begin = walk->sample->n_sockets;
	int err, fd;

	*wanted = (struct sock_wanted){ .states = states_of(walk->proto, request),
					.families = request->families };
	fd = bpf_programs_read(&iter->programs, walk->proto == SK_PROTO_UDP ?
							BPF_ITER_UDP :
							BPF_ITER_TCP);
	if (fd < 0)
		return -EOPNOTSUPP;
	err = read_all(walk, fd, iter->buffer);
	close(fd);
	if (err) {
		walk->sample->n_sockets = begin;
		return err;
	}
	met->worth = sock_iter_worth(walk->sample, begin);
	met->all = walk->sample->n_sockets - begin + wanted->passed;
	return 0;
}

int sock_iter_dump(struct sock_iter *iter, enum sk_proto proto,
		   const struct sk_request *request, struct sk_sample *sample)
{
	struct walk walk = { .sample = sample,
			     .proto = proto,
			     .tick_hz = iter->tick_hz,
			     .info = (request->needs & SK_NEED_INFO) != 0 };
	int err;

	if (!is_wanted(iter, proto, request))
		return -EOPNOTSUPP;
	err = load(iter);
	return err ? err : walk_all(iter, &walk, request);
}
