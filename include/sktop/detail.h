/* SPDX-License-Identifier: MIT */
/*
 * This is everything that the kernel tells about one socket, the one that the request
 * asks details of. It is read anew with each sample.
 */
#ifndef SKTOP_DETAIL_H
#define SKTOP_DETAIL_H

#include <sktop/sample.h>

/** struct tcp_info grows with each kernel; this is room for the largest yet. */
#define SK_TCP_INFO_MAX 320

/** Of a listener's MD5 keys, at most so many are kept. */
#define SK_DETAIL_MD5_MAX 16

/** Encryption in the kernel (INET_ULP_INFO_TLS); numbers of linux/tls.h. */
struct sk_detail_tls {
	uint16_t version; /* TLS_INFO_VERSION: 0x0303, 0x0304; 0 = not told */
	uint16_t cipher;  /* TLS_INFO_CIPHER: TLS_CIPHER_*; 0 = not told */
	uint16_t tx, rx;  /* TLS_CONF_*: who encrypts; 0 = not told */
	bool zerocopy_tx, no_padding_rx;
	bool valid; /* there is TLS on it */
};

/** A subflow's part in MPTCP (INET_ULP_INFO_MPTCP): MPTCP_SUBFLOW_ATTR_*. */
struct sk_detail_subflow {
	uint64_t map_seq;
	uint32_t token_remote, token_local;
	uint32_t relative_seq, map_subflow_seq, offset;
	uint32_t flags; /* MPTCP_SUBFLOW_FLAG_* */
	uint16_t map_len;
	uint8_t id_remote, id_local;
	bool valid; /* it is a subflow */
};

/** The peer that a TCP-MD5 key is for. The key itself is never kept. */
struct sk_detail_md5 {
	struct sk_addr addr;
	uint16_t key_len;   /* bytes */
	uint8_t prefix_len; /* as the kernel tells it: of IPv4 0 to 32 */
	bool v6;
};

/** A kind of socket has at most so many lines of its own. */
#define SK_DETAIL_LINES 64

/** A line that only one kind of socket has, written as text where it was decoded. */
struct sk_detail_line {
	const char *label; /* static */
	const char *help;  /* static */
	char value[112];   /* printable */
};

/** The raw answer of an exact sock_diag lookup; the lengths say which parts it had. */
struct sk_detail {
	struct sk_route_answer route; /* the way of its packets, if has_route */
	bool has_route;
	struct sk_detached detached;	   /* decoded as in the list */
	struct sk_tcp_ext tcp_ext;	   /* likewise */
	uint8_t tcp_info[SK_TCP_INFO_MAX]; /* INET_DIAG_INFO, native endian */
	uint16_t tcp_info_len;		   /* bytes of it; 0 = none */
	uint8_t cc_info[32];		   /* private data of the congestion control */
	uint8_t cc_info_len;
	uint8_t cc_info_type; /* INET_DIAG_VEGASINFO, _BBRINFO or _DCTCPINFO */
	struct sk_detail_tls tls;
	struct sk_detail_subflow subflow;
	uint16_t n_md5;	      /* TCP-MD5 keys (the kernel wants CAP_NET_ADMIN) */
	struct sk_detail_md5 md5[SK_DETAIL_MD5_MAX]; /* the first of them */
	uint32_t n_lines;
	struct sk_detail_line line[SK_DETAIL_LINES];
};

/** One row of the detail view. */
struct sk_detail_row {
	const char *section; /* "Identity", "Traffic", "Round trip"...: static */
	const char *label;   /* short name: static; "" = a sentence on why it is slow */
	const char *help;    /* one sentence on what it means: static */
	const char *value;   /* printable, of any length; begins with "-" when not told */
	const char *unknown; /* why it is not told: static; NULL = it is */
	double number;	     /* what value says, in SI units; NAN = it is a text */
	uint32_t offset;     /* of value, while the rows are made */
};

/** The rows, and the memory behind their values; zeroed before its first use. */
struct sk_detail_rows {
	struct sk_detail_row *row;
	size_t n, capacity;
	char *text; /* all values, NUL-ended */
	size_t text_len, text_capacity;
};

struct sk_context;

/** The input of the detail rows. */
struct sk_detail_input {
	const struct sk_context *context; /* the sample, and names if wanted */
	const struct sk_socket *socket;
	const struct sk_attrs *attrs; /* of the socket; NULL: it is of this sample */
	const struct sk_detail *detail; /* NULL when the lookup gave none */
	const struct sk_detail *before; /* an earlier one of the socket; NULL = none */
	double interval;		/* seconds between the two */
};

/**
 * Builds all rows again, in the memory of the last ones. Fields that this kernel does
 * not send are left out. Values hold until the next call. Returns 0 or -ENOMEM.
 */
int sk_detail_rows_build(const struct sk_detail_input *input, struct sk_detail_rows *rows);

/** Frees the memory; rows is empty then. */
void sk_detail_rows_free(struct sk_detail_rows *rows);

#endif
