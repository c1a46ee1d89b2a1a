/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>
#include <sktop/source.h>
#include "kernel/bpf_embed.h"
#include "kernel/bpf_programs.h"

BPF_EMBED(bpf_programs, SKTOP_BPF_SOCK_ITER);

static const char *const names[BPF_PROGRAM_COUNT] = {
	[BPF_ITER_TCP] = "iter_tcp",
	[BPF_ITER_UDP] = "iter_udp",
};

bool sk_live_has_bpf(void)
{
	return true;
}

static int link_all(struct bpf_object *object, int links[BPF_PROGRAM_COUNT])
{
	for (unsigned i = 0; i < BPF_PROGRAM_COUNT; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, names[i]);
		int fd = bpf_link_create(bpf_program__fd(program), 0, BPF_TRACE_ITER, NULL);

		if (fd < 0) {
			while (i)
				close(links[--i]);
			return fd;
		}
		links[i] = fd;
	}
	return 0;
}

/* A link keeps its program; the object is as large as the kernel's BTF makes it. */
int bpf_programs_load(int links[BPF_PROGRAM_COUNT])
{
	struct bpf_object *object;
	int err;

	libbpf_set_print(NULL); /* refusals are no news: netlink does it as well */
	object = bpf_object__open_mem(bpf_programs_begin,
				      (size_t)(bpf_programs_end - bpf_programs_begin),
				      NULL);
	if (!object)
		return -errno;
	err = bpf_object__load(object);
	if (!err)
		err = link_all(object, links);
	bpf_object__close(object);
	return err;
}

int bpf_programs_read(int link)
{
	return bpf_iter_create(link);
}
