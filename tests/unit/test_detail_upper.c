/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells beside tcp_info: TLS, MPTCP subflows, MD5 keys (whose secret
 * never goes further than the decoder), options, classes; from attributes as the
 * kernel lays them out, whole, cut and garbled.
 */
#include "../testing.h"
#include <stdlib.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/detail.h>
#include "kernel/sockets/inet_diag.h"
#include "shown.h"

#define NESTED 0x8000

/** A message under construction, and what becomes of it. */
struct fixture {
	_Alignas(8) uint8_t bytes[8192];
	size_t len;
	struct sk_sample *sample;
	struct sk_context context;
	struct sk_detail detail;
	struct sk_detail_rows rows;
};

static void begin(struct fixture *f)
{
	struct inet_diag_msg diag = { .idiag_family = 2,
				      .idiag_state = SK_STATE_ESTABLISHED };

	memset(f->bytes, 0, sizeof(f->bytes));
	f->len = NLMSG_LENGTH(sizeof(diag));
	memcpy(f->bytes + NLMSG_HDRLEN, &diag, sizeof(diag));
}

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	begin(&f);
	*state = &f;
	return sk_sample_new(&f.sample);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_detail_rows_free(&f->rows);
	sk_sample_unref(f->sample);
	return 0;
}

static size_t open_nest(struct fixture *f, unsigned type)
{
	struct nlattr head = { 0, (uint16_t)(type | NESTED) };

	memcpy(f->bytes + f->len, &head, sizeof(head));
	f->len += sizeof(head);
	return f->len - sizeof(head);
}

static void close_nest(struct fixture *f, size_t at)
{
	memcpy(f->bytes + at, &(uint16_t){ (uint16_t)(f->len - at) }, 2);
}

static void put(struct fixture *f, unsigned type, const void *data, size_t len)
{
	size_t at = open_nest(f, type);

	memcpy(f->bytes + at + 2, &(uint16_t){ (uint16_t)type }, 2);
	if (len)
		memcpy(f->bytes + f->len, data, len);
	f->len += len;
	close_nest(f, at);
	f->len = NLMSG_ALIGN(f->len);
}

static void put_number(struct fixture *f, unsigned type, uint64_t value, size_t size)
{
	put(f, type, &value, size); /* little endian */
}

static int try_decode(struct fixture *f, size_t len)
{
	uint8_t *exact = malloc(len);
	int err;

	assert_non_null(exact);
	memcpy(exact, f->bytes, len);
	memcpy(exact, &(uint32_t){ (uint32_t)len }, 4);
	memset(&f->detail, 0, sizeof(f->detail));
	err = inet_diag_decode((void *)exact, len, SK_PROTO_TCP,
			       &f->detail.detached.socket, &f->detail.detached.attrs,
			       &f->detail.tcp_ext, &f->detail);
	free(exact);
	return err;
}

static void build_rows(struct fixture *f)
{
	struct sk_detail_input input = { .context = &f->context,
					 .socket = &f->detail.detached.socket,
					 .attrs = &f->detail.detached.attrs,
					 .detail = &f->detail };

	f->context.sample = f->sample;
	assert_int_equal(sk_detail_rows_build(&input, &f->rows), 0);
	for (size_t i = 0; i < f->rows.n; i++) {
		assert_true(f->rows.row[i].value[0] != '\0');
		assert_true(sk_text_is_clean(f->rows.row[i].value));
	}
}

static void decode(struct fixture *f)
{
	assert_int_equal(try_decode(f, f->len), 0);
	build_rows(f);
}

static const char *find_value(const struct fixture *f, const char *label)
{
	for (size_t i = 0; i < f->rows.n; i++) {
		if (strcmp(f->rows.row[i].label, label) == 0)
			return f->rows.row[i].value;
	}
	return NULL;
}

static void assert_row(const struct fixture *f, const char *label, const char *value)
{
	const char *got = find_value(f, label);

	if (!got)
		fail_msg("no row '%s'", label);
	assert_string_equal(got, value);
}

static void put_tls(struct fixture *f, uint16_t version, uint16_t cipher)
{
	size_t ulp = open_nest(f, 19), tls;

	put(f, 1, "tls", 4);
	tls = open_nest(f, 2);
	put_number(f, 1, version, 2);
	put_number(f, 2, cipher, 2);
	put_number(f, 3, 2, 2);
	put_number(f, 4, 3, 2);
	put(f, 5, NULL, 0);
	close_nest(f, tls);
	close_nest(f, ulp);
}

FRESH(tls)
{
	struct fixture *f = *state;

	put_tls(f, 0x0304, 52);
	decode(f);
	assert_row(f, "upper protocol", "tls");
	assert_row(f, "TLS version", "1.3");
	assert_row(f, "TLS cipher", "AES-GCM-256");
	assert_row(f, "TLS sending", "the kernel");
	assert_row(f, "TLS receiving", "the device");
	assert_row(f, "TLS zero copy", "yes");
	assert_null(find_value(f, "TLS no padding"));
	assert_string_equal(f->detail.tcp_ext.ulp, "tls");
	begin(f);
	put_tls(f, 0x0303, 999);
	decode(f);
	assert_row(f, "TLS version", "1.2");
	assert_row(f, "TLS cipher", "999");
}

FRESH(subflow)
{
	struct fixture *f = *state;
	size_t ulp = open_nest(f, 19), mptcp;

	put(f, 1, "mptcp", 6);
	mptcp = open_nest(f, 3);
	put_number(f, 1, 0x11223344, 4);
	put_number(f, 2, 0xaabbccdd, 4);
	put_number(f, 3, 77, 4);
	put_number(f, 4, 123456789012, 8);
	put_number(f, 5, 5, 4);
	put_number(f, 6, 6, 4);
	put_number(f, 7, 1400, 2);
	put_number(f, 8, 0x1c8, 4);
	put_number(f, 9, 2, 1);
	put_number(f, 10, 1, 1);
	close_nest(f, mptcp);
	close_nest(f, ulp);
	decode(f);
	assert_row(f, "MPTCP flags", "join-local established connected mapping-valid");
	assert_row(f, "MPTCP tokens", "local aabbccdd, remote 11223344");
	assert_row(f, "MPTCP addresses", "local 1, remote 2");
	assert_row(f, "MPTCP mapping", "sequence 123456789012, 1400 bytes, at 5 of the "
				       "subflow, offset 6");
	assert_row(f, "MPTCP sent", "77");
}

FRESH(md5)
{
	static const char secret[] = "open sesame";
	struct fixture *f = *state;
	uint8_t keys[20 * 100] = { 0 };

	for (size_t i = 0; i < 20; i++) {
		uint8_t *key = keys + i * 100;

		key[0] = i == 1 ? 10 : 2;
		key[1] = i == 1 ? 64 : 24;
		key[2] = sizeof(secret) - 1;
		memcpy(key + 4, i == 1 ? "\x20\x01\x0d\xb8" : "\x0a\x00\x05\x00", 4);
		memcpy(key + 20, secret, sizeof(secret) - 1);
	}
	put(f, 18, keys, sizeof(keys));
	decode(f);
	assert_row(f, "keys", "20");
	assert_row(f, "key for", "10.0.5.0/24, 11 bytes");
	assert_row(f, "more keys", "4");
	assert_true(f->detail.md5[1].v6);
	/* the secret is in nothing that was made of it */
	assert_null(memmem(&f->detail, sizeof(f->detail), secret, sizeof(secret) - 1));
	assert_null(memmem(f->rows.text, f->rows.text_len, secret, 4));
	begin(f);
	put(f, 18, keys, 199); /* one and a half */
	decode(f);
	assert_row(f, "keys", "1");
}

FRESH(options)
{
	struct fixture *f = *state;

	put(f, 22, "\xff\x07", 2);
	put_number(f, 17, 0x10001, 4);
	put_number(f, 5, 0xb8, 1);
	put_number(f, 6, 0x20, 1);
	put_number(f, 8, 3, 1);
	decode(f);
	assert_row(f, "socket options",
		   "recverr is_icsk freebind hdrincl mc_loop transparent mc_all nodefrag "
		   "bind_addr_no_port recverr_rfc4884 defer_connect");
	assert_row(f, "class or priority", "0x10001");
	assert_row(f, "traffic class", "0x20 (DSCP 8, ECN 0)");
	assert_row(f, "shut down", "both ways");
	begin(f);
	put(f, 22, "\x00\x00", 2);
	decode(f);
	assert_row(f, "socket options", "none");
	assert_null(find_value(f, "class or priority"));
	assert_null(find_value(f, "keys"));
	assert_null(find_value(f, "upper protocol"));
}

FRESH(names)
{
	struct fixture *f = *state;
	size_t ulp = open_nest(f, 19);

	put(f, 1, "\033]0;evil\a\xff", 11);
	close_nest(f, ulp);
	put(f, 4, "cub\nic", 7);
	decode(f);
	assert_string_equal(shown(f->detail.tcp_ext.ulp), "?]0;evil?");
	assert_string_equal(shown(f->detail.tcp_ext.congestion), "cub?ic");
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Rows for any bytes: whole, cut at each length, and with bytes changed. */
FRESH(any_bytes)
{
	struct fixture *f = *state;
	uint8_t info[320], random[100];
	uint32_t seed = 1;
	size_t whole;

	for (size_t i = 0; i < sizeof(info); i++)
		info[i] = (uint8_t)next_random(&seed);
	for (size_t i = 0; i < sizeof(random); i++)
		random[i] = (uint8_t)next_random(&seed);
	put(f, INET_DIAG_INFO, info, sizeof(info));
	for (unsigned type = 1; type < 26; type++)
		put(f, type, random, sizeof(random) - type);
	put_tls(f, 0x0304, 52);
	whole = f->len;
	for (size_t len = NLMSG_LENGTH(sizeof(struct inet_diag_msg)); len <= whole; len++) {
		assert_int_equal(try_decode(f, len), 0);
		build_rows(f);
	}
	for (int i = 0; i < 3000; i++) {
		size_t at = NLMSG_LENGTH(sizeof(struct inet_diag_msg)) +
			    next_random(&seed) %
				    (whole - NLMSG_LENGTH(sizeof(struct inet_diag_msg)));

		f->bytes[at] = (uint8_t)next_random(&seed);
		f->bytes[NLMSG_HDRLEN + 1] = (uint8_t)(1 + next_random(&seed) % 11);
		assert_int_equal(try_decode(f, whole), 0);
		build_rows(f);
	}
}
