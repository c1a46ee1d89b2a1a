/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sktop/text.h>
#include "columns/columns.h"

static const struct sk_link *known_link(const struct sk_sample *sample, uint16_t netns,
					uint32_t ifindex)
{
	for (uint32_t i = 0; i < sample->n_links; i++) {
		if (sample->links[i].ifindex == ifindex &&
		    sample->links[i].netns == netns)
			return &sample->links[i];
	}
	return NULL;
}

char *value_device(const struct sk_context *context, uint16_t netns, uint32_t ifindex,
		   char buffer[SK_DEVICE_STRLEN])
{
	const struct sk_link *link = known_link(context->sample, netns, ifindex);
	const struct sk_machine *machine = &context->sample->machine;
	const char *name = link ? link->name : NULL;

	if (name)
		snprintf(buffer, SK_DEVICE_STRLEN, "%s", name);
	else if (netns || !machine->interface || !machine->interface(ifindex, buffer))
		snprintf(buffer, SK_DEVICE_STRLEN, "%u", ifindex);
	return buffer;
}

void value_interface(const struct sk_context *context, uint16_t netns, uint32_t ifindex,
		     struct sk_value *value)
{
	const struct sk_sample *sample = context->sample;
	const struct sk_link *link = known_link(sample, netns, ifindex);

	value_text(value, value_device(context, netns, ifindex, value->buffer));
	if (link && link->altnames)
		value->names = sk_sample_text(sample, link->altnames);
}

void value_number_name(const struct sk_context *context, enum sk_number_kind kind,
		       uint32_t number, struct sk_value *value)
{
	const char *name = context->names ?
				   sk_numbers_name(sk_names_numbers(context->names), kind,
						   number) :
				   NULL;

	if (!name)
		snprintf(value->buffer, sizeof(value->buffer), "%u", number);
	value_enum(value, number, name ? name : value->buffer);
}

void value_lladdr(const uint8_t *bytes, size_t len, struct sk_value *value)
{
	size_t n = 0;
	bool whole = true;

	for (size_t i = 0; i < len && whole; i++)
		whole = value_append(value, &n, "%s%02x", i ? ":" : "", bytes[i]);
}

/* The room that a text of len bytes has: the buffer's, or a power of two. */
static size_t room_of(const struct sk_value *value, size_t len)
{
	size_t room = sizeof(value->buffer);

	while (value->memory && room <= len)
		room *= 2;
	return room;
}

bool value_append(struct sk_value *value, size_t *len, const char *format, ...)
{
	char *text = value->memory ? value->memory : value->buffer, *bigger;
	size_t room = room_of(value, *len), wanted = room;
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(text + *len, room - *len, format, args);
	va_end(args);
	while (n >= 0 && *len + (size_t)n >= wanted)
		wanted *= 2;
	bigger = wanted > room ? realloc(value->memory, wanted) : text;
	if (n >= 0 && bigger && wanted > room) {
		if (!value->memory)
			memcpy(bigger, value->buffer, *len);
		value->memory = bigger;
		vsnprintf(bigger + *len, wanted - *len, format, again);
	}
	va_end(again);
	if (n < 0 || !bigger) {
		sk_value_free(value);
		value_none(value, "out of memory");
		return false;
	}
	*len += (size_t)n;
	value_text(value, bigger);
	return true;
}

static bool named(const struct sk_context *context, enum sk_names_kind kind)
{
	return context->names && !(context->numeric & kind);
}

const char *value_service(const struct sk_context *context, enum sk_proto proto,
			  uint16_t port)
{
	return named(context, SK_NAMES_SERVICES) ?
		       sk_names_service(context->names, proto, port) : NULL;
}

const char *value_user(const struct sk_context *context, uint32_t uid)
{
	const struct sk_machine *machine = &context->sample->machine;

	if (!named(context, SK_NAMES_USERS))
		return NULL;
	return machine->user ? machine->user(uid) : sk_names_user(context->names, uid);
}

const char *value_host(const struct sk_context *context, const struct sk_addr *addr)
{
	return named(context, SK_NAMES_HOSTS) ?
		       sk_names_host(context->names, addr, context->ask_hosts) : NULL;
}

const char *value_no_host(const struct sk_context *context)
{
	if (!named(context, SK_NAMES_HOSTS) || !sk_names_hosts(context->names))
		return "host names are off (--resolve, D)";
	return "no name, or not known yet";
}

void value_words(struct sk_value *value, uint32_t bits, const struct value_word *words,
		 size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof(value->buffer); i++) {
		if (bits & words[i].bit)
			len += (size_t)snprintf(value->buffer + len,
						sizeof(value->buffer) - len, "%s%s",
						len ? "," : "", words[i].word);
	}
	if (len)
		value_text(value, value->buffer);
	else
		value_none(value, "nothing special");
}

/* "[addr]:port" for AF_INET6, "addr:port" for AF_INET; * is any port. */
static int format_address(const struct sk_context *context,
			  const struct sk_value *value, unsigned flags, char *out,
			  size_t size)
{
	char addr[SK_ADDR_STRLEN], device[SK_DEVICE_STRLEN + 1] = "", port[8];
	const char *service, *host = NULL;
	bool joined = (flags & SK_FORMAT_JOIN_PORTS) && value->has_port;
	bool brackets = joined && (value->v6 || !sk_addr_is_v4(value->addr));

	if (value->text)
		return snprintf(out, size, "%s", value->text);
	sk_addr_format(value->addr, value->v6, addr);
	if (value->ifindex) {
		device[0] = '%';
		value_device(context, value->netns, value->ifindex, device + 1);
	}
	if (value->prefix_len)
		return snprintf(out, size, "%s%s/%d", addr, device,
				sk_addr_is_v4(value->addr) ? value->prefix_len - 96
							   : value->prefix_len);
	if ((flags & SK_FORMAT_HOSTS) && !value->raw)
		host = value_host(context, value->addr);
	if (!joined)
		return snprintf(out, size, "%s%s", host ? host : addr, device);
	service = value_service(context, value->proto, value->port);
	brackets &= !host;
	snprintf(port, sizeof(port), "%u", value->port);
	return snprintf(out, size, "%s%s%s%s:%s", brackets ? "[" : "", host ? host : addr,
			brackets ? "]" : "", device,
			value->port == 0 ? "*"
			: service	 ? service
					 : port);
}

static int format_uint(const struct sk_context *context, const struct sk_column *column,
		       const struct sk_value *value, unsigned flags, char *out,
		       size_t size)
{
	const char *service = NULL;

	if (column->unit == SK_UNIT_PORT) {
		service = value_service(context, value->proto, (uint16_t)value->uint);
		if (service)
			return snprintf(out, size, "%s", service);
	}
	if (column->unit == SK_UNIT_HEX)
		return snprintf(out, size, "%llx", (unsigned long long)value->uint);
	if (column->unit == SK_UNIT_NUMBER || column->unit == SK_UNIT_PORT ||
	    ((flags & SK_FORMAT_EXACT) && column->unit != SK_UNIT_BYTES_RATE))
		return snprintf(out, size, "%llu", (unsigned long long)value->uint);
	return sk_unit_format(column->unit, (double)value->uint, flags, out, size);
}

static int format_text(const struct sk_value *value, unsigned flags, char *out,
		       size_t size)
{
	char behind[24] = "";

	if (value->others)
		snprintf(behind, sizeof(behind), "+%u", value->others);
	else if (value->has_port && (flags & SK_FORMAT_JOIN_PORTS))
		snprintf(behind, sizeof(behind), " %llu",
			 (unsigned long long)value->uint);
	else if (value->has_time) {
		behind[0] = ' ';
		sk_unit_format(SK_UNIT_SECONDS, value->real, flags, behind + 1,
			       sizeof(behind) - 1);
	}
	/* nested: as pstree draws it, one word for whoever cuts lines into words */
	return snprintf(out, size, "%s%s%s%s",
		       value->bracketed ? "(" :
		       value->nested	? "`-" :
					  "",
		       value->text, behind, value->bracketed ? ")" : "");
}

/* A lower bound is ">5"; a duration is written as people write it, "5s+". */
static int format_number(const struct sk_context *context, const struct sk_column *column,
			 const struct sk_value *value, unsigned flags, char *out, size_t size)
{
	bool above = value->at_least && column->unit != SK_UNIT_SECONDS && size > 1;
	char *at = out + above;
	size_t room = size - above;
	int len = value->kind == SK_VALUE_UINT ?
			  format_uint(context, column, value, flags, at, room) :
			  sk_unit_format(column->unit, value->real, flags, at, room);

	if (!value->at_least || len <= 0)
		return len;
	if (above)
		*out = '>';
	else if ((size_t)len + 1 < size)
		strcpy(out + len, "+");
	return len + 1;
}

int sk_value_print(const struct sk_context *context, const struct sk_column *column,
		   const struct sk_value *value, unsigned flags, char *out, size_t size)
{
	switch (value->kind) {
	case SK_VALUE_NONE:
		break;
	case SK_VALUE_UINT:
	case SK_VALUE_REAL:
		return format_number(context, column, value, flags, out, size);
	case SK_VALUE_TEXT:
	case SK_VALUE_ENUM:
		return format_text(value, flags, out, size);
	case SK_VALUE_ADDR:
		return format_address(context, value, flags, out, size);
	}
	return snprintf(out, size, "-");
}

int sk_value_format(const struct sk_context *context, const struct sk_column *column,
		    const void *row, unsigned flags, char *out, size_t size)
{
	struct sk_value value;
	int len;

	sk_column_get(column, context, row, &value);
	len = sk_value_print(context, column, &value, flags, out, size);
	sk_value_free(&value);
	return len;
}
