/* SPDX-License-Identifier: MIT */
/*
 * struct tcp_info of Linux 6.18 by offset. It only ever grows at its end, so the
 * length of what the kernel sent tells which of these fields it has, whatever the
 * headers of the build machine knew.
 */
#include "detail/fields.h"

#define ZERO DETAIL_SKIP_ZERO
#define ONES DETAIL_SKIP_ONES
#define HUGE_ DETAIL_SKIP_HUGE
#define TRAFFIC(unit, flags, size, offset, label, help)                                \
	{                                                                              \
		DETAIL_TRAFFIC, unit, flags, size, offset, label, help                 \
	}
#define RTT(unit, flags, size, offset, label, help)                                    \
	{                                                                              \
		DETAIL_RTT, unit, flags, size, offset, label, help                     \
	}
#define CONGESTION(unit, flags, size, offset, label, help)                             \
	{                                                                              \
		DETAIL_CONGESTION, unit, flags, size, offset, label, help              \
	}
#define QUEUES(unit, flags, size, offset, label, help)                                 \
	{                                                                              \
		DETAIL_QUEUES, unit, flags, size, offset, label, help                  \
	}
#define LOSS(unit, flags, size, offset, label, help)                                   \
	{                                                                              \
		DETAIL_LOSS, unit, flags, size, offset, label, help                    \
	}
#define LIMITS(unit, flags, size, offset, label, help)                                 \
	{                                                                              \
		DETAIL_LIMITS, unit, flags, size, offset, label, help                  \
	}
#define OPTIONS(unit, flags, size, offset, label, help)                                \
	{                                                                              \
		DETAIL_OPTIONS, unit, flags, size, offset, label, help                 \
	}

const struct detail_field detail_fields[] = {
	TRAFFIC(DETAIL_BYTES, 0, 8, 200, "bytes sent",
		"Payload sent, retransmissions included (tcpi_bytes_sent)"),
	TRAFFIC(DETAIL_BYTES, ZERO, 8, 208, "bytes retransmitted",
		"Payload that was sent again (tcpi_bytes_retrans)"),
	TRAFFIC(DETAIL_BYTES, 0, 8, 120, "bytes acknowledged",
		"Sequence space the peer acknowledged, SYN and FIN included "
		"(tcpi_bytes_acked)"),
	TRAFFIC(DETAIL_BYTES, 0, 8, 128, "bytes received",
		"Payload received in order, the peer's FIN included "
		"(tcpi_bytes_received)"),
	TRAFFIC(DETAIL_COUNT, 0, 4, 136, "segments out",
		"Segments sent, pure acknowledgements included; wraps at 2^32"),
	TRAFFIC(DETAIL_COUNT, 0, 4, 140, "segments in",
		"Segments received, pure acknowledgements included; wraps at 2^32"),
	TRAFFIC(DETAIL_COUNT, 0, 4, 156, "data segments out",
		"Segments sent with payload"),
	TRAFFIC(DETAIL_COUNT, 0, 4, 152, "data segments in",
		"Segments received with payload"),
	TRAFFIC(DETAIL_COUNT, ZERO, 4, 192, "delivered",
		"Segments that reached the peer, retransmissions included"),
	TRAFFIC(DETAIL_BYTES_RATE, ZERO, 8, 160, "delivery rate",
		"Rate at which the network delivered data most recently "
		"(tcpi_delivery_rate)"),
	TRAFFIC(DETAIL_MS_AGO, HUGE_, 4, 44, "last data sent",
		"Time since data was sent last"),
	TRAFFIC(DETAIL_MS_AGO, ZERO, 4, 48, "last ack sent",
		"Time since an acknowledgement was sent last; Linux leaves it 0"),
	TRAFFIC(DETAIL_MS_AGO, HUGE_, 4, 52, "last data received",
		"Time since data was received last"),
	TRAFFIC(DETAIL_MS_AGO, HUGE_, 4, 56, "last ack received",
		"Time since an acknowledgement was received last"),

	RTT(DETAIL_US, ZERO, 4, 68, "round trip",
	    "Smoothed round trip time (tcpi_rtt)"),
	RTT(DETAIL_US, ZERO, 4, 72, "variation",
	    "Mean deviation of the round trip time (tcpi_rttvar)"),
	RTT(DETAIL_US, ZERO | ONES, 4, 148, "minimum",
	    "Smallest round trip time of the last five minutes (tcpi_min_rtt)"),
	RTT(DETAIL_US, ZERO, 4, 92, "receiver's estimate",
	    "Round trip time as the receiving side measures it (tcpi_rcv_rtt)"),
	RTT(DETAIL_US, ZERO, 4, 8, "retransmission timeout",
	    "How long to wait for an acknowledgement before sending again (tcpi_rto)"),
	RTT(DETAIL_US, ZERO, 4, 12, "delayed ack timeout",
	    "How long acknowledgements are held back (tcpi_ato)"),

	CONGESTION(DETAIL_CA_STATE, 0, 1, 1, "state",
		   "Where loss recovery stands (tcpi_ca_state)"),
	CONGESTION(DETAIL_COUNT, 0, 4, 80, "window",
		   "Segments that may be in flight (tcpi_snd_cwnd)"),
	CONGESTION(DETAIL_COUNT, HUGE_, 4, 76, "slow start threshold",
		   "Window at which growth becomes careful; left out before the first "
		   "loss (tcpi_snd_ssthresh)"),
	CONGESTION(DETAIL_COUNT, 0, 4, 24, "in flight",
		   "Segments sent and not yet acknowledged (tcpi_unacked)"),
	CONGESTION(DETAIL_BYTES_RATE, ZERO | ONES, 8, 104, "pacing rate",
		   "Rate at which segments are released (tcpi_pacing_rate)"),
	CONGESTION(DETAIL_BYTES_RATE, ZERO | ONES, 8, 112, "pacing limit",
		   "Limit set by SO_MAX_PACING_RATE (tcpi_max_pacing_rate)"),
	CONGESTION(DETAIL_COUNT, ZERO, 4, 196, "delivered marked",
		   "Delivered segments that were ECN-marked (tcpi_delivered_ce)"),
	CONGESTION(DETAIL_COUNT, ZERO, 4, 248, "received marked",
		   "Received segments that were ECN-marked (tcpi_received_ce)"),
	CONGESTION(DETAIL_BYTES, ZERO, 4, 252, "delivered ECT(1)",
		   "Accurate ECN: bytes delivered as ECT(1)"),
	CONGESTION(DETAIL_BYTES, ZERO, 4, 256, "delivered ECT(0)",
		   "Accurate ECN: bytes delivered as ECT(0)"),
	CONGESTION(DETAIL_BYTES, ZERO, 4, 260, "delivered CE",
		   "Accurate ECN: bytes delivered with a congestion mark"),
	CONGESTION(DETAIL_BYTES, ZERO, 4, 264, "received ECT(1)",
		   "Accurate ECN: bytes received as ECT(1)"),
	CONGESTION(DETAIL_BYTES, ZERO, 4, 268, "received ECT(0)",
		   "Accurate ECN: bytes received as ECT(0)"),
	CONGESTION(DETAIL_BYTES, ZERO, 4, 272, "received CE",
		   "Accurate ECN: bytes received with a congestion mark"),

	QUEUES(DETAIL_BYTES, 0, 4, 144, "not yet sent",
	       "Bytes in the send queue that were never sent (tcpi_notsent_bytes)"),
	QUEUES(DETAIL_BYTES, 0, 4, 228, "peer's window",
	       "Receive window the peer advertised, scaled (tcpi_snd_wnd)"),
	QUEUES(DETAIL_BYTES, 0, 4, 232, "own window",
	       "Receive window advertised to the peer, scaled (tcpi_rcv_wnd)"),
	QUEUES(DETAIL_BYTES, ZERO, 4, 96, "receive space",
	       "Estimate of what the application reads in a round trip "
	       "(tcpi_rcv_space)"),
	QUEUES(DETAIL_BYTES, ZERO, 4, 64, "receive threshold",
	       "Limit to which the own window may grow (tcpi_rcv_ssthresh)"),

	LOSS(DETAIL_COUNT, 0, 4, 100, "retransmitted",
	     "Segments sent again since the start (tcpi_total_retrans)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 36, "retransmitted now",
	     "Retransmitted segments in flight (tcpi_retrans)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 32, "lost",
	     "Segments in flight that are held for lost (tcpi_lost)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 28, "sacked",
	     "Segments the peer has out of order (tcpi_sacked)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 40, "forward acked",
	     "Forward acknowledgements; gone from newer kernels (tcpi_fackets)"),
	LOSS(DETAIL_COUNT, ZERO, 1, 2, "timeouts in a row",
	     "Retransmission timeouts not yet answered (tcpi_retransmits)"),
	LOSS(DETAIL_COUNT, ZERO, 1, 3, "probes",
	     "Window or keepalive probes not yet answered (tcpi_probes)"),
	LOSS(DETAIL_COUNT, ZERO, 1, 4, "backoff",
	     "How often the timeout was doubled (tcpi_backoff)"),
	LOSS(DETAIL_COUNT, ZERO, 2, 240, "timeouts",
	     "Retransmission timeouts since the start (tcpi_total_rto)"),
	LOSS(DETAIL_COUNT, ZERO, 2, 242, "timeout recoveries",
	     "Recoveries from a timeout that were completed "
	     "(tcpi_total_rto_recoveries)"),
	LOSS(DETAIL_MS, ZERO, 4, 244, "time in timeouts",
	     "Time spent recovering from timeouts (tcpi_total_rto_time)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 216, "duplicates reported",
	     "Segments the peer got twice: needless retransmissions "
	     "(tcpi_dsack_dups)"),
	LOSS(DETAIL_COUNT, 0, 4, 88, "reordering",
	     "Distance by which segments may arrive out of order; 3 at first "
	     "(tcpi_reordering)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 220, "reordering seen",
	     "How often segments arrived out of order (tcpi_reord_seen)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 224, "received out of order",
	     "Segments received out of order (tcpi_rcv_ooopack)"),
	LOSS(DETAIL_COUNT, ZERO, 4, 236, "path changes",
	     "How often the flow hash was changed to try another path "
	     "(tcpi_rehash)"),

	LIMITS(DETAIL_US, 0, 8, TCP_INFO_BUSY_TIME, "busy",
	       "Time with data to send or in flight (tcpi_busy_time)"),
	LIMITS(DETAIL_BUSY_SHARE, 0, 8, TCP_INFO_RWND_LIMITED, "peer's window full",
	       "Busy time in which the receiver took no more (tcpi_rwnd_limited)"),
	LIMITS(DETAIL_BUSY_SHARE, 0, 8, TCP_INFO_SNDBUF_LIMITED, "send buffer full",
	       "Busy time in which the own send buffer was too small "
	       "(tcpi_sndbuf_limited)"),
	LIMITS(DETAIL_APP_LIMITED, 0, 1, TCP_INFO_APP_LIMITED, "application limited",
	       "Whether the last delivery rate was held down by the application"),
	LIMITS(DETAIL_BYTES, ZERO, 4, 16, "segment size",
	       "Largest payload of a segment sent (tcpi_snd_mss)"),
	LIMITS(DETAIL_BYTES, ZERO, 4, 20, "segment size received",
	       "Estimate of the peer's segment size (tcpi_rcv_mss)"),
	LIMITS(DETAIL_BYTES, ZERO, 4, 84, "segment size advertised",
	       "Segment size this end asked the peer to use (tcpi_advmss)"),
	LIMITS(DETAIL_BYTES, ZERO, 4, 60, "path MTU",
	       "Largest packet that fits the path (tcpi_pmtu)"),

	OPTIONS(DETAIL_TCP_OPTIONS, 0, 1, TCP_INFO_OPTIONS, "TCP options",
		"What both ends agreed on in the handshake (tcpi_options)"),
	OPTIONS(DETAIL_WSCALE, ZERO, 1, TCP_INFO_WSCALE, "window scale",
		"Shift of the windows this end sends to and advertises"),
	OPTIONS(DETAIL_HEX, ZERO, 4, 276, "accurate ECN bits",
		"Mode, failures and option state of accurate ECN, as the kernel packs "
		"them"),
};

const size_t detail_fields_count = sizeof(detail_fields) / sizeof(detail_fields[0]);
