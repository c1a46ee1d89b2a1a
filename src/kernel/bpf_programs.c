/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>
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

/* The one variable of the programs. The mapping keeps it, as they do. */
static int map_wanted(struct bpf_object *object, struct sock_wanted **wanted)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
	void *at;

	if (!map || bpf_map__value_size(map) != sizeof(**wanted))
		return -EINVAL;
	at = mmap(NULL, sizeof(**wanted), PROT_READ | PROT_WRITE, MAP_SHARED,
		  bpf_map__fd(map), 0);
	if (at == MAP_FAILED)
		return -errno;
	*wanted = at;
	return 0;
}

static int link_and_map(struct bpf_object *object, struct bpf_programs *programs)
{
	int err = map_wanted(object, &programs->wanted);

	if (err)
		return err;
	err = link_all(object, programs->links);
	if (err)
		munmap(programs->wanted, sizeof(*programs->wanted));
	return err;
}

/* A link keeps its program; the object is as large as the kernel's BTF makes it. */
int bpf_programs_load(struct bpf_programs *programs)
{
	struct bpf_object *object;
	int err;

	bpf_spare_heap();
	libbpf_set_print(NULL); /* refusals are no news: netlink does it as well */
	object = bpf_object__open_mem(bpf_programs_begin,
				      (size_t)(bpf_programs_end - bpf_programs_begin),
				      NULL);
	if (!object)
		return -errno;
	err = bpf_object__load(object);
	if (!err)
		err = link_and_map(object, programs);
	bpf_object__close(object);
	return err;
}

void bpf_programs_free(struct bpf_programs *programs)
{
	for (unsigned i = 0; i < BPF_PROGRAM_COUNT; i++)
		close(programs->links[i]);
	munmap(programs->wanted, sizeof(*programs->wanted));
}

int bpf_programs_read(const struct bpf_programs *programs, enum bpf_program_id id)
{
	return bpf_iter_create(programs->links[id]);
}
