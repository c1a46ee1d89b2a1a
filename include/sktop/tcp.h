/* SPDX-License-Identifier: MIT */
/*
 * The extension record of a socket, beside its hot record, and the one table of struct
 * tcp_info.
 *
 * A number of tcp_info is one row of SK_TCP_FIELDS: where it lies, its column, its row of
 * the detail view, its place in --info and what the synthetic source makes of it all come
 * from there.
 */
#ifndef SKTOP_TCP_H
#define SKTOP_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The meaning of a number of tcp_info: how it is scaled and written. */
enum sk_tcp_kind {
	SK_TCP_COUNT,
	SK_TCP_BYTES,
	SK_TCP_SIZE,	   /* bytes of a segment or packet: written in full */
	SK_TCP_BYTES_RATE, /* bytes/s */
	SK_TCP_US,	   /* microseconds */
	SK_TCP_BUSY_SHARE, /* microseconds, a part of busy_time */
	SK_TCP_MS,	   /* milliseconds */
	SK_TCP_MS_AGO,	   /* milliseconds since */
	SK_TCP_HEX,
	SK_TCP_CA_STATE,   /* TCP_CA_* */
	SK_TCP_OPTIONS,	   /* TCPI_OPT_* */
	SK_TCP_WSCALE,	   /* tcpi_snd_wscale, tcpi_rcv_wscale << 4 */
	SK_TCP_APP_LIMITED, /* bit 0; bits 1-2 are tcpi_fastopen_client_fail */
};

/** The value by which a number of tcp_info says that there is none. */
enum sk_tcp_none {
	SK_TCP_ALWAYS, /* each number counts */
	SK_TCP_QUIET,  /* each does, but the detail view leaves 0 out: it says nothing */
	SK_TCP_ZERO,   /* 0 is none */
	SK_TCP_ONES,   /* all ones are none; 0 is left out of the detail view */
	SK_TCP_UNSET,   /* 2^31-1 and more are none */
};

/** Section of the detail view. */
enum sk_tcp_section {
	SK_TCP_NO_SECTION,
	SK_TCP_TRAFFIC,
	SK_TCP_RTT,
	SK_TCP_CONGESTION,
	SK_TCP_QUEUES,
	SK_TCP_LOSS,
	SK_TCP_LIMITS,
	SK_TCP_AGREED,
};

/**
 * struct tcp_info of Linux 6.18, in the order of the detail view and the columns. It only
 * ever grows at its end, so the length of what the kernel sent tells which of these it has,
 * whatever the headers of the build machine know.
 *
 * FIELD(name, bits, offset, kind, none, column, title, width, section, label, help, made)
 *	is kept in struct sk_tcp_ext and has a column.
 * BESIDE(name, bits, offset, kind, none, section, label, help, made)
 *	is in the detail view alone, or its column is that of the hot record.
 *
 * name is the kernel's without tcpi_ (of bit fields that share a byte, the first), made is
 * what the synthetic source puts there: see src/source/synthetic/tcp_ext.c for its names.
 */
#define SK_TCP_FIELDS(FIELD, BESIDE) \
	FIELD(bytes_sent, 64, 200, BYTES, ALWAYS, "bytes-sent", "Sent", 6, \
		TRAFFIC, "bytes sent", \
		"Payload bytes sent, retransmissions included (Linux 4.19)", \
		s->tx_total + again) \
	FIELD(bytes_retrans, 64, 208, BYTES, QUIET, "bytes-retrans", "RetrB", 6, \
		TRAFFIC, "bytes retransmitted", \
		"Payload bytes that were sent again (Linux 4.19)", \
		again) \
	FIELD(bytes_acked, 64, 120, BYTES, ALWAYS, "bytes-acked", "Acked", 6, \
		TRAFFIC, "bytes acknowledged", \
		"Bytes that the peer acknowledged; SYN and FIN count", \
		s->tx_total + 1) \
	FIELD(bytes_received, 64, 128, BYTES, ALWAYS, "bytes-received", "Rcvd", 6, \
		TRAFFIC, "bytes received", "Bytes received in order; the FIN counts", s->rx_total) \
	FIELD(segs_out, 32, 136, COUNT, ALWAYS, "segs-out", "SegOut", 6, \
		TRAFFIC, "segments out", \
		"Segments sent since it began, pure ACKs included; wraps at 2^32", \
		s->tx_total / 1000 + s->retrans) \
	FIELD(segs_in, 32, 140, COUNT, ALWAYS, "segs-in", "SegIn", 6, TRAFFIC, "segments in", \
		"Segments received since it began, pure ACKs included; wraps at 2^32", \
		s->rx_total / 1000) \
	FIELD(data_segs_out, 32, 156, COUNT, ALWAYS, "data-segs-out", "DSegOut", 7, \
		TRAFFIC, "data segments out", \
		"Segments sent with payload", \
		(s->tx_total + 1447) / 1448 + s->retrans) \
	FIELD(data_segs_in, 32, 152, COUNT, ALWAYS, "data-segs-in", "DSegIn", 6, \
		TRAFFIC, "data segments in", "Segments received with payload", \
		(s->rx_total + 1447) / 1448) \
	FIELD(delivered, 32, 192, COUNT, QUIET, "delivered", "Dlvrd", 6, TRAFFIC, "delivered", \
		"Segments that reached the peer, retransmissions included", s->tx_total / 1448) \
	FIELD(delivery_rate, 64, 160, BYTES_RATE, QUIET, "delivery-rate", "Deliv", 6, \
		TRAFFIC, "delivery rate", \
		"Rate at which the network lately delivered data", \
		s->rtt_us ? cwnd * 1448 * 1000000ULL / s->rtt_us : 0) \
	FIELD(last_data_sent, 32, 44, MS_AGO, UNSET, "last-send", "LastTX", 7, \
		TRAFFIC, "last data sent", "Time since data was last sent", 0) \
	BESIDE(last_ack_sent, 32, 48, MS_AGO, QUIET, TRAFFIC, "last ack sent", \
		"Time since an acknowledgement was sent last; Linux leaves it 0", 0) \
	FIELD(last_data_recv, 32, 52, MS_AGO, UNSET, "last-recv", "LastRX", 7, \
		TRAFFIC, "last data received", "Time since data was last received", 0) \
	FIELD(last_ack_recv, 32, 56, MS_AGO, UNSET, "last-ack", "LastAck", 7, \
		TRAFFIC, "last ack received", \
		"Time since an acknowledgement was last received", \
		0) \
	BESIDE(rtt, 32, 68, US, ZERO, RTT, "round trip", \
		"Smoothed round trip time", s->rtt_us) \
	FIELD(rttvar, 32, 72, US, QUIET, "rttvar", "RTTvar", 7, RTT, "variation", \
		"Mean deviation of the round-trip time", s->rtt_us / 4) \
	FIELD(min_rtt, 32, 148, US, ONES, "minrtt", "MinRTT", 7, RTT, "minimum", \
		"Least round-trip time of the last five minutes", s->rtt_us - s->rtt_us / 3) \
	FIELD(rcv_rtt, 32, 92, US, ZERO, "rcv-rtt", "RcvRTT", 7, RTT, "receiver's estimate", \
		"Round-trip time as the receiving side measures it", 0) \
	FIELD(rto, 32, 8, US, QUIET, "rto", "RTO", 7, RTT, "retransmission timeout", \
		"Retransmission timeout: how long to wait for an ACK before sending again", \
		200000 + s->rtt_us) \
	FIELD(ato, 32, 12, US, ZERO, "ato", "ATO", 7, RTT, "delayed ack timeout", \
		"How long acknowledgements are held back", 0) \
	FIELD(ca_state, 8, 1, CA_STATE, ALWAYS, "ca-state", "CAstate", 8, \
		CONGESTION, "loss recovery", \
		"Loss recovery: open, disorder, cwr, recovery or loss", \
		0) \
	FIELD(snd_cwnd, 32, 80, COUNT, ALWAYS, "cwnd", "Cwnd", 5, CONGESTION, "window", \
		"Congestion window: segments that may be in flight", cwnd) \
	FIELD(snd_ssthresh, 32, 76, COUNT, UNSET, "ssthresh", "SSthr", 5, \
		CONGESTION, "slow start threshold", \
		"Slow start threshold in segments; none before the first loss", \
		s->retrans ? cwnd / 2 : INT32_MAX) \
	FIELD(unacked, 32, 24, COUNT, ALWAYS, "unacked", "Unack", 5, CONGESTION, "in flight", \
		"Segments in flight: sent and not yet acknowledged", \
		by == BY_APPLICATION ? 0 : cwnd) \
	FIELD(pacing_rate, 64, 104, BYTES_RATE, ONES, "pacing-rate", "Pacing", 6, \
		CONGESTION, "pacing rate", "Rate at which segments are released", UINT64_MAX) \
	FIELD(max_pacing_rate, 64, 112, BYTES_RATE, ONES, "max-pacing-rate", "MaxPace", 7, \
		CONGESTION, "pacing limit", "Limit of the rate by SO_MAX_PACING_RATE", UINT64_MAX) \
	FIELD(delivered_ce, 32, 196, COUNT, QUIET, "delivered-ce", "DlvrCE", 6, \
		CONGESTION, "delivered marked", \
		"Delivered segments that were marked for congestion (ECN)", \
		0) \
	FIELD(received_ce, 32, 248, COUNT, QUIET, "received-ce", "RcvdCE", 6, \
		CONGESTION, "received marked", \
		"Received segments marked for congestion (Linux 6.18)", \
		0) \
	BESIDE(delivered_e1_bytes, 32, 252, BYTES, QUIET, CONGESTION, "delivered ECT(1)", \
		"Accurate ECN: bytes delivered as ECT(1)", 0) \
	BESIDE(delivered_e0_bytes, 32, 256, BYTES, QUIET, CONGESTION, "delivered ECT(0)", \
		"Accurate ECN: bytes delivered as ECT(0)", 0) \
	BESIDE(delivered_ce_bytes, 32, 260, BYTES, QUIET, CONGESTION, "delivered CE", \
		"Accurate ECN: bytes delivered with a congestion mark", 0) \
	BESIDE(received_e1_bytes, 32, 264, BYTES, QUIET, CONGESTION, "received ECT(1)", \
		"Accurate ECN: bytes received as ECT(1)", 0) \
	BESIDE(received_e0_bytes, 32, 268, BYTES, QUIET, CONGESTION, "received ECT(0)", \
		"Accurate ECN: bytes received as ECT(0)", 0) \
	BESIDE(received_ce_bytes, 32, 272, BYTES, QUIET, CONGESTION, "received CE", \
		"Accurate ECN: bytes received with a congestion mark", 0) \
	FIELD(notsent_bytes, 32, 144, BYTES, ALWAYS, "notsent", "Unsent", 6, \
		QUEUES, "not yet sent", \
		"Bytes in the send queue that were never sent", \
		by == BY_APPLICATION ? 0 : s->send_q) \
	FIELD(snd_wnd, 32, 228, BYTES, ALWAYS, "snd-wnd", "SndWnd", 6, QUEUES, "peer's window", \
		"Window the peer offers, in bytes (Linux 5.4)", 65535 + cwnd * 1448) \
	FIELD(rcv_wnd, 32, 232, BYTES, ALWAYS, "rcv-wnd", "RcvWnd", 6, QUEUES, "own window", \
		"Window offered to the peer, in bytes (Linux 6.2)", 131072) \
	FIELD(rcv_space, 32, 96, BYTES, QUIET, "rcv-space", "RcvSpc", 6, \
		QUEUES, "receive space", \
		"Bytes that the application reads in a round trip, as the kernel guesses", \
		14480) \
	FIELD(rcv_ssthresh, 32, 64, BYTES, QUIET, "rcv-ssthresh", "RcvSst", 6, \
		QUEUES, "receive threshold", "Limit to which the own window may grow", 64088) \
	BESIDE(total_retrans, 32, 100, COUNT, ALWAYS, LOSS, "retransmitted", \
		"Segments sent again since the start", s->retrans) \
	FIELD(retrans, 32, 36, COUNT, QUIET, "retrans-now", "RetrNow", 7, \
		LOSS, "retransmitted now", "Retransmitted segments in flight", 0) \
	FIELD(lost, 32, 32, COUNT, QUIET, "lost", "Lost", 5, LOSS, "lost", \
		"Segments in flight that are held for lost", 0) \
	FIELD(sacked, 32, 28, COUNT, QUIET, "sacked", "Sacked", 6, LOSS, "sacked", \
		"Segments the peer has out of order", 0) \
	BESIDE(fackets, 32, 40, COUNT, QUIET, LOSS, "forward acked", \
		"Forward acknowledgements; gone from newer kernels", 0) \
	FIELD(retransmits, 8, 2, COUNT, QUIET, "timeouts", "RTOs", 5, LOSS, "timeouts in a row", \
		"Retransmission timeouts in a row, not answered yet", 0) \
	FIELD(probes, 8, 3, COUNT, QUIET, "probes", "Probes", 6, LOSS, "probes", \
		"Window or keepalive probes not answered yet", 0) \
	FIELD(backoff, 8, 4, COUNT, QUIET, "backoff", "Backof", 6, LOSS, "backoff", \
		"How often the retransmission timeout was doubled", 0) \
	FIELD(total_rto, 16, 240, COUNT, QUIET, "total-rto", "TotRTO", 6, LOSS, "timeouts", \
		"Retransmission timeouts since it began (Linux 6.7)", s->retrans / 4) \
	FIELD(total_rto_recoveries, 16, 242, COUNT, QUIET, "rto-recoveries", "RtoRec", 6, \
		LOSS, "timeout recoveries", \
		"Recoveries from timeouts that were completed (Linux 6.7)", \
		0) \
	FIELD(total_rto_time, 32, 244, MS, QUIET, "total-rto-time", "RtoTime", 7, \
		LOSS, "time in timeouts", "Time spent in recovering from timeouts (Linux 6.7)", 0) \
	FIELD(dsack_dups, 32, 216, COUNT, QUIET, "dsack-dups", "Dsack", 5, \
		LOSS, "duplicates reported", \
		"Segments that the peer got twice: needless retransmissions", \
		0) \
	FIELD(reordering, 32, 88, COUNT, ALWAYS, "reordering", "Reord", 5, LOSS, "reordering", \
		"Distance by which segments may arrive out of order; 3 at first", 3) \
	FIELD(reord_seen, 32, 220, COUNT, QUIET, "reord-seen", "ReoSeen", 7, \
		LOSS, "reordering seen", "How often segments arrived out of order (Linux 5.4)", 0) \
	FIELD(rcv_ooopack, 32, 224, COUNT, QUIET, "rcv-ooopack", "RcvOoo", 6, \
		LOSS, "received out of order", "Segments received out of order (Linux 5.4)", 0) \
	FIELD(rehash, 32, 236, COUNT, QUIET, "rehash", "Rehash", 6, LOSS, "path changes", \
		"How often the flow hash was changed to try another path (Linux 6.2)", 0) \
	FIELD(busy_time, 64, 168, US, ALWAYS, "busy", "Busy", 7, LIMITS, "busy", \
		"Time with data to send or in flight", s->tx_total) \
	FIELD(rwnd_limited, 64, 176, BUSY_SHARE, ALWAYS, "rwnd-limited", "RwndLim", 7, \
		LIMITS, "peer's window full", \
		"Busy time held up by the peer's window", \
		by == BY_WINDOW ? s->tx_total * 8 / 10 : 0) \
	FIELD(sndbuf_limited, 64, 184, BUSY_SHARE, ALWAYS, "sndbuf-limited", "SbufLim", 7, \
		LIMITS, "send buffer full", \
		"Busy time held up by the own send buffer", \
		by == BY_BUFFER ? s->tx_total * 6 / 10 : 0) \
	FIELD(delivery_rate_app_limited, 8, 7, APP_LIMITED, ALWAYS, "app-limited", "AppLim", 6, \
		LIMITS, "application limited", \
		"Whether the delivery rate was held down by the application", \
		by == BY_APPLICATION) \
	FIELD(snd_mss, 32, 16, SIZE, QUIET, "mss", "MSS", 5, LIMITS, "segment size", \
		"Largest segment that it sends, in bytes", 1448) \
	FIELD(rcv_mss, 32, 20, SIZE, QUIET, "rcvmss", "RcvMSS", 6, \
		LIMITS, "segment size received", \
		"Largest segment that it gets, in bytes, as the kernel guesses", \
		1448) \
	FIELD(advmss, 32, 84, SIZE, QUIET, "advmss", "AdvMSS", 6, \
		LIMITS, "segment size advertised", \
		"Largest segment that it asked the peer to send, in bytes", \
		1448) \
	FIELD(pmtu, 32, 60, SIZE, QUIET, "pmtu", "PMTU", 5, LIMITS, "path MTU", \
		"Path MTU: the largest packet that fits the path, in bytes", 1500) \
	FIELD(options, 8, 5, OPTIONS, ALWAYS, "options", "Options", 14, AGREED, "TCP options", \
		"TCP options that both ends agreed on: ts sack wscale ecn...", 7) \
	FIELD(snd_wscale, 8, 6, WSCALE, QUIET, "wscale", "WScale", 6, AGREED, "window scale", \
		"Window scales: shift of the windows that it sends to, and of those that it offers", 0x77) \
	BESIDE(ecn_mode, 32, 276, HEX, QUIET, AGREED, "accurate ECN bits", \
		"Mode, failures and option state of accurate ECN, as the kernel packs them", 0)

/** Index of each in sk_tcp_fields. */
enum sk_tcp_field_id {
#define SK_TCP_ID(name, ...) SK_TCP_FIELD_##name,
	SK_TCP_FIELDS(SK_TCP_ID, SK_TCP_ID)
#undef SK_TCP_ID
	SK_TCP_FIELD_COUNT,
};

/** As large as a struct tcp_info that ends with the last of them. */
union sk_tcp_info {
#define SK_TCP_TO_END(name, bits, offset, ...) uint8_t to_##name[(offset) + (bits) / 8];
	SK_TCP_FIELDS(SK_TCP_TO_END, SK_TCP_TO_END)
#undef SK_TCP_TO_END
};

/** Where each lies in struct tcp_info. */
enum sk_tcp_offset {
#define SK_TCP_AT(name, bits, offset, ...) SK_TCP_OFFSET_##name = offset,
	SK_TCP_FIELDS(SK_TCP_AT, SK_TCP_AT)
#undef SK_TCP_AT
};

enum sk_tcp_ext_flag {
	SK_TCP_EXT_INFO = 1 << 0,  /* the tcp_info fields hold */
	SK_TCP_EXT_SKMEM = 1 << 1, /* skmem holds */
	SK_TCP_EXT_TOS = 1 << 2,   /* tos holds */
	SK_TCP_EXT_TCLASS = 1 << 3, /* tclass holds */
	SK_TCP_EXT_SHUTDOWN = 1 << 4, /* shutdown holds */
	SK_TCP_EXT_RATE = 1 << 5,  /* the rates and ..._now hold */
	SK_TCP_EXT_DROP_RATE = 1 << 7, /* drop_rate holds */
	SK_TCP_EXT_MARK = 1 << 6,  /* mark holds (the kernel wants CAP_NET_ADMIN) */
	SK_TCP_EXT_CLASS = 1 << 9, /* class_id holds */
	SK_TCP_EXT_SOCKOPT = 1 << 8, /* sockopt holds; Linux 5.10 */
};

/* A member for each FIELD, by width, so that none lies beside a gap. */
#define SK_TCP_SKIP(...)
#define SK_TCP_64(name, bits, ...) SK_TCP_64_##bits(name)
#define SK_TCP_64_64(name) uint64_t name;
#define SK_TCP_64_32(name)
#define SK_TCP_64_16(name)
#define SK_TCP_64_8(name)
#define SK_TCP_32(name, bits, ...) SK_TCP_32_##bits(name)
#define SK_TCP_32_64(name)
#define SK_TCP_32_32(name) uint32_t name;
#define SK_TCP_32_16(name)
#define SK_TCP_32_8(name)
#define SK_TCP_16(name, bits, ...) SK_TCP_16_##bits(name)
#define SK_TCP_16_64(name)
#define SK_TCP_16_32(name)
#define SK_TCP_16_16(name) uint16_t name;
#define SK_TCP_16_8(name)
#define SK_TCP_8(name, bits, ...) SK_TCP_8_##bits(name)
#define SK_TCP_8_64(name)
#define SK_TCP_8_32(name)
#define SK_TCP_8_16(name)
#define SK_TCP_8_8(name) uint8_t name;

/** The numbers of a socket that are kept beside its record if a column wants them. */
struct sk_tcp_ext {
	SK_TCP_FIELDS(SK_TCP_64, SK_TCP_SKIP) /* as the kernel tells them */
	SK_TCP_FIELDS(SK_TCP_32, SK_TCP_SKIP)
	uint32_t mark;		    /* SO_MARK (INET_DIAG_MARK) */
	uint32_t class_id;	    /* INET_DIAG_CLASS_ID: classid or priority */
	uint32_t skmem[9];	    /* SK_MEMINFO_*: rmem, rcvbuf, wmem, sndbuf,
				     * fwd, wmem queued, optmem, backlog, drops */
	uint32_t busy_us_now;	    /* busy_time since the previous sample */
	uint32_t rwnd_us_now;	    /* rwnd_limited likewise */
	uint32_t sndbuf_us_now;	    /* sndbuf_limited likewise */
	float tx_packets;	    /* segments/s out since the previous sample */
	float rx_packets;	    /* segments/s in */
	float retrans_rate;	    /* retransmitted segments/s */
	float drop_rate;	    /* drops of skmem per second */
	SK_TCP_FIELDS(SK_TCP_16, SK_TCP_SKIP)
	uint16_t info_len;	    /* bytes of tcp_info this kernel sent: fields
				     * behind them are 0 and mean nothing */
	uint16_t sockopt;	    /* INET_DIAG_SOCKOPT: its bits, low byte first */
	uint16_t flags;		    /* enum sk_tcp_ext_flag */
	char congestion[16];	    /* INET_DIAG_CONG, printable, NUL-ended */
	char ulp[16];		    /* INET_ULP_INFO_NAME, likewise; "" = none */
	SK_TCP_FIELDS(SK_TCP_8, SK_TCP_SKIP)
	uint8_t tos;		    /* INET_DIAG_TOS */
	uint8_t tclass;		    /* INET_DIAG_TCLASS */
	uint8_t shutdown;	    /* INET_DIAG_SHUTDOWN: 1 receive, 2 send */
	uint8_t n_skmem;	    /* how many of skmem were sent */
};

/** A row of SK_TCP_FIELDS. */
struct sk_tcp_field {
	const char *name;   /* the kernel's, with tcpi_ */
	const char *column; /* id; NULL = BESIDE */
	const char *label;  /* in the detail view */
	const char *help;
	uint16_t offset;    /* in struct tcp_info */
	uint16_t kept;	    /* offset in struct sk_tcp_ext, of FIELDs */
	uint8_t size;	    /* bytes: 1, 2, 4 or 8 */
	uint8_t kind;	    /* enum sk_tcp_kind */
	uint8_t none;	    /* enum sk_tcp_none */
	uint8_t section;    /* enum sk_tcp_section */
};

extern const struct sk_tcp_field sk_tcp_fields[SK_TCP_FIELD_COUNT];

/** The number of a field, which lies at `at`, there or in struct sk_tcp_ext. */
uint64_t sk_tcp_number(const struct sk_tcp_field *field, const void *at);

/** Whether a number of a field says that there is none. */
bool sk_tcp_is_none(const struct sk_tcp_field *field, uint64_t number);

/**
 * The kernel's clocks of data (tcpi_last_data_sent, tcpi_last_data_recv) start with the connection,
 * so that they mean nothing before the first segment with data. Returns why the number of a field
 * is not known for this reason (a static sentence), or NULL if it is known.
 */
const char *sk_tcp_no_data(const struct sk_tcp_field *field, const struct sk_tcp_ext *tcp_ext);

#endif
