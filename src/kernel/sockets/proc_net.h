/* SPDX-License-Identifier: MIT */
/*
 * The fallback for sockets is /proc/net/{tcp,udp,raw...}{,6}, unix, packet, netlink and
 * sctp. These files have no cookies and no tcp_info.
 */
#ifndef SKTOP_KERNEL_SOCKETS_PROC_NET_H
#define SKTOP_KERNEL_SOCKETS_PROC_NET_H

#include <sktop/source.h>

struct proc_net;

int proc_net_new(struct proc_net **out); /* 0 or -ENOMEM */
void proc_net_free(struct proc_net *proc);

/**
 * Appends the sockets of one protocol. Returns 0, -ENOMEM, or -errno if no file of the protocol
 * can be read (-EOPNOTSUPP: there is no file for the protocol).
 */
int proc_net_dump(struct proc_net *proc, enum sk_proto proto,
		  const struct sk_request *request, struct sk_sample *sample);

/**
 * Parses one of these files (NUL-ended, with any content) and appends its sockets. Lines that do
 * not parse are counted as malformed. Returns 0 or -ENOMEM.
 */
int proc_net_parse(const char *text, enum sk_proto proto, bool v6,
		   const struct sk_request *request, struct sk_sample *sample);

#endif
