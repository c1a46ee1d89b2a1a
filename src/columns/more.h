/* SPDX-License-Identifier: MIT */
/*
 * Columns of connections that live in struct sk_more. A row is an offset, how to
 * read what lies there, and which part of the record must have been sent.
 */
#ifndef SKTOP_COLUMNS_MORE_H
#define SKTOP_COLUMNS_MORE_H

#include "columns/columns.h"

/** Fields of struct sk_more; the arg of their columns. */
enum more_field {
	MORE_TX_PACKETS,
	MORE_RX_PACKETS,
	MORE_RETRANS_RATE,
	MORE_CONGESTION,
	MORE_ULP,
	MORE_MARK,
	MORE_CLASS_ID,
	MORE_TOS,
	MORE_TCLASS,
	MORE_RMEM,
	MORE_RCVBUF,
	MORE_WMEM,
	MORE_SNDBUF,
	MORE_FWD,
	MORE_WMEM_QUEUED,
	MORE_OPTMEM,
	MORE_BACKLOG,
	MORE_DROPS,
	MORE_BACKOFF,
	MORE_TIMEOUTS,
	MORE_PROBES,
	MORE_RTO,
	MORE_ATO,
	MORE_MSS,
	MORE_RCVMSS,
	MORE_ADVMSS,
	MORE_PMTU,
	MORE_UNACKED,
	MORE_SACKED,
	MORE_LOST,
	MORE_RETRANS_NOW,
	MORE_LAST_SEND,
	MORE_LAST_RECV,
	MORE_LAST_ACK,
	MORE_RTTVAR,
	MORE_SSTHRESH,
	MORE_CWND,
	MORE_REORDERING,
	MORE_RCV_RTT,
	MORE_RCV_SPACE,
	MORE_RCV_SSTHRESH,
	MORE_PACING_RATE,
	MORE_MAX_PACING_RATE,
	MORE_BYTES_ACKED,
	MORE_BYTES_RECEIVED,
	MORE_SEGS_OUT,
	MORE_SEGS_IN,
	MORE_NOTSENT,
	MORE_MINRTT,
	MORE_DATA_SEGS_IN,
	MORE_DATA_SEGS_OUT,
	MORE_DELIVERY_RATE,
	MORE_BUSY,
	MORE_RWND_LIMITED,
	MORE_SNDBUF_LIMITED,
	MORE_DELIVERED,
	MORE_DELIVERED_CE,
	MORE_BYTES_SENT,
	MORE_BYTES_RETRANS,
	MORE_DSACK_DUPS,
	MORE_REORD_SEEN,
	MORE_RCV_OOOPACK,
	MORE_SND_WND,
	MORE_RCV_WND,
	MORE_REHASH,
	MORE_TOTAL_RTO,
	MORE_RTO_RECOVERIES,
	MORE_TOTAL_RTO_TIME,
	MORE_RECEIVED_CE,
	MORE_FIELD_COUNT,
};

/**
 * What is kept of a socket beside it, if the kernel told `needs` (enum sk_more_flag)
 * and at least `since` bytes of tcp_info; else NULL, and the value says why.
 */
const struct sk_more *columns_more_of(const struct sk_context *context,
				      const struct sk_socket *socket, unsigned needs,
				      unsigned since, struct sk_value *value);

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
	MORE_MEM("class-id", "Class", "Traffic class of its cgroup, or SO_PRIORITY",  \
		 HEX, CLASS_ID),                                                      \
	MORE("ulp", "ULP", "Protocol the kernel speaks above TCP: tls, mptcp...",     \
	     TEXT, 6, SK_COL_LEFT, ULP),                                              \
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

/* The rest of tcp_info, for those who know what they look for. */
#define COLUMNS_MORE_TCP \
	MORE("rcv-rtt", "RcvRTT", "Round-trip time as the receiving side measures it", \
	     SECONDS, 7, SK_COL_DESC, RCV_RTT), \
	MORE("ato", "ATO", "How long acknowledgements are held back", \
	     SECONDS, 7, SK_COL_DESC, ATO), \
	MORE("rcvmss", "RcvMSS", "Largest segment it gets, as the kernel guesses", \
	     NUMBER, 6, 0, RCVMSS), \
	MORE("advmss", "AdvMSS", "Largest segment it asked the peer to send", \
	     NUMBER, 6, 0, ADVMSS), \
	MORE("backoff", "Backof", "How often the retransmission timeout was doubled", \
	     COUNT, 6, SK_COL_DESC, BACKOFF), \
	MORE("timeouts", "RTOs", "Retransmission timeouts in a row, not answered yet", \
	     COUNT, 5, SK_COL_DESC, TIMEOUTS), \
	MORE("probes", "Probes", "Window or keepalive probes not answered yet", \
	     COUNT, 6, SK_COL_DESC, PROBES), \
	MORE("retrans-now", "RetrNow", "Retransmitted segments in flight", \
	     COUNT, 7, SK_COL_DESC, RETRANS_NOW), \
	MORE("sacked", "Sacked", "Segments the peer has out of order", \
	     COUNT, 6, SK_COL_DESC, SACKED), \
	MORE("reordering", "Reord", "Segments may overtake by so many; 3 at first", \
	     COUNT, 5, SK_COL_DESC, REORDERING), \
	MORE("reord-seen", "ReoSeen", "How often segments were seen to overtake", \
	     COUNT, 7, SK_COL_DESC, REORD_SEEN), \
	MORE("dsack-dups", "Dsack", "Segments the peer got twice: needless resending", \
	     COUNT, 5, SK_COL_DESC, DSACK_DUPS), \
	MORE("rcv-ooopack", "RcvOoo", "Segments received out of order (Linux 5.4)", \
	     COUNT, 6, SK_COL_DESC, RCV_OOOPACK), \
	MORE("rcv-wnd", "RcvWnd", "Window offered to the peer, in bytes (Linux 6.2)", \
	     BYTES, 6, SK_COL_DESC, RCV_WND), \
	MORE("rcv-space", "RcvSpc", "Bytes the application reads in a round trip", \
	     BYTES, 6, SK_COL_DESC, RCV_SPACE), \
	MORE("rcv-ssthresh", "RcvSst", "Limit to which the own window may grow", \
	     BYTES, 6, SK_COL_DESC, RCV_SSTHRESH), \
	MORE("rehash", "Rehash", "Times another path was tried (Linux 6.2)", \
	     COUNT, 6, SK_COL_DESC, REHASH), \
	MORE("last-ack", "LastAck", "Time since an acknowledgement was received", \
	     SECONDS, 7, SK_COL_DESC, LAST_ACK), \
	MORE("delivered", "Dlvrd", "Segments that reached the peer", \
	     COUNT, 6, SK_COL_DESC, DELIVERED), \
	MORE("delivered-ce", "DlvrCE", "Of these, marked for congestion (ECN)", \
	     COUNT, 6, SK_COL_DESC, DELIVERED_CE), \
	MORE("received-ce", "RcvdCE", "Received segments marked for congestion (Linux 6.18)", \
	     COUNT, 6, SK_COL_DESC, RECEIVED_CE), \
	MORE("data-segs-out", "DSegOut", "Segments sent with payload", \
	     COUNT, 7, SK_COL_DESC, DATA_SEGS_OUT), \
	MORE("data-segs-in", "DSegIn", "Segments received with payload", \
	     COUNT, 6, SK_COL_DESC, DATA_SEGS_IN), \
	MORE("bytes-acked", "Acked", "Bytes the peer acknowledged; SYN and FIN count", \
	     BYTES, 6, SK_COL_DESC, BYTES_ACKED), \
	MORE("bytes-received", "Rcvd", "Bytes received in order; the FIN counts", \
	     BYTES, 6, SK_COL_DESC, BYTES_RECEIVED), \
	MORE("max-pacing-rate", "MaxPace", "Limit of the rate by SO_MAX_PACING_RATE", \
	     BYTES_RATE, 7, SK_COL_DESC, MAX_PACING_RATE), \
	MORE("total-rto", "TotRTO", "Retransmission timeouts since it began (Linux 6.7)", \
	     COUNT, 6, SK_COL_DESC, TOTAL_RTO), \
	MORE("rto-recoveries", "RtoRec", "Recoveries from timeouts (Linux 6.7)", \
	     COUNT, 6, SK_COL_DESC, RTO_RECOVERIES), \
	MORE("total-rto-time", "RtoTime", "Time spent in timeouts (Linux 6.7)", \
	     SECONDS, 7, SK_COL_DESC, TOTAL_RTO_TIME),

#endif
