/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/owners/process.h"
#include "kernel/act/signal.h"

/*
 * The numbers are the same on every architecture. glibc has the functions since 2.36, and had the
 * numbers earlier.
 */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

/*
 * Returns 0 if the process is alive and is still the same one, because a dead process does not
 * receive the signal.
 */
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

	/* For kill(), 0 and -1 mean process groups and all processes. */
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
