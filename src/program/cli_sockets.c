/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include <sktop/ascii.h>
#include <sktop/text.h>
#include "program/cli_sockets.h"

#define BIT(name) SK_PROTO_BIT(SK_PROTO_##name)
#define ALL_PROTOS (SK_PROTO_BIT(SK_PROTO_COUNT) - 1)
#define INET (BIT(TCP) | BIT(UDP) | BIT(UDPLITE) | BIT(SCTP) | BIT(MPTCP) | BIT(RAW) | BIT(PING))
/* Every type of socket: sk_request.kinds. */
#define ALL_KINDS 0xff

/** A word of -A and -f, and what it stands for. */
struct word {
	const char *name;
	uint32_t protos;
	uint8_t kind;	  /* SOCK_*, 0 = every type */
	uint8_t families; /* 1 = IPv4, 2 = IPv6; 0 = as they are */
};

/* The first of several names is the one that messages list. */
static const struct word queries[] = {
	{ "all", ALL_PROTOS, 0, 0 },
	{ "inet", INET, 0, 0 },
	{ "inet6", INET, 0, 2 },
	{ "tcp", BIT(TCP), 0, 0 },
	{ "udp", BIT(UDP), 0, 0 },
	{ "udplite", BIT(UDPLITE), 0, 0 },
	{ "sctp", BIT(SCTP), 0, 0 },
	{ "mptcp", BIT(MPTCP), 0, 0 },
	{ "raw", BIT(RAW), 0, 0 },
	{ "ping", BIT(PING), 0, 0 },
	{ "icmp", BIT(PING), 0, 0 },
	{ "unix", BIT(UNIX), 0, 0 },
	{ "u_str", BIT(UNIX), SOCK_STREAM, 0 },
	{ "unix_stream", BIT(UNIX), SOCK_STREAM, 0 },
	{ "u_dgr", BIT(UNIX), SOCK_DGRAM, 0 },
	{ "unix_dgram", BIT(UNIX), SOCK_DGRAM, 0 },
	{ "u_seq", BIT(UNIX), SOCK_SEQPACKET, 0 },
	{ "unix_seqpacket", BIT(UNIX), SOCK_SEQPACKET, 0 },
	{ "packet", BIT(PACKET), 0, 0 },
	{ "p_raw", BIT(PACKET), SOCK_RAW, 0 },
	{ "packet_raw", BIT(PACKET), SOCK_RAW, 0 },
	{ "p_dgr", BIT(PACKET), SOCK_DGRAM, 0 },
	{ "packet_dgram", BIT(PACKET), SOCK_DGRAM, 0 },
	{ "netlink", BIT(NETLINK), 0, 0 },
	{ "nl", BIT(NETLINK), 0, 0 },
	{ "vsock", BIT(VSOCK), 0, 0 },
	{ "v_str", BIT(VSOCK), SOCK_STREAM, 0 },
	{ "vsock_stream", BIT(VSOCK), SOCK_STREAM, 0 },
	{ "v_dgr", BIT(VSOCK), SOCK_DGRAM, 0 },
	{ "vsock_dgram", BIT(VSOCK), SOCK_DGRAM, 0 },
	{ "xdp", BIT(XDP), 0, 0 },
	{ "tipc", BIT(TIPC), 0, 0 },
};

static const struct word families[] = {
	{ "inet", 0, 0, 1 },	    { "inet6", 0, 0, 2 },	{ "link", BIT(PACKET), 0, 0 },
	{ "unix", BIT(UNIX), 0, 0 }, { "netlink", BIT(NETLINK), 0, 0 },
	{ "vsock", BIT(VSOCK), 0, 0 }, { "xdp", BIT(XDP), 0, 0 }, { "tipc", BIT(TIPC), 0, 0 },
};

static const struct word *find(const struct word *words, size_t n, const char *text,
			       size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(words[i].name) == len &&
		    sk_ascii_begins(words[i].name, text, len))
			return &words[i];
	}
	return NULL;
}

static enum cli_result refuse(const char *option, const char *text, size_t len,
			      const struct word *words, size_t n)
{
	char shown[41];

	snprintf(shown, sizeof(shown), "%.*s", (int)len, text);
	fprintf(stderr, "sktop: %s: '", option);
	sk_text_put(stderr, shown);
	fputs("' is none of ", stderr);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", words[i].name);
	fputs("\n", stderr);
	return CLI_USAGE;
}

/* The first choice turns the default off, as in ss and netstat. */
static void begin_choice(struct sk_options *o, uint32_t protos)
{
	if (!o->protos_chosen)
		o->request.protos = protos;
	o->protos_chosen = true;
}

static void add(struct sk_options *o, uint32_t protos, uint8_t kind)
{
	begin_choice(o, 0);
	o->request.protos |= protos;
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (protos & SK_PROTO_BIT(proto))
			o->request.kinds[proto] |=
				(uint8_t)(kind ? 1U << kind : ALL_KINDS);
	}
}

static void take_away(struct sk_options *o, uint32_t protos, uint8_t kind)
{
	begin_choice(o, ALL_PROTOS);
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		uint8_t *kinds = &o->request.kinds[proto];

		if (!(protos & SK_PROTO_BIT(proto)))
			continue;
		if (!*kinds)
			*kinds = ALL_KINDS;
		*kinds = (uint8_t)(kind ? *kinds & ~(1U << kind) : 0);
		if (!*kinds)
			o->request.protos &= ~SK_PROTO_BIT(proto);
	}
}

enum cli_result cli_read_proto(struct sk_options *o, const char *arg, int proto)
{
	(void)arg;
	add(o, SK_PROTO_BIT(proto), 0);
	o->protos_asked |= SK_PROTO_BIT(proto);
	return CLI_RUN;
}

enum cli_result cli_read_family(struct sk_options *o, const char *arg, int family)
{
	(void)arg;
	if (o->request.families == 3)
		o->request.families = 0;
	o->request.families |= (unsigned)family;
	return CLI_RUN;
}

enum cli_result cli_read_query(struct sk_options *o, const char *arg, int value)
{
	const size_t n = ARRAY_SIZE(queries);

	(void)value;
	for (;;) {
		size_t len = strcspn(arg, ",");
		bool not = *arg == '!';
		const struct word *word = find(queries, n, arg + not, len - not);

		if (!word)
			return refuse("-A", arg + not, len - not, queries, n);
		if (not)
			take_away(o, word->protos, word->kind);
		else
			add(o, word->protos, word->kind);
		/* "all" and "inet" ask for what there is, the others for something */
		if (!not && !(word->protos & (word->protos - 1)))
			o->protos_asked |= word->protos;
		if (word->families)
			cli_read_family(o, NULL, word->families);
		if (!arg[len])
			break;
		arg += len + 1;
	}
	if (o->request.protos)
		return CLI_RUN;
	fputs("sktop: -A: no kind of sockets is left to show\n", stderr);
	return CLI_USAGE;
}

enum cli_result cli_read_family_name(struct sk_options *o, const char *arg, int value)
{
	const size_t n = ARRAY_SIZE(families);
	const struct word *word = find(families, n, arg, strlen(arg));

	(void)value;
	if (!word)
		return refuse("--family", arg, strlen(arg), families, n);
	if (word->families)
		return cli_read_family(o, NULL, word->families);
	add(o, word->protos, 0);
	o->protos_asked |= word->protos;
	return CLI_RUN;
}

enum cli_result cli_read_all_families(struct sk_options *o, const char *arg, int value)
{
	(void)arg;
	(void)value;
	add(o, ALL_PROTOS, 0);
	return CLI_RUN;
}

enum cli_result cli_read_bound(struct sk_options *o, const char *arg, int value)
{
	(void)arg;
	(void)value;
	add(o, BIT(TCP), 0);
	o->request.bound = true;
	return CLI_RUN;
}
