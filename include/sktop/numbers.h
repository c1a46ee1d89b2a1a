/* SPDX-License-Identifier: MIT */
/*
 * These are the names that iproute2's files give to numbers of routing tables,
 * protocols and scopes.
 */
#ifndef SKTOP_NUMBERS_H
#define SKTOP_NUMBERS_H

#include <stdint.h>

enum sk_number_kind {
	SK_NUMBER_TABLE,    /* rt_tables: 254 main */
	SK_NUMBER_PROTOCOL, /* rt_protos: 4 static */
	SK_NUMBER_SCOPE,    /* rt_scopes: 253 link */
	SK_NUMBER_KINDS,
};

struct sk_numbers;

/**
 * Reads the files of /etc/iproute2 and /usr/share/iproute2 under a directory ("" = the
 * machine's own), and adds what every kernel has. Missing files are no error. Returns
 * 0 or -ENOMEM.
 */
int sk_numbers_new(const char *root, struct sk_numbers **out);
void sk_numbers_free(struct sk_numbers *numbers);

/** The name of a number, printable, or NULL. numbers NULL: nothing has a name. */
const char *sk_numbers_name(const struct sk_numbers *numbers, enum sk_number_kind kind,
			    uint32_t number);

#endif
