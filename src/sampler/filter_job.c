/* SPDX-License-Identifier: MIT */
/*
 * A thread parses one filter and looks up its host names. Nothing can interrupt
 * getaddrinfo(), so the last of the two to end, the thread or its owner, frees what
 * both hold.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <sktop/filter.h>
#include <sktop/leave.h>
#include "base/thread.h"

struct sk_filter_job {
	atomic_uint holders; /* the thread, the owner */
	atomic_bool done;    /* what is below holds */
	int fd;
	char *text;
	const struct sk_table *table;
	struct sk_filter *filter;
	struct sk_filter_error error;
	int result;
};

static void let_go(struct sk_filter_job *job)
{
	if (atomic_fetch_sub(&job->holders, 1) != 1)
		return;
	if (job->fd >= 0)
		close(job->fd);
	sk_filter_free(job->filter);
	free(job->text);
	free(job);
}

static void *run(void *arg)
{
	struct sk_filter_job *job = arg;
	uint64_t one = 1;
	ssize_t n;

	job->result = sk_filter_parse_names(job->text, job->table, SK_LOOKUP_DNS, NULL,
					    &job->filter, &job->error);
	atomic_store(&job->done, true);
	n = write(job->fd, &one, sizeof(one));
	(void)n; /* an eventfd that is read once never blocks */
	let_go(job);
	return NULL;
}

static int start_thread(struct sk_filter_job *job)
{
	pthread_t thread;
	int err;

	atomic_fetch_add(&job->holders, 1);
	err = thread_start(&thread, run, job);
	if (err)
		atomic_fetch_sub(&job->holders, 1);
	else
		pthread_detach(thread);
	return err;
}

int sk_filter_job_new(const char *text, const struct sk_table *table,
		      struct sk_filter_job **out)
{
	struct sk_filter_job *job = calloc(1, sizeof(*job));
	int err;

	if (!job)
		return -ENOMEM;
	atomic_init(&job->holders, 1);
	job->table = table;
	job->text = strdup(text);
	job->fd = eventfd(0, EFD_CLOEXEC);
	err = !job->text ? -ENOMEM : job->fd < 0 ? -errno : start_thread(job);
	if (err) {
		let_go(job);
		return err;
	}
	*out = job;
	return 0;
}

int sk_filter_job_fd(const struct sk_filter_job *job)
{
	return job->fd;
}

int sk_filter_job_take(struct sk_filter_job *job, struct sk_filter **filter,
		       struct sk_filter_error *error)
{
	*filter = NULL;
	if (!atomic_load(&job->done))
		return -EINPROGRESS;
	*filter = job->filter;
	if (job->result == -EINVAL)
		*error = job->error;
	job->filter = NULL;
	return job->result;
}

void sk_filter_job_free(struct sk_filter_job *job)
{
	if (!job)
		return;
	if (!atomic_load(&job->done))
		sk_leave_behind();
	let_go(job);
}
