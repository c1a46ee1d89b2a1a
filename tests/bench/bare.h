/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_TESTS_BARE_H
#define SKTOP_TESTS_BARE_H

#include <stdbool.h>

/**
 * The limit: every TCP socket with its tcp_info and every UDP socket asked for, and
 * nothing done with the answer. one_walk: TCP of both families in one request, else
 * in one each. Returns milliseconds.
 */
double bare_dump(bool one_walk);

#endif
