/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>
#include <sktop/source.h>
#include "kernel/bpf_programs.h"

/* The object file that clang made, as it is. */
__asm__(".pushsection .rodata\n"
	".balign 8\n"
	".globl bpf_programs_begin, bpf_programs_end\n" /* link-time optimisation looks for them */
	"bpf_programs_begin:\n"
	".incbin \"" SKTOP_BPF_OBJECT "\"\n"
	"bpf_programs_end:\n"
	".byte 0\n"
	".popsection\n");
extern const char bpf_programs_begin[], bpf_programs_end[];

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
