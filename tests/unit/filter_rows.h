/* SPDX-License-Identifier: MIT */
/* Three sockets, and which of them a filter finds. */
#ifndef FILTER_ROWS_H
#define FILTER_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <sktop/filter.h>

static inline struct sk_addr v4(const char *text)
{
	uint8_t b[4];

	inet_pton(AF_INET, text, b);
	return sk_addr_from_v4(b);
}

static inline const struct sk_table *sockets(void)
{
	return sk_table(SK_TABLE_CONNECTIONS);
}

/* 10.0.0.1:22 to 10.0.0.2:50312, ESTABLISHED, 150 ms, user 0; and a listener. */
static struct sk_socket rows[3];

static inline int set_up(void **state)
{
	(void)state;
	rows[0] = (struct sk_socket){ .proto = SK_PROTO_TCP,
				      .state = SK_STATE_ESTABLISHED,
				      .remote = v4("10.0.0.2"),
				      .lport = 22,
				      .rport = 50312,
				      .rtt_us = 150000,
				      .tx_total = 12345678901234567ULL,
				      .recv_q = 7,
				      .cookie = 0x1a2b,
				      .flags = SK_F_INFO | SK_F_OWNER };
	rows[1] = (struct sk_socket){ .proto = SK_PROTO_TCP,
				      .state = SK_STATE_LISTEN,
				      .remote = v4("0.0.0.0"),
				      .lport = 443 };
	rows[2] = rows[0];
	rows[2].state = SK_STATE_TIME_WAIT;
	rows[2].flags = SK_F_V6; /* v4-mapped, without owner and counters */
	rows[2].flags |= SK_F_CGROUP;
	rows[0].attrs = 2;
	rows[1].attrs = 3;
	rows[2].attrs = 1;
	return 0;
}

/* Returns which of the three rows match, as bits. */
static inline unsigned matches(const char *text)
{
	struct sk_tcp_ext tcp_ext[3] = { { .mark = 0x15, .flags = SK_TCP_EXT_MARK } };
	struct sk_link link = { .ifindex = 7, .name = "eth7" };
	struct sk_attrs attrs_table[] = { { .uid = 0 },
				   { .local = v4("10.0.0.1"), .cgroup = 42, .ifindex = 7 },
				   { .local = v4("10.0.0.1") },
				   { .local = v4("0.0.0.0") } };
	struct sk_sample sample = { .needs = SK_NEED_INFO,
				    .sockets = rows,
				    .tcp_ext = tcp_ext,
				    .n_tcp_ext = 3,
				    .n_sockets = 3,
				    .links = &link,
				    .n_links = 1,
				    .attrs_table = { .at = attrs_table, .n = 4 },
				    .limits = { .port_first = 443, .port_last = 999 } };
	struct sk_context context = { .sample = &sample };
	struct sk_filter_error error;
	struct sk_filter *filter;
	unsigned bits = 0;

	if (sk_filter_parse(text, sockets(), &filter, &error))
		fail_msg("%s: %s", text, error.message);
	for (unsigned i = 0; i < 3; i++)
		bits |= (unsigned)sk_filter_match(filter, &context, &rows[i]) << i;
	sk_filter_free(filter);
	return bits;
}

#endif
