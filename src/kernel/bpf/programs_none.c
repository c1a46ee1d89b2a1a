/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sktop/source.h>
#include "kernel/bpf/programs.h"

bool sk_live_has_bpf(void)
{
	return false;
}

int bpf_programs_load(struct bpf_programs *programs)
{
	(void)programs;
	return -EOPNOTSUPP;
}

void bpf_programs_free(struct bpf_programs *programs)
{
	(void)programs;
}

int bpf_programs_walk(const struct bpf_programs *programs)
{
	(void)programs;
	return -EOPNOTSUPP;
}

int bpf_programs_iterate(const struct bpf_programs *programs)
{
	(void)programs;
	return -EOPNOTSUPP;
}
