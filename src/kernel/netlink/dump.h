/* SPDX-License-Identifier: MIT */
/*
 * One dump of netlink from the request to its end, repeated when it was interrupted.
 */
#ifndef SKTOP_KERNEL_NETLINK_DUMP_H
#define SKTOP_KERNEL_NETLINK_DUMP_H

#include <sktop/sample.h>
#include "kernel/netlink/netlink.h"

/** The answer to a dump request, which is read to its end. */
struct dump_reading {
	struct netlink *netlink;
	struct sk_losses *losses; /* overruns and malformed messages are counted there */
	uint16_t answer; /* type of the messages that are wanted; 0 = all but netlink's own */
	/** See struct dump. */
	int (*take)(const struct nlmsghdr *message, void *arg);
	void *arg;
	uint32_t interrupted; /* messages that say so (NLM_F_DUMP_INTR) */
	bool overrun;	      /* the kernel dropped replies */
};

/**
 * Hands each message to take(). Returns what the kernel said at the end, 0 or -errno, or the
 * error of take(); the netlink handle is then open anew.
 */
int dump_read(struct dump_reading *reading);

struct dump {
	struct nlmsghdr *request; /* numbered and sent; NLM_F_DUMP is added */
	uint16_t answer;	  /* type of the messages that are wanted */
	struct sk_sample *sample; /* losses are counted there */
	/** Forgets what take() has put there: the dump begins again. */
	void (*restart)(void *arg);
	/**
	 * Takes one message of message->nlmsg_len valid bytes. Returns 0, -EBADMSG
	 * (counted, the dump goes on), -EFBIG to end it here without an error, or
	 * another -errno that ends it.
	 */
	int (*take)(const struct nlmsghdr *message, void *arg);
	void *arg;
	unsigned part;		  /* enum sk_part: of which a loss is */
};

/**
 * Runs it. A dump that the kernel interrupted mixes two states of the machine and is
 * read again, a few times; when that does not help, it is noted as a loss. Returns 0 or
 * -errno.
 */
int dump_run(struct netlink *netlink, const struct dump *dump);

/**
 * Sends a request that has one answer and copies that to out. Returns the bytes of it,
 * or -errno: also the kernel's own refusal, which is no loss.
 */
ssize_t dump_ask(struct netlink *netlink, struct nlmsghdr *request, void *out,
		 size_t size);

#endif
