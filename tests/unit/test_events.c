/* SPDX-License-Identifier: MIT */
#include "samples.h"
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "fixtures.h"
#include "kernel/events.h"
#include "attrs.h"

/*
 * What the kernel sends at the end is the answer to a dump, in state CLOSE, with an
 * attribute for the protocol (seen on Linux 6.18).
 */
static size_t make_message(uint8_t *bytes, int protocol)
{
	struct nlattr head = { sizeof(head) + 1, INET_DIAG_PROTOCOL };
	size_t len = sizeof(tcp_established);

	memcpy(bytes, tcp_established, len);
	bytes[NLMSG_HDRLEN + offsetof(struct inet_diag_msg, idiag_state)] = SK_STATE_CLOSE;
	if (protocol) {
		memcpy(bytes + len, &head, sizeof(head));
		memset(bytes + len + sizeof(head), 0, 4);
		bytes[len + sizeof(head)] = (uint8_t)protocol;
		len += sizeof(head) + 4;
	}
	((struct nlmsghdr *)(void *)bytes)->nlmsg_len = (uint32_t)len;
	return len;
}

static struct last_words words; /* as destroy_decode() told it last */

static int decode(int protocol, struct sk_detached *detached)
{
	_Alignas(8) uint8_t bytes[1024];
	size_t len = make_message(bytes, protocol);

	*detached = (struct sk_detached){ .socket.cookie = 0 };
	return destroy_decode((const void *)bytes, len, detached, &words);
}

TEST(test_decode)
{
	struct sk_detached detached;
	const struct sk_socket *s = &detached.socket;

	assert_int_equal(decode(IPPROTO_TCP, &detached), 0);
	assert_int_equal(s->proto, SK_PROTO_TCP);
	assert_int_equal(s->state, SK_STATE_CLOSE);
	assert_int_equal(s->lport, 8001);
	assert_int_equal(s->rx_total, 3011);
	assert_int_equal(s->tx_total, 100);
	assert_true(s->flags & SK_F_INFO);
	assert_int_equal(decode(IPPROTO_UDP, &detached), 0);
	assert_int_equal(s->proto, SK_PROTO_UDP);
	assert_int_equal(decode(IPPROTO_ICMP, &detached), -EBADMSG);
	assert_int_equal(decode(0, &detached), -EBADMSG);
}

/* Cut anywhere, nothing is read behind the end (seen by ASan). */
TEST(test_cut)
{
	_Alignas(8) uint8_t bytes[1024];
	size_t whole = make_message(bytes, IPPROTO_TCP);

	for (size_t len = sizeof(struct nlmsghdr); len < whole; len++) {
		struct sk_detached detached = { .socket.cookie = 0 };
		uint8_t *copy = malloc(len);

		assert_non_null(copy);
		memcpy(copy, bytes, len);
		assert_int_equal(destroy_decode((const void *)copy, len, &detached, &words),
				 -EBADMSG);
		((struct nlmsghdr *)(void *)copy)->nlmsg_len = (uint32_t)len;
		(void)destroy_decode((const void *)copy, len, &detached, &words);
		free(copy);
	}
}

static void add_owned(struct sk_sample *sample, uint64_t cookie)
{
	set_attrs(sample, add_socket(sample, (struct sk_socket){
		.cookie = cookie, .state = SK_STATE_ESTABLISHED, .flags = SK_F_OWNER,
		.inode = 77, .owner = 5 }), (struct sk_attrs){ .uid = 1000 });
}

static void add_event(struct sk_sample *sample, uint64_t cookie, uint64_t seq)
{
	struct sk_event *event;

	assert_int_equal(sk_sample_add_event(sample, &event), 0);
	event->socket.cookie = cookie;
	event->socket.state = SK_STATE_CLOSE;
	event->seq = seq;
}

/* State, owner and age come from the last sample that saw it. */
TEST(test_remembered)
{
	struct sk_sample *before = new_sample(10, SK_NEED_EVENTS),
			 *now = new_sample(12, SK_NEED_EVENTS);
	struct sk_differ *differ;
	const struct sk_event *e;

	add_owned(before, 1);
	add_event(now, 1, 1);
	add_event(now, 2, 2);
	assert_int_equal(sk_differ_new(&differ), 0);
	assert_int_equal(sk_diff_compute(differ, NULL, before), 0);
	assert_int_equal(sk_diff_compute(differ, before, now), 0);
	assert_int_equal(now->n_events, 2);
	e = &now->events[0];
	assert_int_equal(e->socket.state, SK_STATE_ESTABLISHED);
	assert_int_equal(sk_attrs(now, &e->socket)->uid, 1000);
	assert_int_equal(e->socket.owner, 5);
	assert_int_equal(e->socket.first_seen, 11000);
	assert_true(e->socket.flags & SK_F_AGE_MIN);
	assert_false(e->socket.flags & SK_F_NEW);
	assert_true(now->events[1].socket.flags & SK_F_NEW);
	assert_int_equal(now->events[1].socket.first_seen, 11200);
	sk_differ_free(differ);
	sk_sample_unref(before);
	sk_sample_unref(now);
}

/* What an aborted connection has lost is taken from the last sample; else it is unknown. */
TEST(test_aborted)
{
	struct sk_sample *before = new_sample(10, SK_NEED_EVENTS),
			 *now = new_sample(12, SK_NEED_EVENTS);
	struct sk_socket *s;

	add_owned(before, 1);
	s = &before->sockets[0];
	s->proto = SK_PROTO_TCP;
	s->lport = 4000;
	s->rport = 80;
	s->remote.b[15] = 9;
	s->tx_total = 1000;
	s->rx_total = 500;
	s->flags |= SK_F_INFO;
	set_attrs(before, s, (struct sk_attrs){ .uid = 1000, .local.b[15] = 7 });
	for (uint64_t cookie = 1; cookie <= 2; cookie++) {
		add_event(now, cookie, cookie);
		now->events[cookie - 1].socket.proto = SK_PROTO_TCP;
		now->events[cookie - 1].socket.flags = SK_F_INFO;
	}
	diff(NULL, before);
	diff(before, now);
	s = &now->events[0].socket;
	assert_int_equal(s->lport, 4000);
	assert_int_equal(s->rport, 80);
	assert_int_equal(s->remote.b[15], 9);
	assert_int_equal(sk_local(now, s)->b[15], 7);
	assert_int_equal(s->tx_total, 1000);
	assert_int_equal(s->rx_total, 500);
	assert_true(s->flags & SK_F_INFO);
	assert_false(now->events[1].socket.flags & SK_F_INFO);
	sk_sample_unref(before);
	sk_sample_unref(now);
}

/* The peer's FIN is no payload, where it is proven to be among the bytes. */
TEST(test_fin)
{
	static const struct {
		bool no_payload;
		uint32_t recv_q;
		enum sk_state old, now; /* of its record in the samples; 0 = none */
		uint64_t received;
		unsigned less;
	} ends[] = {
		/* it came before, whatever ended the connection */
		{ false, 0, SK_STATE_CLOSE_WAIT, SK_STATE_UNKNOWN, 1001, 1 },
		{ false, 0, SK_STATE_LAST_ACK, SK_STATE_UNKNOWN, 1001, 1 },
		{ false, 0, SK_STATE_CLOSING, SK_STATE_TIME_WAIT, 1001, 1 },
		/* it ended the connection, and stands unread */
		{ false, 1, SK_STATE_ESTABLISHED, SK_STATE_TIME_WAIT, 1001, 1 },
		{ false, 1, SK_STATE_TIME_WAIT, SK_STATE_UNKNOWN, 1001, 1 },
		/* nothing else came */
		{ true, 0, SK_STATE_UNKNOWN, SK_STATE_UNKNOWN, 1, 1 },
		/* we closed first: it is still to come, or came later */
		{ false, 0, SK_STATE_ESTABLISHED, SK_STATE_FIN_WAIT2, 1001, 0 },
		{ false, 0, SK_STATE_ESTABLISHED, SK_STATE_TIME_WAIT, 1001, 0 },
		/* nobody saw it; what was not read may be payload, and was reset */
		{ false, 0, SK_STATE_ESTABLISHED, SK_STATE_UNKNOWN, 1001, 0 },
		{ false, 0, SK_STATE_UNKNOWN, SK_STATE_UNKNOWN, 1001, 0 },
		{ false, 1, SK_STATE_ESTABLISHED, SK_STATE_UNKNOWN, 1001, 0 },
		{ true, 0, SK_STATE_UNKNOWN, SK_STATE_UNKNOWN, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct sk_sample *before = new_sample(10, SK_NEED_EVENTS),
				 *now = new_sample(12, SK_NEED_EVENTS);
		struct sk_socket *s;

		if (ends[i].old) {
			add_owned(before, 1);
			before->sockets[0].state = (uint8_t)ends[i].old;
			if (ends[i].old == SK_STATE_TIME_WAIT)
				before->sockets[0].timer = SK_TIMER_TIMEWAIT;
		}
		if (ends[i].now) {
			add_owned(now, 1);
			now->sockets[0].state = (uint8_t)ends[i].now;
			now->sockets[0].timer = SK_TIMER_TIMEWAIT;
		}
		add_event(now, 1, 1);
		now->events[0].no_payload = ends[i].no_payload;
		s = &now->events[0].socket;
		s->lport = 80;
		s->rport = 5000;
		s->flags = SK_F_INFO;
		s->recv_q = ends[i].recv_q;
		s->rx_total = ends[i].received;
		diff(NULL, before);
		diff(before, now);
		if (now->events[0].socket.rx_total != ends[i].received - ends[i].less)
			fail_msg("end %zu", i);
		sk_sample_unref(before);
		sk_sample_unref(now);
	}
}

/* One of the two ends of a connection between ports 80 and 5000. */
static struct sk_event *add_end(struct sk_sample *sample, uint64_t cookie, bool server,
				uint64_t sent, uint64_t received)
{
	struct sk_attrs attrs = { .local.b[15] = server ? 7 : 9 };
	struct sk_event *event;

	add_event(sample, cookie, cookie);
	event = &sample->events[sample->n_events - 1];
	event->socket.lport = server ? 80 : 5000;
	event->socket.rport = server ? 5000 : 80;
	event->socket.remote.b[15] = server ? 9 : 7;
	event->socket.flags = SK_F_INFO;
	event->socket.tx_total = sent;
	event->socket.rx_total = received;
	set_attrs(sample, &event->socket, attrs);
	return event;
}

/* Who counts one byte more than the other end sent has its FIN, told now or before. */
TEST(test_far_end)
{
	struct sk_sample *before = new_sample(10, SK_NEED_EVENTS),
			 *now = new_sample(12, SK_NEED_EVENTS);

	add_end(before, 1, true, 1000, 500);
	diff(NULL, before);
	add_end(now, 2, false, 500, 1001);
	diff(before, now);
	assert_int_equal(now->events[0].socket.rx_total, 500);
	assert_int_equal(now->events[1].socket.rx_total, 1000);
	sk_sample_unref(before);
	sk_sample_unref(now);

	/* who aborted may have sent more than was sampled: of it the ends came back */
	before = new_sample(10, SK_NEED_EVENTS);
	now = new_sample(12, SK_NEED_EVENTS);
	diff(NULL, before);
	add_end(before, 1, true, 1000, 500)->emptied = true;
	add_end(now, 2, false, 500, 1001);
	diff(before, now);
	assert_int_equal(now->events[1].socket.rx_total, 1001);
	sk_sample_unref(before);
	sk_sample_unref(now);

	/* several had these ends */
	now = new_sample(12, SK_NEED_EVENTS);
	add_end(now, 1, true, 1000, 500);
	add_end(now, 2, true, 1001, 500);
	add_end(now, 3, false, 500, 1001);
	diff(NULL, now);
	assert_int_equal(now->events[2].socket.rx_total, 1001);
	sk_sample_unref(now);
}

/* The newest are kept, in their order; new ones are never dropped for old ones. */
TEST(test_history)
{
	struct sk_sample *before = new_sample(10, SK_NEED_EVENTS),
			 *now = new_sample(12, SK_NEED_EVENTS);
	struct sk_differ *differ;
	uint64_t seq = 0;

	assert_int_equal(sk_differ_new(&differ), 0);
	while (seq < SK_EVENTS_MAX)
		add_event(before, 100, ++seq);
	for (int i = 0; i < 3; i++)
		add_event(now, 100, ++seq);
	assert_int_equal(sk_diff_compute(differ, NULL, before), 0);
	assert_int_equal(sk_diff_compute(differ, before, now), 0);
	assert_int_equal(now->n_events, SK_EVENTS_MAX);
	for (uint32_t i = 0; i < now->n_events; i++)
		assert_int_equal(now->events[i].seq, i + 4);
	sk_sample_unref(before);
	before = new_sample(14, SK_NEED_EVENTS);
	while (before->n_events < SK_EVENTS_MAX + 5)
		add_event(before, 100, ++seq);
	assert_int_equal(sk_diff_compute(differ, now, before), 0);
	assert_int_equal(before->n_events, SK_EVENTS_MAX + 5);
	sk_differ_free(differ);
	sk_sample_unref(before);
	sk_sample_unref(now);
}
