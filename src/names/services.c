/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include "names/services.h"
#include "names/text.h"

/** The transports that /etc/services tells apart; each has port numbers of its own. */
enum transport { TRANSPORT_NONE, TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_SCTP };

struct service {
	uint32_t key; /* transport << 16 | port */
	uint32_t order; /* of the file: the first name of a port is its name */
	char *name;
};

static const struct {
	enum sk_proto proto;
	enum transport transport;
} transports[] = {
	{ SK_PROTO_TCP, TRANSPORT_TCP },
	{ SK_PROTO_MPTCP, TRANSPORT_TCP },
	{ SK_PROTO_UDP, TRANSPORT_UDP },
	{ SK_PROTO_UDPLITE, TRANSPORT_UDP },
	{ SK_PROTO_SCTP, TRANSPORT_SCTP },
};

static const char *const transport_names[] = { [TRANSPORT_TCP] = "tcp",
					       [TRANSPORT_UDP] = "udp",
					       [TRANSPORT_SCTP] = "sctp" };

static enum transport transport_of(enum sk_proto proto)
{
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
		if (transports[i].proto == proto)
			return transports[i].transport;
	}
	return TRANSPORT_NONE;
}

static int compare(const void *a, const void *b)
{
	const struct service *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

static int add_service(struct services *services, enum transport transport,
		       const struct servent *entry)
{
	struct service *service;

	if (SK_ARRAY_ROOM(services->list, services->n, services->capacity, 512))
		return -ENOMEM;
	service = &services->list[services->n];
	service->key = (uint32_t)transport << 16 | ntohs((uint16_t)entry->s_port);
	service->order = (uint32_t)services->n;
	service->name = text_printable(entry->s_name);
	if (!service->name)
		return -ENOMEM;
	services->n++;
	return 0;
}

static int read_services(struct services *services)
{
	const struct servent *entry;
	int err = 0;

	errno = 0;
	setservent(1);
	while (!err && (entry = getservent())) {
		for (unsigned t = TRANSPORT_TCP; !err && t <= TRANSPORT_SCTP; t++) {
			if (strcmp(entry->s_proto, transport_names[t]) == 0)
				err = add_service(services, t, entry);
		}
	}
	/* NSS tells no errors: these are none that a list which is not there leaves */
	services->lost = !services->n && (errno == EMFILE || errno == ENFILE ||
					  errno == EIO || errno == EACCES) ? errno : 0;
	endservent();
	if (services->n)
		qsort(services->list, services->n, sizeof(*services->list), compare);
	return err;
}

static void read_protocols(struct services *services)
{
	const struct protoent *entry;

	setprotoent(1);
	while ((entry = getprotoent())) {
		/* 0 is the dummy "ip", which no packet carries */
		if (entry->p_proto > 0 && entry->p_proto < 256 &&
		    !services->protocol[entry->p_proto])
			services->protocol[entry->p_proto] =
				text_printable(entry->p_name);
	}
	endprotoent();
}

static void read_ephemeral_range(struct services *services)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned first, last;

	services->port_first = 32768;
	services->port_last = 60999;
	if (!file)
		return;
	if (fscanf(file, "%u %u", &first, &last) == 2 && first <= last &&
	    last <= UINT16_MAX) {
		services->port_first = (uint16_t)first;
		services->port_last = (uint16_t)last;
	}
	fclose(file);
}

int services_read(struct services *services)
{
	int err = read_services(services);

	read_protocols(services);
	read_ephemeral_range(services);
	return err;
}

void services_free(struct services *services)
{
	for (size_t i = 0; i < services->n; i++)
		free(services->list[i].name);
	free(services->list);
	for (unsigned i = 0; i < 256; i++)
		free(services->protocol[i]);
}

const char *services_find(const struct services *services, enum sk_proto proto,
			  uint16_t port)
{
	uint32_t key = (uint32_t)transport_of(proto) << 16 | port;
	size_t low = 0, high = services->n;

	if (port >= services->port_first && port <= services->port_last)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (services->list[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < services->n && services->list[low].key == key ?
		       services->list[low].name : NULL;
}

/* Adds a port to those of a service, or protocols to a port that is there. */
static void add_port(struct sk_service_port *ports, unsigned *n, uint16_t port,
		     enum transport transport)
{
	unsigned at = 0;

	while (at < *n && ports[at].port != port)
		at++;
	if (at == *n)
		ports[(*n)++] = (struct sk_service_port){ .port = port };
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
		if (transports[i].transport == transport)
			ports[at].protos |= SK_PROTO_BIT(transports[i].proto);
	}
}

unsigned sk_names_ports(const char *service, size_t len,
			struct sk_service_port ports[SK_SERVICE_PORTS])
{
	char name[64], buffer[2048];
	unsigned n = 0;

	if (len == 0 || len >= sizeof(name))
		return 0;
	memcpy(name, service, len);
	name[len] = '\0';
	for (unsigned t = TRANSPORT_TCP; t <= TRANSPORT_SCTP; t++) {
		struct servent entry, *found = NULL;

		if (!getservbyname_r(name, transport_names[t], &entry, buffer,
				     sizeof(buffer), &found) && found)
			add_port(ports, &n, ntohs((uint16_t)found->s_port), t);
	}
	return n;
}
