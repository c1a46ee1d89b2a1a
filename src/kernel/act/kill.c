/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/sockets/inet_diag.h"
#include "kernel/act/kill.h"
#include "kernel/netlink/netlink.h"

/* An answer is the request with an error number before it. */
#define BUFFER_SIZE 8192
/* INET_DIAG_NOCOOKIE in both halves means "any socket that is found". It is never sent. */
#define ANY_COOKIE UINT64_MAX

struct kill_handle {
	struct netlink netlink;
	struct inet_diag *diag; /* looks a socket up again if the kernel did not find it */
	bool broken;
};

struct destroy {
	struct nlmsghdr head;
	struct inet_diag_req_v2 req;
};

int kill_open(struct kill_handle **out)
{
	struct kill_handle *handle = calloc(1, sizeof(*handle));
	int err = handle ? netlink_open(&handle->netlink, NETLINK_SOCK_DIAG,
					BUFFER_SIZE) :
			   -ENOMEM;

	if (!err)
		err = inet_diag_open(&handle->diag);
	if (err) {
		kill_close(handle);
		return err;
	}
	*out = handle;
	return 0;
}

void kill_close(struct kill_handle *handle)
{
	if (!handle)
		return;
	netlink_close(&handle->netlink);
	inet_diag_close(handle->diag);
	free(handle);
}

bool kill_is_sound(const struct kill_handle *handle)
{
	return !handle->broken;
}

/* IPPROTO_MPTCP (262) does not fit the field, so an attribute would carry it. Here it is 0. */
static int protocol_number(enum sk_proto proto, uint8_t *number)
{
	static const uint8_t numbers[] = { [SK_PROTO_TCP] = IPPROTO_TCP,
					   [SK_PROTO_UDP] = IPPROTO_UDP,
					   [SK_PROTO_UDPLITE] = IPPROTO_UDPLITE,
					   [SK_PROTO_SCTP] = IPPROTO_SCTP,
					   [SK_PROTO_RAW] = IPPROTO_RAW };

	if ((size_t)proto >= sizeof(numbers) || !numbers[proto])
		return -EOPNOTSUPP;
	*number = numbers[proto];
	return 0;
}

/* Local and remote end of a UDP socket are not swapped here, unlike in the exact lookup of UDP. */
static void name_socket(const struct sk_detached *detached,
			struct inet_diag_req_v2 *req)
{
	const struct sk_socket *socket = &detached->socket;

	req->sdiag_family = socket->flags & SK_F_V6 ? AF_INET6 : AF_INET;
	inet_diag_name(socket, &detached->attrs, &req->id);
	if (socket->proto == SK_PROTO_RAW) {
		/* This is struct inet_diag_req_raw: the protocol lies where the padding was. */
		req->pad = (uint8_t)socket->lport;
		req->id.idiag_sport = req->id.idiag_dport = 0;
	}
}

static int read_answer(struct kill_handle *handle)
{
	struct netlink *netlink = &handle->netlink;

	for (;;) {
		const struct nlmsghdr *message;
		ssize_t n = netlink_receive(netlink);
		size_t at = 0;

		/* The handle is not opened anew, because that might happen in another namespace. */
		handle->broken |= n < 0;
		if (n < 0)
			return (int)n;
		message = netlink_next(netlink->buffer, (size_t)n, &at);
		if (!message)
			return -EBADMSG;
		if (message->nlmsg_seq != netlink->seq)
			continue;
		return message->nlmsg_type == NLMSG_ERROR ? netlink_status(message) :
							    -EPROTO;
	}
}

static int ask(struct kill_handle *handle, const struct sk_detached *detached)
{
	struct destroy message = { .head.nlmsg_len = sizeof(message),
				   .head.nlmsg_type = SOCK_DESTROY,
				   .head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK };
	int err = protocol_number(detached->socket.proto, &message.req.sdiag_protocol);

	if (err)
		return err;
	message.req.idiag_states = SK_STATES_ALL;
	name_socket(detached, &message.req);
	err = netlink_send(&handle->netlink, &message.head);
	return err ? err : read_answer(handle);
}

/*
 * The kernel also says "not found" if it found another socket of a shared port, because the
 * cookie of that one differs.
 */
static int look_again(struct kill_handle *handle, const struct sk_detached *detached)
{
	struct sk_detail *detail = NULL;
	int err = inet_diag_lookup(handle->diag, detached, &detail);

	free(detail);
	if (err && err != -ENOENT && err != -ESTALE) {
		handle->broken = true;
		return err;
	}
	return err ? -ENOENT : -EEXIST;
}

static bool is_udp(unsigned proto)
{
	return proto == SK_PROTO_UDP || proto == SK_PROTO_UDPLITE;
}

/*
 * The kernel disconnects a UDP socket and reports that to its owner. If bind() chose the port,
 * the socket stays bound to it.
 */
static int check_unbound(struct kill_handle *handle, const struct sk_detached *detached)
{
	struct sk_detached after = *detached;

	after.socket.state = SK_STATE_CLOSE;
	after.socket.rport = 0;
	after.socket.remote = (struct sk_addr){ 0 };
	return look_again(handle, &after) == -EEXIST ? -EADDRINUSE : 0;
}

int kill_socket(struct kill_handle *handle, const struct sk_detached *detached)
{
	const struct sk_socket *socket = &detached->socket;
	int err;

	if (handle->broken)
		return -ENOTCONN;
	if ((socket->flags & SK_F_NO_COOKIE) || !sk_proto_has_ip(socket->proto) ||
	    socket->cookie == 0 || socket->cookie == ANY_COOKIE)
		return -EINVAL;
	err = ask(handle, detached);
	/* Older kernels answered ESTALE if the cookie did not fit. */
	if (err == -ESTALE)
		err = -ENOENT;
	if (err == -ENOENT)
		return look_again(handle, detached);
	return !err && is_udp(socket->proto) ? check_unbound(handle, detached) : err;
}

int kill_probe(struct kill_handle *handle, enum sk_proto proto)
{
	const struct sk_detached nobody = { .socket = { .proto = (uint8_t)proto, .cookie = 1 } };
	int err = ask(handle, &nobody);

	/* Kernels before SOCK_DESTROY do not know the number of the request. */
	if (err == -EINVAL)
		return -EOPNOTSUPP;
	return err == -ENOENT || err == -ESTALE ? 0 : err;
}
