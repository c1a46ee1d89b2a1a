/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include "bare.h"
#include "kernel/netlink/netlink.h"
#include "machine.h"

#define ALL_STATES 0xffeU
#define INFO (1 << (INET_DIAG_INFO - 1))

static void throw_away(int fd, const void *request, size_t len)
{
	static _Alignas(8) uint8_t buffer[1 << 20];

	if (send(fd, request, len, 0) < 0)
		err(1, "send");
	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		const struct nlmsghdr *head;
		size_t at = 0;

		if (n <= 0)
			err(1, "recv");
		while ((head = netlink_next(buffer, (size_t)n, &at))) {
			if (head->nlmsg_type == NLMSG_DONE)
				return;
			if (head->nlmsg_type == NLMSG_ERROR)
				errx(1, "the kernel refuses the dump");
		}
	}
}

static void dump_both(int fd)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req req;
	} message = { .head = { .nlmsg_len = sizeof(message),
				.nlmsg_type = TCPDIAG_GETSOCK,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		      .req = { .idiag_ext = INFO, .idiag_states = ALL_STATES } };

	throw_away(fd, &message, sizeof(message));
}

static void dump_family(int fd, uint8_t family, uint8_t protocol)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} message = { .head = { .nlmsg_len = sizeof(message),
				.nlmsg_type = SOCK_DIAG_BY_FAMILY,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		      .req = { .sdiag_family = family,
			       .sdiag_protocol = protocol,
			       .idiag_ext = protocol == IPPROTO_TCP ? INFO : 0,
			       .idiag_states = ALL_STATES } };

	throw_away(fd, &message, sizeof(message));
}

int bare_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		err(1, "NETLINK_SOCK_DIAG");
	return fd;
}

double bare_dump(int fd, unsigned what)
{
	double begin = machine_clock_ms();

	if (what & BARE_TCP_ONE_WALK)
		dump_both(fd);
	if (what & BARE_TCP_FAMILIES) {
		dump_family(fd, AF_INET, IPPROTO_TCP);
		dump_family(fd, AF_INET6, IPPROTO_TCP);
	}
	if (what & BARE_UDP) {
		dump_family(fd, AF_INET, IPPROTO_UDP);
		dump_family(fd, AF_INET6, IPPROTO_UDP);
	}
	return machine_clock_ms() - begin;
}
