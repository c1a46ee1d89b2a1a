/* SPDX-License-Identifier: MIT */
/*
 * This window shows all rows of a socket's detail view, in one column or two. Long
 * values are wrapped, and values that changed since the last sample are marked. A value that was not known before is
 * not marked.
 */
#ifndef SKTOP_UI_OVERLAYS_SOCKET_H
#define SKTOP_UI_OVERLAYS_SOCKET_H

#include <sktop/detail.h>
#include "widgets/draw.h"

struct app;

/** A line of the window: a heading, or a piece of a row's value. */
struct detail_line {
	uint32_t row;
	uint32_t from, len; /* bytes of the value shown here */
	bool heading;	    /* the section's name instead */
};

/** Rows of the socket looked into, the lines they make, and those of before. */
struct detail_view {
	struct sk_detail_rows rows;
	struct sk_detail_rows old; /* of the sample before */
	struct detail_line *lines;
	size_t n, capacity;
	size_t n_head; /* of these, lines over the full width */
	uint64_t id;	 /* sk_socket_id() of the socket it is about; 0 = none */
	uint64_t seq;	 /* of the sample that now is from */
	uint64_t time_ns; /* likewise */
	double interval;  /* seconds between before and now */
	bool has_now, has_before;
	struct sk_detail now, before;
	const char *section, *label; /* of the selected line's row */
};

void detail_free(struct detail_view *view);

#endif
