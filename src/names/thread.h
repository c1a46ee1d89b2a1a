/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_NAMES_THREAD_H
#define SKTOP_NAMES_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <sktop/leave.h>

/** Starts a thread that takes no signal from the loop they are meant for. */
static inline int thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

/** Waits a moment for a thread that was told to end, and goes on without one that hangs. */
static inline void thread_end(pthread_t thread)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += 50000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	if (pthread_timedjoin_np(thread, NULL, &end)) {
		pthread_detach(thread);
		sk_leave_behind();
	}
}

#endif
