/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_NAMES_THREAD_H
#define SKTOP_NAMES_THREAD_H

#include <pthread.h>
#include <time.h>
#include <sktop/leave.h>
#include "base/thread.h"

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
