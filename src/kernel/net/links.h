/* SPDX-License-Identifier: MIT */
/*
 * This header reads interfaces from rtnetlink or /proc/net/dev.
 */
#ifndef SKTOP_KERNEL_NET_LINKS_H
#define SKTOP_KERNEL_NET_LINKS_H

#include <linux/netlink.h>
#include <sktop/sample.h>

struct links;

int links_open(struct links **out); /* 0 or -errno */
void links_close(struct links *links);

/** Appends every interface and counts losses. Returns 0, or -errno if the kernel refused. */
int links_dump(struct links *links, struct sk_sample *sample);

/** Decodes one RTM_NEWLINK of `size` valid bytes, with any content. Returns 0 or -EBADMSG. */
int links_decode(const struct nlmsghdr *message, size_t size, struct sk_link *link);

/** This is IFNAMSIZ: the kernel accepts names of this size. */
#define LINKS_NAME 16

/** Copies the name as the kernel has it, for an ioctl. Its bytes need not be text. */
void links_kernel_name(const struct sk_link *link, char out[LINKS_NAME]);

/** Parses /proc/net/dev (NUL-ended, with any content). Returns 0 or -ENOMEM. */
int links_parse_proc(const char *text, struct sk_sample *sample);

#endif
