/* SPDX-License-Identifier: MIT */
/*
 * This function finds the processes and sockets that carry the terminal where we run.
 */
#ifndef SKTOP_KERNEL_ACT_SESSION_H
#define SKTOP_KERNEL_ACT_SESSION_H

#include <sktop/act.h>

/**
 * Reads SSH_CONNECTION, and the ancestors from /proc. sudo drops the variable, and a terminal
 * multiplexer keeps an old one, so the function does not trust one source alone. Every ancestor
 * counts, and below a multiplexer the ancestors of all its clients count, too. If something is
 * unreadable, it is left out, and the session is marked as unknown.
 */
void session_read(struct sk_session *session);

#endif
