/* SPDX-License-Identifier: MIT */
/*
 * This file makes up what tcp_info would tell of synthetic connections.
 */
#ifndef SKTOP_SOURCE_SYNTHETIC_TCP_EXT_H
#define SKTOP_SOURCE_SYNTHETIC_TCP_EXT_H

#include <sktop/detail.h>

/** Fills what is kept beside a made-up socket; the same for the same socket. */
void synthetic_tcp_ext(const struct sk_socket *socket, struct sk_tcp_ext *tcp_ext);

/** Returns what a lookup of the socket would tell, calloc'd; NULL = out of memory. */
struct sk_detail *synthetic_detail(const struct sk_detached *detached);

#endif
