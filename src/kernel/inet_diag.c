/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/inet_diag.h"
#include "kernel/netlink.h"

/* Large reads are about a tenth faster than the usual 32 KiB. */
#define BUFFER_SIZE (1 << 20)
/* How often a dump is begun anew that the kernel was too busy for. */
#define ATTEMPTS 3

struct inet_diag {
	struct netlink netlink;
	bool one_walk; /* the kernel still answers TCPDIAG_GETSOCK */
	/* bytecode that it refused: it is too old, or wants CAP_NET_ADMIN */
	struct sk_bytecode refused;
};

/** What is asked of the kernel, and where its answers go. */
struct dump {
	struct inet_diag *diag;
	struct sk_sample *sample;
	enum sk_proto proto;
	uint8_t family; /* AF_UNSPEC = both, in one walk */
	uint8_t ext;
	uint32_t states;
	uint16_t lport; /* 0 = any */
	const struct sk_bytecode *filter; /* NULL = every socket */
	/* NULL: append to the sample; else look for one socket, into detail */
	const struct sk_socket *wanted;
	struct sk_detail *detail;
	bool found;
};

int inet_diag_open(struct inet_diag **out)
{
	struct inet_diag *diag = calloc(1, sizeof(*diag));
	int err;

	if (!diag)
		return -ENOMEM;
	diag->one_walk = true;
	err = netlink_open(&diag->netlink, NETLINK_SOCK_DIAG, BUFFER_SIZE);
	if (err) {
		free(diag);
		return err;
	}
	*out = diag;
	return 0;
}

void inet_diag_close(struct inet_diag *diag)
{
	if (!diag)
		return;
	netlink_close(&diag->netlink);
	free(diag);
}

static uint8_t protocol_number(enum sk_proto proto)
{
	return proto == SK_PROTO_TCP ? IPPROTO_TCP : IPPROTO_UDP;
}

static uint8_t extensions(uint32_t needs, enum sk_proto proto)
{
	unsigned ext = 0;

	if (proto == SK_PROTO_TCP && (needs & (SK_NEED_INFO | SK_NEED_MORE)))
		ext |= 1U << (INET_DIAG_INFO - 1);
	if (proto == SK_PROTO_TCP && (needs & SK_NEED_MORE))
		ext |= 1U << (INET_DIAG_CONG - 1);
	if (needs & SK_NEED_MORE)
		ext |= 1U << (INET_DIAG_SKMEMINFO - 1) | 1U << (INET_DIAG_TOS - 1) |
		       1U << (INET_DIAG_TCLASS - 1);
	return (uint8_t)ext;
}

/* Room behind a request for what the kernel shall filter by. */
struct filter_attr {
	struct nlattr head;
	uint8_t code[SK_BYTECODE_MAX];
};

/* attr has to follow the request without a gap. */
static void put_filter(const struct dump *dump, struct nlmsghdr *head,
		       struct filter_attr *attr)
{
	uint16_t len = dump->filter ? dump->filter->len : 0;

	if (!len)
		return;
	attr->head.nla_type = INET_DIAG_REQ_BYTECODE;
	attr->head.nla_len = (uint16_t)(sizeof(attr->head) + len);
	memcpy(attr->code, dump->filter->code, len);
	head->nlmsg_len += attr->head.nla_len;
}

/* SOCK_DIAG_BY_FAMILY: one family, one protocol. */
static int request_family(const struct dump *dump)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
		struct filter_attr filter;
	} message = { .head.nlmsg_len = (uint32_t)offsetof(typeof(message), filter) };

	message.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message.req.sdiag_family = dump->family;
	message.req.sdiag_protocol = protocol_number(dump->proto);
	message.req.idiag_ext = dump->ext;
	message.req.idiag_states = dump->states;
	message.req.id.idiag_sport = htons(dump->lport);
	put_filter(dump, &message.head, &message.filter);
	return netlink_send(&dump->diag->netlink, &message.head);
}

/*
 * TCPDIAG_GETSOCK, older than families: one walk of the host's hash answers for
 * IPv4 and IPv6 together, and the walk is what an idle machine pays for.
 */
static int request_both(const struct dump *dump)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req req;
		struct filter_attr filter;
	} message = { .head.nlmsg_len = (uint32_t)offsetof(typeof(message), filter) };

	message.head.nlmsg_type = TCPDIAG_GETSOCK;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message.req.idiag_ext = dump->ext;
	message.req.idiag_states = dump->states;
	put_filter(dump, &message.head, &message.filter);
	return netlink_send(&dump->diag->netlink, &message.head);
}

static int take_socket(const struct dump *dump, const struct nlmsghdr *message)
{
	struct sk_sample *sample = dump->sample;
	struct sk_socket *socket;
	struct sk_more *more;
	int err = sk_sample_add_socket(sample, &socket, &more);

	if (err)
		return err;
	if (inet_diag_decode(message, message->nlmsg_len, dump->proto, socket, more,
			     NULL)) {
		sample->losses.malformed++;
		sample->n_sockets--;
	}
	return 0;
}

static void compare_socket(struct dump *dump, const struct nlmsghdr *message)
{
	struct sk_socket socket = { 0 };
	struct sk_detail *detail = dump->detail;

	if (dump->found ||
	    inet_diag_decode(message, message->nlmsg_len, dump->proto, &socket, NULL,
			     NULL) ||
	    socket.cookie != dump->wanted->cookie)
		return;
	dump->found = !inet_diag_decode(message, message->nlmsg_len, dump->proto,
					&detail->socket, &detail->more, detail);
}

/* Returns 1 to go on, 0 at the end of the dump, with its status, or -ENOMEM. */
static int take_buffer(struct dump *dump, size_t size, int *status)
{
	const struct netlink *netlink = &dump->diag->netlink;
	const struct nlmsghdr *message;
	struct sk_losses *losses = &dump->sample->losses;
	size_t at = 0;

	while ((message = netlink_next(netlink->buffer, size, &at))) {
		int err = 0;

		if (message->nlmsg_seq != netlink->seq)
			continue; /* the rest of a dump that was given up */
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			losses->interrupted++;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			*status = netlink_status(message);
			return 0;
		}
		if (message->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		if (dump->wanted)
			compare_socket(dump, message);
		else
			err = take_socket(dump, message);
		if (err)
			return err;
	}
	losses->malformed += at < size;
	return 1;
}

/* Reads to the end. Replies that were dropped on the way do not end the dump. */
static int read_dump(struct dump *dump)
{
	int status = 0;

	for (;;) {
		ssize_t n = netlink_receive(&dump->diag->netlink);
		int more;

		if (n == -ENOBUFS) {
			dump->sample->losses.overruns++;
			continue;
		}
		if (n < 0) {
			netlink_reopen(&dump->diag->netlink);
			return (int)n;
		}
		more = take_buffer(dump, (size_t)n, &status);
		if (more < 0)
			netlink_reopen(&dump->diag->netlink);
		if (more <= 0)
			return more < 0 ? more : status;
	}
}

static int run_dump(struct dump *dump)
{
	uint32_t begin = dump->sample->n_sockets;
	int err = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		dump->sample->n_sockets = begin;
		err = dump->family ? request_family(dump) : request_both(dump);
		if (!err)
			err = read_dump(dump);
		if (err != -EBUSY)
			break;
		dump->sample->losses.busy++;
		netlink_reopen(&dump->diag->netlink);
	}
	return err;
}

static void count_error(struct sk_sample *sample, enum sk_proto proto, bool v6, int err)
{
	sample->losses.dump_errors++;
	snprintf(sample->losses.note, sizeof(sample->losses.note), "%s dump: %s",
		 sk_proto_name(proto, v6), strerror(-err));
}

/* The answers of a kernel that does not know the old request. */
static bool is_unknown(int err)
{
	return err == -ENOENT || err == -EINVAL || err == -EOPNOTSUPP ||
	       err == -EPROTONOSUPPORT || err == -EPERM || err == -EACCES;
}

/* Both families of TCP at once. False = that has to be done singly. */
static bool dump_one_walk(struct dump *dump, int *err)
{
	uint32_t begin = dump->sample->n_sockets;

	dump->family = AF_UNSPEC;
	*err = run_dump(dump);
	/* with a filter the reason may be that one */
	if (!is_unknown(*err) || (dump->filter && dump->filter->len))
		return true;
	dump->diag->one_walk = false;
	dump->sample->n_sockets = begin;
	return false;
}

/* A machine without IPv6 has nothing to lose. */
static bool is_no_family(uint8_t family, int err)
{
	return family == AF_INET6 && (err == -ENOENT || err == -EAFNOSUPPORT);
}

static int dump_families(struct dump *dump, uint32_t wanted)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int first = 0, err = 0;
	bool any = false;

	if (dump->proto == SK_PROTO_TCP && wanted == 3 && dump->diag->one_walk &&
	    dump_one_walk(dump, &err))
		return err;
	for (unsigned i = 0; i < 2; i++) {
		if (!(wanted & (1U << i)))
			continue;
		dump->family = families[i];
		err = run_dump(dump);
		if (err == -ENOMEM)
			return err;
		any |= !err;
		first = first ? first : err;
		if (err && any && !is_no_family(families[i], err))
			count_error(dump->sample, dump->proto, i == 1, err);
	}
	return any ? 0 : first;
}

/*
 * The bytecode only spares work: what the kernel refuses (opcodes that it does not
 * know, marks without CAP_NET_ADMIN) the filter does alone.
 */
static int dump_filtered(struct dump *dump, uint32_t families)
{
	const struct sk_bytecode *filter = dump->filter;
	uint32_t begin = dump->sample->n_sockets;
	int err = dump_families(dump, families);

	if (!is_unknown(err) || !filter || !filter->len)
		return err;
	dump->filter = NULL;
	dump->sample->n_sockets = begin;
	err = dump_families(dump, families);
	if (!err)
		dump->diag->refused = *filter;
	return err;
}

static bool is_refused(const struct inet_diag *diag, const struct sk_bytecode *filter)
{
	return diag->refused.len && diag->refused.len == filter->len &&
	       memcmp(diag->refused.code, filter->code, filter->len) == 0;
}

int inet_diag_dump(struct inet_diag *diag, enum sk_proto proto,
		   const struct sk_request *request, struct sk_sample *sample)
{
	struct dump dump = { .diag = diag, .sample = sample, .proto = proto };

	dump.ext = extensions(request->needs, proto);
	dump.states = proto == SK_PROTO_TCP ? request->tcp_states & SK_STATES_ALL
					    : SK_STATES_ALL;
	if (request->filter.protos & SK_PROTO_BIT(proto)) {
		dump.states &= request->filter.states;
		dump.filter = is_refused(diag, &request->filter) ? NULL :
								   &request->filter;
	}
	return dump.states ? dump_filtered(&dump, request->families) : 0;
}

static void fill_id(const struct sk_socket *socket, struct inet_diag_sockid *id)
{
	const struct sk_addr *src = &socket->local, *dst = &socket->remote;
	uint16_t sport = htons(socket->lport), dport = htons(socket->rport);
	bool v6 = (socket->flags & SK_F_V6) != 0;
	size_t skip = v6 ? 0 : 12, len = v6 ? 16 : 4;
	/* An exact UDP lookup takes the two ends the other way round. */
	bool swap = socket->proto == SK_PROTO_UDP;

	id->idiag_sport = swap ? dport : sport;
	id->idiag_dport = swap ? sport : dport;
	memcpy(swap ? id->idiag_dst : id->idiag_src, src->b + skip, len);
	memcpy(swap ? id->idiag_src : id->idiag_dst, dst->b + skip, len);
	id->idiag_if = socket->ifindex;
	id->idiag_cookie[0] = (uint32_t)socket->cookie;
	id->idiag_cookie[1] = (uint32_t)(socket->cookie >> 32);
}

static int request_exact(struct inet_diag *diag, const struct sk_socket *socket)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} message = { .head.nlmsg_len = sizeof(message) };

	message.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message.head.nlmsg_flags = NLM_F_REQUEST;
	message.req.sdiag_family = socket->flags & SK_F_V6 ? AF_INET6 : AF_INET;
	message.req.sdiag_protocol = protocol_number(socket->proto);
	message.req.idiag_ext = UINT8_MAX;
	message.req.idiag_states = SK_STATES_ALL;
	fill_id(socket, &message.req.id);
	return netlink_send(&diag->netlink, &message.head);
}

static int read_exact(struct inet_diag *diag, enum sk_proto proto,
		      struct sk_detail *detail)
{
	for (;;) {
		const struct nlmsghdr *message;
		ssize_t n = netlink_receive(&diag->netlink);
		size_t at = 0;
		int status;

		if (n < 0) {
			netlink_reopen(&diag->netlink);
			return (int)n;
		}
		message = netlink_next(diag->netlink.buffer, (size_t)n, &at);
		if (!message)
			return -EBADMSG;
		if (message->nlmsg_seq != diag->netlink.seq)
			continue;
		if (message->nlmsg_type != NLMSG_ERROR)
			return inet_diag_decode(message, message->nlmsg_len, proto,
						&detail->socket, &detail->more, detail);
		status = netlink_status(message);
		return status ? status : -EPROTO;
	}
}

/*
 * Listeners that share a port (SO_REUSEPORT), and most UDP sockets, cannot be named
 * by their ends alone: the kernel finds another one and refuses it for its cookie.
 * A walk of those with that port, which is short, finds the right one.
 */
static int lookup_by_dump(struct inet_diag *diag, const struct sk_socket *socket,
			  struct sk_detail *detail)
{
	struct sk_sample counts = { 0 }; /* losses of a second look are not shown */
	struct dump dump = { .diag = diag,
			     .sample = &counts,
			     .proto = socket->proto,
			     .family = socket->flags & SK_F_V6 ? AF_INET6 : AF_INET,
			     .ext = UINT8_MAX,
			     .states = SK_STATE_BIT(socket->state),
			     .lport = socket->lport,
			     .wanted = socket,
			     .detail = detail };
	int err = run_dump(&dump);

	return err ? err : dump.found ? 0 : -ENOENT;
}

int inet_diag_lookup(struct inet_diag *diag, const struct sk_socket *socket,
		     struct sk_detail **out)
{
	struct sk_detail *detail = calloc(1, sizeof(*detail));
	int err = detail ? request_exact(diag, socket) : -ENOMEM;

	if (!err)
		err = read_exact(diag, socket->proto, detail);
	if ((err == -ENOENT || err == -ESTALE) &&
	    (socket->state == SK_STATE_LISTEN || socket->proto == SK_PROTO_UDP))
		err = lookup_by_dump(diag, socket, detail);
	if (err) {
		free(detail);
		return err;
	}
	*out = detail;
	return 0;
}
