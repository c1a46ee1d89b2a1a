/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <sktop/row_worker.h>
#include "base/thread.h"

struct sk_row_worker {
	pthread_t thread;
	int fd; /* eventfd: a job is done */
	atomic_bool cancelled;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* The lock protects all members below. */
	struct sk_row_job *job; /* under way; NULL = none */
	bool quit;
};

/* The next job, or NULL: quit. */
static struct sk_row_job *next_job(struct sk_row_worker *worker)
{
	struct sk_row_job *job;

	pthread_mutex_lock(&worker->lock);
	while (!worker->job && !worker->quit)
		pthread_cond_wait(&worker->changed, &worker->lock);
	job = worker->quit ? NULL : worker->job;
	pthread_mutex_unlock(&worker->lock);
	return job;
}

static void *run(void *arg)
{
	struct sk_row_worker *worker = arg;
	struct sk_row_job *job;

	while ((job = next_job(worker)) != NULL) {
		uint64_t one = 1;
		ssize_t n;

		sk_row_job_run(job, &worker->cancelled);
		pthread_mutex_lock(&worker->lock);
		worker->job = NULL;
		pthread_cond_broadcast(&worker->changed);
		pthread_mutex_unlock(&worker->lock);
		n = write(worker->fd, &one, sizeof(one));
		(void)n; /* full means that it has been told already */
	}
	return NULL;
}

int sk_row_worker_new(struct sk_row_worker **out)
{
	struct sk_row_worker *worker = calloc(1, sizeof(*worker));
	int err;

	if (!worker)
		return -ENOMEM;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = worker->fd < 0 ? -errno : thread_start(&worker->thread, run, worker);
	if (err) {
		worker->quit = true;
		if (worker->fd >= 0)
			close(worker->fd);
		free(worker);
		return err;
	}
	*out = worker;
	return 0;
}

void sk_row_worker_free(struct sk_row_worker *worker)
{
	if (!worker)
		return;
	sk_row_worker_cancel(worker);
	pthread_mutex_lock(&worker->lock);
	worker->quit = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	close(worker->fd);
	free(worker);
}

int sk_row_worker_fd(const struct sk_row_worker *worker)
{
	return worker->fd;
}

void sk_row_worker_begin(struct sk_row_worker *worker, struct sk_row_job *job)
{
	pthread_mutex_lock(&worker->lock);
	atomic_store(&worker->cancelled, false);
	worker->job = job;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

void sk_row_worker_cancel(struct sk_row_worker *worker)
{
	atomic_store(&worker->cancelled, true);
}

bool sk_row_worker_take(struct sk_row_worker *worker, bool wait)
{
	uint64_t count;
	ssize_t n = read(worker->fd, &count, sizeof(count));
	bool done;

	(void)n; /* empty: the job decides */
	pthread_mutex_lock(&worker->lock);
	while (wait && worker->job)
		pthread_cond_wait(&worker->changed, &worker->lock);
	done = !worker->job;
	pthread_mutex_unlock(&worker->lock);
	return done;
}
