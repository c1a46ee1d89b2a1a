/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include "kernel/bpf/trace.h"

int trace_open(unsigned parts, struct trace **out)
{
	(void)parts;
	*out = NULL;
	return -EOPNOTSUPP;
}

void trace_close(struct trace *trace)
{
	(void)trace;
}

unsigned trace_possible(const struct trace *trace)
{
	(void)trace;
	return 0;
}

unsigned trace_parts(const struct trace *trace)
{
	(void)trace;
	return 0;
}

int trace_set(struct trace *trace, unsigned parts)
{
	(void)trace;
	(void)parts;
	return -EOPNOTSUPP;
}

int trace_watch(struct trace *trace, uint64_t netns)
{
	(void)trace;
	(void)netns;
	return -EOPNOTSUPP;
}

void trace_unwatch(struct trace *trace, uint64_t netns)
{
	(void)trace;
	(void)netns;
}

int trace_bytes_read(struct trace *trace, struct trace_bytes_list *list)
{
	(void)trace;
	list->n = 0;
	return -EOPNOTSUPP;
}

int trace_transitions_read(const struct trace *trace, uint64_t netns,
			   uint64_t out[TRACE_STATES][TRACE_STATES])
{
	(void)trace;
	(void)netns;
	memset(out, 0, sizeof(uint64_t[TRACE_STATES][TRACE_STATES]));
	return -EOPNOTSUPP;
}

int trace_ends_read(struct trace *trace, struct trace_ends_list *list)
{
	(void)trace;
	list->n = 0;
	return -EOPNOTSUPP;
}

void trace_losses(const struct trace *trace, struct trace_losses *out)
{
	(void)trace;
	*out = (struct trace_losses){ 0 };
}
