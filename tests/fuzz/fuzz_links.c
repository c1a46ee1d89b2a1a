/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an rtnetlink answer, and as /proc/net/dev.
 */
#include "fuzz.h"
#include "kernel/net/links.h"

static void check_link(const struct sk_link *link)
{
	require(memchr(link->name, '\0', sizeof(link->name)) &&
		memchr(link->kind, '\0', sizeof(link->kind)) &&
		link->n_stats <= SK_LINK_STAT_COUNT &&
		link->address_len <= sizeof(link->address) && sk_text_is_clean(link->name));
}

static void decode(const uint8_t *data, size_t size)
{
	uint8_t *bytes = copy_bytes(data, size);
	struct sk_link link = { 0 };

	if (size > 6 && (data[6] & 1))
		repair_length(bytes, size);
	if (links_decode((const void *)bytes, size, &link) == 0)
		check_link(&link);
	free(bytes);
}

static void parse(const uint8_t *data, size_t size)
{
	char *text = copy_text(data, size);
	struct sk_sample *sample;

	if (sk_sample_new(&sample) == 0) {
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
