/* SPDX-License-Identifier: MIT */
/*
 * The parts that every fuzz target needs; the fuzzer stops where something does not hold.
 */
#ifndef SKTOP_FUZZ_H
#define SKTOP_FUZZ_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool holds)
{
	if (!holds)
		abort();
}

/** In memory of exactly this size, so that one byte too many is noticed. */
static inline uint8_t *copy_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + !size);

	require(copy != NULL);
	memcpy(copy, data, size);
	return copy;
}

static inline char *copy_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/** Most lengths are wrong: without this nothing behind the first test is met. */
static inline void repair_length(void *message, size_t size)
{
	if (size >= sizeof(struct nlmsghdr))
		((struct nlmsghdr *)message)->nlmsg_len = (uint32_t)size;
}

#endif
