/* SPDX-License-Identifier: MIT */
/*
 * The bottleneck of a connection: one case for each reading, and the sentences of the
 * detail view that go with it.
 */
#include "../testing.h"
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/detail.h>
#include "sample/bottleneck.h"

/** A connection that sends as fast as its congestion window lets it. */
struct fixture {
	struct sk_sample sample;
	struct sk_socket socket;
	struct sk_detail detail, before;
	struct sk_detail_rows rows;
	bool with_before;
};

static struct sk_tcp_ext *tcp_ext(struct fixture *f)
{
	return &f->detail.tcp_ext;
}

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.socket = (struct sk_socket){ .cookie = 7,
				       .state = SK_STATE_ESTABLISHED,
				       .flags = SK_F_INFO | SK_F_OWNER,
				       .inode = 77,
				       .rport = 443,
				       .tx_total = 5000000,
				       .rtt_us = 20000 };
	f.socket.remote = sk_addr_from_v4("\x0a\x00\x00\x07");
	f.detail.detached.socket = f.before.detached.socket = f.socket;
	f.detail.tcp_ext =
		(struct sk_tcp_ext){ .flags = SK_TCP_EXT_INFO | SK_TCP_EXT_SKMEM,
				     .info_len = 280,
				     .n_skmem = 9,
				     .skmem = { 0, 131072, 0, 87040 },
				     .snd_cwnd = 20,
				     .snd_mss = 1448,
				     .rcv_mss = 1448,
				     .rcv_wnd = 64000,
				     .min_rtt = 19000,
				     .max_pacing_rate = UINT64_MAX,
				     .unacked = 20,
				     .notsent_bytes = 50000,
				     .busy_time = 10000000,
				     .bytes_sent = 5000000 };
	f.detail.tcp_info_len = 280;
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_detail_rows_free(&f->rows);
	return 0;
}

/* All sentences of the reading, joined. */
static const char *why(struct fixture *f)
{
	static char text[2048];
	struct sk_context context = { .sample = &f->sample };
	struct sk_detail_input input = { .context = &context,
					 .socket = &f->socket,
					 .detail = &f->detail,
					 .before = f->with_before ? &f->before : NULL,
					 .interval = 1 };
	size_t len = 0;

	assert_int_equal(sk_detail_rows_build(&input, &f->rows), 0);
	text[0] = '\0';
	for (size_t i = 0; i < f->rows.n; i++) {
		if (strcmp(f->rows.row[i].section, "Why is it slow") == 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ",
						f->rows.row[i].value);
	}
	return text;
}

static void assert_why(struct fixture *f, const char *words)
{
	if (!strstr(why(f), words))
		fail_msg("'%s' does not say '%s'", why(f), words);
}

static void assert_silent(struct fixture *f, const char *words)
{
	if (strstr(why(f), words))
		fail_msg("'%s' says '%s'", why(f), words);
}

/* Over its whole life, or in a second of which it was busy for `busy`. */
static void assert_bottleneck(struct fixture *f, enum bottleneck bottleneck)
{
	struct bottleneck_time time = bottleneck_time_of(tcp_ext(f), 0);

	assert_int_equal(bottleneck_of(&f->socket, tcp_ext(f), &time), bottleneck);
}

static void assert_bottleneck_now(struct fixture *f, double busy, double rwnd,
				  double sndbuf, enum bottleneck bottleneck)
{
	struct bottleneck_time time = { 1, busy, rwnd, sndbuf };

	assert_int_equal(bottleneck_of(&f->socket, tcp_ext(f), &time), bottleneck);
}

FRESH(network)
{
	struct fixture *f = *state;

	assert_bottleneck(f, BOTTLENECK_NETWORK);
	assert_bottleneck_now(f, 1, 0.1, 0.1, BOTTLENECK_NETWORK);
	assert_why(f, "The path sets the pace");
	assert_why(f, "20 segments each round trip of 20.0ms makes about 1.45M bytes/s");
	assert_why(f, "over its whole life");
	f->with_before = true;
	f->before.tcp_ext = f->detail.tcp_ext;
	f->before.tcp_ext.busy_time -= 1000000;
	assert_silent(f, "over its whole life");
	assert_why(f, "The path sets the pace");
}

FRESH(peer_window)
{
	struct fixture *f = *state;

	tcp_ext(f)->rwnd_limited = 8300000;
	assert_bottleneck(f, BOTTLENECK_RWND);
	assert_why(f, "held back by the peer's window 83 %");
	assert_why(f, "since it began");
	assert_why(f, "the reader at 10.0.0.7 is slow");
	/* now is what counts, not what was once */
	f->with_before = true;
	f->before.tcp_ext = f->detail.tcp_ext;
	f->before.tcp_ext.busy_time -= 1000000;
	assert_silent(f, "peer's window 83");
	f->before.tcp_ext.rwnd_limited -= 500000;
	assert_why(f, "peer's window 50 % of the time with data to send (since the last");
}

FRESH(closed_window)
{
	struct fixture *f = *state;

	f->socket.timer = SK_TIMER_PERSIST;
	f->socket.timer_ms = 3000;
	f->socket.timer_retrans = 4;
	tcp_ext(f)->unacked = 0;
	assert_bottleneck(f, BOTTLENECK_RWND);
	assert_why(f, "window is closed: the reader at 10.0.0.7 takes nothing now. Next "
		      "probe in 3.0s, 4 without success");
	f->socket.timer_ms = 0;
	assert_why(f, "Next probe now");
	/* the timer runs, but the window is open */
	tcp_ext(f)->snd_wnd = 3000000;
	assert_bottleneck(f, BOTTLENECK_NETWORK);
	tcp_ext(f)->snd_wnd = 1000; /* less than a segment is as good as nothing */
	assert_bottleneck(f, BOTTLENECK_RWND);
	tcp_ext(f)->info_len = 224; /* before Linux 5.4 the probes tell */
	assert_bottleneck(f, BOTTLENECK_RWND);
	f->socket.timer_retrans = 0;
	assert_bottleneck(f, BOTTLENECK_NETWORK);
}

FRESH(send_buffer)
{
	struct fixture *f = *state;

	tcp_ext(f)->sndbuf_limited = 6000000;
	tcp_ext(f)->rwnd_limited = 3000000;
	assert_bottleneck(f, BOTTLENECK_SNDBUF);
	assert_why(f, "send buffer is too small: it held sending back 60 %");
	assert_why(f, "It has 87.0k bytes (SO_SNDBUF");
	/* what the kernel does not count: fewer segments than may be, and no room */
	tcp_ext(f)->sndbuf_limited = tcp_ext(f)->rwnd_limited = 0;
	tcp_ext(f)->skmem[5] = tcp_ext(f)->skmem[3];
	tcp_ext(f)->notsent_bytes = 0;
	tcp_ext(f)->unacked = 2;
	assert_bottleneck(f, BOTTLENECK_SNDBUF);
	assert_why(f, "full with 2 of 20 possible segments in flight");
	tcp_ext(f)->unacked = 20;
	assert_bottleneck(f, BOTTLENECK_NETWORK);
}

FRESH(application)
{
	struct fixture *f = *state;

	tcp_ext(f)->notsent_bytes = 0;
	tcp_ext(f)->delivery_rate_app_limited = 1;
	assert_bottleneck(f, BOTTLENECK_APP);
	assert_why(f, "app-limited");
	tcp_ext(f)->delivery_rate_app_limited = 0;
	tcp_ext(f)->unacked = 0;
	assert_bottleneck_now(f, 0.04, 0, 0, BOTTLENECK_APP);
	/* too short to be busy by the kernel's clock, and yet it sent */
	tcp_ext(f)->last_data_sent = 200;
	assert_bottleneck_now(f, 0, 0, 0, BOTTLENECK_APP);
	f->with_before = true;
	f->before.tcp_ext = f->detail.tcp_ext;
	f->before.tcp_ext.busy_time -= 40000;
	assert_why(f, "only 4 % of the time since the last sample");
	f->before.tcp_ext.busy_time = tcp_ext(f)->busy_time;
	assert_why(f, "acknowledged at once");
}

FRESH(idle)
{
	struct fixture *f = *state;

	tcp_ext(f)->notsent_bytes = tcp_ext(f)->unacked = 0;
	tcp_ext(f)->last_data_sent = 12000;
	tcp_ext(f)->last_data_recv = 13000;
	tcp_ext(f)->busy_time = 0;
	assert_bottleneck(f, BOTTLENECK_NONE);
	/* the kernel's clocks start with the connection */
	tcp_ext(f)->data_segs_out = tcp_ext(f)->data_segs_in = 0;
	assert_why(f, "Idle: nothing waits to be sent; no data sent yet, none received yet.");
	tcp_ext(f)->data_segs_in = 1;
	assert_why(f, "Idle: nothing waits to be sent; no data sent yet, last received 13s ago.");
	tcp_ext(f)->data_segs_out = 1;
	assert_why(f, "Idle: nothing waits to be sent; last data sent 12s ago, received "
		      "13s ago.");
	tcp_ext(f)->data_segs_in = 0;
	assert_why(f, "Idle: nothing waits to be sent; last data sent 12s ago, none received yet.");
	assert_null(bottleneck_name(BOTTLENECK_NONE));
}

FRESH(reader)
{
	struct fixture *f = *state;

	tcp_ext(f)->notsent_bytes = tcp_ext(f)->unacked = 0;
	tcp_ext(f)->busy_time = 0;
	tcp_ext(f)->last_data_sent = 9000;
	f->socket.recv_q = 120000;
	tcp_ext(f)->skmem[0] = 131072;
	tcp_ext(f)->rcv_wnd = 0;
	assert_bottleneck(f, BOTTLENECK_READER);
	assert_why(f, "application at this end reads slowly: 120k bytes wait for it and "
		      "the window offered is 0 bytes");
	/* of a kernel that does not tell its window */
	tcp_ext(f)->info_len = 232;
	assert_bottleneck(f, BOTTLENECK_READER);
	assert_silent(f, "window offered");
	f->socket.recv_q = 0;
	assert_bottleneck(f, BOTTLENECK_NONE);
}

FRESH(receiver)
{
	struct fixture *f = *state;

	tcp_ext(f)->notsent_bytes = tcp_ext(f)->unacked = 0;
	tcp_ext(f)->busy_time = 0;
	tcp_ext(f)->last_data_sent = 9000;
	f->socket.flags |= SK_F_RATE;
	f->socket.rx_rate = 500000;
	assert_why(f, "It receives 500k bytes/s and the application here reads them in "
		      "time: what holds 10.0.0.7 back, only the kernel there knows.");
	f->socket.rx_rate = 3000000; /* of 64000 bytes each 20 ms: 3.2M */
	assert_why(f, "about what the window offered here (64.0k bytes) allows each round "
		      "trip of 20.0ms: a larger receive buffer");
	f->socket.tx_rate = 3000000;
	assert_silent(f, "It receives");
	f->socket.tx_rate = 0;
	tcp_ext(f)->notsent_bytes = tcp_ext(f)->unacked = 5;
	assert_silent(f, "It receives");
}

FRESH(timeouts)
{
	struct fixture *f = *state;

	tcp_ext(f)->retransmits = 4;
	tcp_ext(f)->backoff = 4;
	tcp_ext(f)->rwnd_limited = 9000000;
	f->socket.timer = SK_TIMER_ON;
	f->socket.timer_ms = 12000;
	assert_bottleneck(f, BOTTLENECK_NETWORK);
	assert_why(f, "10.0.0.7 acknowledges nothing: 4 timeouts in a row, backoff 4, "
		      "next try in 12s");
}

FRESH(losses)
{
	struct fixture *f = *state;

	assert_silent(f, "sent again");
	tcp_ext(f)->bytes_retrans = 105000;
	assert_why(f, "2.1 % of the bytes were sent again: loss on the path.");
	tcp_ext(f)->reord_seen = 1;
	tcp_ext(f)->dsack_dups = 3;
	assert_why(f, "or segments that overtake each other");
	assert_why(f, "3 of the segments sent again had arrived after all");
	f->with_before = true;
	f->before.tcp_ext = f->detail.tcp_ext;
	f->before.tcp_ext.bytes_sent = 4000000;
	f->before.tcp_ext.bytes_retrans = 55000;
	assert_why(f, "2.1 % of the bytes were sent again, 5.0 % since the last sample");
	tcp_ext(f)->info_len = 200; /* of a kernel that does not count bytes */
	assert_silent(f, "sent again");
}

FRESH(path)
{
	struct fixture *f = *state;

	assert_silent(f, "queues on the path");
	f->socket.rtt_us = 90000;
	assert_why(f, "takes 90.0ms where 19.0ms was possible");
	tcp_ext(f)->min_rtt = UINT32_MAX;
	assert_silent(f, "queues on the path");
	tcp_ext(f)->delivered = 1000;
	tcp_ext(f)->delivered_ce = 15;
	assert_why(f, "1.5 % of the segments were marked");
	tcp_ext(f)->max_pacing_rate = 125000;
	assert_why(f, "SO_MAX_PACING_RATE lets it send 125k bytes/s at most");
	f->socket.state = SK_STATE_CLOSE_WAIT;
	assert_why(f, "should call close()");
	assert_silent(f, "accepted it");
	f->socket.flags &= (uint16_t)~SK_F_OWNER;
	f->socket.inode = 0;
	assert_why(f, "No process has accepted it yet");
	assert_silent(f, "should call close()");
}

FRESH(old_kernel)
{
	struct fixture *f = *state;

	tcp_ext(f)->info_len = 168; /* Linux 4.9 */
	tcp_ext(f)->busy_time = 0;
	assert_bottleneck(f, BOTTLENECK_NETWORK);
	assert_why(f, "does not tell where sending spent its time");
	tcp_ext(f)->delivery_rate_app_limited = 1;
	assert_bottleneck(f, BOTTLENECK_APP);
	f->detail.tcp_ext.flags = 0;
	assert_why(f, "The kernel told too little");
}

FRESH(listeners)
{
	struct fixture *f = *state;

	f->socket.state = SK_STATE_LISTEN;
	f->socket.send_q = 5;
	assert_bottleneck(f, BOTTLENECK_NONE);
	assert_why(f, "No connection waits");
	f->socket.recv_q = 3;
	assert_why(f, "3 of at most 5 connections wait");
	f->socket.recv_q = 6;
	assert_why(f, "The backlog is full (6 wait, the limit is 5)");
	f->socket.flags |= SK_F_NO_COOKIE | SK_F_NO_SEND_Q;
	assert_why(f, "6 connections wait for accept(); /proc/net");
}

FRESH(other_states)
{
	struct fixture *f = *state;

	f->socket.state = SK_STATE_SYN_SENT;
	f->socket.timer_retrans = 2;
	f->socket.timer_ms = 4000;
	assert_why(f, "10.0.0.7 has not answered the SYN, sent again 2 times; next try in "
		      "4.0s");
	f->socket.state = SK_STATE_SYN_RECV;
	assert_why(f, "has not finished the handshake");
	f->socket.state = SK_STATE_TIME_WAIT;
	f->socket.timer = SK_TIMER_TIMEWAIT;
	assert_why(f, "keeps the pair of addresses for another 4.0s");
	f->socket.state = SK_STATE_FIN_WAIT2;
	assert_why(f, "This end has closed; the peer has not yet.");
	assert_why(f, "keeps it for another 4.0s");
	assert_bottleneck(f, BOTTLENECK_NONE);
}

FRESH(datagrams)
{
	struct fixture *f = *state;

	f->socket.proto = SK_PROTO_UDP;
	assert_why(f, "No packet was dropped");
	tcp_ext(f)->skmem[8] = 12;
	tcp_ext(f)->skmem[0] = 131072;
	assert_why(f, "12 packets were dropped because the receive buffer was full");
	assert_why(f, "receive buffer is 100 % full");
	f->socket.recv_q = 2304;
	assert_why(f, "2.30k bytes wait for the application");
	f->socket.recv_q = 0;
	tcp_ext(f)->flags = 0;
	assert_string_equal(why(f), "");
}

/* Other kinds have backlogs and queues too. */
FRESH(other_kinds)
{
	struct fixture *f = *state;

	f->socket = (struct sk_socket){ .cookie = 7, .proto = SK_PROTO_UNIX,
					.state = SK_STATE_LISTEN, .recv_q = 4,
					.send_q = 4 };
	assert_why(f, "The backlog is full");
	f->socket.state = SK_STATE_ESTABLISHED;
	assert_silent(f, "The backlog is full");
	f->socket.proto = SK_PROTO_MPTCP;
	assert_why(f, "Its subflows are TCP connections");
}
