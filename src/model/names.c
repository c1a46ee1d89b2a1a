/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/names.h>

#define PORTS 65536
#define USERS 64 /* slots of the cache at first, a power of two */

struct user {
	bool known;
	uint32_t uid;
	char *name; /* NULL: has none */
};

struct sk_names {
	char *service[SK_PROTO_COUNT][PORTS];
	uint16_t port_first, port_last; /* ephemeral range */
	pthread_mutex_t lock;
	struct user *user; /* hash by uid; names stay where they are */
	uint32_t mask, n_users;
};

/* Names come from files and from NSS modules: both are outside. */
static char *printable_copy(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; c && *c; c++) {
		if (*c < '!' || *c > '~')
			*c = '?';
	}
	return copy;
}

static void read_services(struct sk_names *names)
{
	const struct servent *entry;

	setservent(1);
	while ((entry = getservent())) {
		enum sk_proto proto = strcmp(entry->s_proto, "udp") == 0 ? SK_PROTO_UDP
									 : SK_PROTO_TCP;
		char **slot = &names->service[proto][ntohs((uint16_t)entry->s_port)];

		if (strcmp(entry->s_proto, "tcp") != 0 &&
		    strcmp(entry->s_proto, "udp") != 0)
			continue;
		if (!*slot)
			*slot = printable_copy(entry->s_name);
	}
	endservent();
}

static void read_ephemeral_range(struct sk_names *names)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned first, last;

	names->port_first = 32768;
	names->port_last = 60999;
	if (!file)
		return;
	if (fscanf(file, "%u %u", &first, &last) == 2 && first <= last &&
	    last < PORTS) {
		names->port_first = (uint16_t)first;
		names->port_last = (uint16_t)last;
	}
	fclose(file);
}

int sk_names_new(struct sk_names **out)
{
	struct sk_names *names = calloc(1, sizeof(*names));

	if (names)
		names->user = calloc(USERS, sizeof(*names->user));
	if (!names || !names->user) {
		free(names);
		return -ENOMEM;
	}
	names->mask = USERS - 1;
	pthread_mutex_init(&names->lock, NULL);
	read_services(names);
	read_ephemeral_range(names);
	*out = names;
	return 0;
}

void sk_names_free(struct sk_names *names)
{
	if (!names)
		return;
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		for (unsigned port = 0; port < PORTS; port++)
			free(names->service[proto][port]);
	}
	for (uint32_t i = 0; i <= names->mask; i++)
		free(names->user[i].name);
	free(names->user);
	pthread_mutex_destroy(&names->lock);
	free(names);
}

const char *sk_names_service(const struct sk_names *names, enum sk_proto proto,
			     uint16_t port)
{
	if ((unsigned)proto >= SK_PROTO_COUNT ||
	    (port >= names->port_first && port <= names->port_last))
		return NULL;
	return names->service[proto][port];
}

int sk_names_port(const char *service, size_t len, uint16_t *port)
{
	char name[64], buffer[2048];
	struct servent entry, *found = NULL;

	if (len == 0 || len >= sizeof(name))
		return -ENOENT;
	memcpy(name, service, len);
	name[len] = '\0';
	if (getservbyname_r(name, NULL, &entry, buffer, sizeof(buffer), &found) ||
	    !found)
		return -ENOENT;
	*port = ntohs((uint16_t)found->s_port);
	return 0;
}

static char *look_up_user(uint32_t uid)
{
	char buffer[4096];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) || !found)
		return NULL;
	return printable_copy(found->pw_name);
}

/* The slot of a uid, or the free one where it belongs. */
static struct user *user_slot(struct user *users, uint32_t mask, uint32_t uid)
{
	uint32_t at = uid * 0x9e3779b1U;

	for (at ^= at >> 15;; at++) {
		struct user *user = &users[at & mask];

		if (!user->known || user->uid == uid)
			return user;
	}
}

static int grow_users(struct sk_names *names)
{
	uint32_t mask = names->mask * 2 + 1;
	struct user *bigger = calloc((size_t)mask + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	for (uint32_t i = 0; i <= names->mask; i++) {
		if (names->user[i].known)
			*user_slot(bigger, mask, names->user[i].uid) = names->user[i];
	}
	free(names->user);
	names->user = bigger;
	names->mask = mask;
	return 0;
}

static const char *add_user(struct sk_names *names, uint32_t uid)
{
	struct user *user;

	if (names->n_users * 2 > names->mask && grow_users(names))
		return NULL;
	user = user_slot(names->user, names->mask, uid);
	*user = (struct user){ .known = true, .uid = uid, .name = look_up_user(uid) };
	names->n_users++;
	return user->name;
}

const char *sk_names_user(struct sk_names *names, uint32_t uid)
{
	const struct user *user;
	const char *name;

	pthread_mutex_lock(&names->lock);
	user = user_slot(names->user, names->mask, uid);
	name = user->known ? user->name : add_user(names, uid);
	pthread_mutex_unlock(&names->lock);
	return name;
}
