/* SPDX-License-Identifier: MIT */
/*
 * This section has the lines that only one kind of socket has, and the sockets that
 * belong to this one.
 */
#include <sktop/array.h>
#include <sktop/identity.h>
#include "columns/kind.h"
#include "detail/detail.h"

/* Some columns of the table, whole. */
static void add_columns(struct detail_writer *w)
{
	static const struct {
		uint8_t field;
		const char *label, *help;
	} fields[] = {
		{ KIND_TYPE, "type", "Type of the socket" },
		{ KIND_PROTOCOL, "speaks", "What is spoken on it" },
		{ KIND_PEER, "peer's inode", "The socket at the other end" },
	};
	struct sk_value value;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		value = (struct sk_value){ .kind = SK_VALUE_NONE };
		columns_kind_get(w->context, w->socket, fields[i].field, &value);
		if (value.kind == SK_VALUE_UINT)
			detail_add_number(w, fields[i].label, fields[i].help, value.uint);
		else if (value.kind != SK_VALUE_NONE)
			detail_add(w, fields[i].label, fields[i].help, "%s", value.text);
	}
}

static const struct sk_socket *find_socket(const struct sk_sample *sample, uint64_t id)
{
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		if (sk_socket_id(s, sk_attrs(sample, s)) == id)
			return s;
	}
	return NULL;
}

static void add_part(struct detail_writer *w, const char *label, const char *help,
		     uint64_t id)
{
	const struct sk_socket *s = find_socket(w->sample, id);
	char local[SK_ADDR_STRLEN], remote[SK_ADDR_STRLEN];
	bool v6;

	if (!s)
		return;
	v6 = (s->flags & SK_F_V6) != 0;
	detail_add(w, label, help, "%s %s %s:%u > %s:%u", sk_proto_name(s->proto, v6),
		   sk_state_name(s->proto, s->state),
		   sk_addr_format(sk_local(w->sample, s), v6, local), s->lport,
		   sk_addr_format(&s->remote, v6, remote), s->rport);
}

static void add_relatives(struct detail_writer *w)
{
	const struct sk_sample *sample = w->sample;
	const struct sk_parent_link *parent_link = sk_sample_parent(sample, w->socket);
	uint64_t id = sk_socket_id(w->socket, w->attrs);

	if (parent_link)
		add_part(w, "part of", "The socket whose bytes these are", parent_link->parent);
	for (uint32_t i = 0; i < sample->n_parent_links; i++) {
		if (sample->parent_links[i].parent == id)
			add_part(w, "consists of", "A subflow or association of it",
				 sample->parent_links[i].child);
	}
}

void detail_relatives(struct detail_writer *w)
{
	if (!sk_proto_has_ip(w->socket->proto) || w->socket->proto == SK_PROTO_RAW)
		add_columns(w);
	for (uint32_t i = 0; w->detail && i < w->detail->n_lines; i++)
		detail_add(w, w->detail->line[i].label, w->detail->line[i].help, "%s",
			   w->detail->line[i].value);
	add_relatives(w);
}
