/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include "kernel/netlink/dump.h"
#include "kernel/netlink/sock_diag.h"

/* If the kernel was too busy for a dump, the dump is tried so many times. */
#define ATTEMPTS 3

int sock_diag_dump(struct netlink *netlink, struct nlmsghdr *request,
		   struct sk_sample *sample, sock_diag_take *take, void *arg)
{
	struct dump_reading r = { .netlink = netlink, .losses = &sample->losses, .take = take,
				  .arg = arg };
	uint32_t begin = sample->n_sockets;
	int err = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		sample->n_sockets = begin;
		err = netlink_send(netlink, request);
		if (!err)
			err = dump_read(&r);
		if (err != -EBUSY)
			break;
		sample->losses.busy++;
		netlink_reopen(netlink);
	}
	sample->losses.interrupted += r.interrupted;
	return err;
}
