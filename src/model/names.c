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
#define USERS 256 /* slots of the cache; a machine has few users with sockets */

struct user {
	bool known;
	uint32_t uid;
	char *name; /* NULL: has none */
};

struct sk_names {
	char *service[SK_PROTO_COUNT][PORTS];
	uint16_t port_first, port_last; /* ephemeral range */
	pthread_mutex_t lock;
	struct user user[USERS];
	size_t n_users;
	struct user overflow; /* the newest beyond the cache */
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
		enum sk_proto proto = strcmp(entry->s_proto, "udp") == 0 ? SK_PROTO_UDP :
									   SK_PROTO_TCP;
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
	if (fscanf(file, "%u %u", &first, &last) == 2 && first <= last && last < PORTS) {
		names->port_first = (uint16_t)first;
		names->port_last = (uint16_t)last;
	}
	fclose(file);
}

int sk_names_new(struct sk_names **out)
{
	struct sk_names *names = calloc(1, sizeof(*names));

	if (!names)
		return -ENOMEM;
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
	for (size_t i = 0; i < names->n_users; i++)
		free(names->user[i].name);
	free(names->overflow.name);
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
	if (getservbyname_r(name, NULL, &entry, buffer, sizeof(buffer), &found) || !found)
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

static struct user *user_slot(struct sk_names *names, uint32_t uid)
{
	for (size_t i = 0; i < names->n_users; i++) {
		if (names->user[i].uid == uid)
			return &names->user[i];
	}
	if (names->n_users < USERS)
		return &names->user[names->n_users++];
	if (names->overflow.known && names->overflow.uid != uid) {
		free(names->overflow.name);
		names->overflow = (struct user){ 0 };
	}
	return &names->overflow;
}

const char *sk_names_user(struct sk_names *names, uint32_t uid)
{
	struct user *user;

	pthread_mutex_lock(&names->lock);
	user = user_slot(names, uid);
	if (!user->known) {
		user->uid = uid;
		user->name = look_up_user(uid);
		user->known = true;
	}
	pthread_mutex_unlock(&names->lock);
	return user->name;
}
