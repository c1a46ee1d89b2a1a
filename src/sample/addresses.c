/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sktop/sample.h>

#define ONE_MAX (SK_ADDR_STRLEN + 8) /* " ADDRESS/LENGTH" */

/** The place where the addresses of an interface are written, and its size. */
struct joined {
	char *text;
	size_t room;
};

/* "192.0.2.1/24 fe80::1/64" of the addresses in [from, behind). 0 or -ENOMEM. */
static int join(const struct sk_sample *sample, uint32_t from, uint32_t behind,
		struct joined *joined, size_t *len)
{
	size_t room = (behind - from) * (size_t)ONE_MAX + 1;

	if (room > joined->room) {
		char *bigger = realloc(joined->text, room);

		if (!bigger)
			return -ENOMEM;
		*joined = (struct joined){ bigger, room };
	}
	*len = 0;
	for (uint32_t i = from; i < behind; i++) {
		const struct sk_address *a = &sample->addresses[i];
		char addr[SK_ADDR_STRLEN];

		*len += (size_t)snprintf(joined->text + *len, ONE_MAX, "%s%s/%u",
					 *len ? " " : "",
					 sk_addr_format(&a->address,
							a->flags & SK_ADDRESS_V6, addr),
					 a->prefix_len);
	}
	return 0;
}

int sk_sample_join_addresses(struct sk_sample *sample, uint32_t first_address,
			     uint32_t first_link)
{
	struct joined joined = { 0 };
	int err = 0;

	for (uint32_t i = first_link; i < sample->n_links && !err; i++) {
		struct sk_link *link = &sample->links[i];
		uint32_t low = first_address, high = sample->n_addresses, behind;
		size_t len;

		while (low < high) {
			uint32_t middle = low + (high - low) / 2;

			if (sample->addresses[middle].ifindex < link->ifindex)
				low = middle + 1;
			else
				high = middle;
		}
		behind = low;
		while (behind < sample->n_addresses &&
		       sample->addresses[behind].ifindex == link->ifindex)
			behind++;
		err = join(sample, low, behind, &joined, &len);
		if (!err)
			err = sk_sample_add_text(sample, joined.text, len,
						 &link->addresses);
	}
	free(joined.text);
	return err;
}
