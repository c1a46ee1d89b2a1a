/* SPDX-License-Identifier: MIT */
/*
 * Built without c-ares.
 */
#include <errno.h>
#include "names/hosts.h"

bool sk_names_can_hosts(void)
{
	return false;
}

int host_resolver_start(const struct sk_names_options *options, struct mailbox *box,
			struct host_resolver **out)
{
	(void)options;
	(void)box;
	*out = NULL;
	return -ENOSYS;
}

void host_resolver_stop(struct host_resolver *resolver)
{
	(void)resolver;
}
