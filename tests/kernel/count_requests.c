/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded: writes each netlink request to the file that SENT_FILE names, a line
 * each, and sends it. So a test sees what the kernel is asked:
 *
 *     LENGTH sockets PROTOCOL STATES EXTENSIONS    one family or both in one walk
 *     LENGTH exact PROTOCOL                        one socket
 *     LENGTH other                                 neither
 */
#include <dlfcn.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

struct mnl_socket;
typedef ssize_t send_fn(const struct mnl_socket *, const void *, size_t);

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t len);

static void describe(FILE *file, const void *data, size_t len)
{
	struct {
		struct nlmsghdr head;
		union {
			struct inet_diag_req_v2 one;
			struct inet_diag_req both;
		};
	} r = { .head.nlmsg_len = 0 };
	int inet;

	memcpy(&r, data, len < sizeof(r) ? len : sizeof(r));
	inet = r.one.sdiag_family == AF_INET || r.one.sdiag_family == AF_INET6;
	/* RTM_GETLINK has the same number */
	if (r.head.nlmsg_type == TCPDIAG_GETSOCK && len >= NLMSG_LENGTH(sizeof(r.both)))
		fprintf(file, "%zu sockets 6 %#x %#x\n", len, r.both.idiag_states,
			r.both.idiag_ext);
	else if (r.head.nlmsg_type != SOCK_DIAG_BY_FAMILY || !inet)
		fprintf(file, "%zu other\n", len);
	else if (r.head.nlmsg_flags & NLM_F_DUMP)
		fprintf(file, "%zu sockets %u %#x %#x\n", len, r.one.sdiag_protocol,
			r.one.idiag_states, r.one.idiag_ext);
	else
		fprintf(file, "%zu exact %u\n", len, r.one.sdiag_protocol);
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t len)
{
	union {
		void *object;
		send_fn *function;
	} next = { dlsym(RTLD_NEXT, "mnl_socket_sendto") };
	const char *path = getenv("SENT_FILE");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (file) {
		describe(file, data, len);
		fclose(file);
	}
	return next.function(socket, data, len);
}
