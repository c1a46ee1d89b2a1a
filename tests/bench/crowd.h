/* SPDX-License-Identifier: MIT */
/*
 * A machine that is never the same: connections over loopback that are opened and closed
 * all the time, by processes that stay and by processes that live for a moment.
 */
#ifndef SKTOP_TESTS_CROWD_H
#define SKTOP_TESTS_CROWD_H

/**
 * Starts processes that together open about `rate` connections a second from a hundred
 * thousand addresses. Each lasts half a second; one of five then waits in TIME_WAIT, so
 * a minute later there are 17 * rate sockets. One of 25 is opened by a process of its own.
 * All end with this process.
 */
void crowd_start(int rate);

/** How many connections they have opened. */
long crowd_opened(void);

#endif
