/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include "kernel/netlink/dump.h"

#define ATTEMPTS 4

/* Returns 1 to go on, 0 at the end of the dump, with its status, or -errno. */
static int take_buffer(const struct netlink *netlink, size_t size,
		       const struct dump *dump, bool *interrupted, int *status)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = netlink_next(netlink->buffer, size, &at))) {
		int err;

		if (message->nlmsg_seq != netlink->seq)
			continue;
		*interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			*status = netlink_status(message);
			return 0;
		}
		if (message->nlmsg_type != dump->answer)
			continue;
		err = dump->take(message, dump->arg);
		if (err == -EBADMSG)
			dump->sample->losses.malformed++;
		else if (err)
			return err;
	}
	dump->sample->losses.malformed += at < size;
	return 1;
}

static int read_all(struct netlink *netlink, const struct dump *dump, bool *interrupted)
{
	int status = 0;

	for (;;) {
		ssize_t n = netlink_receive(netlink);
		int more;

		if (n == -ENOBUFS) {
			/* what is missing is not known: read it all again */
			dump->sample->losses.overruns++;
			*interrupted = true;
			continue;
		}
		if (n < 0) {
			netlink_reopen(netlink);
			return (int)n;
		}
		more = take_buffer(netlink, (size_t)n, dump, interrupted, &status);
		if (more < 0)
			netlink_reopen(netlink);
		if (more == -EFBIG) {
			*interrupted = false;
			return 0;
		}
		if (more <= 0)
			return more < 0 ? more : status;
	}
}

int dump_run(struct netlink *netlink, const struct dump *dump)
{
	int err = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		bool interrupted = false;

		dump->restart(dump->arg);
		dump->request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
		err = netlink_send(netlink, dump->request);
		if (!err)
			err = read_all(netlink, dump, &interrupted);
		if (err == -EBUSY) {
			dump->sample->losses.busy++;
			netlink_reopen(netlink);
		} else if (err || !interrupted) {
			return err;
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
