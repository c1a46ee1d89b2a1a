/* SPDX-License-Identifier: MIT */
/*
 * A network namespace of the test's own, and sockets in it. An error ends the program.
 */
#ifndef SKTOP_TESTS_NET_H
#define SKTOP_TESTS_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/** Enters a new namespace, whose lo is up. Without root it needs a namespace of users, too. */
bool net_enter(bool with_users);
/** The same; where there can be none it says so and ends as a test that was skipped. */
void net_enter_or_skip(bool with_users);
void net_lo_up(void);

void net_write_file(const char *path, const char *text); /* warns when it cannot */

union net_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/** Of an IPv4 or IPv6 address in words. */
socklen_t net_address(const char *text, uint16_t port, union net_address *address);
struct sockaddr_in net_loopback(uint16_t port);

/** A socket with SO_REUSEADDR, bound. */
int net_bound(int type, int protocol, const char *text, uint16_t port);
int net_listening(int protocol, const char *text, uint16_t port, int backlog);
int net_connected(int type, int protocol, const char *text, uint16_t port);
int net_accepted(int listener);
/** Until the other end has closed or shut down its sending. */
void net_wait_for_fin(int fd);
uint64_t net_cookie(int fd);
uint16_t net_port(int fd); /* the local one */

/** Runs a program with all that is open here; returns its exit status. */
int net_run(char **argv);

#endif
