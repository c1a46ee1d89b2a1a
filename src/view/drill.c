/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sktop/identity.h>
#include <sktop/listener.h>
#include "view/drill.h"
#include "view/view.h"

static bool is_detailed(const struct sk_detached *detached,
			const struct sk_sample *sample, const struct sk_socket *s)
{
	struct sk_detached here;

	if (s->cookie != detached->socket.cookie)
		return false;
	here = sk_detached_of(sample, s);
	return sk_detached_same(detached, &here);
}

bool drill_needs_ports(const struct sk_drill *drill)
{
	return drill->kind == SK_DRILL_GROUP && drill->group.by == SK_GROUP_PORT;
}

bool drill_holds(const struct sk_drill *drill, const struct sk_sample *sample,
		 const struct sk_ports *ports, const struct sk_socket *s)
{
	switch (drill->kind) {
	case SK_DRILL_GROUP:
		return sk_group_holds(&drill->group, sample,
				      drill_needs_ports(drill) ? ports : NULL, s);
	case SK_DRILL_STATE:
		return s->proto == SK_PROTO_TCP && s->state == drill->state;
	case SK_DRILL_LISTENER:
		return is_detailed(&drill->listener, sample, s) ||
		       sk_listener_holds(&drill->listener.socket,
					 &drill->listener.attrs, sample, s);
	default:
		return true;
	}
}

static int select_with(const struct sk_drill *drill, const struct sk_sample *sample,
		       const struct sk_ports *ports, const struct sk_view *from,
		       struct sk_view *set)
{
	int err = 0;

	for (uint32_t i = 0; i < from->n && !err; i++) {
		uint32_t at = from->index ? from->index[i] : i;

		if (at < sample->n_sockets &&
		    drill_holds(drill, sample, ports, &sample->sockets[at]))
			err = sk_view_add(set, at);
	}
	return err;
}

int sk_drill_select(const struct sk_drill *drill, const struct sk_sample *sample,
		    const struct sk_view *from, struct sk_view *set)
{
	const struct sk_context context = { .sample = sample };
	struct sk_ports *ports = NULL;
	int err = 0;

	if (drill_needs_ports(drill)) {
		err = sk_ports_new(&ports);
		if (!err)
			err = sk_ports_note(ports, &context);
	}
	if (!err)
		err = select_with(drill, sample, ports, from, set);
	sk_ports_free(ports);
	return err;
}
