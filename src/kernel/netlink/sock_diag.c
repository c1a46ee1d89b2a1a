/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include "kernel/netlink/sock_diag.h"

/* If the kernel was too busy for a dump, it is begun again so often. */
#define ATTEMPTS 3

/** A dump under way. */
struct reading {
	struct netlink *netlink;
	struct sk_losses *losses;
	sock_diag_take *take;
	void *arg;
};

/* Returns 1 to go on, 0 at the end of the dump, with its status, or -ENOMEM. */
static int take_buffer(struct reading *r, size_t size, int *status)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = netlink_next(r->netlink->buffer, size, &at))) {
		int err;

		if (message->nlmsg_seq != r->netlink->seq)
			continue; /* the rest of a dump that was given up */
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			r->losses->interrupted++;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			*status = netlink_status(message);
			return 0;
		}
		if (message->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		err = r->take(r->arg, message);
		if (err)
			return err;
	}
	r->losses->malformed += at < size;
	return 1;
}

/* Reads to the end. Replies that were dropped on the way do not end the dump. */
static int read_dump(struct reading *r)
{
	int status = 0;

	for (;;) {
		ssize_t n;
		int more;

		n = netlink_receive(r->netlink);
		if (n == -ENOBUFS) {
			r->losses->overruns++;
			continue;
		}
		if (n < 0) {
			netlink_reopen(r->netlink);
			return (int)n;
		}
		more = take_buffer(r, (size_t)n, &status);
		if (more < 0)
			netlink_reopen(r->netlink);
		if (more <= 0)
			return more < 0 ? more : status;
	}
}

int sock_diag_dump(struct netlink *netlink, struct nlmsghdr *request,
		   struct sk_sample *sample, sock_diag_take *take, void *arg)
{
	struct reading r = { netlink, &sample->losses, take, arg };
	uint32_t begin = sample->n_sockets;
	int err = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		sample->n_sockets = begin;
		err = netlink_send(netlink, request);
		if (!err)
			err = read_dump(&r);
		if (err != -EBUSY)
			break;
		sample->losses.busy++;
		netlink_reopen(netlink);
	}
	return err;
}
