/* SPDX-License-Identifier: MIT */
/*
 * This file resolves names in filters: host names to addresses, paths to cgroup ids.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/ascii.h>
#include "filter/filter.h"

/** Addresses found so far, without doubles. */
struct found {
	struct sk_addr addr[FILTER_ADDRESSES_MAX];
	size_t n;
};

static void add_found(struct found *found, const struct sk_addr *addr)
{
	for (size_t i = 0; i < found->n; i++) {
		if (memcmp(&found->addr[i], addr, sizeof(*addr)) == 0)
			return;
	}
	if (found->n < FILTER_ADDRESSES_MAX)
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
static void take_hosts_line(char *line, const char *name, struct found *found)
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

static void look_in_hosts(const char *name, struct found *found)
{
	FILE *file = fopen("/etc/hosts", "re");
	char line[1024];

	while (file && fgets(line, sizeof(line), file))
		take_hosts_line(line, name, found);
	if (file)
		fclose(file);
}

/* Asks for all addresses, A and AAAA. Returns 0 or an error of getaddrinfo(). */
static int look_in_dns(const char *name, struct found *found)
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

static const struct known_name *find_known(const struct sk_filter *filter,
					   const char *name)
{
	for (size_t i = 0; filter && i < filter->n_names; i++) {
		if (sk_ascii_same(filter->names[i].name, name))
			return &filter->names[i];
	}
	return NULL;
}

static int keep(struct sk_filter *filter, const char *name, const struct sk_addr *addr,
		size_t n, const struct known_name **out)
{
	struct known_name *bigger, known = { .name = strdup(name), .n = n };

	known.addr = calloc(n, sizeof(*addr));
	bigger = realloc(filter->names, (filter->n_names + 1) * sizeof(*bigger));
	if (bigger)
		filter->names = bigger;
	if (!known.name || !known.addr || !bigger) {
		free(known.name);
		free(known.addr);
		return -ENOMEM;
	}
	memcpy(known.addr, addr, n * sizeof(*addr));
	bigger[filter->n_names] = known;
	*out = &bigger[filter->n_names++];
	return 0;
}

int filter_resolve(struct sk_filter *filter, const char *name,
		   enum sk_filter_lookup lookup, const struct sk_filter *earlier,
		   const struct known_name **out, char *message, size_t size)
{
	const struct known_name *known = find_known(earlier, name);
	struct found found = { .n = 0 };
	int err = 0;

	*out = find_known(filter, name);
	if (*out)
		return 0;
	if (known)
		return keep(filter, name, known->addr, known->n, out);
	if (lookup == SK_LOOKUP_DNS)
		err = look_in_dns(name, &found);
	else
		look_in_hosts(name, &found);
	if (found.n)
		return keep(filter, name, found.addr, found.n, out);
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

bool filter_cgroup_id(const char *path, uint64_t *id)
{
	char mount[PATH_MAX], below[2 * PATH_MAX];

	if (!find_cgroup_mount(mount, sizeof(mount)))
		return false;
	if (strncmp(path, mount, strlen(mount)) == 0)
		return read_cgroup_id(path, id);
	snprintf(below, sizeof(below), "%s/%s", mount, path + (*path == '/'));
	return read_cgroup_id(below, id);
}
