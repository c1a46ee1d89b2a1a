/* SPDX-License-Identifier: MIT */
/*
 * The synthetic source is a machine that does not exist. Its clock, its sockets and
 * their traffic follow from the spec alone and are the same on every run, so a test can
 * know what is on the screen.
 */
#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/source.h>
#include "source/synthetic/kinds.h"
#include "source/synthetic/tcp_ext.h"
#include "source/synthetic/net.h"

#define EPOCH_NS 1000000000000ULL	   /* its CLOCK_MONOTONIC at the start */
#define WALL_NS 1767225600000000000LL	   /* 2026-01-01 00:00:00 UTC */
#define FIRST_PORT 32768

struct spec {
	uint32_t sockets, hosts, churn, links, seed, freeze, netns, hostile, samples, gaps;
};

struct synthetic {
	struct sk_source source;
	struct spec spec;
	struct sk_detached *sockets;
	struct sk_owners *owners;
	uint64_t random;
	uint64_t cookie;
	uint64_t ticks;	    /* samples so far */
	uint64_t moves;	    /* samples so far in which time passed */
	uint32_t gap;	    /* answers "nothing new yet" since the last sample */
	uint32_t next_turn; /* the socket whose turn it is to change */
	uint64_t time_ns;
};

static const struct {
	uint16_t port;
	uint32_t uid;
} services[] = {
	{ 443, 33 }, { 22, 0 }, { 80, 33 }, { 5432, 113 }, { 6379, 114 }, { 8080, 1000 },
};
#define N_SERVICES (ARRAY_SIZE(services))

/* A thousand connections of a busy web server are spread over the states like this. */
static const struct {
	uint8_t state;
	uint16_t per_mille;
} mix[] = {
	{ SK_STATE_ESTABLISHED, 640 }, { SK_STATE_TIME_WAIT, 290 },
	{ SK_STATE_CLOSE_WAIT, 25 },   { SK_STATE_FIN_WAIT2, 20 },
	{ SK_STATE_SYN_RECV, 10 },     { SK_STATE_FIN_WAIT1, 6 },
	{ SK_STATE_LAST_ACK, 4 },      { SK_STATE_SYN_SENT, 4 },
	{ SK_STATE_CLOSING, 1 },
};

static uint32_t next_random(struct synthetic *s, uint32_t below)
{
	/* xorshift64*: good enough to look alive, and the same everywhere */
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (uint32_t)((s->random * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static struct sk_addr host_address(uint32_t host, bool v6)
{
	struct sk_addr addr = { .b = { 0x20, 0x01, 0x0d, 0xb8 } };
	uint8_t v4[4] = { 198, (uint8_t)(18 + (host >> 16) % 2), (uint8_t)(host >> 8),
			  (uint8_t)host };

	if (!v6)
		return sk_addr_from_v4(v4);
	addr.b[6] = (uint8_t)(host >> 4);
	addr.b[14] = (uint8_t)(host >> 8);
	addr.b[15] = (uint8_t)host;
	return addr;
}

static uint8_t draw_state(struct synthetic *s)
{
	uint32_t at = next_random(s, 1000);
	size_t i = 0;

	while (at >= mix[i].per_mille)
		at -= mix[i++].per_mille;
	return mix[i].state;
}

/* A mini socket has neither owner nor counters, as in the kernel. */
static void enter_state(struct sk_detached *detached, uint8_t state)
{
	struct sk_socket *socket = &detached->socket;
	bool mini = state == SK_STATE_TIME_WAIT || state == SK_STATE_SYN_RECV;

	socket->state = (uint8_t)state;
	socket->timer = state == SK_STATE_TIME_WAIT ? SK_TIMER_TIMEWAIT :
			state == SK_STATE_SYN_RECV  ? SK_TIMER_ON :
						      SK_TIMER_OFF;
	socket->timer_ms = state == SK_STATE_TIME_WAIT ? 60000 :
			   state == SK_STATE_SYN_RECV  ? 1000 :
							 0;
	if (mini) {
		socket->flags &= SK_F_V6;
		socket->inode = 0;
		detached->attrs.uid = 0;
		socket->recv_q = 0;
		socket->send_q = 0;
	}
}

static void new_listener(struct synthetic *s, uint32_t i, struct sk_detached *detached)
{
	static const uint8_t any4[4];

	detached->attrs = (struct sk_attrs){ .local = sk_addr_from_v4(any4),
					     .uid = services[i].uid };
	detached->socket = (struct sk_socket){
		.cookie = ++s->cookie,
		.remote = sk_addr_from_v4(any4),
		.lport = services[i].port,
		.inode = 20000 + i,
		.send_q = 4096,
		.state = SK_STATE_LISTEN,
		.proto = SK_PROTO_TCP,
		.flags = SK_F_OWNER,
	};
}

static void new_udp(struct synthetic *s, uint32_t i, struct sk_detached *detached)
{
	struct sk_socket *socket = &detached->socket;

	new_listener(s, 0, detached);
	socket->proto = SK_PROTO_UDP;
	socket->state = SK_STATE_CLOSE;
	socket->lport = (uint16_t)(i % 2 ? 53 : 123);
	socket->inode = 30000 + i;
	socket->send_q = 0;
}

static void new_connection(struct synthetic *s, struct sk_detached *detached,
			   uint8_t state)
{
	uint32_t service = next_random(s, N_SERVICES);
	bool v6 = next_random(s, 5) == 0;

	detached->attrs = (struct sk_attrs){ .local = host_address(0xfe01, v6),
				      .uid = services[service].uid };
	detached->socket = (struct sk_socket){
		.cookie = ++s->cookie,
		.remote = host_address(next_random(s, s->spec.hosts) + 1, v6),
		.lport = services[service].port,
		.rport = (uint16_t)(FIRST_PORT + next_random(s, 28000)),
		.inode = (uint32_t)(100000 + s->cookie),
		.rtt_us = 200 + next_random(s, 90000),
		.retrans = next_random(s, 8) ? 0 : next_random(s, 40),
		.proto = SK_PROTO_TCP,
		.flags = (uint16_t)(SK_F_OWNER | SK_F_INFO | (v6 ? SK_F_V6 : 0)),
	};
	enter_state(detached, state);
	if (state == SK_STATE_CLOSE_WAIT)
		detached->socket.recv_q = 1;
}

static void build(struct synthetic *s)
{
	for (uint32_t i = 0; i < s->spec.sockets; i++) {
		if (i < N_SERVICES)
			new_listener(s, i, &s->sockets[i]);
		else if (i < N_SERVICES + 4)
			new_udp(s, i, &s->sockets[i]);
		else
			new_connection(s, &s->sockets[i], draw_state(s));
	}
}

/* The next connection in turn closes, or a closed one makes room for a new one. */
static void churn_one(struct synthetic *s)
{
	uint32_t fixed = N_SERVICES + 4;
	struct sk_socket *socket;
	struct sk_detached *detached;

	if (s->spec.sockets <= fixed)
		return;
	detached = &s->sockets[fixed + s->next_turn++ % (s->spec.sockets - fixed)];
	socket = &detached->socket;
	switch (socket->state) {
	case SK_STATE_ESTABLISHED:
		enter_state(detached, next_random(s, 3) ? SK_STATE_TIME_WAIT :
							SK_STATE_FIN_WAIT2);
		break;
	case SK_STATE_SYN_SENT:
	case SK_STATE_SYN_RECV:
		socket->flags |= SK_F_OWNER | SK_F_INFO;
		socket->inode = (uint32_t)(100000 + socket->cookie);
		enter_state(detached, SK_STATE_ESTABLISHED);
		break;
	case SK_STATE_CLOSE_WAIT:
		enter_state(detached, SK_STATE_LAST_ACK);
		break;
	case SK_STATE_FIN_WAIT1:
	case SK_STATE_FIN_WAIT2:
	case SK_STATE_CLOSING:
		enter_state(detached, SK_STATE_TIME_WAIT);
		break;
	default:
		new_connection(s, detached, SK_STATE_ESTABLISHED);
	}
}

/* Every third connection moves bytes, each at its own steady rate. */
static void pass_time(struct synthetic *s, double seconds)
{
	uint32_t ms = (uint32_t)(seconds * 1000);

	for (uint32_t i = 0; i < s->spec.sockets; i++) {
		struct sk_socket *socket = &s->sockets[i].socket;
		uint32_t pace = (uint32_t)(socket->cookie * 2654435761U) >> 8;

		socket->timer_ms = socket->timer_ms > ms ? socket->timer_ms - ms : 0;
		if (socket->state != SK_STATE_ESTABLISHED || pace % 3)
			continue;
		socket->tx_total += (uint64_t)(pace % 400000 * seconds);
		socket->rx_total += (uint64_t)(pace % 1700 * 40 * seconds);
		socket->send_q = pace % 7 ? 0 : pace % 60000;
	}
	for (uint32_t i = 0; i < s->spec.churn; i++)
		churn_one(s);
	s->moves++;
}

static int add_links(const struct synthetic *s, struct sk_sample *sample)
{
	for (uint32_t i = 0; i < s->spec.links; i++) {
		uint64_t unit = (i + 1) * 1000 * (s->moves + 100);
		struct sk_link *link;
		int err = sk_sample_add_link(sample, &link);

		if (err)
			return err;
		if (i == 0)
			strcpy(link->name, "lo");
		else
			snprintf(link->name, sizeof(link->name), "eth%u", i - 1);
		link->ifindex = i + 1;
		link->flags = SK_LINK_TIES;
		link->ifi_flags = IFF_UP | IFF_RUNNING |
				  (i ? IFF_BROADCAST | IFF_MULTICAST : IFF_LOOPBACK);
		link->mtu = i ? 1500 : 65536;
		link->operstate = i ? 6 : 0;
		link->n_stats = SK_LINK_STAT_COUNT;
		link->stat[SK_LINK_RX_BYTES] = unit * 700;
		link->stat[SK_LINK_TX_BYTES] = unit * 5200;
		link->stat[SK_LINK_RX_PACKETS] = unit;
		link->stat[SK_LINK_TX_PACKETS] = unit * 4;
		link->stat[SK_LINK_RX_DROPPED] = i > 1 ? s->moves * 3 : 0;
	}
	return 0;
}

static int add_counters(const struct synthetic *s, struct sk_sample *sample)
{
	static const struct {
		const char *section, *name;
		uint32_t per_tick;
		bool gauge;
	} counters[] = {
		{ "Ip", "InReceives", 8000, false }, { "Ip", "OutRequests", 9000, false },
		{ "Tcp", "ActiveOpens", 12, false }, { "Tcp", "PassiveOpens", 80, false },
		{ "Tcp", "CurrEstab", 640, true },   { "Tcp", "RetransSegs", 7, false },
		{ "Tcp", "InErrs", 0, false },	     { "Udp", "InDatagrams", 40, false },
		{ "Udp", "RcvbufErrors", 0, false }, { "Ip6", "InReceives", 900, false },
		{ "TcpExt", "TCPTimeouts", 2, false },
		{ "TcpExt", "ListenOverflows", 0, false },
		{ "TcpExt", "TW", 60, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		struct sk_counter *counter;
		int err = sk_sample_add_counter(sample, &counter);

		if (err)
			return err;
		strcpy(counter->section, counters[i].section);
		strcpy(counter->name, counters[i].name);
		counter->gauge = counters[i].gauge;
		counter->value = counters[i].per_tick *
				 (counters[i].gauge ? 1 : s->moves + 1000);
	}
	return 0;
}

/* Fills sockstat as /proc would count these sockets: always in agreement. */
static void add_sockstat(const struct synthetic *s, struct sk_sample *sample)
{
	struct sk_sockstat *stat = &sample->sockstat;

	stat->valid = true;
	for (uint32_t i = 0; i < s->spec.sockets; i++) {
		const struct sk_socket *socket = &s->sockets[i].socket;
		bool v6 = (socket->flags & SK_F_V6) != 0;

		if (socket->proto == SK_PROTO_UDP)
			continue;
		if (socket->timer == SK_TIMER_TIMEWAIT)
			stat->tcp_tw++;
		else if (socket->state != SK_STATE_SYN_RECV && v6)
			stat->tcp6_inuse++;
		else if (socket->state != SK_STATE_SYN_RECV)
			stat->tcp_inuse++;
	}
	sample->limits = (struct sk_limits){ UINT32_MAX, 65536, 32768, 60999 };
}

static bool wanted(const struct sk_request *request, const struct sk_socket *socket)
{
	unsigned family = socket->flags & SK_F_V6 ? 2 : 1;

	return (request->protos & (1U << socket->proto)) &&
	       (request->families & family) &&
	       (socket->proto != SK_PROTO_TCP ||
		(request->tcp_states & SK_STATE_BIT(socket->state)));
}

static int add_sockets(const struct synthetic *s, const struct sk_request *request,
		       struct sk_sample *sample)
{
	for (uint32_t i = 0; i < s->spec.sockets; i++) {
		struct sk_socket *socket;
		struct sk_tcp_ext *tcp_ext;
		int err;

		if (!wanted(request, &s->sockets[i].socket))
			continue;
		err = sk_sample_add_socket(sample, &socket, &tcp_ext);
		if (err)
			return err;
		err = sk_sample_put(sample, socket, &s->sockets[i]);
		if (err)
			return err;
		socket->netns = (uint16_t)(socket->cookie % s->spec.netns);
		if (tcp_ext)
			synthetic_tcp_ext(socket, tcp_ext);
	}
	return 0;
}

/* All namespaces but the first, the own one, have names. */
static int add_namespaces(const struct synthetic *s, struct sk_sample *sample)
{
	for (uint32_t i = 0; s->spec.netns > 1 && i < s->spec.netns; i++) {
		struct sk_netns *netns;
		int err = sk_sample_add_netns(sample, &netns);

		if (err)
			return err;
		netns->inode = 4026531840U + i;
		netns->since = 1;
		netns->state = SK_NETNS_SEEN;
		if (i)
			snprintf(netns->name, sizeof(netns->name), "web%u", i);
	}
	return 0;
}

/* Names as they would be if nobody had cleaned them. */
static void be_hostile(struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_links; i++)
		snprintf(sample->links[i].name, sizeof(sample->links[i].name), "%.15s",
			 synthetic_hostile);
	for (uint32_t i = 1; i < sample->n_netns; i++)
		snprintf(sample->netns[i].name, sizeof(sample->netns[i].name), "%s",
			 synthetic_hostile);
}

/* The users of the services have names; the other users have none. */
static const char *user_name(uint32_t uid)
{
	return uid == 0 ? "root" : uid == 33 ? "www-data" : NULL;
}

static bool is_last(const struct synthetic *s)
{
	return s->spec.samples && s->ticks >= s->spec.samples;
}

static void next_instant(struct synthetic *s, double interval)
{
	s->time_ns += (uint64_t)(interval * 1e9);
	s->gap = 0;
	if (s->ticks++ && (!s->spec.freeze || s->moves < s->spec.freeze))
		pass_time(s, interval);
}

static int collect(struct sk_source *source, const struct sk_request *request,
		   struct sk_sample *sample)
{
	struct synthetic *s = (struct synthetic *)source;
	bool again = request->again && s->ticks;
	int err;

	if (!again && s->ticks && (s->gap++ < s->spec.gaps || is_last(s)))
		return SK_SOURCE_NOTHING;
	if (!again)
		next_instant(s, request->interval);
	sample->last = is_last(s);
	sample->time_ns = EPOCH_NS + s->time_ns;
	sample->wall_ns = WALL_NS + (int64_t)s->time_ns;
	sample->needs = request->needs;
	sample->source = "synthetic";
	sample->machine = (struct sk_machine){ .host = "example", .user = user_name };
	err = add_sockets(s, request, sample);
	if (!err)
		err = add_links(s, sample);
	if (!err)
		err = add_counters(s, sample);
	if (!err)
		err = add_namespaces(s, sample);
	if (!err)
		err = synthetic_net_add(sample);
	if (!err)
		err = synthetic_kinds(request, s->spec.hostile, sample);
	if (request->needs & SK_NEED_OWNERS)
		synthetic_attribute(s->owners, sample);
	if (s->spec.hostile)
		be_hostile(sample);
	add_sockstat(s, sample);
	return err;
}

/* Cookies were given in the order of the sockets, and most have their first one. */
static int look_up(struct sk_source *source, const struct sk_detached *detached,
		   struct sk_sample *sample, struct sk_detail **detail)
{
	const struct synthetic *s = (const struct synthetic *)source;
	const uint64_t cookie = detached->socket.cookie;

	(void)sample;
	for (uint32_t i = 0; i < s->spec.sockets; i++) {
		struct sk_detached found = s->sockets[(cookie - 1 + i) % s->spec.sockets];

		if (found.socket.cookie != cookie)
			continue;
		found.socket.netns = (uint16_t)(cookie % s->spec.netns);
		*detail = synthetic_detail(&found);
		return *detail ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

static void synthetic_free(struct sk_source *source)
{
	struct synthetic *s = (struct synthetic *)source;

	sk_owners_unref(s->owners);
	free(s->sockets);
	free(s);
}

static const struct sk_source_ops synthetic_ops = { .collect = collect,
						    .look_up = look_up,
						    .free = synthetic_free,
						    .repeats = true };

static int parse_spec(const char *text, struct spec *spec, char *error)
{
	const struct {
		const char *name;
		uint32_t *value;
		unsigned long least, most;
	} keys[] = {
		{ "sockets", &spec->sockets, 0, 10000000 },
		{ "hosts", &spec->hosts, 1, 130000 },
		{ "churn", &spec->churn, 0, 10000000 },
		{ "links", &spec->links, 0, 1000 },
		{ "seed", &spec->seed, 0, UINT32_MAX },
		{ "freeze", &spec->freeze, 0, UINT32_MAX },
		{ "netns", &spec->netns, 1, 1000 },
		{ "samples", &spec->samples, 0, UINT32_MAX },
		{ "gaps", &spec->gaps, 0, UINT32_MAX },
		{ "hostile", &spec->hostile, 0, 1 },
	};
	const size_t n_keys = ARRAY_SIZE(keys);

	while (*text) {
		size_t len = strcspn(text, "="), k = 0;
		unsigned long value = 0;
		char *end = NULL;

		while (k < n_keys && (strlen(keys[k].name) != len ||
				      strncmp(keys[k].name, text, len) != 0))
			k++;
		if (k < n_keys && text[len] == '=' && text[len + 1] >= '0' &&
		    text[len + 1] <= '9')
			value = strtoul(text + len + 1, &end, 10);
		if (!end || (*end && *end != ',') || value < keys[k].least ||
		    value > keys[k].most) {
			snprintf(error, SK_ERROR_LEN,
				 "--synthetic: '%.40s' is not one of sockets=N, hosts=N, "
				 "churn=N, links=N, seed=N, freeze=N, netns=N, samples=N, "
				 "gaps=N", text);
			return -EINVAL;
		}
		*keys[k].value = (uint32_t)value;
		text = *end ? end + 1 : end;
	}
	return 0;
}

int sk_synthetic_source_new(const char *spec, unsigned options, struct sk_source **out,
			    char *error)
{
	struct synthetic *s = calloc(1, sizeof(*s));
	int err = s ? 0 : -ENOMEM;

	(void)options;
	if (err)
		goto cleanup;
	s->spec = (struct spec){ .sockets = 2000, .hosts = 100, .churn = 20,
				 .links = 3, .seed = 1, .netns = 1 };
	err = parse_spec(spec, &s->spec, error);
	if (err)
		goto cleanup;
	s->sockets = calloc(s->spec.sockets + 1, sizeof(*s->sockets));
	err = s->sockets ? synthetic_owners_new(s->spec.hostile, &s->owners) : -ENOMEM;
	if (err)
		goto cleanup;
	s->source.ops = &synthetic_ops;
	s->random = s->spec.seed * 0x9e3779b97f4a7c15ULL + 88172645463325252ULL;
	build(s);
	*out = &s->source;
	return 0;
cleanup:
	if (err == -ENOMEM)
		snprintf(error, SK_ERROR_LEN, "--synthetic: not enough memory");
	if (s)
		synthetic_free(&s->source);
	return err;
}
