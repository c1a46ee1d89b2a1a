/* SPDX-License-Identifier: MIT */
/*
 * The column tables behind sk_table(), one file each.
 */
#ifndef SKTOP_COLUMNS_COLUMNS_H
#define SKTOP_COLUMNS_COLUMNS_H

#include <sktop/column.h>

#define COLUMNS_TABLE(id, name, digit, make, help) \
	extern const struct sk_table sk_table_##name;
SK_PANES(COLUMNS_TABLE)

/** Columns of the connections table that need struct sk_tcp_ext. */
void columns_tcp_ext_get(const struct sk_context *context, const void *row, int arg,
			 struct sk_value *value);
void columns_tcp_get(const struct sk_context *context, const void *row, int arg,
		     struct sk_value *value);

/* Short ways for getters to answer. */

static inline void value_none(struct sk_value *value, const char *reason)
{
	value->kind = SK_VALUE_NONE;
	value->text = reason;
}

static inline void value_uint(struct sk_value *value, uint64_t number)
{
	value->kind = SK_VALUE_UINT;
	value->uint = number;
}

static inline void value_real(struct sk_value *value, double number)
{
	value->kind = SK_VALUE_REAL;
	value->real = number;
}

static inline void value_text(struct sk_value *value, const char *text)
{
	value->kind = SK_VALUE_TEXT;
	value->text = text;
}

static inline void value_enum(struct sk_value *value, uint64_t number, const char *text)
{
	value->kind = SK_VALUE_ENUM;
	value->uint = number;
	value->text = text;
}

/**
 * Appends to the text that a value makes, *len bytes long so far (0 = it begins); in memory
 * that sk_value_free() frees, where the buffer is too small. False when there is none: the
 * value is NONE then.
 */
__attribute__((format(printf, 3, 4))) bool value_append(struct sk_value *value, size_t *len,
							const char *format, ...);

/** A rate in float, NaN and absent alike. */
static inline void value_rate(struct sk_value *value, bool known, double rate,
			      const char *reason)
{
	if (known)
		value_real(value, rate);
	else
		value_none(value, reason);
}

/**
 * Name of an interface of a namespace (sk_socket.netns), printable, written to buffer;
 * its index when it has none. Returns buffer.
 */
char *value_device(const struct sk_context *context, uint16_t netns, uint32_t ifindex,
		   char buffer[SK_DEVICE_STRLEN]);

/** The same as the value of a column, with the interface's alternative names. */
void value_interface(const struct sk_context *context, uint16_t netns, uint32_t ifindex,
		     struct sk_value *value);

/** Names, or NULL: there is none, or its kind is to stay a number. */
const char *value_service(const struct sk_context *context, enum sk_proto proto,
			  uint16_t port);
const char *value_user(const struct sk_context *context, uint32_t uid);
const char *value_host(const struct sk_context *context, const struct sk_addr *addr);

/** Says why a socket has no numbers of tcp_info: static text. */
const char *value_no_info(const struct sk_context *context, const struct sk_socket *s);

/** Says why value_host() has no value. */
const char *value_no_host(const struct sk_context *context);

/** The name of a number of routing, or the number: sorted by number. */
void value_number_name(const struct sk_context *context, enum sk_number_kind kind,
		       uint32_t number, struct sk_value *value);

/** A hardware address, "00:16:3e:1f:2a:3b". */
void value_lladdr(const uint8_t *bytes, size_t len, struct sk_value *value);

/** A bit and the word for it. */
struct value_word {
	uint32_t bit;
	const char *word;
};

/** The words of the bits that are set, joined by commas; of few words, all short. */
void value_words(struct sk_value *value, uint32_t bits, const struct value_word *words,
		 size_t n);

#endif
