/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/inet_diag.h"

/* Large reads are about a tenth faster than the usual 32 KiB. */
#define BUFFER_SIZE (1 << 20)
/* How often a dump that met EBUSY, or lost replies, is begun anew. */
#define ATTEMPTS 3

struct inet_diag {
	struct mnl_socket *netlink;
	uint32_t seq;
	bool one_walk; /* the kernel still answers TCPDIAG_GETSOCK */
	uint8_t *buffer;
};

/** One dump under way. */
struct dump {
	struct inet_diag *diag;
	struct sk_sample *sample;
	enum sk_proto proto;
	uint32_t begin; /* n_sockets before it, to begin anew */
	int error;	/* what the kernel answered */
};

int inet_diag_open(struct inet_diag **out)
{
	struct inet_diag *diag = calloc(1, sizeof(*diag));
	int err = -ENOMEM;

	if (!diag)
		return err;
	diag->one_walk = true;
	diag->buffer = malloc(BUFFER_SIZE);
	if (!diag->buffer)
		goto cleanup;
	diag->netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!diag->netlink || mnl_socket_bind(diag->netlink, 0, MNL_SOCKET_AUTOPID)) {
		err = -errno;
		goto cleanup;
	}
	*out = diag;
	return 0;
cleanup:
	inet_diag_close(diag);
	return err;
}

void inet_diag_close(struct inet_diag *diag)
{
	if (!diag)
		return;
	if (diag->netlink)
		mnl_socket_close(diag->netlink);
	free(diag->buffer);
	free(diag);
}

static uint8_t extensions(uint32_t needs, enum sk_proto proto)
{
	unsigned ext = 0;

	if (proto == SK_PROTO_TCP && (needs & SK_NEED_INFO))
		ext |= 1U << (INET_DIAG_INFO - 1);
	if (needs & SK_NEED_MORE)
		ext |= 1U << (INET_DIAG_SKMEMINFO - 1) | 1U << (INET_DIAG_TOS - 1) |
		       1U << (INET_DIAG_TCLASS - 1);
	if (proto == SK_PROTO_TCP && (needs & SK_NEED_MORE))
		ext |= 1U << (INET_DIAG_INFO - 1) | 1U << (INET_DIAG_CONG - 1);
	return (uint8_t)ext;
}

static int send_message(struct inet_diag *diag, struct nlmsghdr *message)
{
	message->nlmsg_seq = ++diag->seq;
	if (mnl_socket_sendto(diag->netlink, message, message->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* SOCK_DIAG_BY_FAMILY: one family, one protocol. */
static int request_family(struct inet_diag *diag, uint8_t family, uint8_t protocol,
			  uint8_t ext, uint32_t states)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} message = { .head.nlmsg_len = sizeof(message) };

	message.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message.req.sdiag_family = family;
	message.req.sdiag_protocol = protocol;
	message.req.idiag_ext = ext;
	message.req.idiag_states = states;
	return send_message(diag, &message.head);
}

/*
 * TCPDIAG_GETSOCK, older than families: one walk of the host's hash answers for
 * IPv4 and IPv6 together, and the walk is what an idle machine pays for.
 */
static int request_both(struct inet_diag *diag, uint8_t ext, uint32_t states)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req req;
	} message = { .head.nlmsg_len = sizeof(message) };

	message.head.nlmsg_type = TCPDIAG_GETSOCK;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message.req.idiag_ext = ext;
	message.req.idiag_states = states;
	return send_message(diag, &message.head);
}

static int take_socket(struct dump *dump, const struct nlmsghdr *message)
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

/* The int that ends a dump: in NLMSG_DONE and NLMSG_ERROR alike. */
static int status_of(const struct nlmsghdr *message)
{
	int status = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(status))
		memcpy(&status, mnl_nlmsg_get_payload(message), sizeof(status));
	return status > 0 ? -EPROTO : status;
}

/* Returns 1 to go on, 0 at the end of the dump, or -ENOMEM. */
static int take_buffer(struct dump *dump, size_t size)
{
	const struct nlmsghdr *message = (const void *)dump->diag->buffer;
	int left = (int)size;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		int err;

		if (message->nlmsg_seq != dump->diag->seq)
			continue; /* the rest of a dump that was given up */
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			dump->sample->losses.interrupted++;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			dump->error = status_of(message);
			return 0;
		}
		if (message->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		err = take_socket(dump, message);
		if (err)
			return err;
	}
	if (left > 0)
		dump->sample->losses.malformed++;
	return 1;
}

static int read_dump(struct dump *dump)
{
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(dump->diag->netlink, dump->diag->buffer,
						BUFFER_SIZE);
		int more;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		more = take_buffer(dump, (size_t)n);
		if (more <= 0)
			return more < 0 ? more : dump->error;
	}
}

/* Sends by `family` (0 = both in one walk) and reads; tries again what passes. */
static int dump_family(struct dump *dump, uint8_t family, const struct sk_request *request)
{
	static const uint8_t protocols[SK_PROTO_COUNT] = { IPPROTO_TCP, IPPROTO_UDP };
	struct sk_losses *losses = &dump->sample->losses;
	uint8_t ext = extensions(request->needs, dump->proto);
	uint32_t states = dump->proto == SK_PROTO_TCP ? request->tcp_states & SK_STATES_ALL :
							SK_STATES_ALL;
	int err = 0;

	dump->begin = dump->sample->n_sockets;
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		dump->sample->n_sockets = dump->begin;
		err = family ? request_family(dump->diag, family,
					      protocols[dump->proto], ext, states) :
			       request_both(dump->diag, ext, states);
		if (!err)
			err = read_dump(dump);
		if (err == -EBUSY)
			losses->busy++;
		else if (err == -ENOBUFS)
			losses->overruns++;
		else
			break;
	}
	return err;
}

static void count_error(struct sk_sample *sample, enum sk_proto proto, bool v6, int err)
{
	sample->losses.dump_errors++;
	snprintf(sample->losses.note, sizeof(sample->losses.note), "%s dump: %s",
		 sk_proto_name(proto, v6), strerror(-err));
}

/* Both families of TCP at once, or -EOPNOTSUPP when that has to be done singly. */
static int dump_one_walk(struct dump *dump, const struct sk_request *request)
{
	int err;

	if (dump->proto != SK_PROTO_TCP || request->families != 3 ||
	    !dump->diag->one_walk)
		return -EOPNOTSUPP;
	err = dump_family(dump, 0, request);
	if (err == 0 || err == -ENOMEM)
		return err;
	dump->diag->one_walk = false;
	dump->sample->n_sockets = dump->begin;
	return -EOPNOTSUPP;
}

static int dump_proto(struct dump *dump, const struct sk_request *request)
{
	int err = dump_one_walk(dump, request), first = 0;
	bool any = false;

	if (err != -EOPNOTSUPP)
		return err;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		if (!(request->families & (1U << v6)))
			continue;
		err = dump_family(dump, v6 ? AF_INET6 : AF_INET, request);
		if (err == -ENOMEM)
			return err;
		if (!err) {
			any = true;
			continue;
		}
		/* A machine without IPv6 has nothing to lose. */
		if (!(v6 && (err == -ENOENT || err == -EAFNOSUPPORT)))
			count_error(dump->sample, dump->proto, v6, err);
		first = first ? first : err;
	}
	return any ? 0 : first;
}

int inet_diag_dump(struct inet_diag *diag, const struct sk_request *request,
		   struct sk_sample *sample)
{
	struct dump dump = { .diag = diag, .sample = sample };

	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		int err;

		if (!(request->protos & (1U << proto)))
			continue;
		dump.proto = proto;
		err = dump_proto(&dump, request);
		if (err)
			return err;
	}
	return 0;
}

static void fill_id(const struct sk_socket *socket, struct inet_diag_sockid *id)
{
	const struct sk_addr *src = &socket->local, *dst = &socket->remote;
	uint16_t sport = htons(socket->lport), dport = htons(socket->rport);
	bool v6 = (socket->flags & SK_F_V6) != 0;
	/* An exact UDP lookup takes the two ends the other way round. */
	bool swap = socket->proto == SK_PROTO_UDP;

	id->idiag_sport = swap ? dport : sport;
	id->idiag_dport = swap ? sport : dport;
	memcpy(swap ? id->idiag_dst : id->idiag_src, v6 ? src->b : src->b + 12,
	       v6 ? 16 : 4);
	memcpy(swap ? id->idiag_src : id->idiag_dst, v6 ? dst->b : dst->b + 12,
	       v6 ? 16 : 4);
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
	message.req.sdiag_protocol = socket->proto == SK_PROTO_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	message.req.idiag_ext = UINT8_MAX;
	message.req.idiag_states = SK_STATES_ALL;
	fill_id(socket, &message.req.id);
	return send_message(diag, &message.head);
}

static int read_exact(struct inet_diag *diag, enum sk_proto proto,
		      struct sk_detail *detail)
{
	for (;;) {
		const struct nlmsghdr *message = (const void *)diag->buffer;
		ssize_t n = mnl_socket_recvfrom(diag->netlink, diag->buffer, BUFFER_SIZE);
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!mnl_nlmsg_ok(message, left))
			return -EBADMSG;
		if (message->nlmsg_seq != diag->seq)
			continue;
		if (message->nlmsg_type == NLMSG_ERROR)
			return status_of(message) ? status_of(message) : -EPROTO;
		return inet_diag_decode(message, message->nlmsg_len, proto,
					&detail->socket, &detail->more, detail);
	}
}

int inet_diag_lookup(struct inet_diag *diag, const struct sk_socket *socket,
		     struct sk_detail **out)
{
	struct sk_detail *detail = calloc(1, sizeof(*detail));
	int err = detail ? request_exact(diag, socket) : -ENOMEM;

	if (!err)
		err = read_exact(diag, socket->proto, detail);
	if (err) {
		free(detail);
		return err;
	}
	*out = detail;
	return 0;
}
