/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/column.h>
#include "base/hash.h"
#include "sample/ports.h"

#define SLOTS_MIN 1024U

/** Places where somebody waits for peers: open addressing; 0 = free. */
struct sk_ports {
	uint64_t *slot;
	uint32_t mask, n;
};

int sk_ports_new(struct sk_ports **out)
{
	struct sk_ports *ports = calloc(1, sizeof(*ports));

	if (ports)
		ports->slot = calloc(SLOTS_MIN, sizeof(*ports->slot));
	if (!ports || !ports->slot) {
		free(ports);
		return -ENOMEM;
	}
	ports->mask = SLOTS_MIN - 1;
	*out = ports;
	return 0;
}

void sk_ports_free(struct sk_ports *ports)
{
	if (!ports)
		return;
	free(ports->slot);
	free(ports);
}

bool ports_connected(const struct sk_socket *s)
{
	return sk_proto_has_ip(s->proto) &&
	       (s->rport != 0 || !sk_addr_is_any(&s->remote));
}

static bool is_listener(const struct sk_socket *s)
{
	if (!sk_proto_has_ports(s->proto))
		return false;
	if (s->proto == SK_PROTO_UDP || s->proto == SK_PROTO_UDPLITE)
		return !ports_connected(s);
	return s->state == SK_STATE_LISTEN;
}

/* A port of one namespace is not that of another. Never 0. */
static uint64_t place_of(const struct sk_socket *s)
{
	return 1ULL << 40 | (uint64_t)s->netns << 24 | (uint64_t)s->proto << 16 | s->lport;
}

/* The slot of a place, or the free one where it would be. */
static uint32_t seek(const struct sk_ports *ports, uint64_t place)
{
	uint32_t at;

	HASH_SEEK(at, hash_number(place), ports->mask, ports->slot[at], ports->slot[at] == place);
	return at;
}

static int grow(struct sk_ports *ports)
{
	struct sk_ports bigger = { .mask = ports->mask * 2 + 1, .n = ports->n };

	bigger.slot = calloc(bigger.mask + 1ULL, sizeof(*bigger.slot));
	if (!bigger.slot)
		return -ENOMEM;
	for (uint32_t i = 0; i <= ports->mask; i++) {
		if (ports->slot[i])
			bigger.slot[seek(&bigger, ports->slot[i])] = ports->slot[i];
	}
	free(ports->slot);
	*ports = bigger;
	return 0;
}

static int note(struct sk_ports *ports, const struct sk_socket *s)
{
	uint32_t at = seek(ports, place_of(s));

	if (ports->slot[at])
		return 0;
	ports->slot[at] = place_of(s);
	return ++ports->n * 2 > ports->mask ? grow(ports) : 0;
}

int sk_ports_note(struct sk_ports *ports, const struct sk_context *context)
{
	const struct sk_sample *sample = context->sample;
	int err = 0;

	memset(ports->slot, 0, (ports->mask + 1ULL) * sizeof(*ports->slot));
	ports->n = 0;
	for (uint32_t i = 0; i < sample->n_sockets && !err; i++) {
		if (sk_context_cancelled(context, i))
			err = -EINTR;
		else if (is_listener(&sample->sockets[i]))
			err = note(ports, &sample->sockets[i]);
	}
	return err;
}

uint16_t ports_service(const struct sk_ports *ports, const struct sk_socket *s)
{
	bool ours = !ports_connected(s) || ports->slot[seek(ports, place_of(s))];

	return ours ? s->lport : s->rport;
}
