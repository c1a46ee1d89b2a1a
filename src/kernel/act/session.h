/* SPDX-License-Identifier: MIT */
/*
 * This function finds the processes and sockets that carry the terminal that we run on.
 */
#ifndef SKTOP_KERNEL_ACT_SESSION_H
#define SKTOP_KERNEL_ACT_SESSION_H

#include <sktop/act.h>

/**
 * Reads SSH_CONNECTION, and the ancestors from /proc. sudo drops the variable and a
 * terminal multiplexer keeps an old one, so neither is believed alone: every ancestor
 * counts, and below a multiplexer those of all its clients. What is unreadable is
 * left out, and makes the session unknown.
 */
void session_read(struct sk_session *session);

#endif
