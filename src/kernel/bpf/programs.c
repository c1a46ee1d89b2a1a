/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <sktop/source.h>
#include "kernel/bpf/embed.h"
#include "kernel/bpf/programs.h"

BPF_EMBED(bpf_programs, SKTOP_BPF_SOCK_LIST);

bool sk_live_has_bpf(void)
{
	return true;
}

static int program_of(struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

/* Returns a descriptor of the program that outlives the object, or -errno. */
static int keep_program(struct bpf_object *object, const char *name)
{
	int fd = fcntl(program_of(object, name), F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int link_program(struct bpf_object *object, const char *name)
{
	return bpf_link_create(program_of(object, name), 0, BPF_TRACE_ITER, NULL);
}

/*
 * Maps the one variable of the programs. The mapping keeps the variable alive, as the programs
 * do.
 */
static int map_window(struct bpf_object *object, struct sock_window **window)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
	void *at;

	if (!map || bpf_map__value_size(map) != sizeof(**window))
		return -EINVAL;
	at = mmap(NULL, sizeof(**window), PROT_READ | PROT_WRITE, MAP_SHARED,
		  bpf_map__fd(map), 0);
	if (at == MAP_FAILED)
		return -errno;
	*window = at;
	return 0;
}

static int keep_all(struct bpf_object *object, struct bpf_programs *programs)
{
	struct bpf_programs p = { .walk_tcp = -1, .iter_udp = -1 };
	int err = map_window(object, &p.window);

	if (err)
		return err;
	p.walk_tcp = keep_program(object, "walk_tcp");
	p.iter_udp = link_program(object, "iter_udp");
	if (p.walk_tcp < 0 || p.iter_udp < 0) {
		err = p.walk_tcp < 0 ? p.walk_tcp : p.iter_udp;
		bpf_programs_free(&p);
		return err;
	}
	*programs = p;
	return 0;
}

/* The object does not stay, because it is as large as the BTF of the kernel. */
int bpf_programs_load(struct bpf_programs *programs)
{
	struct bpf_object *object;
	int err;

	bpf_keep_heap_small();
	libbpf_set_print(NULL); /* a refusal is no news: netlink is used then */
	object = bpf_object__open_mem(bpf_programs_begin,
				      (size_t)(bpf_programs_end - bpf_programs_begin),
				      NULL);
	if (!object)
		return -errno;
	err = bpf_object__load(object);
	if (!err)
		err = keep_all(object, programs);
	bpf_object__close(object);
	return err;
}

void bpf_programs_free(struct bpf_programs *programs)
{
	if (programs->walk_tcp >= 0)
		close(programs->walk_tcp);
	if (programs->iter_udp >= 0)
		close(programs->iter_udp);
	munmap(programs->window, sizeof(*programs->window));
}

int bpf_programs_walk(const struct bpf_programs *programs)
{
	struct bpf_test_run_opts run = { .sz = sizeof(run) };
	int err = bpf_prog_test_run_opts(programs->walk_tcp, &run);

	if (err)
		return err;
	/* retval is the return value of walk_tcp. */
	return run.retval == SOCK_WALK_MORE ? 1 : run.retval == SOCK_WALK_END ? 0 : -EAGAIN;
}

int bpf_programs_iterate(const struct bpf_programs *programs)
{
	return bpf_iter_create(programs->iter_udp);
}
