/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>
#include <sktop/leave.h>

/* A signal handler has no other place for what it must know. */
static volatile sig_atomic_t asked;  /* the signal that came first */
static volatile sig_atomic_t patience_ms = SK_LEAVE_MS;
static volatile sig_atomic_t bell = -1;
static void (*last)(void);
static atomic_bool left_behind;

static void start_timer(void)
{
	const long ms = patience_ms;
	const struct itimerval when = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &when, NULL);
}

/* The signal is delivered when the handler returns. */
static void die(void)
{
	if (last)
		last();
	signal(asked, SIG_DFL);
	raise(asked);
}

static void on_signal(int number)
{
	const uint64_t one = 1;
	int before = errno;

	if (asked) {
		die();
	} else if (number != SIGALRM) {
		asked = number;
		start_timer();
		if (write(bell, &one, sizeof(one)) < 0)
			die(); /* nobody else would tell the loop */
	}
	errno = before;
}

int sk_leave_open(const int *signals, size_t n, void (*last_words)(void))
{
	/* a line that is being written goes on */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	sigset_t wanted;

	if (bell < 0)
		bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell < 0)
		return -errno;
	last = last_words;
	sigfillset(&action.sa_mask);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	for (size_t i = 0; i < n; i++) {
		struct sigaction old;

		sigaction(signals[i], NULL, &old);
		if (old.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &action, NULL);
		sigaddset(&wanted, signals[i]);
	}
	sigprocmask(SIG_UNBLOCK, &wanted, NULL);
	return 0;
}

int sk_leave_fd(void)
{
	return bell;
}

bool sk_leave_wanted(void)
{
	return asked != 0;
}

void sk_leave_patience(unsigned ms)
{
	patience_ms = (sig_atomic_t)ms;
	if (asked)
		start_timer();
}

void sk_leave_behind(void)
{
	atomic_store(&left_behind, true);
}

void sk_leave_exit(int status)
{
	fflush(stdout);
	/* exit() locks every file that is open, and the thread may be reading one */
	if (atomic_load(&left_behind))
		_exit(status);
	exit(status);
}
