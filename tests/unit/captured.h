/* SPDX-License-Identifier: MIT */
/* Sockets that a kernel told, decoded; after cmocka.h. */
#ifndef CAPTURED_H
#define CAPTURED_H

#include <string.h>
#include "fixtures.h"
#include "kernel/sockets/inet_diag.h"

/** A message under construction. */
struct message {
	_Alignas(8) uint8_t bytes[2048];
	size_t len;
};

/* Decodes captured bytes into all three records. */
static inline void decode_captured(const uint8_t *bytes, size_t len, enum sk_proto proto,
				   struct sk_detail *detail)
{
	struct message m;

	memcpy(m.bytes, bytes, len);
	memset(detail, 0, sizeof(*detail));
	assert_int_equal(inet_diag_decode((const void *)m.bytes, len, proto,
					  &detail->detached.socket,
					  &detail->detached.attrs, &detail->tcp_ext,
					  detail),
			 0);
}

#define CAPTURED(name, proto, detail) decode_captured(name, sizeof(name), proto, detail)

#endif
