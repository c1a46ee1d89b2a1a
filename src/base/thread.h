/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_BASE_THREAD_H
#define SKTOP_BASE_THREAD_H

#include <pthread.h>
#include <signal.h>

/** Starts a thread that takes no signal from the loop they are meant for. 0 or -errno. */
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

#endif
