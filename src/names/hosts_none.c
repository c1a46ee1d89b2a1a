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

int host_asker_start(const struct sk_names_options *options, struct mailbox *box,
		     struct host_asker **out)
{
	(void)options;
	(void)box;
	*out = NULL;
	return -ENOSYS;
}

void host_asker_stop(struct host_asker *asker)
{
	(void)asker;
}
