/* SPDX-License-Identifier: MIT */
/*
 * What a record of trace.bpf.c means. The last state before CLOSE tells the way to it: FIN_WAIT1,
 * FIN_WAIT2 and CLOSING follow a FIN of ours, CLOSE_WAIT and LAST_ACK a FIN of the peer that was first.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sktop/sample.h>
#include "kernel/bpf/trace.h"

#define NS_PER_S 1000000000U

void trace_bytes_free(struct trace_bytes_list *list)
{
	free(list->at);
	*list = (struct trace_bytes_list){ 0 };
}

void trace_ends_free(struct trace_ends_list *list)
{
	free(list->at);
	*list = (struct trace_ends_list){ 0 };
}

/*
 * Data that come after close() are answered with a reset, and the kernel then treats its own
 * connection as reset: so a reset that follows the end is ours. It never answers a reset with one.
 */
static enum trace_reason reset_of(const struct trace_end *end)
{
	if (end->flags & TRACE_END_RESET_LATE)
		return TRACE_REASON_RESET_SENT;
	if ((end->flags & TRACE_END_RESET_RECEIVED) || end->err == ECONNRESET || end->err == EPIPE)
		return TRACE_REASON_RESET_RECEIVED;
	return end->flags & TRACE_END_RESET_SENT ? TRACE_REASON_RESET_SENT : TRACE_REASON_UNKNOWN;
}

static enum trace_reason opening_ended(const struct trace_end *end)
{
	if (end->err == ECONNREFUSED || (end->flags & TRACE_END_RESET_RECEIVED))
		return TRACE_REASON_REFUSED;
	if (end->err)
		return TRACE_REASON_FAILED;
	return end->flags & TRACE_END_CLOSED ? TRACE_REASON_GAVE_UP : TRACE_REASON_UNKNOWN;
}

/* Without an error only a reset of ours ends a connection in these states at once. */
static enum trace_reason aborted(const struct trace_end *end)
{
	return end->err ? TRACE_REASON_FAILED : TRACE_REASON_RESET_SENT;
}

enum trace_reason trace_reason(const struct trace_end *end)
{
	enum trace_reason reset = reset_of(end);

	if (end->err == ETIMEDOUT)
		return TRACE_REASON_TIMED_OUT;
	if (end->from == SK_STATE_SYN_SENT)
		return opening_ended(end);
	if (reset != TRACE_REASON_UNKNOWN)
		return reset;
	switch (end->from) {
	case SK_STATE_FIN_WAIT1:
	case SK_STATE_FIN_WAIT2:
	case SK_STATE_CLOSING:
		return TRACE_REASON_CLOSED_BY_US;
	case SK_STATE_LAST_ACK:
		return TRACE_REASON_CLOSED_BY_PEER;
	case SK_STATE_ESTABLISHED:
	case SK_STATE_CLOSE_WAIT:
		return aborted(end);
	default:
		return TRACE_REASON_UNKNOWN;
	}
}

uint64_t trace_start_ticks(const struct trace_process *process)
{
	long ticks = sysconf(_SC_CLK_TCK);

	return ticks > 0 ? process->start_ns / (NS_PER_S / (uint64_t)ticks) : 0;
}
