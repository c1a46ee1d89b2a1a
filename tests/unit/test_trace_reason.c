/* SPDX-License-Identifier: MIT */
/* How a connection ended, from made-up records of trace.bpf.c. */
#include "../testing.h"
#include <errno.h>
#include <unistd.h>
#include <sktop/types.h>
#include "kernel/bpf/trace.h"

static enum trace_reason reason(uint8_t from, uint32_t err, uint16_t flags)
{
	const struct trace_end end = { .from = from, .err = err, .flags = flags };

	return trace_reason(&end);
}

TEST(closed_in_order)
{
	assert_int_equal(reason(SK_STATE_FIN_WAIT1, 0, TRACE_END_CLOSED),
			 TRACE_REASON_CLOSED_BY_US);
	assert_int_equal(reason(SK_STATE_FIN_WAIT2, 0, 0), TRACE_REASON_CLOSED_BY_US);
	assert_int_equal(reason(SK_STATE_FIN_WAIT2, 0, TRACE_END_FIN_RECEIVED),
			 TRACE_REASON_CLOSED_BY_US);
	assert_int_equal(reason(SK_STATE_CLOSING, 0, 0), TRACE_REASON_CLOSED_BY_US);
	assert_int_equal(reason(SK_STATE_LAST_ACK, 0, TRACE_END_FIN_RECEIVED),
			 TRACE_REASON_CLOSED_BY_PEER);
	/* An error that the program never read is no reason. */
	assert_int_equal(reason(SK_STATE_LAST_ACK, EHOSTUNREACH, 0),
			 TRACE_REASON_CLOSED_BY_PEER);
}

TEST(reset)
{
	for (uint8_t from = SK_STATE_ESTABLISHED; from <= SK_STATE_CLOSING; from++) {
		if (from == SK_STATE_SYN_SENT)
			continue;
		assert_int_equal(reason(from, ECONNRESET, TRACE_END_RESET_RECEIVED),
				 TRACE_REASON_RESET_RECEIVED);
		assert_int_equal(reason(from, 0, TRACE_END_RESET_SENT),
				 TRACE_REASON_RESET_SENT);
		assert_int_equal(reason(from, 0, TRACE_END_RESET_LATE),
				 TRACE_REASON_RESET_SENT);
		/* Data came after close(): the kernel resets its own connection, and answers. */
		assert_int_equal(reason(from, ECONNRESET,
					TRACE_END_RESET_RECEIVED | TRACE_END_RESET_LATE),
				 TRACE_REASON_RESET_SENT);
	}
	assert_int_equal(reason(0, 0, TRACE_END_RESET_LATE | TRACE_END_ONLY_RESET),
			 TRACE_REASON_RESET_SENT);
}

/* Without the tracepoints of resets. */
TEST(reset_inferred)
{
	assert_int_equal(reason(SK_STATE_ESTABLISHED, ECONNRESET, 0),
			 TRACE_REASON_RESET_RECEIVED);
	assert_int_equal(reason(SK_STATE_CLOSE_WAIT, EPIPE, 0), TRACE_REASON_RESET_RECEIVED);
	assert_int_equal(reason(SK_STATE_ESTABLISHED, 0, TRACE_END_CLOSED),
			 TRACE_REASON_RESET_SENT);
	assert_int_equal(reason(SK_STATE_CLOSE_WAIT, 0, TRACE_END_CLOSED),
			 TRACE_REASON_RESET_SENT);
}

TEST(opening)
{
	assert_int_equal(reason(SK_STATE_SYN_SENT, ECONNREFUSED, TRACE_END_RESET_RECEIVED),
			 TRACE_REASON_REFUSED);
	assert_int_equal(reason(SK_STATE_SYN_SENT, ECONNREFUSED, 0), TRACE_REASON_REFUSED);
	assert_int_equal(reason(SK_STATE_SYN_SENT, ETIMEDOUT, 0), TRACE_REASON_TIMED_OUT);
	assert_int_equal(reason(SK_STATE_SYN_SENT, EHOSTUNREACH, 0), TRACE_REASON_FAILED);
	assert_int_equal(reason(SK_STATE_SYN_SENT, 0, TRACE_END_CLOSED), TRACE_REASON_GAVE_UP);
	assert_int_equal(reason(SK_STATE_SYN_SENT, 0, 0), TRACE_REASON_UNKNOWN);
}

/* A keepalive that is not answered ends with a reset of ours. */
TEST(timed_out)
{
	assert_int_equal(reason(SK_STATE_ESTABLISHED, ETIMEDOUT, 0), TRACE_REASON_TIMED_OUT);
	assert_int_equal(reason(SK_STATE_ESTABLISHED, ETIMEDOUT, TRACE_END_RESET_SENT),
			 TRACE_REASON_TIMED_OUT);
	assert_int_equal(reason(SK_STATE_FIN_WAIT1, ETIMEDOUT, TRACE_END_CLOSED),
			 TRACE_REASON_TIMED_OUT);
}

TEST(others)
{
	assert_int_equal(reason(SK_STATE_ESTABLISHED, EHOSTUNREACH, 0), TRACE_REASON_FAILED);
	assert_int_equal(reason(SK_STATE_SYN_RECV, 0, 0), TRACE_REASON_UNKNOWN);
	assert_int_equal(reason(SK_STATE_UNKNOWN, 0, 0), TRACE_REASON_UNKNOWN);
	assert_int_equal(reason(255, 0, 0), TRACE_REASON_UNKNOWN);
}

TEST(start_of_a_process)
{
	const struct trace_process process = { .start_ns = 12345678901U };

	assert_int_equal(trace_start_ticks(&process),
			 process.start_ns * (uint64_t)sysconf(_SC_CLK_TCK) / 1000000000U);
}
