/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an rtnetlink answer, and as /proc/net/dev.
 */
#include <stdlib.h>
#include <string.h>
#include "kernel/net/links.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_link(const struct sk_link *link)
{
	if (!memchr(link->name, '\0', sizeof(link->name)) ||
	    !memchr(link->kind, '\0', sizeof(link->kind)) ||
	    link->n_stats > SK_LINK_STAT_COUNT ||
	    link->address_len > sizeof(link->address))
		abort();
	if (!sk_text_is_clean(link->name))
		abort();
}

static void decode(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size + !size);
	struct sk_link link = { 0 };

	if (!bytes)
		return;
	memcpy(bytes, data, size);
	if (size >= sizeof(struct nlmsghdr) && (data[6] & 1))
		memcpy(bytes, &(uint32_t){ (uint32_t)size }, sizeof(uint32_t));
	if (links_decode((const void *)bytes, size, &link) == 0)
		check_link(&link);
	free(bytes);
}

static void parse(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct sk_sample *sample;

	if (text && sk_sample_new(&sample) == 0) {
		memcpy(text, data, size);
		text[size] = '\0';
		if (links_parse_proc(text, sample) == 0) {
			for (uint32_t i = 0; i < sample->n_links; i++)
				check_link(&sample->links[i]);
		}
		sk_sample_unref(sample);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(data, size);
	parse(data, size);
	return 0;
}
