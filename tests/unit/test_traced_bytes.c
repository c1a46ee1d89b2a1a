/* SPDX-License-Identifier: MIT */
/* The bytes that tracepoints count: totals from made-up entries, and what the diff makes of them. */
#include "samples.h"
#include "next_random.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include "kernel/traced_bytes.h"

#define NETNS 4026531840U
#define PID 77U

static const uint64_t inodes[] = { NETNS };

/** A kernel, as far as it matters here. */
struct scene {
	struct traced_bytes *traced;
	struct trace_bytes_list list;
	struct trace_bytes entries[64];
	struct traced_scope scope;
	struct sk_sample *sample;
	uint64_t strays[2]; /* credited so far */
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	*state = scene;
	scene->list.at = scene->entries;
	scene->scope = (struct traced_scope){ .whole = UINT32_MAX, .begin_ns = 1000,
					      .netns = inodes, .n_netns = 1 };
	return traced_bytes_new(&scene->traced);
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	sk_sample_unref(scene->sample);
	traced_bytes_free(scene->traced);
	free(scene);
	return 0;
}

static struct trace_bytes *put(struct scene *scene, uint64_t cookie, uint64_t since, uint64_t rx,
			       uint64_t tx)
{
	struct trace_bytes *entry = &scene->entries[scene->list.n++];

	*entry = (struct trace_bytes){ .cookie = cookie, .bytes = { rx, tx }, .since_ns = since,
				       .process = { .tgid = PID, .start_ns = 5000000000,
						    .flags = TRACE_PROCESS_KNOWN,
						    .comm = "mover" },
				       .netns = NETNS, .family = AF_UNIX, .type = SOCK_STREAM };
	return entry;
}

/* The next sample has these sockets of a kind; 0 ends the list. */
static void begin(struct scene *scene, enum sk_proto proto, const uint64_t *cookies)
{
	sk_sample_unref(scene->sample);
	assert_int_equal(sk_sample_new(&scene->sample), 0);
	for (; *cookies; cookies++)
		add_socket(scene->sample, (struct sk_socket){ .cookie = *cookies, .inode = 1,
							      .proto = (uint8_t)proto });
}

/* Reads what was put, and gives it to the sample. */
static void give(struct scene *scene)
{
	assert_int_equal(traced_bytes_note(scene->traced, &scene->list, true), 0);
	assert_int_equal(traced_bytes_give(scene->traced, &scene->scope, 0, scene->sample), 0);
	scene->list.n = 0;
	for (uint32_t i = 0; i < scene->sample->n_strays; i++) {
		const struct sk_event *stray = &scene->sample->strays[i];

		assert_int_equal(stray->maker.pid, PID);
		assert_string_equal(stray->maker.name, "mover");
		scene->strays[SK_RX] += stray->credit[SK_RX];
		scene->strays[SK_TX] += stray->credit[SK_TX];
	}
}

static void check(const struct sk_socket *s, uint64_t rx, uint64_t tx)
{
	assert_true(s->flags & SK_F_TRACED);
	assert_int_equal(s->rx_total, rx);
	assert_int_equal(s->tx_total, tx);
}

#define COOKIES(...) (const uint64_t[]){ __VA_ARGS__, 0 }

FRESH(a_total_only_grows)
{
	struct scene *scene = *state;

	begin(scene, SK_PROTO_UNIX, COOKIES(1, 2));
	put(scene, 1, 10, 100, 7);
	give(scene);
	check(&scene->sample->sockets[0], 100, 7);
	check(&scene->sample->sockets[1], 0, 0); /* nothing moved, and that is known */
	/* another process has it too, and the first one's entry shrinks: that cannot be */
	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	put(scene, 1, 10, 40, 8);
	put(scene, 1, 20, 5, 0)->process.start_ns++;
	give(scene);
	check(&scene->sample->sockets[0], 105, 8);
	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	put(scene, 1, 10, 102, 8);
	put(scene, 1, 20, 5, 0)->process.start_ns++;
	give(scene);
	check(&scene->sample->sockets[0], 107, 8);
	/* both vanish */
	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	give(scene);
	check(&scene->sample->sockets[0], 107, 8);
	/* and one begins anew */
	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	put(scene, 1, 30, 1, 0);
	give(scene);
	check(&scene->sample->sockets[0], 108, 8);
	assert_int_equal(scene->strays[SK_RX] + scene->strays[SK_TX], 0);
	/* those who count begin anew */
	traced_bytes_forget(scene->traced);
	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	put(scene, 1, 40, 3, 2);
	give(scene);
	check(&scene->sample->sockets[0], 3, 2);
}

FRESH(an_entry_may_be_read_twice_or_not_at_all)
{
	struct scene *scene = *state;

	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	put(scene, 1, 10, 100, 0);
	put(scene, 1, 10, 110, 0);
	put(scene, 1, 5, 30, 0); /* the one before it: removed while the map was read */
	give(scene);
	check(&scene->sample->sockets[0], 140, 0);
	/* the read broke off before it came to them */
	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	assert_int_equal(traced_bytes_note(scene->traced, &scene->list, false), 0);
	assert_int_equal(traced_bytes_give(scene->traced, &scene->scope, 0, scene->sample), 0);
	check(&scene->sample->sockets[0], 140, 0);
	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	put(scene, 1, 10, 111, 0);
	give(scene);
	check(&scene->sample->sockets[0], 141, 0);
}

FRESH(what_ends_without_a_word_is_its_process_s)
{
	struct scene *scene = *state;

	begin(scene, SK_PROTO_UNIX, COOKIES(1));
	put(scene, 1, 10, 100, 0);
	put(scene, 2, 11, 50, 5);   /* never listed: it has ended */
	put(scene, 3, 2000, 70, 7); /* began after the list */
	give(scene);
	check(&scene->sample->sockets[0], 100, 0);
	assert_int_equal(scene->strays[SK_RX], 50);
	assert_int_equal(scene->strays[SK_TX], 5);
	scene->scope.begin_ns = 3000;
	begin(scene, SK_PROTO_UNIX, COOKIES(3));
	put(scene, 1, 10, 120, 0); /* has moved more before its end */
	put(scene, 2, 11, 50, 5);
	put(scene, 3, 2000, 71, 7);
	give(scene);
	check(&scene->sample->sockets[0], 71, 7);
	assert_int_equal(scene->strays[SK_RX], 70);
	/* the list had missed it: what was told is not told again */
	begin(scene, SK_PROTO_UNIX, COOKIES(3, 1));
	put(scene, 1, 10, 121, 0);
	put(scene, 3, 2000, 71, 7);
	give(scene);
	check(&scene->sample->sockets[1], 1, 0);
	assert_int_equal(scene->strays[SK_RX], 70);
}

FRESH(what_nobody_asked_for_is_no_stray)
{
	struct scene *scene = *state;

	scene->scope.whole = SK_PROTO_BIT(SK_PROTO_UDP);
	begin(scene, SK_PROTO_UNIX, COOKIES(0));
	put(scene, 1, 10, 100, 0);
	put(scene, 2, 10, 100, 0)->netns = 5;
	put(scene, 3, 10, 100, 0)->family = 99;
	give(scene);
	assert_int_equal(scene->sample->n_strays, 0);
	scene->scope.whole = UINT32_MAX;
	begin(scene, SK_PROTO_UNIX, COOKIES(0));
	put(scene, 1, 10, 101, 0);
	put(scene, 2, 10, 101, 0)->netns = 5;
	put(scene, 3, 10, 101, 0)->family = 99;
	give(scene);
	assert_int_equal(scene->strays[SK_RX], 1);
	/* sockets that found no room: the process is known, and which socket it was is not */
	begin(scene, SK_PROTO_UNIX, COOKIES(0));
	put(scene, 0, 10, 9, 0)->family = 0;
	give(scene);
	assert_int_equal(scene->strays[SK_RX], 10);
	assert_int_equal(scene->sample->doubt, SK_DOUBT_BYTES);
}

FRESH(sockets_that_pass_no_tracepoint_are_unknown)
{
	struct scene *scene = *state;

	begin(scene, SK_PROTO_UDP, COOKIES(1, 2, 3));
	scene->sample->sockets[0].inode = 0; /* WireGuard */
	scene->sample->sockets[1].flags = SK_F_NO_COOKIE;
	scene->sample->sockets[2].netns = 1; /* is not watched */
	add_socket(scene->sample, (struct sk_socket){ .cookie = 4, .proto = SK_PROTO_TCP });
	add_socket(scene->sample, (struct sk_socket){ .cookie = 5, .proto = SK_PROTO_PACKET });
	give(scene);
	for (unsigned i = 0; i < 5; i++)
		assert_false(scene->sample->sockets[i].flags & SK_F_TRACED);
}

static void put_udp(struct scene *scene, uint64_t bytes)
{
	struct trace_bytes *entry = put(scene, 1, 10, bytes, 0);

	entry->family = AF_INET;
	entry->type = SOCK_DGRAM;
	entry->protocol = IPPROTO_UDP;
}

static const struct sk_socket *end(struct scene *scene)
{
	struct sk_event *event;

	assert_int_equal(sk_sample_add_event(scene->sample, &event), 0);
	event->socket = (struct sk_socket){ .cookie = 1, .proto = SK_PROTO_UDP };
	return &event->socket;
}

FRESH(the_event_of_a_socket_tells_its_rest)
{
	struct scene *scene = *state;
	const struct sk_socket *event;

	begin(scene, SK_PROTO_UDP, COOKIES(1));
	put_udp(scene, 10);
	give(scene);
	/* it is missing, and the event comes late */
	begin(scene, SK_PROTO_UDP, COOKIES(0));
	put_udp(scene, 15);
	give(scene);
	begin(scene, SK_PROTO_UDP, COOKIES(0));
	put_udp(scene, 15);
	event = end(scene);
	give(scene);
	check(event, 15, 0); /* the sample before has its record, with 10 */
	assert_int_equal(scene->sample->events[0].maker.pid, PID);
	begin(scene, SK_PROTO_UDP, COOKIES(0));
	put_udp(scene, 15);
	give(scene);
	assert_int_equal(scene->strays[SK_RX], 0);
}

FRESH(a_late_event_tells_only_the_rest)
{
	struct scene *scene = *state;
	const struct sk_socket *event;

	begin(scene, SK_PROTO_UDP, COOKIES(1));
	put_udp(scene, 10);
	give(scene);
	for (unsigned i = 0; i < 2; i++) {
		begin(scene, SK_PROTO_UDP, COOKIES(0));
		put_udp(scene, 15);
		give(scene);
	}
	begin(scene, SK_PROTO_UDP, COOKIES(0));
	put_udp(scene, 16);
	event = end(scene);
	give(scene);
	check(event, 6, 0); /* no sample has a record any more */
	assert_int_equal(scene->strays[SK_RX], 0);
}

FRESH(an_event_that_never_comes_is_not_waited_for)
{
	struct scene *scene = *state;

	begin(scene, SK_PROTO_UDP, COOKIES(1));
	put_udp(scene, 10);
	give(scene);
	for (unsigned i = 0; i < 6; i++) {
		begin(scene, SK_PROTO_UDP, COOKIES(0));
		put_udp(scene, 15);
		give(scene);
		assert_int_equal(scene->strays[SK_RX], i < 2 ? 0 : 5);
	}
}

/* Sockets come and go, their entries too, and no byte is lost or counts twice. */
FRESH(every_byte_counts_once)
{
	enum { SOCKETS = 40 };
	struct scene *scene = *state;
	struct { bool lives; uint64_t since, bytes, seen; bool touched; } at[SOCKETS] = { 0 };
	uint64_t truth = 0, counted = 0, random = 1;

	for (uint64_t tick = 1; tick <= 3000; tick++) {
		uint64_t listed[SOCKETS + 1] = { 0 };
		unsigned n = 0;

		for (unsigned i = 0; i < SOCKETS; i++) {
			if (next_random(&random) % 8 == 0)
				at[i].lives = !at[i].lives && tick < 2900;
			if (at[i].lives)
				listed[n++] = i + 1;
		}
		scene->scope.begin_ns = tick * 1000;
		begin(scene, SK_PROTO_UNIX, listed);
		for (unsigned i = 0; i < SOCKETS; i++) {
			uint64_t more = next_random(&random) % 4 == 0 ?
						next_random(&random) % 1000 : 0;

			if (!at[i].since && more)
				at[i].since = tick * 1000 - 500;
			else if (at[i].since && !more && next_random(&random) % 8 == 0)
				at[i].since = at[i].bytes = 0; /* the kernel's entry goes */
			if (tick > 2950)
				more = 0;
			at[i].bytes += more;
			truth += more;
			if (at[i].since)
				put(scene, i + 1, at[i].since, at[i].bytes, 0);
		}
		give(scene);
		for (unsigned i = 0; i < SOCKETS; i++) {
			const struct sk_socket *s = NULL;

			for (uint32_t k = 0; k < scene->sample->n_sockets && !s; k++) {
				if (scene->sample->sockets[k].cookie == i + 1)
					s = &scene->sample->sockets[k];
			}
			assert_true(!s || s->rx_total >= at[i].seen);
			counted += s ? s->rx_total - at[i].seen : 0;
			at[i].seen = s ? s->rx_total : 0;
		}
		assert_int_equal(counted + scene->strays[SK_RX], truth);
	}
	assert_true(truth > 1000000);
}

static struct sk_sample *traced_sample(uint64_t seconds, uint32_t flags, uint64_t rx)
{
	struct sk_sample *sample = new_sample(seconds, 0);

	sample->all_begin = true;
	sample->traced = flags & SK_F_TRACED ? SK_TRACED_BYTES : 0;
	add_socket(sample, (struct sk_socket){ .cookie = 1, .proto = SK_PROTO_UDP, .flags = flags,
					       .rx_total = rx });
	return sample;
}

TEST(a_rate_needs_counts_in_both_samples)
{
	struct sk_sample *none = traced_sample(0, 0, 0);
	struct sk_sample *first = traced_sample(1, SK_F_TRACED, 500);
	struct sk_sample *second = traced_sample(3, SK_F_TRACED, 900);
	const struct sk_socket *s = first->sockets;

	diff(NULL, none);
	diff(none, first);
	assert_false(s->flags & (SK_F_RATE | SK_F_TRACED_WHOLE));
	assert_true(s->flags & SK_F_SUM_MIN); /* what it moved before is in no sum */
	diff(first, second);
	s = second->sockets;
	assert_true(s->flags & SK_F_RATE);
	assert_float_equal((double)s->rx_rate, 200, 0.01);
	assert_true(s->flags & SK_F_SUM_MIN);
	assert_int_equal(sk_flow_of(second, s)->sum[SK_RX], 400);
	/* the sum of all is of those with counters of their own */
	assert_int_equal(second->totals.sum[SK_RX], 0);
	sk_sample_unref(none);
	sk_sample_unref(first);
	sk_sample_unref(second);
}

TEST(a_new_socket_is_known_whole)
{
	struct sk_sample *first = traced_sample(0, SK_F_TRACED, 0);
	struct sk_sample *second = traced_sample(1, SK_F_TRACED, 0);
	struct sk_sample *off = traced_sample(2, 0, 0), *on = traced_sample(3, SK_F_TRACED, 3);
	const struct sk_socket *s;

	add_socket(second, (struct sk_socket){ .cookie = 2, .proto = SK_PROTO_UDP,
					       .flags = SK_F_TRACED, .rx_total = 70 });
	diff(NULL, first);
	diff(first, second);
	s = &second->sockets[1];
	assert_true(s->flags & SK_F_TRACED_WHOLE);
	assert_false(s->flags & SK_F_SUM_MIN);
	assert_float_equal((double)s->rx_rate, 70, 0.01);
	/* the old one is known since its first sample, and its total since then only */
	assert_false(second->sockets[0].flags & (SK_F_TRACED_WHOLE | SK_F_SUM_MIN));
	/* nobody counts for a while */
	diff(second, off);
	assert_false(off->sockets[0].flags & SK_F_RATE);
	diff(off, on);
	assert_false(on->sockets[0].flags & (SK_F_RATE | SK_F_RESET));
	assert_true(on->sockets[0].flags & SK_F_SUM_MIN);
	sk_sample_unref(first);
	sk_sample_unref(second);
	sk_sample_unref(off);
	sk_sample_unref(on);
}

