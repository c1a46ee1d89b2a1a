/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sktop/source.h>
#include "kernel/bpf_programs.h"

bool sk_live_has_bpf(void)
{
	return false;
}

int bpf_programs_load(int links[BPF_PROGRAM_COUNT])
{
	(void)links;
	return -EOPNOTSUPP;
}

int bpf_programs_read(int link)
{
	(void)link;
	return -EOPNOTSUPP;
}
