/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/ascii.h>
#include "names/lookup.h"

static void add_found(struct names_addresses *found, const struct sk_addr *addr)
{
	for (size_t i = 0; i < found->n; i++) {
		if (memcmp(&found->addr[i], addr, sizeof(*addr)) == 0)
			return;
	}
	if (found->n < NAMES_ADDRESSES_MAX)
		found->addr[found->n++] = *addr;
}

static bool read_address(const char *text, struct sk_addr *addr)
{
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		*addr = sk_addr_from_v4(v4);
		return true;
	}
	return inet_pton(AF_INET6, text, addr->b) == 1;
}

/* "ADDRESS NAME ALIAS... # comment" */
static void take_hosts_line(char *line, const char *name, struct names_addresses *found)
{
	char *save, *word;
	struct sk_addr addr;

	line[strcspn(line, "#\n")] = '\0';
	word = strtok_r(line, " \t", &save);
	if (!word || !read_address(word, &addr))
		return;
	while ((word = strtok_r(NULL, " \t", &save))) {
		if (sk_ascii_same(word, name))
			add_found(found, &addr);
	}
}

static void look_in_hosts(const char *name, struct names_addresses *found)
{
	FILE *file = fopen("/etc/hosts", "re");
	char line[1024];

	while (file && fgets(line, sizeof(line), file))
		take_hosts_line(line, name, found);
	if (file)
		fclose(file);
}

/* Asks for all addresses, A and AAAA. Returns 0 or an error of getaddrinfo(). */
static int look_in_dns(const char *name, struct names_addresses *found)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int err = getaddrinfo(name, NULL, &hints, &list);

	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		struct sk_addr addr;

		if (a->ai_family == AF_INET) {
			const struct sockaddr_in *in = (const void *)a->ai_addr;

			addr = sk_addr_from_v4(&in->sin_addr);
		} else if (a->ai_family == AF_INET6) {
			const struct sockaddr_in6 *in = (const void *)a->ai_addr;

			memcpy(addr.b, &in->sin6_addr, sizeof(addr.b));
		} else {
			continue;
		}
		add_found(found, &addr);
	}
	if (list)
		freeaddrinfo(list);
	return err;
}

int names_find_addresses(const char *name, enum sk_lookup lookup,
			 struct names_addresses *found, char *message, size_t size)
{
	int err = 0;

	found->n = 0;
	if (lookup == SK_LOOKUP_DNS)
		err = look_in_dns(name, found);
	else
		look_in_hosts(name, found);
	if (found->n)
		return 0;
	if (lookup == SK_LOOKUP_HOSTS) {
		snprintf(message, size, "'%.40s' is not in /etc/hosts", name);
		return -EAGAIN;
	}
	snprintf(message, size, "host '%.60s': %s; a port is written :PORT", name,
		 err ? gai_strerror(err) : "no address");
	return -EINVAL;
}

/* Where cgroup v2 is mounted; false when it is not. */
static bool find_cgroup_mount(char *out, size_t size)
{
	FILE *file = fopen("/proc/self/mounts", "re");
	char *line = NULL, path[PATH_MAX], type[32];
	size_t room = 0; /* options may be long: an overlay has a path for each layer */
	bool found = false;

	while (file && !found && getline(&line, &room, file) > 0) {
		found = sscanf(line, "%*s %4095s %31s", path, type) == 2 &&
			strcmp(type, "cgroup2") == 0;
	}
	free(line);
	if (file)
		fclose(file);
	snprintf(out, size, "%s", found ? path : "");
	return found;
}

/* FILEID_KERNFS of linux/exportfs.h: what file systems such as cgroup2 hand out. */
#define HANDLE_KERNFS 0xfe

/* The kernel's id of a cgroup is the handle of its directory. */
static bool read_cgroup_id(const char *path, uint64_t *id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(*id)];
	} u = { .handle.handle_bytes = sizeof(*id) };
	int mount;

	if (name_to_handle_at(AT_FDCWD, path, &u.handle, &mount, 0) ||
	    u.handle.handle_bytes != sizeof(*id) ||
	    u.handle.handle_type != HANDLE_KERNFS)
		return false;
	memcpy(id, u.handle.f_handle, sizeof(*id));
	return true;
}

bool names_find_cgroup(const char *path, uint64_t *id)
{
	char mount[PATH_MAX], below[2 * PATH_MAX];

	if (!find_cgroup_mount(mount, sizeof(mount)))
		return false;
	if (strncmp(path, mount, strlen(mount)) == 0)
		return read_cgroup_id(path, id);
	snprintf(below, sizeof(below), "%s/%s", mount, path + (*path == '/'));
	return read_cgroup_id(below, id);
}

uint32_t names_find_interface(const char *name)
{
	char found[IF_NAMESIZE];
	uint32_t ifindex = strlen(name) < IF_NAMESIZE ? if_nametoindex(name) : 0;

	/* it may have been found by another name of it */
	return ifindex && if_indextoname(ifindex, found) && strcmp(found, name) == 0 ? ifindex :
											0;
}

bool names_of_interface(uint32_t ifindex, char out[SK_DEVICE_STRLEN])
{
	char found[IF_NAMESIZE];

	if (!if_indextoname(ifindex, found))
		return false;
	sk_text_clean(out, SK_DEVICE_STRLEN, found, strlen(found));
	return true;
}
