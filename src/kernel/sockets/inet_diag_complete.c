/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <string.h>
#include "kernel/sockets/inet_diag.h"
#include "kernel/netlink/netlink.h"

/* The receive buffer of a socket has room for so many answers. */
#define AT_ONCE 64
#define ANSWERED UINT32_MAX

/** This is one exact lookup. */
struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 req;
};

/** These are some sockets that are looked up together. */
struct batch {
	struct netlink *netlink;
	struct sk_sample *sample;
	uint32_t states; /* wanted states; LISTEN is never one of them */
	struct question questions[AT_ONCE];
	uint32_t of[AT_ONCE]; /* index of the socket for each question, or ANSWERED */
	uint32_t n;
	uint32_t gone; /* sockets that are gone, in all batches */
};

static void ask_for(struct batch *batch, const struct sk_request *request, uint32_t index)
{
	const struct sk_sample *sample = batch->sample;
	const struct sk_socket *socket = &sample->sockets[index];
	bool v6 = (socket->flags & SK_F_V6) != 0;
	struct question *q = &batch->questions[batch->n];
	struct inet_diag_sockid *id = &q->req.id;

	*q = (struct question){ .head = { .nlmsg_len = sizeof(*q),
					  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
					  .nlmsg_flags = NLM_F_REQUEST },
				.req = { .sdiag_family = v6 ? AF_INET6 : AF_INET,
					 .sdiag_protocol = IPPROTO_TCP,
					 .idiag_states = SK_STATES_ALL } };
	if (request->needs & SK_NEED_INFO)
		q->req.idiag_ext = 1U << (INET_DIAG_INFO - 1);
	inet_diag_name(socket, sk_attrs(sample, socket), id);
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	batch->of[batch->n++] = index;
}

static int refusal_of(const struct nlmsghdr *message)
{
	int status = message->nlmsg_type == NLMSG_ERROR ? netlink_status(message) : -EPROTO;

	return status == -ENOENT ? 0 : status ? status : -EPROTO;
}

/*
 * Returns false if the kernel answered for another socket. If a connection is gone, the kernel
 * may answer with the listener at its end. A connection may also have gone on to a state that is
 * not wanted. If a socket is closed while the kernel answers, it has lost its port already.
 */
static bool is_answer(const struct batch *batch, const struct sk_socket *asked,
		      const struct sk_socket *answer)
{
	return (batch->states & SK_STATE_BIT(answer->state)) &&
	       answer->state != SK_STATE_CLOSE && answer->lport == asked->lport &&
	       answer->rport == asked->rport;
}

static int take_answer(struct batch *batch, const struct nlmsghdr *message, uint32_t index)
{
	struct sk_socket *socket = &batch->sample->sockets[index], answer = { .cookie = 0 };
	struct sk_attrs attrs = { 0 };

	if (message->nlmsg_type < NLMSG_MIN_TYPE) {
		batch->gone++;
		return refusal_of(message);
	}
	if (inet_diag_decode(message, message->nlmsg_len, SK_PROTO_TCP, &answer, &attrs, NULL,
			     NULL) || !answer.cookie)
		return -EBADMSG;
	if (!is_answer(batch, socket, &answer)) {
		batch->gone++;
		return 0;
	}
	*socket = answer;
	return sk_sample_set_attrs(batch->sample, socket, &attrs);
}

/* Asks for all sockets of the batch. The kernel gives one answer, or one refusal, to each. */
static int ask(struct batch *batch)
{
	struct netlink *netlink = batch->netlink;
	int err = netlink_send_all(netlink, &batch->questions[0].head,
				   batch->n * sizeof(batch->questions[0]));
	uint32_t first = netlink->seq + 1 - batch->n, answered = 0;

	while (!err && answered < batch->n) {
		ssize_t size = netlink_receive(netlink);
		const struct nlmsghdr *message;
		size_t at = 0;

		if (size < 0) {
			netlink_reopen(netlink);
			return (int)size;
		}
		while (!err && (message = netlink_next(netlink->buffer, (size_t)size, &at))) {
			uint32_t i = message->nlmsg_seq - first;

			if (i >= batch->n || batch->of[i] == ANSWERED)
				continue; /* the rest of a dump that was given up */
			err = take_answer(batch, message, batch->of[i]);
			batch->of[i] = ANSWERED;
			answered++;
		}
	}
	batch->n = 0;
	return err;
}

static void drop_gone(struct sk_sample *sample, uint32_t begin)
{
	uint32_t n = begin;

	for (uint32_t i = begin; i < sample->n_sockets; i++) {
		if (sample->sockets[i].cookie)
			sample->sockets[n++] = sample->sockets[i];
	}
	sample->n_sockets = n;
}

int inet_diag_complete(struct inet_diag *diag, const struct sk_request *request,
		       struct sk_sample *sample, uint32_t begin)
{
	struct batch batch = { .netlink = inet_diag_netlink(diag), .sample = sample };
	int err = 0;

	batch.states = request->tcp_states & ~SK_STATE_BIT(SK_STATE_LISTEN);
	if (request->filter.protos & SK_PROTO_BIT(SK_PROTO_TCP))
		batch.states &= request->filter.states;
	for (uint32_t i = begin; i < sample->n_sockets && !err; i++) {
		if (sample->sockets[i].cookie)
			continue;
		ask_for(&batch, request, i);
		if (batch.n == AT_ONCE)
			err = ask(&batch);
	}
	if (!err && batch.n)
		err = ask(&batch);
	if (!err && batch.gone)
		drop_gone(sample, begin);
	return err;
}
