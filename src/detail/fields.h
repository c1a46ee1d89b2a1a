/* SPDX-License-Identifier: MIT */
/*
 * The table behind the detail view: every field of the kernel's struct tcp_info.
 */
#ifndef SKTOP_DETAIL_FIELDS_H
#define SKTOP_DETAIL_FIELDS_H

#include <stddef.h>
#include <stdint.h>

/** Which section a field belongs to. */
enum detail_section {
	DETAIL_NO_FIELDS,
	DETAIL_TRAFFIC,
	DETAIL_RTT,
	DETAIL_CONGESTION,
	DETAIL_QUEUES,
	DETAIL_LOSS,
	DETAIL_LIMITS,
	DETAIL_OPTIONS,
};

/** What a number means; decides how it is written. */
enum detail_unit {
	DETAIL_COUNT,
	DETAIL_BYTES,
	DETAIL_BYTES_RATE,
	DETAIL_US,     /* microseconds */
	DETAIL_MS,     /* milliseconds */
	DETAIL_MS_AGO, /* milliseconds since */
	DETAIL_HEX,
	DETAIL_CA_STATE,
	DETAIL_BUSY_SHARE, /* microseconds, with their share of the busy time */
	DETAIL_TCP_OPTIONS,
	DETAIL_WSCALE,
	DETAIL_APP_LIMITED,
};

enum detail_field_flag {
	DETAIL_SKIP_ZERO = 1 << 0, /* 0 says nothing: leave it out */
	DETAIL_SKIP_ONES = 1 << 1, /* all ones is the kernel's "none" */
	DETAIL_SKIP_HUGE = 1 << 2, /* 2^31-1 is the kernel's "not yet" */
};

struct detail_field {
	uint8_t section; /* enum detail_section */
	uint8_t unit;	 /* enum detail_unit */
	uint8_t flags;	 /* enum detail_field_flag */
	uint8_t size;	 /* bytes of the number: 1, 2, 4, 8 */
	uint16_t offset; /* in struct tcp_info */
	const char *label;
	const char *help;
};

/** Where the fields lie that are also needed by themselves. */
enum {
	TCP_INFO_OPTIONS = 5,
	TCP_INFO_WSCALE = 6,
	TCP_INFO_APP_LIMITED = 7,
	TCP_INFO_SND_MSS = 16,
	TCP_INFO_RTT = 68,
	TCP_INFO_SND_CWND = 80,
	TCP_INFO_BUSY_TIME = 168,
	TCP_INFO_RWND_LIMITED = 176,
	TCP_INFO_SNDBUF_LIMITED = 184,
};

extern const struct detail_field detail_fields[];
extern const size_t detail_fields_count;

#endif
