/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <sktop/array.h>
#include "base/thread.h"
#include "kernel/owners/fd_gather.h"

#define THREADS_MAX 4U

/** The threads share this. */
struct gathering {
	const struct fd_look *look;
	struct fd_list *lists;
	uint32_t n;
	atomic_uint next; /* next list that no thread has begun */
};

static int append(struct fd_list *list, uint32_t fd, uint32_t what)
{
	if (SK_ARRAY_ROOM(list->fd, list->n, list->capacity, 64))
		return -ENOMEM;
	list->fd[list->n].fd = fd;
	list->fd[list->n++].what = what;
	return 0;
}

static void gather_one(const struct fd_look *look, struct fd_list *list)
{
	int dir = fd_look_process(look, list->pid);
	unsigned gap = 0;
	int64_t next;

	if (dir < 0) {
		list->err = dir;
		return;
	}
	for (int64_t at = 0; at >= 0 && at < FDS_MAX; at = next) {
		uint32_t fd = (uint32_t)at;
		uint32_t what = fd_look_at_number(look, dir, fd, &list->refused);

		list->looks++;
		if (list->refused)
			break;
		if (what != FD_CLOSED && append(list, fd, what)) {
			list->err = -ENOMEM;
			break;
		}
		next = fd_look_next(dir, fd, what, &gap);
	}
	close(dir);
}

static void *work(void *arg)
{
	struct gathering *g = arg;
	uint32_t i;

	while ((i = atomic_fetch_add(&g->next, 1)) < g->n)
		gather_one(g->look, &g->lists[i]);
	return NULL;
}

void fd_gather(const struct fd_look *look, struct fd_list *lists, uint32_t n,
	       unsigned threads)
{
	struct gathering g = { .look = look, .lists = lists, .n = n };
	pthread_t thread[THREADS_MAX];
	unsigned others = 0;

	atomic_init(&g.next, 0);
	/* If a thread cannot be made, this thread does the work that is left. */
	while (others + 1 < threads && others < THREADS_MAX &&
	       thread_start(&thread[others], work, &g) == 0)
		others++;
	work(&g);
	while (others)
		pthread_join(thread[--others], NULL);
}

void fd_list_free(struct fd_list *list)
{
	free(list->fd);
	list->fd = NULL;
	list->n = list->capacity = 0;
}
