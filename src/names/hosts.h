/* SPDX-License-Identifier: MIT */
/*
 * This thread asks name servers (c-ares) for the names of addresses. While it does not
 * run, there is no socket to a name server.
 */
#ifndef SKTOP_NAMES_HOSTS_H
#define SKTOP_NAMES_HOSTS_H

#include <sktop/names.h>
#include "names/mailbox.h"

/** Questions under way at most, and how many are begun a second. */
#define HOSTS_IN_FLIGHT 64
#define HOSTS_PER_SECOND 500

struct host_resolver;

/** Starts the thread that answers the box. 0, -ENOSYS, -ENOMEM or -EAGAIN. */
int host_resolver_start(const struct sk_names_options *options, struct mailbox *box,
			struct host_resolver **out);

/** Cancels what is under way. A thread that hangs is left behind, as thread_end() does. */
void host_resolver_stop(struct host_resolver *resolver);

#endif
