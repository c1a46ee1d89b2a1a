/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded: appends the length of each netlink request to the file that
 * SENT_FILE names, a line each, and sends it. So a test sees what the kernel is asked.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

struct mnl_socket;
typedef ssize_t send_fn(const struct mnl_socket *, const void *, size_t);

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t len);

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t len)
{
	union {
		void *object;
		send_fn *function;
	} next = { dlsym(RTLD_NEXT, "mnl_socket_sendto") };
	const char *path = getenv("SENT_FILE");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (file) {
		fprintf(file, "%zu\n", len);
		fclose(file);
	}
	return next.function(socket, data, len);
}
