/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_TESTS_BARE_H
#define SKTOP_TESTS_BARE_H

enum bare_what {
	BARE_TCP_ONE_WALK = 1 << 0, /* both families in one request */
	BARE_TCP_FAMILIES = 1 << 1, /* one for each */
	BARE_UDP = 1 << 2,
};

/**
 * The limit: all these sockets asked for, TCP with its tcp_info, and nothing done with
 * the answer, in the namespace where bare_open() was called. Returns milliseconds.
 */
double bare_dump(int fd, unsigned what);

int bare_open(void);

#endif
