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
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOSTILE "evil\033]0;x\a\n\"','\\\377\302\205\xe2\x80\xae\303\251"
#define MPTCP 262
#define UDPLITE 136

static char directory[] = "/tmp/sktop-families-XXXXXX";

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		warn("%s", path);
	if (fd >= 0)
		close(fd);
}

static void enter_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	char map[64];
	uid_t uid = getuid();
	int fd;

	if (unshare(CLONE_NEWNET)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
			puts("SKIPPED: this kernel lets us make no network namespace");
			exit(77);
		}
		snprintf(map, sizeof(map), "0 %u 1", uid);
		write_file("/proc/self/uid_map", map);
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
}

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

static void bind_inet(int fd, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	must(bind(fd, (struct sockaddr *)&a, sizeof(a)), "bind");
}

static int connect_inet(int protocol, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = must(socket(AF_INET, SOCK_STREAM, protocol), "socket");

	must(connect(fd, (struct sockaddr *)&a, sizeof(a)), "connect");
	return fd;
}

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
	int fd;

	write_file("/proc/sys/net/ipv4/ping_group_range", "0 0");
	must(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw");
	must(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), "raw6");
	fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	if (fd >= 0)
		bind_inet(fd, 77);
	fd = socket(AF_INET, SOCK_DGRAM, UDPLITE);
	if (fd >= 0)
		bind_inet(fd, 7002);
	bind_inet(must(socket(AF_INET, SOCK_STREAM, 0), "tcp"), 7003);
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
	int listener = socket(AF_INET, SOCK_STREAM, MPTCP), client, server;
	char bytes[1000] = { 0 };

	if (listener < 0)
		return;
	bind_inet(listener, 7001);
	must(listen(listener, 4), "listen");
	client = connect_inet(MPTCP, 7001);
	server = must(accept(listener, NULL, NULL), "accept");
	if (write(client, bytes, 1000) != 1000 || write(server, bytes, 50) != 50 ||
	    recv(server, bytes, 1000, MSG_WAITALL) != 1000 ||
	    recv(client, bytes, 50, MSG_WAITALL) != 50)
		err(1, "mptcp");
	connect_inet(MPTCP, 7001);
	connect_inet(0, 7001);
}

int main(int argc, char **argv)
{
	char command[64];
	int status;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: make_families PROGRAM [ARGUMENT...]");
	enter_namespace();
	if (!mkdtemp(directory) || setenv("FAMILIES_DIR", directory, 1))
		err(1, "%s", directory);
	make_unix();
	make_packet();
	make_inet();
	make_netlink();
	make_mptcp();
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command))
		warnx("%s is left", directory);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
