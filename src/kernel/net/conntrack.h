/* SPDX-License-Identifier: MIT */
/*
 * This header reads connections that the firewall tracks, from ctnetlink or
 * /proc/net/nf_conntrack.
 */
#ifndef SKTOP_KERNEL_NET_CONNTRACK_H
#define SKTOP_KERNEL_NET_CONNTRACK_H

#include <sktop/sample.h>
#include "kernel/netlink/netlink.h"

/**
 * Appends translated connections, or all connections if the sample needs SK_NEED_TRACKED, up to
 * SK_ROWS_CUT, and counts losses. netlink is a handle of NETLINK_NETFILTER. Returns 0, -EPERM
 * without CAP_NET_ADMIN, or another -errno: -EINVAL if the kernel has no ctnetlink.
 */
int conntrack_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample);

/** Decodes one IPCTNL_MSG_CT_NEW of `size` valid bytes, with any content. Returns 0 or -EBADMSG. */
int conntrack_decode(const struct nlmsghdr *message, size_t size,
		     struct sk_nat_entry *entry);

/** Parses /proc/net/nf_conntrack (NUL-ended, with any content). Returns 0 or -ENOMEM. */
int conntrack_parse_proc(const char *text, uint32_t families, struct sk_sample *sample);

/** Appends an entry if the sample wants it. Returns 0, -ENOMEM, or -EFBIG if the sample is full. */
int conntrack_add(const struct sk_nat_entry *entry, struct sk_sample *sample);

/** Returns how the reply differs from a mirror of the original: SK_NAT_* flags, or 0. */
uint16_t conntrack_translation(const struct sk_nat_entry *entry);

#endif
