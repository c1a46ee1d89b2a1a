/* SPDX-License-Identifier: MIT */
/*
 * Interfaces from rtnetlink, or /proc/net/dev.
 */
#ifndef SKTOP_KERNEL_NET_LINKS_H
#define SKTOP_KERNEL_NET_LINKS_H

#include <linux/netlink.h>
#include <sktop/sample.h>

struct links;

int links_open(struct links **out); /* 0 or -errno */
void links_close(struct links *links);

/** Appends every interface; counts losses. Returns 0, or -errno when refused. */
int links_dump(struct links *links, struct sk_sample *sample);

/** Decodes one RTM_NEWLINK of `size` valid bytes, of any content. 0 or -EBADMSG. */
int links_decode(const struct nlmsghdr *message, size_t size, struct sk_link *link);

/** Room for a name as the kernel takes it: IFNAMSIZ. */
#define LINKS_NAME 16

/** The name as the kernel has it, for an ioctl: its bytes, which may be no text. */
void links_kernel_name(const struct sk_link *link, char out[LINKS_NAME]);

/** Parses /proc/net/dev (NUL-ended, of any content). Returns 0 or -ENOMEM. */
int links_parse_proc(const char *text, struct sk_sample *sample);

#endif
