/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include "kernel/bpf/fds.h"

int bpf_fds_open(struct bpf_fds *fds)
{
	(void)fds;
	return -EOPNOTSUPP;
}

void bpf_fds_close(struct bpf_fds *fds)
{
	(void)fds;
}

int bpf_fds_look(const struct bpf_fds *fds, __u32 task)
{
	(void)fds;
	(void)task;
	return -EOPNOTSUPP;
}
