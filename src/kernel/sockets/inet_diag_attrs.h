/* SPDX-License-Identifier: MIT */
/*
 * This header is for the decoding of inet_diag replies only. There is one file for each record
 * that the decoding fills.
 */
#ifndef SKTOP_KERNEL_SOCKETS_INET_DIAG_ATTRS_H
#define SKTOP_KERNEL_SOCKETS_INET_DIAG_ATTRS_H

#include <sktop/detail.h>
#include "kernel/netlink/attr.h"

/* These attributes are newer than the headers of older distributions. */
enum {
	ATTR_CLASS_ID = 17,
	ATTR_MD5SIG = 18,
	ATTR_ULP_INFO = 19,
	ATTR_CGROUP_ID = 21,
	ATTR_SOCKOPT = 22,
	ULP_INFO_NAME = 1,
	ULP_INFO_TLS = 2,
	ULP_INFO_MPTCP = 3,
};

/**
 * Decodes one attribute into struct sk_tcp_ext. An attribute that has no member there is skipped.
 */
void inet_diag_ext_attr(const struct attr *attr, struct sk_tcp_ext *tcp_ext);

/** Decodes TCP's INET_DIAG_INFO, of any length, into struct sk_tcp_ext. */
void inet_diag_ext_info(const struct attr *info, struct sk_tcp_ext *tcp_ext);

/** Decodes one attribute into struct sk_detail, except into its `detached` and `tcp_ext`. */
void inet_diag_detail_attr(const struct attr *attr, struct sk_detail *detail);

#endif
