/* SPDX-License-Identifier: MIT */
/*
 * Sockets of the kinds that are neither TCP nor UDP, in a network namespace of their
 * own; then runs the program given, whose exit status is ours. FAMILIES_DIR is where
 * the unix sockets have their names, one of which is hostile.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "net.h"

#define HOSTILE "evil\033]0;x\a\n\"','\\\377\302\205\xe2\x80\xae\303\251"
#define UDPLITE 136
#define LOOPBACK "127.0.0.1"

static char directory[] = "/tmp/sktop-families-XXXXXX";

static int must(int fd, const char *what)
{
	if (fd < 0)
		err(1, "%s", what);
	return fd;
}

/* ---- unix ---- */

static socklen_t unix_name(struct sockaddr_un *a, const char *bytes, size_t len)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->sun_path, bytes, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static socklen_t unix_path(struct sockaddr_un *a, const char *file)
{
	char path[sizeof(a->sun_path)];

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	return unix_name(a, path, strlen(path) + 1);
}

/* A listener, an accepted connection, and a client that waits. */
static void make_unix_streams(const char *file)
{
	struct sockaddr_un a;
	socklen_t len = unix_path(&a, file);
	int listener = must(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
	int client = must(socket(AF_UNIX, SOCK_STREAM, 0), "unix");

	must(bind(listener, (struct sockaddr *)&a, len), file);
	must(listen(listener, 5), "listen");
	must(connect(client, (struct sockaddr *)&a, len), "connect");
	must(accept(listener, NULL, NULL), "accept");
	client = must(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
	must(connect(client, (struct sockaddr *)&a, len), "connect");
}

static void make_unix(void)
{
	static const char abstract[] = "\0two\0parts";
	struct sockaddr_un a;
	socklen_t len = unix_name(&a, abstract, sizeof(abstract) - 1);
	int server = must(socket(AF_UNIX, SOCK_DGRAM, 0), "unix");
	int client = must(socket(AF_UNIX, SOCK_DGRAM, 0), "unix");
	int ends[2];

	must(bind(server, (struct sockaddr *)&a, len), "abstract");
	must(connect(client, (struct sockaddr *)&a, len), "abstract");
	if (write(client, "hello", 5) != 5)
		err(1, "write");
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), "socketpair");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	must(shutdown(ends[0], SHUT_WR), "shutdown");
	must(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
	make_unix_streams("plain");
	make_unix_streams(HOSTILE);
}

/* ---- the others ---- */

static void make_packet(void)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons(0x0806),
				 .sll_ifindex = (int)if_nametoindex("lo") };
	struct packet_mreq promiscuous = { .mr_ifindex = a.sll_ifindex,
					   .mr_type = PACKET_MR_PROMISC };
	int fd = must(socket(AF_PACKET, SOCK_RAW, 0), "packet");
	uint32_t fanout = 7 | PACKET_FANOUT_CPU << 16;

	must(bind(fd, (struct sockaddr *)&a, sizeof(a)), "packet");
	must(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
			sizeof(promiscuous)), "promiscuous");
	must(setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout, sizeof(fanout)), "fanout");
	must(socket(AF_PACKET, SOCK_DGRAM, htons(0x88cc)), "packet");
}

static void make_inet(void)
{
	struct sockaddr_in ping = net_loopback(77), lite = net_loopback(7002);
	int fd;

	net_write_file("/proc/sys/net/ipv4/ping_group_range", "0 0");
	must(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw");
	must(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), "raw6");
	fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	if (fd >= 0)
		must(bind(fd, (struct sockaddr *)&ping, sizeof(ping)), "ping");
	fd = socket(AF_INET, SOCK_DGRAM, UDPLITE);
	if (fd >= 0)
		must(bind(fd, (struct sockaddr *)&lite, sizeof(lite)), "udplite");
	net_bound(SOCK_STREAM, 0, LOOPBACK, 7003);
}

static void make_netlink(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK,
				 .nl_groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR };
	int fd = must(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink");
	int group = 33; /* beyond the first word */

	must(bind(fd, (struct sockaddr *)&a, sizeof(a)), "netlink");
	setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

/* A listener, a connection with bytes both ways, one that waits, one that is TCP. */
static void make_mptcp(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), client, server;
	char bytes[1000] = { 0 };

	if (listener < 0)
		return;
	close(listener);
	listener = net_listening(IPPROTO_MPTCP, LOOPBACK, 7001, 4);
	client = net_connected(SOCK_STREAM, IPPROTO_MPTCP, LOOPBACK, 7001);
	server = net_accepted(listener);
	if (write(client, bytes, 1000) != 1000 || write(server, bytes, 50) != 50 ||
	    recv(server, bytes, 1000, MSG_WAITALL) != 1000 ||
	    recv(client, bytes, 50, MSG_WAITALL) != 50)
		err(1, "mptcp");
	net_connected(SOCK_STREAM, IPPROTO_MPTCP, LOOPBACK, 7001);
	net_connected(SOCK_STREAM, 0, LOOPBACK, 7001);
}

int main(int argc, char **argv)
{
	char command[64];
	int status;

	if (argc < 2)
		errx(2, "usage: make_families PROGRAM [ARGUMENT...]");
	net_enter_or_skip(true);
	if (!mkdtemp(directory) || setenv("FAMILIES_DIR", directory, 1))
		err(1, "%s", directory);
	make_unix();
	make_packet();
	make_inet();
	make_netlink();
	make_mptcp();
	status = net_run(argv + 1);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command))
		warnx("%s is left", directory);
	return status;
}
