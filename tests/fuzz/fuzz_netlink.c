/* SPDX-License-Identifier: MIT */
/*
 * Any datagrams as the kernel's: the framing of netlink, dumps of every kind, the answers to
 * an exact lookup and to a request that closes. The first byte chooses what is asked; of each
 * datagram a byte says what is put right in it. What was not confirmed is never told as closed.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>
#include "fuzz.h"

/* The real netlink.c, on a kernel of ours. */
static struct mnl_socket *fake_open(void);
static int fake_option(void);
static ssize_t fake_send(const void *messages, size_t size);
static ssize_t fake_receive(void *buffer, size_t size, struct sockaddr *from);

#define mnl_socket_open2(protocol, flags) ((void)(flags), fake_open())
#define mnl_socket_bind(socket, groups, pid) fake_option()
#define mnl_socket_close(socket) fake_option()
#define mnl_socket_get_fd(socket) fake_option()
#define mnl_socket_setsockopt(socket, option, value, size) \
	((void)(option), (void)(value), fake_option())
#define mnl_socket_sendto(socket, messages, size) fake_send(messages, size)
#define setsockopt(fd, level, option, value, size) ((void)(value), fake_option())
#define recvfrom(fd, buffer, size, flags, from, len) ((void)(fd), fake_receive(buffer, size, from))
/* no datagram here is longer; a megabyte for each run would take most of the time */
#define malloc(size) malloc((size) < 2048 ? (size) : 2048)
#include "kernel/netlink/netlink.c"
#undef malloc
#undef setsockopt
#undef recvfrom

#include "kernel/net/conntrack.h"
#include "kernel/sockets/kind.h"
#include "kernel/sockets/inet_diag.h"
#include "kernel/act/kill.h"
#include "kernel/net/links.h"
#include "kernel/net/neighbours.h"
#include "kernel/net/routes.h"

/** What a datagram's first byte has: */
enum {
	REPAIR_SEQ = 1,	   /* each message answers the newest request */
	REPAIR_LEN = 2,	   /* the first message fills the datagram */
	FOREIGN = 4,	   /* it is not from the kernel */
	FAILURE = 8,	   /* it is none: recvfrom() fails */
	AS_ERROR = 16,	   /* its first message is an NLMSG_ERROR */
	AS_DONE = 32,	   /* or an NLMSG_DONE */
	HUGE_LEN = 64,	   /* the length of the first message is beyond any */
};

static const uint8_t *left;
static size_t n_left;
static uint32_t newest; /* the number of the last request */
static bool confirmed;	/* an answer without an error was given to it */

static struct mnl_socket *fake_open(void)
{
	static char one;

	return (struct mnl_socket *)(void *)&one;
}

static int fake_option(void)
{
	return 0;
}

static ssize_t fake_send(const void *messages, size_t size)
{
	for (size_t at = 0; at < size;) {
		const struct nlmsghdr *message = (const void *)((const uint8_t *)messages + at);

		require(message->nlmsg_len >= sizeof(*message) &&
			message->nlmsg_len <= size - at);
		newest = message->nlmsg_seq;
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	confirmed = false;
	return (ssize_t)size;
}

/* Puts right what a random message would hardly ever have. */
static void repair(uint8_t *bytes, size_t size, uint8_t how)
{
	struct nlmsghdr head;
	int status = 0;

	if (size < sizeof(head))
		return;
	memcpy(&head, bytes, sizeof(head));
	if (how & REPAIR_LEN)
		head.nlmsg_len = (uint32_t)size;
	if (how & HUGE_LEN)
		head.nlmsg_len |= 0xfffffff0U;
	if (how & (AS_ERROR | AS_DONE))
		head.nlmsg_type = how & AS_ERROR ? NLMSG_ERROR : NLMSG_DONE;
	if (how & REPAIR_SEQ)
		head.nlmsg_seq = newest;
	memcpy(bytes, &head, sizeof(head));
	if (size >= sizeof(head) + sizeof(status))
		memcpy(&status, bytes + sizeof(head), sizeof(status));
	confirmed |= head.nlmsg_seq == newest && head.nlmsg_type == NLMSG_ERROR && !status &&
		     head.nlmsg_len >= sizeof(head) + sizeof(status) && head.nlmsg_len <= size;
	/* the number of the others, as far as they can be found */
	for (size_t at = 0; how & REPAIR_SEQ && head.nlmsg_len >= sizeof(head) &&
	     head.nlmsg_len <= size - at;) {
		at += (head.nlmsg_len + (size_t)3) & ~(size_t)3;
		if (at + sizeof(head) > size)
			break;
		memcpy(&head, bytes + at, sizeof(head));
		head.nlmsg_seq = newest;
		memcpy(bytes + at, &head, sizeof(head));
	}
}

static ssize_t fake_receive(void *buffer, size_t size, struct sockaddr *from)
{
	static const int errors[] = { ENOBUFS, EAGAIN, EINTR, ECONNRESET };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	size_t len;
	uint8_t how;

	if (n_left < 2) {
		errno = EAGAIN;
		return -1;
	}
	how = left[0];
	len = (size_t)left[1] * 4;
	left += 2;
	n_left -= 2;
	len = len > n_left ? n_left : len;
	if (how & FAILURE) {
		errno = errors[how >> 4 & 3];
		return -1;
	}
	kernel.nl_pid = (how & FOREIGN) != 0;
	memcpy(from, &kernel, sizeof(kernel));
	memcpy(buffer, left, len > size ? size : len);
	if (!kernel.nl_pid)
		repair(buffer, len > size ? size : len, how);
	left += len;
	n_left -= len;
	return (ssize_t)len;
}

static struct sk_detached detached_of(uint8_t choice)
{
	static const uint8_t protos[] = { SK_PROTO_TCP, SK_PROTO_UDP, SK_PROTO_SCTP,
					  SK_PROTO_RAW };
	struct sk_detached detached = {
		.socket = { .proto = protos[choice % 4],
			    .cookie = 7,
			    .state =
				    choice & 4 ? SK_STATE_LISTEN : SK_STATE_ESTABLISHED,
			    .lport = 0x102,
			    .rport = 0x304,
			    .flags = choice & 8 ? SK_F_V6 : 0 }
	};

	return detached;
}

static void fuzz_kill(uint8_t choice, struct sk_sample *sample)
{
	struct sk_detached detached = detached_of(choice);
	struct kill_handle *handle;
	int err;

	(void)sample;
	require(kill_open(&handle) == 0);
	err = choice & 16 ? kill_probe(handle, detached.socket.proto) :
			    kill_socket(handle, &detached);
	require(err <= 0 && err >= -NETLINK_ERRNO_MAX);
	/* UDP is looked for again, which is another request */
	if (!(choice & 16) && detached.socket.proto != SK_PROTO_UDP)
		require(err || confirmed);
	kill_close(handle);
}

static void fuzz_lookup(uint8_t choice, struct sk_sample *sample)
{
	struct sk_detached detached = detached_of(choice);
	struct sk_detail *detail = NULL;
	struct inet_diag *diag;
	int err;

	(void)sample;
	require(inet_diag_open(&diag) == 0);
	err = inet_diag_lookup(diag, &detached, &detail);
	require(err <= 0 && (err != 0) == (detail == NULL));
	free(detail);
	inet_diag_close(diag);
}

static void fuzz_inet(uint8_t choice, struct sk_sample *sample)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct inet_diag *diag;

	require(inet_diag_open(&diag) == 0);
	request.needs |= choice & 1 ? SK_NEED_TCP_EXT : 0;
	require(inet_diag_dump(diag, detached_of(choice).socket.proto, &request, sample) <= 0);
	for (uint32_t i = 0; i < sample->n_sockets && choice & 2; i++)
		sample->sockets[i].cookie = 0;
	require(inet_diag_complete(diag, &request, sample, 0) <= 0);
	inet_diag_close(diag);
}

static void fuzz_family(uint8_t choice, struct sk_sample *sample)
{
	static const struct socket_kind *const families[] = { &kind_unix, &kind_packet,
							 &kind_netlink };
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct pairs pending = { 0 };
	struct netlink netlink;

	require(netlink_open(&netlink, NETLINK_SOCK_DIAG, 8192) == 0);
	require(kind_dump(families[choice % 3], &netlink, &request, &pending, sample) <= 0);
	pairs_free(&pending);
	netlink_close(&netlink);
}

static void fuzz_tables(uint8_t choice, struct sk_sample *sample)
{
	static int (*const dumps[])(struct netlink *, uint32_t, struct sk_sample *) = {
		routes_dump, rules_dump, neighbours_dump, conntrack_dump,
	};
	struct sk_route_answer answer;
	struct links *links = NULL;
	struct sk_detached detached = detached_of(choice);
	struct netlink netlink;

	require(netlink_open(&netlink, NETLINK_ROUTE, 8192) == 0);
	if (choice % 7 < 4) {
		require(dumps[choice % 7](&netlink, 3, sample) <= 0);
	} else if (choice % 7 == 4) {
		require(addresses_dump(&netlink, sample) <= 0);
	} else if (choice % 7 == 5) {
		require(links_open(&links) == 0 && links_dump(links, sample) <= 0);
		links_close(links);
	} else {
		routes_lookup(&netlink, &detached, choice, &answer);
		require(answer.error <= 0);
	}
	netlink_close(&netlink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const scenes[])(uint8_t, struct sk_sample *) = {
		fuzz_kill, fuzz_lookup, fuzz_inet, fuzz_family, fuzz_tables,
	};
	struct sk_sample *sample;

	if (size < 2 || sk_sample_new(&sample))
		return 0;
	sample->needs = SK_NEED_TRACKED;
	left = data + 2;
	n_left = size - 2;
	confirmed = false;
	scenes[data[0] % 5](data[1], sample);
	sk_sample_unref(sample);
	return 0;
}
