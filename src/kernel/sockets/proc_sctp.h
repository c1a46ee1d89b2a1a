/* SPDX-License-Identifier: MIT */
/*
 * This function reads the fallback for SCTP: /proc/net/sctp/eps and assocs.
 */
#ifndef SKTOP_KERNEL_SOCKETS_PROC_SCTP_H
#define SKTOP_KERNEL_SOCKETS_PROC_SCTP_H

#include <sktop/source.h>

/**
 * Parses one of the files (NUL-ended, with any content) and appends its sockets. eps must be
 * parsed first, because associations are matched with the inodes of endpoints. Lines that do not
 * parse are counted as malformed. Returns 0 or -ENOMEM.
 */
int proc_sctp_parse(const char *text, bool associations, const struct sk_request *request,
		    struct sk_sample *sample);

#endif
