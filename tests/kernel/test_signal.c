/* SPDX-License-Identifier: MIT */
/* Signals to real processes: to the one that was meant, or to none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "become.h"
#include "kernel/process.h"
#include "kernel/signal.h"

/* A child that waits to be signalled, and when it began. */
static pid_t start_child(uint64_t *start)
{
	struct process_stat stat;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY);
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_int_equal(process_read_stat(proc, (uint32_t)pid, &stat), 0);
	*start = stat.start;
	close(proc);
	return pid;
}

static int ended_by(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

/* Both ways of sending; a pid whose process began at another time is another's. */
static void test_signal(void **state)
{
	static int (*const ways[])(uint32_t, uint64_t, int) = { signal_process,
								signal_process_old };
	uint64_t start;

	(void)state;
	for (int i = 0; i < 2; i++) {
		pid_t pid = start_child(&start);

		assert_int_equal(ways[i]((uint32_t)pid, start, 0), 0);
		assert_int_equal(ways[i]((uint32_t)pid, start + 1, SIGKILL), -ESRCH);
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it lives */
		assert_int_equal(ways[i]((uint32_t)pid, start, SIGUSR1), 0);
		assert_int_equal(ended_by(pid), SIGUSR1);
		assert_int_equal(ways[i]((uint32_t)pid, start, 0), -ESRCH);
	}
	assert_int_equal(signal_process(0, start, 0), -ESRCH);
	assert_int_equal(signal_process(UINT32_MAX, start, 0), -ESRCH);
}

/* A zombie still has its pid and its start, but nobody is there. */
static void test_signal_zombie(void **state)
{
	uint64_t start;
	pid_t pid = start_child(&start);
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(signal_process((uint32_t)pid, start, SIGTERM), -ESRCH);
	assert_int_equal(ended_by(pid), SIGKILL);
}

/* One that is another user's: told before, by a signal that is none. */
static void test_signal_refused(void **state)
{
	uint64_t start;
	pid_t pid = start_child(&start), other = fork();
	int status;

	(void)state;
	if (other == 0)
		_exit(become_nobody() ? 77 :
		      signal_process((uint32_t)pid, start, 0) == -EPERM ? 0 : 1);
	assert_int_equal(waitpid(other, &status, 0), other);
	if (WEXITSTATUS(status) == 77)
		print_message("SKIPPED: it could not become another\n");
	else
		assert_int_equal(status, 0);
	kill(pid, SIGKILL);
	assert_int_equal(ended_by(pid), SIGKILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_signal_zombie),
		cmocka_unit_test(test_signal_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
