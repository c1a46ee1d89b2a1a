/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/event.h>
#include <sktop/types.h>

static const struct {
	const char *name; /* netstat's and the RFC's */
	const char *id;	  /* ss's, and our column id */
} states[SK_STATE_COUNT] = {
	[SK_STATE_UNKNOWN] = { "UNKNOWN", "unknown" },
	[SK_STATE_ESTABLISHED] = { "ESTABLISHED", "established" },
	[SK_STATE_SYN_SENT] = { "SYN_SENT", "syn-sent" },
	[SK_STATE_SYN_RECV] = { "SYN_RECV", "syn-recv" },
	[SK_STATE_FIN_WAIT1] = { "FIN_WAIT1", "fin-wait-1" },
	[SK_STATE_FIN_WAIT2] = { "FIN_WAIT2", "fin-wait-2" },
	[SK_STATE_TIME_WAIT] = { "TIME_WAIT", "time-wait" },
	[SK_STATE_CLOSE] = { "CLOSE", "close" },
	[SK_STATE_CLOSE_WAIT] = { "CLOSE_WAIT", "close-wait" },
	[SK_STATE_LAST_ACK] = { "LAST_ACK", "last-ack" },
	[SK_STATE_LISTEN] = { "LISTEN", "listen" },
	[SK_STATE_CLOSING] = { "CLOSING", "closing" },
};

#define BIT(name) SK_STATE_BIT(SK_STATE_##name)
#define CONNECTED (SK_STATES_ALL & ~(BIT(LISTEN) | BIT(CLOSE)))
#define BUCKET (BIT(SYN_RECV) | BIT(TIME_WAIT))

/* Spellings beside the two of the table above, without '-' and '_'. */
static const struct {
	const char *name;
	uint32_t mask;
} spellings[] = {
	{ "estab", BIT(ESTABLISHED) },
	{ "synrcv", BIT(SYN_RECV) },
	{ "unconn", BIT(CLOSE) },
	{ "unconnected", BIT(CLOSE) },
	{ "closed", BIT(CLOSE) },
	{ "unknown", BIT(UNKNOWN) }, /* ss has it; no socket is in it */
	{ "listening", BIT(LISTEN) },
	/* SCTP's, as they are shown */
	{ "cookiewait", BIT(SYN_SENT) },
	{ "cookieechoed", BIT(SYN_RECV) },
	{ "shutdownpending", BIT(FIN_WAIT1) },
	{ "shutdownsent", BIT(FIN_WAIT2) },
	{ "shutdownreceived", BIT(CLOSE_WAIT) },
	{ "shutdownacksent", BIT(LAST_ACK) },
	{ "all", SK_STATES_ALL },
	{ "connected", CONNECTED },
	{ "synchronized", CONNECTED & ~BIT(SYN_SENT) },
	{ "bucket", BUCKET },
	{ "big", SK_STATES_ALL & ~BUCKET },
};

/* The single steps of the state machine of RFC 9293; CLOSE always can. */
static const uint32_t next_states[SK_STATE_COUNT] = {
	[SK_STATE_CLOSE] = BIT(LISTEN) | BIT(SYN_SENT),
	[SK_STATE_LISTEN] = BIT(SYN_RECV) | BIT(SYN_SENT),
	[SK_STATE_SYN_SENT] = BIT(SYN_RECV) | BIT(ESTABLISHED),
	[SK_STATE_SYN_RECV] = BIT(ESTABLISHED) | BIT(FIN_WAIT1),
	[SK_STATE_ESTABLISHED] = BIT(FIN_WAIT1) | BIT(CLOSE_WAIT),
	[SK_STATE_FIN_WAIT1] = BIT(FIN_WAIT2) | BIT(CLOSING) | BIT(TIME_WAIT),
	[SK_STATE_FIN_WAIT2] = BIT(TIME_WAIT),
	[SK_STATE_CLOSING] = BIT(TIME_WAIT),
	[SK_STATE_CLOSE_WAIT] = BIT(LAST_ACK),
};

static const char *const ends[SK_END_COUNT] = {
	[SK_END_BY_US] = "closed here",
	[SK_END_BY_PEER] = "closed by peer",
	[SK_END_RESET_RECEIVED] = "reset by peer",
	[SK_END_RESET_SENT] = "reset here",
	[SK_END_TIMED_OUT] = "timed out",
	[SK_END_REFUSED] = "refused",
	[SK_END_GAVE_UP] = "gave up",
	[SK_END_FAILED] = "failed",
};

static const char *const timers[SK_TIMER_COUNT] = {
	[SK_TIMER_OFF] = "off",		  [SK_TIMER_ON] = "on",
	[SK_TIMER_KEEPALIVE] = "keepalive", [SK_TIMER_TIMEWAIT] = "timewait",
	[SK_TIMER_PERSIST] = "persist",	  [SK_TIMER_DELACK] = "delack",
};

const char *sk_proto_name(enum sk_proto proto, bool v6)
{
	static const char *const names[SK_PROTO_COUNT][2] = {
		[SK_PROTO_TCP] = { "tcp", "tcp6" },
		[SK_PROTO_UDP] = { "udp", "udp6" },
		[SK_PROTO_UDPLITE] = { "udpl", "udpl6" },
		[SK_PROTO_SCTP] = { "sctp", "sctp6" },
		[SK_PROTO_MPTCP] = { "mptcp", "mptcp6" },
		[SK_PROTO_RAW] = { "raw", "raw6" },
		[SK_PROTO_PING] = { "icmp", "icmp6" },
		[SK_PROTO_UNIX] = { "unix", "unix" },
		[SK_PROTO_PACKET] = { "packet", "packet" },
		[SK_PROTO_NETLINK] = { "netlink", "netlink" },
		[SK_PROTO_VSOCK] = { "vsock", "vsock" },
		[SK_PROTO_XDP] = { "xdp", "xdp" },
		[SK_PROTO_TIPC] = { "tipc", "tipc" },
	};

	return (unsigned)proto < SK_PROTO_COUNT ? names[proto][v6] : "?";
}

/* By SOCK_*, which are the same on every Linux but those of MIPS and its 1 and 2. */
#define KINDS 6

const char *sk_type_name(uint32_t kind)
{
	static const char *const names[KINDS] = { NULL,	 "stream", "dgram",
						  "raw", "rdm",	   "seqpacket" };

	return kind < KINDS ? names[kind] : NULL;
}

const char *sk_proto_kind_name(enum sk_proto proto, bool v6, uint32_t kind)
{
	static const char *const names[SK_PROTO_COUNT][KINDS] = {
		[SK_PROTO_UNIX] = { NULL, "u_str", "u_dgr", NULL, NULL, "u_seq" },
		[SK_PROTO_PACKET] = { NULL, NULL, "p_dgr", "p_raw", NULL, NULL },
		[SK_PROTO_NETLINK] = { "nl", "nl", "nl", "nl", "nl", "nl" },
		[SK_PROTO_VSOCK] = { NULL, "v_str", "v_dgr", NULL, NULL, "v_seq" },
		[SK_PROTO_TIPC] = { NULL, "ti_st", "ti_dg", NULL, "ti_rd", "ti_sq" },
	};
	const char *name = (unsigned)proto < SK_PROTO_COUNT && kind < KINDS ?
				   names[proto][kind] :
				   NULL;

	return name ? name : sk_proto_name(proto, v6);
}

/* SCTP's associations have states of their own; ours are those that mean the same. */
static const char *sctp_state_name(enum sk_state state)
{
	switch (state) {
	case SK_STATE_SYN_SENT:
		return "COOKIE_WAIT";
	case SK_STATE_SYN_RECV:
		return "COOKIE_ECHOED";
	case SK_STATE_FIN_WAIT1:
		return "SHUTDOWN_PENDING";
	case SK_STATE_FIN_WAIT2:
		return "SHUTDOWN_SENT";
	case SK_STATE_CLOSE_WAIT:
		return "SHUTDOWN_RECEIVED";
	case SK_STATE_LAST_ACK:
		return "SHUTDOWN_ACK_SENT";
	default:
		return states[(unsigned)state < SK_STATE_COUNT ? state : 0].name;
	}
}

const char *sk_state_name(enum sk_proto proto, enum sk_state state)
{
	if (proto == SK_PROTO_SCTP)
		return sctp_state_name(state);
	if (state == SK_STATE_CLOSE && proto != SK_PROTO_TCP && proto != SK_PROTO_MPTCP)
		return "UNCONN";
	return states[(unsigned)state < SK_STATE_COUNT ? state : 0].name;
}

const char *sk_state_id(enum sk_state state)
{
	return states[(unsigned)state < SK_STATE_COUNT ? state : 0].id;
}

/* Lower case without '-' and '_', so that every spelling looks the same. */
static size_t fold(const char *text, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '-' || c == '_')
			continue;
		if (n + 1 >= size)
			return 0;
		out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out[n] = '\0';
	return n;
}

int sk_state_parse(const char *text, size_t len, uint32_t *mask)
{
	char word[24], known[24];

	if (!fold(text, len, word, sizeof(word)))
		return -EINVAL;
	for (unsigned i = 1; i < SK_STATE_COUNT; i++) {
		fold(states[i].name, strlen(states[i].name), known, sizeof(known));
		if (strcmp(word, known) == 0) {
			*mask = SK_STATE_BIT(i);
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		if (strcmp(word, spellings[i].name) == 0) {
			*mask = spellings[i].mask;
			return 0;
		}
	}
	return -EINVAL;
}

const char *sk_timer_name(enum sk_timer timer)
{
	return (unsigned)timer < SK_TIMER_COUNT ? timers[timer] : "unknown";
}

const char *sk_end_name(enum sk_end end)
{
	return (unsigned)end < SK_END_COUNT ? ends[end] : NULL;
}

bool sk_state_adjacent(enum sk_state from, enum sk_state to)
{
	if ((unsigned)from >= SK_STATE_COUNT || (unsigned)to >= SK_STATE_COUNT)
		return false;
	return from == to || to == SK_STATE_CLOSE ||
	       (next_states[from] & SK_STATE_BIT(to));
}

static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

bool sk_addr_is_v4(const struct sk_addr *addr)
{
	return memcmp(addr->b, v4_mapped, sizeof(v4_mapped)) == 0;
}

bool sk_addr_is_any(const struct sk_addr *addr)
{
	static const uint8_t zero[16];

	if (sk_addr_is_v4(addr))
		return memcmp(addr->b + 12, zero, 4) == 0;
	return memcmp(addr->b, zero, 16) == 0;
}

bool sk_addr_is_link_local(const struct sk_addr *addr)
{
	return addr->b[0] == 0xfe && (addr->b[1] & 0xc0) == 0x80;
}

struct sk_addr sk_addr_from_v4(const void *four_bytes)
{
	struct sk_addr addr;

	memcpy(addr.b, v4_mapped, sizeof(v4_mapped));
	memcpy(addr.b + 12, four_bytes, 4);
	return addr;
}

struct sk_addr sk_addr_prefix(const struct sk_addr *addr, unsigned prefix_len)
{
	struct sk_addr net = *addr;

	for (unsigned i = 0; i < 16; i++) {
		unsigned bits = prefix_len > i * 8 ? prefix_len - i * 8 : 0;

		if (bits < 8)
			net.b[i] &= (uint8_t)(0xff00U >> bits);
	}
	return net;
}

bool sk_addr_in_prefix(const struct sk_addr *addr, const struct sk_addr *net,
		       unsigned prefix_len)
{
	unsigned whole = prefix_len / 8, rest = prefix_len % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);

	if (prefix_len >= 128)
		return memcmp(addr->b, net->b, 16) == 0;
	if (memcmp(addr->b, net->b, whole) != 0)
		return false;
	return rest == 0 || ((addr->b[whole] ^ net->b[whole]) & mask) == 0;
}

char *sk_addr_format(const struct sk_addr *addr, bool v6, char out[SK_ADDR_STRLEN])
{
	if (!v6 && sk_addr_is_v4(addr))
		inet_ntop(AF_INET, addr->b + 12, out, SK_ADDR_STRLEN);
	else
		inet_ntop(AF_INET6, addr->b, out, SK_ADDR_STRLEN);
	return out;
}
