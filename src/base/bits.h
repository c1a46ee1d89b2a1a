/* SPDX-License-Identifier: MIT */
/*
 * These functions write bit fields of the kernel as words, for columns and the detail
 * view.
 */
#ifndef SKTOP_BASE_BITS_H
#define SKTOP_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Names of the bits that are set, joined by spaces; "" when there are none. Names
 * that do not fit are left out whole. Returns out.
 */
char *bits_format(unsigned value, const char *const *names, size_t n, char *out,
		  size_t size);

/** tcpi_options: ts sack wscale ecn ecnseen fastopen usec_ts tfo_child */
char *bits_tcp_options(unsigned options, char *out, size_t size);
bool bits_has_wscale(unsigned options);

/** INET_DIAG_SOCKOPT: recverr is_icsk freebind... as ss calls them. */
char *bits_sockopt(unsigned sockopt, char *out, size_t size);

/** TCP_CA_*: "open", "disorder", "cwr", "recovery", "loss". */
const char *bits_ca_state(unsigned state);

/**
 * Fast Open, from tcpi_options and the byte of tcpi_fastopen_client_fail: "used",
 * "accepted", or why not; NULL when it was not tried.
 */
const char *bits_fastopen(unsigned options, unsigned limited);

#endif
