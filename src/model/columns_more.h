/* SPDX-License-Identifier: MIT */
/*
 * Columns of connections that live in struct sk_more. A row is an offset, how to
 * read what lies there, and which part of the record must have been sent.
 */
#ifndef SKTOP_MODEL_COLUMNS_MORE_H
#define SKTOP_MODEL_COLUMNS_MORE_H

#include "model/columns.h"

/** Fields of struct sk_more; the arg of their columns. */
enum more_field {
	MORE_TX_PACKETS,
	MORE_RX_PACKETS,
	MORE_RETRANS_RATE,
	MORE_CWND,
	MORE_MARK,
	MORE_RTTVAR,
	MORE_MINRTT,
	MORE_RTO,
	MORE_MSS,
	MORE_PMTU,
	MORE_SSTHRESH,
	MORE_UNACKED,
	MORE_LOST,
	MORE_NOTSENT,
	MORE_SND_WND,
	MORE_SEGS_OUT,
	MORE_SEGS_IN,
	MORE_BYTES_SENT,
	MORE_BYTES_RETRANS,
	MORE_PACING_RATE,
	MORE_DELIVERY_RATE,
	MORE_BUSY,
	MORE_RWND_LIMITED,
	MORE_SNDBUF_LIMITED,
	MORE_LAST_SEND,
	MORE_LAST_RECV,
	MORE_CONGESTION,
	MORE_TOS,
	MORE_TCLASS,
	MORE_SHUTDOWN,
	MORE_RMEM,
	MORE_RCVBUF,
	MORE_WMEM,
	MORE_SNDBUF,
	MORE_FWD,
	MORE_WMEM_QUEUED,
	MORE_OPTMEM,
	MORE_BACKLOG,
	MORE_DROPS,
	MORE_FIELD_COUNT,
};

#define MORE(id, title, help, unit, width, flags, field)                              \
	{ id, title, help, SK_UNIT_##unit, width, 9, flags,                           \
	  SK_NEED_INFO | SK_NEED_MORE, NULL, MORE_##field, columns_more_get }
#define MORE_MEM(id, title, help, unit, field)                                        \
	{ id, title, help, SK_UNIT_##unit, 7, 9, SK_COL_DESC, SK_NEED_MORE, NULL,     \
	  MORE_##field, columns_more_get }

#define COLUMNS_MORE                                                                  \
	MORE("tx-packets", "TXpk/s", "Segments sent per second", RATE, 6,             \
	     SK_COL_DESC, TX_PACKETS),                                                \
	MORE("rx-packets", "RXpk/s", "Segments received per second", RATE, 6,         \
	     SK_COL_DESC, RX_PACKETS),                                                \
	MORE("retrans-rate", "Retr/s", "Segments retransmitted per second", RATE, 6,  \
	     SK_COL_DESC, RETRANS_RATE),                                              \
	MORE("cwnd", "Cwnd", "Congestion window in segments", COUNT, 5, SK_COL_DESC,  \
	     CWND),                                                                   \
	MORE_MEM("mark", "Mark", "Firewall mark (needs CAP_NET_ADMIN)", HEX, MARK),   \
	MORE("rttvar", "RTTvar", "Mean deviation of the round-trip time", SECONDS, 7, \
	     SK_COL_DESC, RTTVAR),                                                    \
	MORE("minrtt", "MinRTT", "Least round-trip time of late", SECONDS, 7,         \
	     SK_COL_DESC, MINRTT),                                                    \
	MORE("rto", "RTO", "Retransmission timeout", SECONDS, 7, SK_COL_DESC, RTO),   \
	MORE("mss", "MSS", "Largest segment it sends, in bytes", NUMBER, 5, 0, MSS),  \
	MORE("pmtu", "PMTU", "Path MTU in bytes", NUMBER, 5, 0, PMTU),                \
	MORE("ssthresh", "SSthr", "Slow start threshold in segments", COUNT, 5, 0,    \
	     SSTHRESH),                                                               \
	MORE("unacked", "Unack", "Segments in flight", COUNT, 5, SK_COL_DESC,         \
	     UNACKED),                                                                \
	MORE("lost", "Lost", "Segments thought lost now", COUNT, 5, SK_COL_DESC,      \
	     LOST),                                                                   \
	MORE("notsent", "Unsent", "Bytes queued and not sent yet", BYTES, 6,          \
	     SK_COL_DESC, NOTSENT),                                                   \
	MORE("snd-wnd", "SndWnd", "Window the peer offers, in bytes (Linux 5.4)",     \
	     BYTES, 6, SK_COL_DESC, SND_WND),                                         \
	MORE("segs-out", "SegOut", "Segments sent since it began", COUNT, 6,          \
	     SK_COL_DESC, SEGS_OUT),                                                  \
	MORE("segs-in", "SegIn", "Segments received since it began", COUNT, 6,        \
	     SK_COL_DESC, SEGS_IN),                                                   \
	MORE("bytes-sent", "Sent", "Bytes sent, with retransmissions", BYTES, 6,      \
	     SK_COL_DESC, BYTES_SENT),                                                \
	MORE("bytes-retrans", "RetrB", "Bytes retransmitted", BYTES, 6, SK_COL_DESC,  \
	     BYTES_RETRANS),                                                          \
	MORE("pacing-rate", "Pacing", "Rate at which sending is paced", BYTES_RATE,   \
	     6, SK_COL_DESC, PACING_RATE),                                            \
	MORE("delivery-rate", "Deliv", "Rate at which data lately arrived",           \
	     BYTES_RATE, 6, SK_COL_DESC, DELIVERY_RATE),                              \
	MORE("busy", "Busy", "Time with data to send", SECONDS, 7, SK_COL_DESC,       \
	     BUSY),                                                                   \
	MORE("rwnd-limited", "RwndLim", "Time held up by the peer's window",          \
	     SECONDS, 7, SK_COL_DESC, RWND_LIMITED),                                  \
	MORE("sndbuf-limited", "SbufLim", "Time held up by the own send buffer",      \
	     SECONDS, 7, SK_COL_DESC, SNDBUF_LIMITED),                                \
	MORE("last-send", "LastTX", "Time since data was last sent", SECONDS, 7,      \
	     SK_COL_DESC, LAST_SEND),                                                 \
	MORE("last-recv", "LastRX", "Time since data was last received", SECONDS, 7,  \
	     SK_COL_DESC, LAST_RECV),                                                 \
	MORE("congestion", "CC", "Congestion control algorithm", TEXT, 6,             \
	     SK_COL_LEFT, CONGESTION),                                                \
	MORE_MEM("tos", "TOS", "Type of service byte it sends with", HEX, TOS),       \
	MORE_MEM("tclass", "TClass", "Traffic class byte of IPv6", HEX, TCLASS),      \
	MORE_MEM("shutdown", "Shut", "Which side is shut down: 1 receive, 2 send",    \
		 NUMBER, SHUTDOWN),                                                   \
	MORE_MEM("rmem", "Rmem", "Memory of the receive queue", BYTES, RMEM),         \
	MORE_MEM("rcvbuf", "Rcvbuf", "Limit of it", BYTES, RCVBUF),                   \
	MORE_MEM("wmem", "Wmem", "Memory handed to the device", BYTES, WMEM),         \
	MORE_MEM("sndbuf", "Sndbuf", "Limit of the send buffer", BYTES, SNDBUF),      \
	MORE_MEM("fwd", "Fwd", "Memory set aside for later", BYTES, FWD),             \
	MORE_MEM("wmem-queued", "Wqueue", "Memory of the send queue", BYTES,          \
		 WMEM_QUEUED),                                                        \
	MORE_MEM("optmem", "Optmem", "Memory for options", BYTES, OPTMEM),            \
	MORE_MEM("backlog", "Backlog", "Bytes waiting while the owner held the lock", \
		 BYTES, BACKLOG),                                                     \
	MORE_MEM("drops", "Drops", "Packets dropped since it began: no room", COUNT,  \
		 DROPS),

#endif
