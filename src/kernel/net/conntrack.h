/* SPDX-License-Identifier: MIT */
/*
 * This header reads connections as the firewall tracks them, from ctnetlink or
 * /proc/net/nf_conntrack.
 */
#ifndef SKTOP_KERNEL_NET_CONNTRACK_H
#define SKTOP_KERNEL_NET_CONNTRACK_H

#include <sktop/sample.h>
#include "kernel/netlink/netlink.h"

/**
 * Appends the translated connections, all of them if the sample needs SK_NEED_TRACKED,
 * up to SK_ROWS_CUT; counts losses. netlink is of NETLINK_NETFILTER. Returns 0, -EPERM
 * without CAP_NET_ADMIN, or -errno: -EINVAL where the kernel knows no ctnetlink.
 */
int conntrack_dump(struct netlink *netlink, uint32_t families, struct sk_sample *sample);

/** Decodes one IPCTNL_MSG_CT_NEW of `size` valid bytes, of any content. 0, -EBADMSG. */
int conntrack_decode(const struct nlmsghdr *message, size_t size,
		     struct sk_nat_entry *entry);

/** Parses /proc/net/nf_conntrack (NUL-ended, of any content). Returns 0 or -ENOMEM. */
int conntrack_parse_proc(const char *text, uint32_t families, struct sk_sample *sample);

/** Appends an entry if the sample wants it. Returns 0, -ENOMEM, -EFBIG at the cut. */
int conntrack_add(const struct sk_nat_entry *entry, struct sk_sample *sample);

/** Tells whether and how the reply is no mirror of the original. */
uint16_t conntrack_translation(const struct sk_nat_entry *entry);

#endif
