/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "kernel/bpf/embed.h"
#include "kernel/bpf/fds.h"

BPF_EMBED(bpf_fd_look, SKTOP_BPF_FD_LOOK);

/* Keeps a descriptor of the program, and the memory of the map. Both outlive the object. */
static int keep(struct bpf_object *object, struct bpf_fds *fds)
{
	const struct bpf_program *program =
		bpf_object__find_program_by_name(object, "fd_look");
	int map = bpf_object__find_map_fd_by_name(object, "fd_window");
	void *window = mmap(NULL, sizeof(*fds->window), PROT_READ | PROT_WRITE, MAP_SHARED,
			    map, 0);

	if (window == MAP_FAILED)
		return -errno;
	fds->program = fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 3);
	if (fds->program < 0) {
		munmap(window, sizeof(*fds->window));
		return -errno;
	}
	fds->window = window;
	return 0;
}

int bpf_fds_open(struct bpf_fds *fds)
{
	struct bpf_object *object;
	int err;

	bpf_keep_heap_small();
	libbpf_set_print(NULL); /* a refusal is no news: /proc is used then */
	object = bpf_object__open_mem(bpf_fd_look_begin,
				      (size_t)(bpf_fd_look_end - bpf_fd_look_begin), NULL);
	if (!object)
		return -errno;
	err = bpf_object__load(object);
	if (!err)
		err = keep(object, fds);
	bpf_object__close(object);
	return err;
}

void bpf_fds_close(struct bpf_fds *fds)
{
	if (!fds->window)
		return;
	munmap(fds->window, sizeof(*fds->window));
	close(fds->program);
	fds->window = NULL;
}

/* Walks once over the one task that the link names. */
static int read_once(int link)
{
	int iterator = bpf_iter_create(link);
	char nothing;
	int err;

	if (iterator < 0)
		return iterator;
	err = read(iterator, &nothing, 1) < 0 ? -errno : 0;
	close(iterator);
	return err;
}

int bpf_fds_look(const struct bpf_fds *fds, __u32 task)
{
	union bpf_iter_link_info info = { .task.tid = task };
	/* LIBBPF_OPTS is not used, because clang takes it for an extension of GNU. */
	const struct bpf_link_create_opts options = { .sz = sizeof(options),
						      .iter_info = &info,
						      .iter_info_len = sizeof(info) };
	int link = bpf_link_create(fds->program, 0, BPF_TRACE_ITER, &options);
	int err;

	if (link < 0)
		return link;
	fds->window->answered = 0;
	err = read_once(link);
	/* The task has just made a descriptor table of its own, or it has ended. */
	if (!err && !fds->window->answered)
		err = read_once(link);
	close(link);
	return err ? err : fds->window->answered ? 0 : -ESRCH;
}
