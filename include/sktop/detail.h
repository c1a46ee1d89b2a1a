/* SPDX-License-Identifier: MIT */
/*
 * Everything that the kernel tells of one pinned socket, fresh with each sample.
 */
#ifndef SKTOP_DETAIL_H
#define SKTOP_DETAIL_H

#include <sktop/sample.h>

/** struct tcp_info grows with each kernel; this is room for the largest yet. */
#define SK_TCP_INFO_MAX 320

/** Raw answer of an exact sock_diag lookup; lengths say what was there. */
struct sk_detail {
	struct sk_socket socket;	   /* decoded as in the list */
	struct sk_more more;		   /* likewise */
	uint8_t tcp_info[SK_TCP_INFO_MAX]; /* INET_DIAG_INFO, native endian */
	uint16_t tcp_info_len;		   /* bytes of it; 0 = none */
	uint8_t cc_info[32];		   /* private data of the congestion control */
	uint8_t cc_info_len;
	uint8_t cc_info_type; /* INET_DIAG_VEGASINFO, _BBRINFO or _DCTCPINFO */
	uint16_t sockopt;     /* INET_DIAG_SOCKOPT's two bytes, low byte first */
	bool has_sockopt;
	uint32_t class_id;    /* INET_DIAG_CLASS_ID; 0 = none */
	char ulp[16];	      /* INET_DIAG_ULP_INFO name, printable; "" = none */
};

/** One row of the detail view. */
struct sk_detail_row {
	const char *section; /* "Identity", "Traffic", "Round trip"...: static */
	const char *label;   /* short name: static; "" = a sentence, no label */
	const char *help;    /* one sentence on what it means: static */
	const char *value;   /* printable, of any length; "-" when not told */
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

/** What the rows are made from. */
struct sk_detail_input {
	const struct sk_context *context; /* the sample, and names if wanted */
	const struct sk_socket *socket;
	const struct sk_detail *detail; /* NULL when the lookup gave none */
};

/**
 * Makes all rows anew, in the memory of the last ones. What this kernel does not
 * send is left out. Values hold until the next call. Returns 0 or -ENOMEM.
 */
int sk_detail_rows_make(const struct sk_detail_input *input, struct sk_detail_rows *rows);

/** Frees the memory; rows is empty then. */
void sk_detail_rows_free(struct sk_detail_rows *rows);

#endif
