/* SPDX-License-Identifier: MIT */
/*
 * These functions run one netlink dump from its request to its end, and repeat it when the kernel
 * interrupted it.
 */
#ifndef SKTOP_KERNEL_NETLINK_DUMP_H
#define SKTOP_KERNEL_NETLINK_DUMP_H

#include <sktop/sample.h>
#include "kernel/netlink/netlink.h"

/** This is one reading of the answer to a dump request, up to its end. */
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
 * Hands each message to take(). Returns 0 or -errno: the status that the kernel sent at the end,
 * or the error of take(). After an error that take() or the socket returned, the netlink handle
 * has been opened anew.
 */
int dump_read(struct dump_reading *reading);

struct dump {
	struct nlmsghdr *request; /* numbered and sent; NLM_F_DUMP is added */
	uint16_t answer;	  /* type of the messages that are wanted */
	struct sk_sample *sample; /* losses are counted there */
	/** Forgets everything that take() has stored, because the dump begins again. */
	void (*restart)(void *arg);
	/**
	 * Takes one message of message->nlmsg_len valid bytes. Returns 0, -EBADMSG (it is
	 * counted, and the dump goes on), -EFBIG to end the dump here without an error, or
	 * another -errno that ends it.
	 */
	int (*take)(const struct nlmsghdr *message, void *arg);
	void *arg;
	unsigned part;		  /* enum sk_part: a loss is noted for this part */
};

/**
 * Runs the dump. A dump that the kernel interrupted mixes two states of the machine, so it is
 * read again, a few times. If that does not help, a loss is noted. Returns 0 or -errno.
 */
int dump_run(struct netlink *netlink, const struct dump *dump);

/**
 * Sends a request that has one answer, and copies the answer to out. Returns the bytes of the
 * answer, or -errno. A refusal of the kernel is also an -errno, and is not a loss.
 */
ssize_t dump_ask(struct netlink *netlink, struct nlmsghdr *request, void *out,
		 size_t size);

#endif
