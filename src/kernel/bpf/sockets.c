/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel/act/privilege.h"
#include "kernel/bpf/sockets.h"

/* The kernel fills at most 32 KiB in one read. */
#define BUFFER_SIZE (64 << 10)
/*
 * So many reads in a row may return only EAGAIN, and buckets may be read again so many times
 * because they changed meanwhile.
 */
#define PATIENCE 64
/*
 * So many sockets without a cookie may be looked up one by one. If there are more, at most one
 * socket in FRESH_PART may have no cookie.
 */
#define FRESH 256
#define FRESH_PART 4
/* If a filter keeps at least one socket in so many, walking the whole table is faster. */
#define FILTERED_PART 4
/*
 * After so many such walks in a row, netlink is asked how many sockets the filter keeps
 * now.
 */
#define FILTERED_WALKS 16

/** This is one walk under way. */
struct walk {
	struct sk_sample *sample;
	enum sk_proto proto;
	uint32_t tick_hz;
	uint32_t fresh; /* sockets that have no cookie */
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

void sock_bpf_init(struct sock_bpf *bpf, unsigned options)
{
	*bpf = (struct sock_bpf){ .tick_hz = tick_hz(),
				    .always = (options & SK_LIVE_BPF) != 0 };
	bpf->off = (options & SK_LIVE_NO_BPF) || !bpf->tick_hz || !sk_live_has_bpf() ||
		    !privilege_has_bpf();
}

void sock_bpf_free(struct sock_bpf *bpf)
{
	if (bpf->loaded)
		bpf_programs_free(&bpf->programs);
	free(bpf->buffer);
	*bpf = (struct sock_bpf){ .off = true };
}

/* Returns the states that a request to netlink would ask for. */
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

/*
 * Returns true if netlink's walk is short, because listeners stand in a table of their own, and
 * bound sockets do, too.
 */
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

static struct sock_counts *counts_of(struct sock_bpf *bpf, enum sk_proto proto)
{
	return &bpf->counts[proto == SK_PROTO_UDP];
}

void sock_bpf_note_count(struct sock_bpf *bpf, enum sk_proto proto,
			 const struct sk_request *request, uint32_t count)
{
	struct sock_counts *counts = counts_of(bpf, proto);

	if ((proto != SK_PROTO_TCP && proto != SK_PROTO_UDP) || is_short(proto, request))
		return;
	if (is_filtered(proto, request)) {
		counts->filtered = count;
		counts->walks = 0;
		return;
	}
	counts->wanted = count;
	if (is_all(proto, request))
		counts->all = count;
}

/*
 * For each socket that its filter leaves out, netlink needs a sixth of the time that it needs for
 * a socket that it sends. The walk needs a third of that time for each socket in the table. The
 * first walk finds out how many sockets there are.
 */
static bool is_wide(const struct sock_counts *counts, enum sk_proto proto)
{
	return proto == SK_PROTO_TCP && counts->filtered >= SOCK_BPF_MANY &&
	       counts->filtered >= counts->all / FILTERED_PART &&
	       counts->walks < FILTERED_WALKS;
}

static bool is_many(const struct sock_counts *counts)
{
	return counts->wanted >= SOCK_BPF_MANY || counts->all >= SOCK_BPF_MANY;
}

/*
 * The TCP walk skips an unwanted socket faster than netlink does. The UDP iterator needs most of
 * its time even for a socket that it skips, and netlink needs only a tenth. But netlink walks
 * once for each of two address families, so if there are many TCP sockets, the iterator is better
 * for few UDP sockets, too.
 */
static bool is_better(const struct sock_bpf *bpf, enum sk_proto proto)
{
	const struct sock_counts *tcp = &bpf->counts[0], *udp = &bpf->counts[1];

	if (proto == SK_PROTO_TCP)
		return is_many(tcp);
	return (is_many(tcp) || udp->wanted >= SOCK_BPF_MANY) && udp->wanted >= udp->all / 2;
}

static bool is_wanted(const struct sock_bpf *bpf, enum sk_proto proto,
		      const struct sk_request *request)
{
	if (bpf->off || (proto != SK_PROTO_TCP && proto != SK_PROTO_UDP))
		return false;
	if (is_short(proto, request) || (request->needs & SK_NEED_TCP_EXT))
		return false;
	if (is_filtered(proto, request))
		return is_wide(&bpf->counts[proto == SK_PROTO_UDP], proto);
	return bpf->always || is_better(bpf, proto);
}

static int load(struct sock_bpf *bpf)
{
	int err = 0;

	if (!bpf->buffer)
		bpf->buffer = malloc(BUFFER_SIZE);
	if (!bpf->buffer)
		return -ENOMEM;
	if (bpf->loaded)
		return 0;
	if (!retry_due(&bpf->retry))
		return -EOPNOTSUPP;
	err = bpf_programs_load(&bpf->programs);
	bpf->loaded = !err;
	bpf->off = err && !errno_is_passing(err);
	return err ? -EOPNOTSUPP : 0;
}

static int take(struct walk *walk, const void *record)
{
	struct sk_sample *sample = walk->sample;
	struct sk_attrs attrs = { 0 };
	struct sk_socket *socket;
	int err = sk_sample_add_socket(sample, &socket, NULL);

	if (err)
		return err;
	if (sock_bpf_decode(record, sizeof(struct sock_record), walk->proto, walk->info,
			     walk->tick_hz, socket, &attrs)) {
		sample->losses.malformed++;
		sample->n_sockets--;
		return 0;
	}
	walk->fresh += !socket->cookie;
	return sk_sample_set_attrs(sample, socket, &attrs);
}

/*
 * Takes all whole records. Then *have is the number of bytes that are left over, at the front of
 * the buffer.
 */
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

static int read_udp(struct sock_bpf *bpf, struct walk *walk)
{
	int fd = bpf_programs_iterate(&bpf->programs), err;

	if (fd < 0)
		return -EOPNOTSUPP;
	err = read_all(walk, fd, bpf->buffer);
	close(fd);
	return err;
}

/*
 * Returns true if so many sockets have no cookie that netlink is faster, because it gives each
 * socket a cookie while it reports it.
 */
static bool is_too_fresh(const struct walk *walk, uint32_t taken)
{
	return walk->fresh > FRESH && walk->fresh > taken / FRESH_PART;
}

static int walk_tcp(struct sock_bpf *bpf, struct walk *walk)
{
	const struct sock_window *window = bpf->programs.window;
	uint32_t taken = 0;
	int err = 0, more;

	do {
		more = bpf_programs_walk(&bpf->programs);
		if (more < 0 || window->n > SOCK_WINDOW)
			return -EOPNOTSUPP;
		for (uint32_t i = 0; i < window->n && !err; i++)
			err = take(walk, &window->records[i]);
		taken += window->n;
		if (is_too_fresh(walk, taken))
			return -EOPNOTSUPP;
	} while (more && !err);
	return err;
}

/* Does one whole walk, and counts the sockets that it met. */
static int walk_all(struct sock_bpf *bpf, struct walk *walk,
		    const struct sk_request *request)
{
	struct sock_window *window = bpf->programs.window;
	struct sock_counts *counts = counts_of(bpf, walk->proto);
	uint32_t begin = walk->sample->n_sockets;
	int err;

	window->states = states_of(walk->proto, request);
	window->families = request->families;
	window->bucket = window->passed = 0;
	window->width = SOCK_BUCKETS;
	window->patience = PATIENCE;
	err = walk->proto == SK_PROTO_UDP ? read_udp(bpf, walk) : walk_tcp(bpf, walk);
	if (err) {
		walk->sample->n_sockets = begin;
		return err;
	}
	counts->wanted = walk->sample->n_sockets - begin;
	counts->all = counts->wanted + window->passed;
	counts->walks += is_filtered(walk->proto, request);
	return 0;
}

int sock_bpf_dump(struct sock_bpf *bpf, enum sk_proto proto,
		  const struct sk_request *request, struct sk_sample *sample)
{
	struct walk walk = { .sample = sample,
			     .proto = proto,
			     .tick_hz = bpf->tick_hz,
			     .info = (request->needs & SK_NEED_INFO) != 0 };
	int err;

	if (!is_wanted(bpf, proto, request))
		return -EOPNOTSUPP;
	err = load(bpf);
	return err ? err : walk_all(bpf, &walk, request);
}
