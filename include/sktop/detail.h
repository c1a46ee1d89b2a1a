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

/** One line of the detail view. */
struct sk_detail_row {
	const char *section; /* "Identity", "Queues", "RTT", ...: static */
	const char *label;   /* short name: static */
	const char *help;    /* one sentence on what it means: static */
	char value[64];	     /* formatted, printable; "-" when not told */
};

/**
 * Writes up to max rows on the socket and its detail (NULL when the lookup gave
 * none). Fields that this kernel does not send are left out. Returns how many.
 */
size_t sk_detail_rows(const struct sk_sample *sample, const struct sk_socket *socket,
		      const struct sk_detail *detail, struct sk_detail_row *rows,
		      size_t max);

#endif
