/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/owners/process.h"
#include "kernel/act/signal.h"

/*
 * The number is the same on every architecture; glibc has them since 2.36, headers
 * earlier.
 */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

/* A dead process does not receive the signal. */
static int check_same(uint32_t pid, uint64_t start)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct process_stat stat;
	int err = proc < 0 ? -errno : process_read_stat(proc, pid, &stat);

	if (proc >= 0)
		close(proc);
	if (err)
		return err == -ENOENT ? -ESRCH : err;
	return stat.start == start && !process_is_dead(&stat) ? 0 : -ESRCH;
}

int signal_process_old(uint32_t pid, uint64_t start, int signal)
{
	int err = check_same(pid, start);

	if (err)
		return err;
	return kill((pid_t)pid, signal) ? -errno : 0;
}

int signal_process(uint32_t pid, uint64_t start, int signal)
{
	long fd;
	int err;

	/* 0 and -1 mean groups and everybody */
	if (pid == 0 || pid > INT32_MAX)
		return -ESRCH;
	fd = syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (fd < 0)
		return errno == ENOSYS ? signal_process_old(pid, start, signal) : -errno;
	err = check_same(pid, start);
	if (!err && syscall(SYS_pidfd_send_signal, (int)fd, signal, NULL, 0))
		err = -errno;
	close((int)fd);
	return err;
}
