/* SPDX-License-Identifier: MIT */
/*
 * The finer points of made-up connections: what tcp_info would tell of them.
 */
#ifndef SKTOP_SOURCE_SYNTHETIC_MORE_H
#define SKTOP_SOURCE_SYNTHETIC_MORE_H

#include <sktop/detail.h>

/** Fills what is kept beside a made-up socket; the same for the same socket. */
void synthetic_more(const struct sk_socket *socket, struct sk_more *more);

/** What a lookup of it would tell, calloc'd; NULL = out of memory. */
struct sk_detail *synthetic_detail(const struct sk_pin *pin);

#endif
