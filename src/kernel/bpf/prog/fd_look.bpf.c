/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * This program runs in the kernel and looks at some descriptors (fd_window.h) of the one task
 * that the link names. It needs Linux 6.1 or later. An iter/task_file program gets every
 * descriptor of a task with a reference to its file, and took half as long again. This program
 * holds no reference, so it reads a pointer again before it believes the data behind it, because
 * the file may have gone away. The memory behind a pointer stays readable, because the program
 * runs as an RCU reader.
 */
#include "types.bpf.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "fd_window.h"

#define SOCKFS_MAGIC 0x534F434BUL
#define WORD_BITS 64

enum {
	CLOSED = 0U,
	OTHER = ~0U,
};

const char program_license[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fd_window);
} fd_window SEC(".maps");

/* These are the file operations of every socket. The program learns them from the first socket. */
static const struct file_operations *socket_ops;

/* These are the descriptors of the window that are sockets. User space does not see this memory. */
static struct file *sockets[FD_WINDOW];

/** This is one look at a task under way. */
struct look {
	struct fd_window *window;
	struct file **slots;
	unsigned long *open; /* a bit for each descriptor */
	__u64 words;	     /* of this bit mask */
	__u32 end;
};

/* This is called for the last word first, and then downwards. */
static long find_end(__u64 i, struct look *look)
{
	unsigned long word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), look->open + (look->words - 1 - i));
	if (!word)
		return 0;
	look->end = (__u32)(look->words - i) * WORD_BITS;
	return 1;
}

/* A file that only names a socket (O_PATH) has other operations. */
static __always_inline bool is_socket(struct file *file)
{
	const struct file_operations *ops = BPF_CORE_READ(file, f_op);

	if (!socket_ops && BPF_CORE_READ(file, f_inode, i_sb, s_magic) == SOCKFS_MAGIC)
		socket_ops = ops;
	return ops == socket_ops;
}

static __always_inline struct file *file_at(const struct look *look, __u32 fd)
{
	struct file *file = NULL;

	if (fd < look->end)
		bpf_probe_read_kernel(&file, sizeof(file), look->slots + fd);
	return file;
}

/*
 * All files are read before all inodes, so that the processor waits for the memory of many at
 * once.
 */
static long find_socket(__u64 i, struct look *look)
{
	struct file *file;

	if (i >= FD_WINDOW)
		return 1;
	file = file_at(look, look->window->fd[i]);
	look->window->what[i] = file ? OTHER : CLOSED;
	sockets[i] = file && is_socket(file) ? file : NULL;
	return 0;
}

static long find_inode(__u64 i, struct look *look)
{
	unsigned long inode;

	if (i >= FD_WINDOW)
		return 1;
	if (!sockets[i])
		return 0;
	inode = BPF_CORE_READ(sockets[i], f_inode, i_ino);
	if (inode < OTHER && file_at(look, look->window->fd[i]) == sockets[i])
		look->window->what[i] = (__u32)inode;
	return 0;
}

SEC("iter/task")
int fd_look(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct look look = { 0 };
	struct files_struct *files;
	struct fdtable *table;
	__u32 zero = 0;

	look.window = bpf_map_lookup_elem(&fd_window, &zero);
	if (!task || !look.window)
		return 0;
	files = task->files;
	if (!files)
		return 0;
	table = files->fdt;
	look.slots = table->fd;
	look.open = table->open_fds;
	look.words = table->max_fds / WORD_BITS;
	/* If there are more words than a loop may have, the last word is taken to be in use. */
	if (bpf_loop((__u32)look.words, find_end, &look, 0) < 0)
		look.end = table->max_fds;
	bpf_loop(look.window->n, find_socket, &look, 0);
	bpf_loop(look.window->n, find_inode, &look, 0);
	look.window->end = look.end;
	look.window->answered = task->files == files;
	return 0;
}
