/* SPDX-License-Identifier: MIT */
/*
 * This file compares the ends of sockets without IP addresses, which ss writes as
 * unix:PATH, link:PROTOCOL:DEVICE, netlink:PROTOCOL:PORT and vsock:CID:PORT.
 */
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/ascii.h>
#include "filter/filter.h"

static const struct {
	const char *word;
	enum sk_proto proto;
} families[] = {
	{ "unix:", SK_PROTO_UNIX },
	{ "link:", SK_PROTO_PACKET },
	{ "netlink:", SK_PROTO_NETLINK },
	{ "vsock:", SK_PROTO_VSOCK },
};
#define N_FAMILIES (ARRAY_SIZE(families))

const char *filter_kind_word(enum sk_proto proto)
{
	for (size_t i = 0; i < N_FAMILIES; i++) {
		if (families[i].proto == proto)
			return families[i].word;
	}
	return "";
}

bool filter_find_kind(const char *text, size_t len, enum sk_proto *proto, size_t *skip)
{
	for (size_t i = 0; i < N_FAMILIES; i++) {
		*skip = strlen(families[i].word);
		*proto = families[i].proto;
		if (len >= *skip && sk_ascii_begins(text, families[i].word, *skip))
			return true;
	}
	/* ss -x src /run/x.sock: no address and no name of a host begins so */
	*skip = 0;
	*proto = SK_PROTO_UNIX;
	return len && (*text == '/' || *text == '@');
}

/* Returns the protocols with names that match a pattern of `proto`. */
static uint32_t protos_named(const struct sk_filter *filter, const struct node *node)
{
	uint32_t protos = 0;

	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (filter_glob_match(filter->locale, node->text,
				      sk_proto_name(proto, false), true) ||
		    filter_glob_match(filter->locale, node->text,
				      sk_proto_name(proto, true), true))
			protos |= SK_PROTO_BIT(proto);
	}
	return protos;
}

uint32_t sk_filter_protos(const struct sk_filter *filter)
{
	uint32_t protos = 0;

	for (uint16_t i = 0; filter && i < filter->n; i++) {
		const struct node *node = &filter->nodes[i];

		if (node->kind == NODE_NAME)
			protos |= SK_PROTO_BIT(node->proto);
		else if (node->kind == NODE_TEXT && node->compare == COMPARE_EQ &&
			 strcmp(node->column->id, "proto") == 0)
			protos |= protos_named(filter, node);
	}
	return protos;
}

/* A pattern of len bytes, against a text or against the number behind it. */
static bool match_part(locale_t locale, const char *pattern, size_t len, const char *text,
		       size_t text_len, uint32_t number)
{
	char part[260], value[260], *end;
	unsigned long asked;

	if (len >= sizeof(part) || text_len >= sizeof(value))
		return false;
	memcpy(part, pattern, len);
	part[len] = '\0';
	memcpy(value, text, text_len);
	value[text_len] = '\0';
	if (!*part || strcmp(part, "*") == 0 || filter_glob_match(locale, part, value, true))
		return true;
	asked = strtoul(part, &end, 0);
	return *part >= '0' && *part <= '9' && !*end && asked == number;
}

/* Compares the parts before and behind the last colon; both may be numbers. */
static bool match_parts(locale_t locale, const struct node *node,
			const struct sk_name *name, const char *text)
{
	const char *colon = strrchr(text, ':'), *asked = strrchr(node->text, ':');
	size_t len = strlen(text), asked_len = strlen(node->text);
	size_t first = colon ? (size_t)(colon - text) : len;
	size_t asked_first = asked ? (size_t)(asked - node->text) : asked_len;
	bool vsock = node->proto == SK_PROTO_VSOCK;

	if (!match_part(locale, node->text, asked_first, text, first,
			vsock ? name->id : name->extra))
		return false;
	return !asked || match_part(locale, asked + 1, strlen(asked + 1),
				    colon ? colon + 1 : "",
				    colon ? strlen(colon + 1) : 0,
				    vsock ? name->extra : name->id);
}

bool filter_match_name(const struct sk_filter *filter, const struct node *node,
		       const struct sk_sample *sample, const struct sk_socket *socket)
{
	const struct sk_name *name = node->side == SIDE_LOCAL ?
					     &sk_attrs(sample, socket)->local_name :
					     &socket->remote_name;
	const char *text = sk_sample_text(sample, name->text);
	bool is;

	if (socket->proto != node->proto)
		return false;
	is = node->proto == SK_PROTO_UNIX ?
		     filter_glob_match(filter->locale, node->text, text, true) :
		     match_parts(filter->locale, node, name, text);
	return is == (node->compare == COMPARE_EQ);
}

/* The kernel's choice is five hexadecimal digits. */
static bool is_unnamed(const char *name)
{
	return !*name || (*name == '@' && strlen(name) == 6 &&
			  strspn(name + 1, "0123456789abcdef") == 5);
}

bool filter_match_autobound(const struct sk_sample *sample,
			    const struct sk_socket *socket)
{
	uint16_t first, last;
	const struct sk_name *name = &sk_attrs(sample, socket)->local_name;

	switch (socket->proto) {
	case SK_PROTO_UNIX:
		return is_unnamed(sk_sample_text(sample, name->text));
	case SK_PROTO_PACKET:
		return !name->id && !name->extra;
	case SK_PROTO_NETLINK:
		return (int32_t)name->id < 0;
	case SK_PROTO_VSOCK:
		return name->extra > 1023;
	default:
		return sk_proto_has_ports(socket->proto) && socket->lport &&
		       sk_sample_port_range(sample, socket->netns, &first, &last) &&
		       socket->lport >= first && socket->lport <= last;
	}
}
