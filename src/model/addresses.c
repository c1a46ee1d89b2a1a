/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sktop/sample.h>

#define TEXT_MAX 480 /* a cell holds no more */

/* "192.0.2.1/24 fe80::1/64" of the addresses in [from, behind). */
static uint32_t join(const struct sk_sample *sample, uint32_t from, uint32_t behind,
		     char text[TEXT_MAX])
{
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = from; i < behind; i++) {
		const struct sk_address *a = &sample->addresses[i];
		char one[SK_ADDR_STRLEN + 8], addr[SK_ADDR_STRLEN];
		int n = snprintf(one, sizeof(one), "%s%s/%u", len ? " " : "",
				 sk_addr_format(&a->address, a->flags & SK_ADDRESS_V6,
						addr),
				 a->prefix_len);

		if (len + (size_t)n + 4 >= TEXT_MAX) { /* hundreds of them */
			len += (size_t)snprintf(text + len, TEXT_MAX - len, " ..");
			break;
		}
		memcpy(text + len, one, (size_t)n + 1);
		len += (size_t)n;
	}
	return (uint32_t)len;
}

int sk_sample_join_addresses(struct sk_sample *sample, uint32_t first_address,
			     uint32_t first_link)
{
	char text[TEXT_MAX];
	int err = 0;

	for (uint32_t i = first_link; i < sample->n_links && !err; i++) {
		struct sk_link *link = &sample->links[i];
		uint32_t low = first_address, high = sample->n_addresses, behind, len;

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
		len = join(sample, low, behind, text);
		err = sk_sample_add_text(sample, text, len, &link->addresses);
	}
	return err;
}
