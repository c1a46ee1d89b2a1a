/* SPDX-License-Identifier: MIT */
/*
 * These columns of connections write bits as words, or are computed from several
 * numbers.
 */
#ifndef SKTOP_COLUMNS_FLAGS_H
#define SKTOP_COLUMNS_FLAGS_H

#include "columns/columns.h"

enum flag_column {
	FLAG_FASTOPEN,
	FLAG_SHUTDOWN,
	FLAG_SOCKOPT,
	FLAG_V6ONLY,
	FLAG_TRIES,
	FLAG_LIMITED_BY,
	FLAG_RETRANS_SHARE,
	FLAG_SEND_RATE,
	FLAG_COLUMN_COUNT,
};

void columns_flags_get(const struct sk_context *context, const void *row, int arg,
		       struct sk_value *value);

#define FLAG(id, title, help, unit, width, flags, needs, column)                      \
	{ id, title, help, SK_UNIT_##unit, width, 9, flags, needs, NULL,              \
	  FLAG_##column, columns_flags_get }
#define FLAG_INFO(id, title, help, width, column)                                     \
	FLAG(id, title, help, TEXT, width, SK_COL_LEFT, SK_NEED_INFO | SK_NEED_TCP_EXT, \
	     column)

#define COLUMNS_LIMITS                                                                \
	FLAG_INFO("limited-by", "Limit",                                              \
		  "What holds it back: app (little to send), rwnd (the peer reads "   \
		  "slowly), sndbuf, network, reader (this end reads slowly)",         \
		  7, LIMITED_BY),                                                     \
	FLAG("retrans-share", "Retr%", "Share of the bytes sent that were sent again", \
	     PERCENT, 6, SK_COL_DESC, SK_NEED_INFO | SK_NEED_TCP_EXT, RETRANS_SHARE), \
	FLAG("send-rate", "SendMax", "Rate of a full window each round trip",         \
	     BYTES_RATE, 7, SK_COL_DESC, SK_NEED_INFO | SK_NEED_TCP_EXT, SEND_RATE),  \
	FLAG("tries", "Tries", "Retransmissions or probes of the timer that runs",    \
	     NUMBER, 5, SK_COL_DESC, 0, TRIES),

#define COLUMNS_FLAGS                                                                 \
	FLAG_INFO("fastopen", "TFO",                                                  \
		  "Fast Open: used, or why the client's did not work", 8, FASTOPEN),  \
	FLAG("shutdown", "Shut", "Which side is shut down: none receive send both",   \
	     TEXT, 7, SK_COL_LEFT, SK_NEED_TCP_EXT, SHUTDOWN),                        \
	FLAG("sockopt", "Sockopt", "Socket options that are set (Linux 5.10)", TEXT,  \
	     16, SK_COL_LEFT, SK_NEED_TCP_EXT, SOCKOPT),                              \
	FLAG("v6only", "V6only", "Whether a listener takes IPv6 only", TEXT, 6,       \
	     SK_COL_LEFT, 0, V6ONLY),

#endif
