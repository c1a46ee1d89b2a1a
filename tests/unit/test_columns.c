/* SPDX-License-Identifier: MIT */
/*
 * The column tables: stable ids, honest cells, readable text.
 */
#include "../testing.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include "attrs.h"
#include "shown.h"

static int set_up(void **state);
static int tear_down(void **state);

#define NO_DEVICE 0x7ffffff0U /* an interface index that no machine has */

/* The contract: ids that scripts may rely on. */
static const struct {
	enum sk_table_id table;
	const char *ids;
} stable[] = {
	{ SK_TABLE_CONNECTIONS, "proto state recv-q send-q local lport remote rport tx "
				"rx tx-total rx-total rtt "
				"retrans timer age user uid inode cookie cgroup netns "
				"dev mark cwnd tx-packets "
				"rx-packets retrans-rate rttvar minrtt rto mss pmtu "
				"ssthresh unacked lost notsent "
				"snd-wnd bytes-sent bytes-retrans pacing-rate "
				"delivery-rate busy rwnd-limited "
				"sndbuf-limited last-send last-recv congestion tos "
				"tclass shutdown rmem rcvbuf "
				"wmem sndbuf fwd wmem-queued optmem backlog drops" },
	{ SK_TABLE_HOSTS,
	  "host total established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait "
	  "close "
	  "close-wait last-ack listen closing udp tx rx tx-total rx-total retrans" },
	{ SK_TABLE_STATES, "state count share ipv4 ipv6 delta in out" },
	{ SK_TABLE_INTERFACES,
	  "interface rx tx rx-packets tx-packets rx-errors tx-errors rx-drops tx-drops "
	  "rx-total tx-total rx-errors-total tx-drops-total mtu flags state" },
	{ SK_TABLE_PROTOCOLS, "protocol counter value rate meaning" },
};

static const struct sk_column *find(enum sk_table_id table, const char *id, size_t len)
{
	const struct sk_column *column = sk_column_find(sk_table(table), id, len);

	if (!column)
		fail_msg("no column %.*s", (int)len, id);
	return column;
}

FRESH(test_stable_ids)
{
	for (size_t i = 0; i < sizeof(stable) / sizeof(stable[0]); i++) {
		for (const char *id = stable[i].ids; *id; id += strspn(id, " ")) {
			size_t len = strcspn(id, " ");

			find(stable[i].table, id, len);
			id += len;
		}
	}
}

FRESH(test_hosts_have_every_state)
{
	for (unsigned s = 1; s < SK_STATE_COUNT; s++)
		find(SK_TABLE_HOSTS, sk_state_id(s), strlen(sk_state_id(s)));
}

static void assert_id(const char *id)
{
	assert_true(*id >= 'a' && *id <= 'z');
	assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-"),
			 strlen(id));
}

FRESH(test_tables_are_sound)
{
	for (unsigned t = 0; t < SK_TABLE_COUNT; t++) {
		const struct sk_table *table = sk_table(t);

		assert_in_range(table->n_columns, 1, SK_COLUMNS_MAX);
		if (table->sort)
			find(t, table->sort, strlen(table->sort));
		for (size_t i = 0; i < table->n_columns; i++) {
			const struct sk_column *c = &table->columns[i];

			assert_id(c->id);
			assert_true(*c->title && *c->help && c->width);
			assert_true((c->get != NULL) != (c->get_arg != NULL));
			/* unique: a search finds this one and no other before it */
			assert_ptr_equal(sk_column_find(table, c->id, strlen(c->id)),
					 c);
		}
	}
}

FRESH(test_find)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);

	assert_ptr_equal(sk_column_find(table, "RECV_Q", 6),
			 sk_column_find(table, "recv-q", 6));
	assert_ptr_equal(sk_column_find(table, "tx-total", 2),
			 sk_column_find(table, "tx", 2));
	assert_null(sk_column_find(table, "recv", 4));
	assert_null(sk_column_find(table, "", 0));
}

struct list_case {
	const char *spec;
	const char *result; /* NULL: refused */
};

/* Applied to "proto,state,tx". */
static const struct list_case lists[] = {
	{ "rx,proto", "rx proto" },
	{ "rx,proto,rx", "rx proto" },
	{ "+rx", "proto state tx rx" },
	{ "+state,-proto", "state tx" },
	{ "-state,+RX_total", "proto tx rx-total" },
	{ "proto,+rx,-proto", "rx" },
	{ "", NULL },
	{ "proto,", NULL },
	{ "-all", NULL },
	{ "nonsense", NULL },
	{ "-proto,-state,-tx", NULL },
	{ "+\033[2J", NULL },
};

static void join(const struct sk_column_list *list, char *out, size_t size)
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < list->n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? " " : "",
					list->column[i]->id);
}

FRESH(test_lists)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct sk_column_list list;
		char error[SK_ERROR_LEN] = "", text[200];
		int err;

		assert_int_equal(
			sk_column_list_parse(table, "proto,state,tx", &list, error), 0);
		err = sk_column_list_parse(table, lists[i].spec, &list, error);
		assert_int_equal(err, lists[i].result ? 0 : -EINVAL);
		assert_true((*error != '\0') == (err != 0));
		assert_null(strchr(error, '\033'));
		join(&list, text, sizeof(text));
		if (!err)
			assert_string_equal(text, lists[i].result);
	}
}

FRESH(test_default_lists)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_column_list list;
	char error[SK_ERROR_LEN], text[400];

	sk_column_list_default(table, false, &list);
	join(&list, text, sizeof(text));
	assert_string_equal(text,
			    "proto state recv-q send-q local remote tx rx rate-10s tx-total "
			    "rx-total rtt retrans timer age user process");
	assert_int_equal(sk_column_list_needs(&list), SK_NEED_INFO | SK_NEED_OWNERS);
	assert_int_equal(sk_column_list_parse(table, "all,-rmem", &list, error), 0);
	assert_int_equal(list.n, table->n_columns - 1);
	assert_true(sk_column_list_needs(&list) & SK_NEED_TCP_EXT);
	assert_int_equal(sk_column_list_parse(table, "proto,local,lport", &list, error),
			 0);
	assert_int_equal(sk_column_list_needs(&list), 0);
}

/* A sample to look at, with one socket beside its struct sk_tcp_ext. */
struct fixture {
	struct sk_sample *sample;
	struct sk_socket *socket;
	struct sk_tcp_ext *tcp_ext;
	struct sk_context context;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	if (sk_sample_new(&f.sample))
		return -1;
	f.sample->needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_TCP_EXT;
	f.sample->time_ns = 500000000000ULL;
	f.context.sample = f.sample;
	*state = &f;
	if (sk_sample_add_socket(f.sample, &f.socket, &f.tcp_ext))
		return -1;
	f.socket->cookie = 0x1f;
	f.socket->state = SK_STATE_ESTABLISHED;
	set_local(f.sample, f.socket, sk_addr_from_v4("\12\0\0\1"));
	f.socket->remote = sk_addr_from_v4("\12\0\0\2");
	f.socket->lport = 40000;
	f.socket->rport = 443;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_sample_unref(f->sample);
	return 0;
}

static void assert_row(const struct fixture *f, enum sk_table_id table, const void *row,
		       const char *id, unsigned flags, const char *text)
{
	char out[128];
	int len = sk_value_format(&f->context, find(table, id, strlen(id)), row, flags,
				  out, sizeof(out));

	assert_string_equal(shown(out), text);
	assert_int_equal(len, strlen(out));
	/* as snprintf() does: who asks for the length first finds room for all */
	assert_int_equal(sk_value_format(&f->context, find(table, id, strlen(id)), row, flags,
					 NULL, 0), len);
	sk_value_format(&f->context, find(table, id, strlen(id)), row, flags, out,
			(size_t)len + 1);
	assert_string_equal(shown(out), text);
}

static void assert_cell(const struct fixture *f, const char *id, const char *text)
{
	assert_row(f, SK_TABLE_CONNECTIONS, f->socket, id, SK_FORMAT_JOIN_PORTS, text);
}

static void assert_missing(const struct fixture *f, const char *id, const char *reason)
{
	struct sk_value value;

	sk_column_get(find(SK_TABLE_CONNECTIONS, id, strlen(id)), &f->context,
		      f->socket, &value);
	assert_int_equal(value.kind, SK_VALUE_NONE);
	if (!strstr(value.text, reason))
		fail_msg("%s is missing because '%s'", id, value.text);
	assert_cell(f, id, "-");
}

FRESH(test_addresses)
{
	struct fixture *f = *state;

	assert_cell(f, "local", "10.0.0.1:40000");
	assert_cell(f, "remote", "10.0.0.2:443");
	assert_row(f, SK_TABLE_CONNECTIONS, f->socket, "remote", 0, "10.0.0.2");
	f->socket->flags = SK_F_V6; /* v4-mapped, as ss writes it */
	assert_cell(f, "remote", "[::ffff:10.0.0.2]:443");
	f->socket->remote = (struct sk_addr){ { 0xfe, 0x80, [15] = 1 } };
	assert_cell(f, "remote", "[fe80::1]:443");
	assert_row(f, SK_TABLE_CONNECTIONS, f->socket, "remote", 0, "fe80::1");
	f->socket->remote = (struct sk_addr){ { 0 } };
	f->socket->rport = 0;
	assert_cell(f, "remote", "[::]:*");
	f->socket->flags = 0;
	f->socket->remote = sk_addr_from_v4("\0\0\0\0");
	assert_cell(f, "remote", "0.0.0.0:*");
}

FRESH(test_services)
{
	struct fixture *f = *state;
	struct sk_names *names;
	const char *service;
	char text[64];

	assert_int_equal(sk_names_new(NULL, &names), 0);
	f->context.names = names;
	f->socket->lport = 22;
	service = sk_names_service(names, SK_PROTO_TCP, 22);
	snprintf(text, sizeof(text), "10.0.0.1:%s", service ? service : "22");
	assert_cell(f, "local", text);
	assert_cell(f, "lport", service ? service : "22");
	assert_cell(f, "service", service ? service : "-");
	assert_cell(f, "remote-name", "-"); /* hosts are off */
	f->context.numeric = SK_NAMES_USERS;
	assert_cell(f, "local", text);
	f->socket->proto = SK_PROTO_MPTCP; /* TCP's services */
	assert_cell(f, "local", text);
	f->socket->proto = SK_PROTO_PING; /* an echo id, no port */
	assert_cell(f, "local", "10.0.0.1:22");
	f->socket->proto = SK_PROTO_RAW; /* an IP protocol, no port */
	f->socket->lport = 1;
	snprintf(text, sizeof(text), "10.0.0.1:%s",
		 sk_names_protocol(names, 1) ? "icmp" : "1");
	assert_cell(f, "local", text);
	f->socket->proto = SK_PROTO_TCP;
	f->socket->lport = 22;
	f->context.numeric = SK_NAMES_SERVICES;
	assert_cell(f, "local", "10.0.0.1:22");
	assert_cell(f, "lport", "22");
	assert_cell(f, "service", "-");
	sk_names_free(names);
}

static const char *somebody(uint32_t uid)
{
	return uid == 77 ? "somebody" : NULL;
}

static bool some_interface(uint32_t ifindex, char name[SK_DEVICE_STRLEN])
{
	snprintf(name, SK_DEVICE_STRLEN, "there");
	return ifindex == 1;
}

/* A sample of another machine has that machine's users and interfaces, and none of ours. */
FRESH(test_other_machine)
{
	struct fixture *f = *state;
	const struct sk_names_options options = { .wait_users = true };
	struct sk_attrs attrs = *sk_attrs(f->sample, f->socket);
	struct sk_names *names;

	assert_int_equal(sk_names_new(&options, &names), 0);
	f->context.names = names;
	f->socket->flags |= SK_F_OWNER;
	f->socket->inode = 7;
	attrs.uid = 0;
	attrs.ifindex = 1; /* loopback, of which the sample has no row */
	assert_int_equal(sk_sample_set_attrs(f->sample, f->socket, &attrs), 0);
	assert_cell(f, "user", "root"); /* ours */
	assert_cell(f, "dev", "1"); /* a sample of nowhere */
	f->sample->machine.user = somebody;
	f->sample->machine.interface = some_interface;
	assert_cell(f, "user", "0");
	assert_cell(f, "dev", "there");
	attrs.uid = 77;
	attrs.ifindex = 2;
	assert_int_equal(sk_sample_set_attrs(f->sample, f->socket, &attrs), 0);
	assert_cell(f, "user", "somebody");
	assert_cell(f, "dev", "2");
	sk_names_free(names);
}

/* The kernel allows control characters in names of interfaces. */
FRESH(test_devices)
{
	struct fixture *f = *state;
	struct sk_link *link;
	struct sk_attrs attrs = *sk_attrs(f->sample, f->socket);

	assert_missing(f, "dev", "not bound");
	attrs.ifindex = NO_DEVICE;
	set_attrs(f->sample, f->socket, attrs);
	assert_cell(f, "local", "10.0.0.1%2147483632:40000");
	assert_cell(f, "dev", "2147483632");
	assert_int_equal(sk_sample_add_link(f->sample, &link), 0);
	link->ifindex = NO_DEVICE;
	sk_text_clean(link->name, sizeof(link->name), "e\033[2J0", 6);
	assert_cell(f, "dev", "e?[2J0");
	assert_cell(f, "local", "10.0.0.1%e?[2J0:40000");
	assert_cell(f, "remote", "10.0.0.2:443");
	f->socket->flags = SK_F_V6;
	assert_cell(f, "local", "[::ffff:10.0.0.1]%e?[2J0:40000");
}

FRESH(test_numbers)
{
	struct fixture *f = *state;
	struct sk_socket *s = f->socket;

	s->flags = SK_F_INFO | SK_F_RATE | SK_F_OWNER | SK_F_CGROUP;
	s->tx_rate = 1.25e6F;
	s->rx_total = 45600000;
	s->rtt_us = 1200;
	s->retrans = 3;
	s->recv_q = 123456;
	f->tcp_ext->mark = 0xbeef;
	f->tcp_ext->flags = SK_TCP_EXT_MARK;
	set_attrs(f->sample, s, (struct sk_attrs){ .cgroup = 77, .uid = 4123456789U });
	assert_cell(f, "tx", "1.25M");
	assert_row(f, SK_TABLE_CONNECTIONS, s, "tx", SK_FORMAT_BITS, "10.0M");
	assert_row(f, SK_TABLE_CONNECTIONS, s, "tx", SK_FORMAT_EXACT, "1250000");
	assert_cell(f, "rx", "0");
	assert_cell(f, "rx-total", "45.6M");
	assert_row(f, SK_TABLE_CONNECTIONS, s, "rx-total", SK_FORMAT_EXACT, "45600000");
	assert_cell(f, "rtt", "1.20ms");
	assert_cell(f, "retrans", "3");
	assert_cell(f, "recv-q", "123456");
	assert_cell(f, "user", "4123456789");
	assert_cell(f, "uid", "4123456789");
	assert_cell(f, "cookie", "1f");
	assert_cell(f, "mark", "beef");
	assert_cell(f, "cgroup-id", "77");
	assert_cell(f, "proto", "tcp");
	assert_cell(f, "state", "ESTABLISHED");
}

/* Missing is told apart from 0, and says why. */
FRESH(test_missing)
{
	struct fixture *f = *state;

	assert_missing(f, "tx-total", "no tcp_info in this state");
	assert_missing(f, "mark", "mark");
	f->sample->losses.missing = SK_MISSING_NET_ADMIN;
	assert_missing(f, "mark", "CAP_NET_ADMIN");
	assert_missing(f, "timer", "no timer");
	assert_missing(f, "expires", "no timer");
	f->socket->flags = SK_F_INFO;
	assert_missing(f, "tx", "two samples");
	assert_missing(f, "rtt", "not measured");
	f->socket->flags = SK_F_INFO | SK_F_RESET;
	assert_missing(f, "tx", "went back");
	f->socket->flags = SK_F_NO_COOKIE;
	assert_missing(f, "tx", "sock_diag");
	assert_missing(f, "cookie", "/proc/net");
	f->socket->timer = SK_TIMER_TIMEWAIT;
	assert_missing(f, "user", "forgets");
	assert_missing(f, "inode", "forgets");
	f->socket->flags = 0;
	f->socket->proto = SK_PROTO_UDP;
	assert_missing(f, "tx", "this kind");
	assert_missing(f, "rttvar", "this kind");
}

FRESH(test_timer)
{
	struct fixture *f = *state;

	f->socket->timer = SK_TIMER_TIMEWAIT;
	f->socket->timer_ms = 52000;
	assert_cell(f, "timer", "timewait 52s");
	assert_cell(f, "expires", "52s");
	f->socket->timer = SK_TIMER_ON;
	f->socket->timer_ms = 230;
	assert_cell(f, "timer", "on 230ms");
}

FRESH(test_age)
{
	struct fixture *f = *state;

	f->socket->first_seen = 50000 - 1200;
	assert_cell(f, "age", "12s");
	f->socket->flags = SK_F_AGE_MIN;
	assert_cell(f, "age", "12s+");
	/* the clock of 1/100 s has wrapped since: 497 days */
	f->sample->time_ns = (0x100000000ULL + 500) * 10000000;
	f->socket->first_seen = 0xffffffffU - 99;
	f->socket->flags = 0;
	assert_cell(f, "age", "6.0s");
}

FRESH(test_more)
{
	struct fixture *f = *state;

	f->socket->flags = SK_F_INFO;
	assert_missing(f, "rttvar", "in this state");
	assert_missing(f, "tx-packets", "two samples");
	assert_missing(f, "rmem", "in this state");
	f->tcp_ext->flags =
		SK_TCP_EXT_INFO | SK_TCP_EXT_SKMEM | SK_TCP_EXT_RATE | SK_TCP_EXT_TOS;
	f->tcp_ext->info_len = 280;
	f->tcp_ext->rttvar = 500;
	f->tcp_ext->min_rtt = UINT32_MAX;
	f->tcp_ext->pacing_rate = UINT64_MAX;
	f->tcp_ext->delivery_rate = 1000000;
	f->tcp_ext->snd_ssthresh = 0x7fffffff;
	f->tcp_ext->tos = 0x10;
	f->tcp_ext->last_data_sent = 1500;
	f->tcp_ext->n_skmem = 9;
	f->tcp_ext->skmem[8] = 42;
	f->tcp_ext->skmem[1] = 131072;
	f->tcp_ext->tx_packets = 12.0F;
	snprintf(f->tcp_ext->congestion, sizeof(f->tcp_ext->congestion), "cubic");
	assert_cell(f, "rttvar", "500us");
	assert_missing(f, "minrtt", "not measured");
	assert_missing(f, "pacing-rate", "not set");
	assert_missing(f, "ssthresh", "not set");
	assert_cell(f, "delivery-rate", "1.00M");
	assert_row(f, SK_TABLE_CONNECTIONS, f->socket, "delivery-rate",
		   SK_FORMAT_BITS | SK_FORMAT_EXACT, "8000000");
	assert_cell(f, "tos", "10");
	assert_cell(f, "last-send", "1.5s");
	assert_cell(f, "drops", "42");
	f->tcp_ext->n_skmem = 8; /* before Linux 4.7 */
	assert_missing(f, "drops", "too old");
	assert_cell(f, "rcvbuf", "131k");
	assert_cell(f, "tx-packets", "12");
	assert_cell(f, "congestion", "cubic");
}

/* The companion belongs to live rows of this sample, and to no other. */
FRESH(test_more_of_gone_rows)
{
	struct fixture *f = *state;

	f->tcp_ext->flags = SK_TCP_EXT_INFO;
	f->tcp_ext->info_len = 280;
	f->sample->n_tcp_ext = 0;
	assert_missing(f, "rttvar", "not sampled");
	f->sample->n_tcp_ext = 1;
	assert_cell(f, "rttvar", "0");
	f->socket->flags |= SK_F_GONE;
	assert_missing(f, "rttvar", "gone");
	assert_cell(f, "state", "ESTABLISHED");
}

/* No cell of an empty or hostile row writes beyond its room or anything unprintable. */
FRESH(test_any_row)
{
	struct fixture *f = *state;
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_attrs attrs;

	for (unsigned fill = 0; fill < 256; fill += 51) {
		memset(f->socket, (int)fill, sizeof(*f->socket));
		memset(f->tcp_ext, (int)fill, sizeof(*f->tcp_ext));
		memset(f->tcp_ext->congestion, 0, sizeof(f->tcp_ext->congestion));
		memset(&attrs, (int)fill, sizeof(attrs));
		attrs.ifindex = fill ? NO_DEVICE : 0;
		set_attrs(f->sample, f->socket, attrs);
		for (size_t i = 0; i < table->n_columns; i++) {
			char out[40];

			memset(out, 'x', sizeof(out));
			sk_value_format(&f->context, &table->columns[i], f->socket,
					SK_FORMAT_JOIN_PORTS, out, 30);
			assert_int_equal(out[30], 'x');
			assert_non_null(memchr(out, '\0', 30));
			assert_true(*out != '\0');
			for (const char *c = out; *c; c++)
				assert_in_range(*c, ' ', '~');
		}
	}
}

FRESH(test_small_room)
{
	struct fixture *f = *state;
	char out[8] = "xxxxxxx";

	f->socket->flags = SK_F_AGE_MIN;
	f->socket->first_seen = 50000 - 1200;
	sk_value_format(&f->context, find(SK_TABLE_CONNECTIONS, "age", 3), f->socket, 0,
			out, 4);
	assert_string_equal(out, "12s");
	assert_int_equal(out[4], 'x');
}
