/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include "kernel/netlink/dump.h"

#define ATTEMPTS 4

/* Returns 1 to go on, 0 at the end of the dump (*status is then its status), or -errno. */
static int take_buffer(struct dump_reading *r, size_t size, int *status)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = netlink_next(r->netlink->buffer, size, &at))) {
		int err;

		if (message->nlmsg_seq != r->netlink->seq)
			continue; /* the rest of a dump that was given up */
		r->interrupted += (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			*status = netlink_status(message);
			return 0;
		}
		if (r->answer ? message->nlmsg_type != r->answer :
				message->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		err = r->take(message, r->arg);
		if (err == -EBADMSG)
			r->losses->malformed++;
		else if (err)
			return err;
	}
	r->losses->malformed += at < size;
	return 1;
}

int dump_read(struct dump_reading *r)
{
	int status = 0;

	for (;;) {
		ssize_t n = netlink_receive(r->netlink);
		int more;

		if (n == -ENOBUFS) { /* replies were dropped; the dump goes on */
			r->losses->overruns++;
			r->overrun = true;
			continue;
		}
		more = n < 0 ? (int)n : take_buffer(r, (size_t)n, &status);
		if (more < 0)
			netlink_reopen(r->netlink);
		if (more <= 0)
			return more < 0 ? more : status;
	}
}

int dump_run(struct netlink *netlink, const struct dump *dump)
{
	int err = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		struct dump_reading r = { .netlink = netlink,
					  .losses = &dump->sample->losses,
					  .answer = dump->answer,
					  .take = dump->take,
					  .arg = dump->arg };

		dump->restart(dump->arg);
		dump->request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
		err = netlink_send(netlink, dump->request);
		if (!err)
			err = dump_read(&r);
		if (err == -EBUSY) {
			dump->sample->losses.busy++;
			netlink_reopen(netlink);
		} else if (err || !(r.interrupted || r.overrun)) {
			return err == -EFBIG ? 0 : err; /* take() ended the dump on purpose */
		} else {
			dump->sample->losses.interrupted++;
		}
	}
	if (!err)
		sk_sample_lose(dump->sample, dump->part, SK_LOSS_SOME, -ESTALE);
	return err;
}

ssize_t dump_ask(struct netlink *netlink, struct nlmsghdr *request, void *out,
		 size_t size)
{
	int err;

	request->nlmsg_flags |= NLM_F_REQUEST;
	err = netlink_send(netlink, request);
	while (!err) {
		ssize_t n = netlink_receive(netlink);
		const struct nlmsghdr *message;
		size_t at = 0;

		if (n < 0) {
			netlink_reopen(netlink);
			return n;
		}
		while ((message = netlink_next(netlink->buffer, (size_t)n, &at))) {
			if (message->nlmsg_seq != netlink->seq)
				continue;
			if (message->nlmsg_type == NLMSG_ERROR ||
			    message->nlmsg_type == NLMSG_DONE) {
				err = netlink_status(message);
				return err ? err : -ENODATA;
			}
			if (message->nlmsg_len > size)
				return -EMSGSIZE;
			memcpy(out, message, message->nlmsg_len);
			return (ssize_t)message->nlmsg_len;
		}
	}
	return err;
}
