/* SPDX-License-Identifier: MIT */
#include <linux/inet_diag.h>
#include "fuzz.h"
#include "kernel/events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sk_detached detached = { .socket.cookie = 0 };
	uint8_t *bytes = copy_bytes(data, size);
	struct last_words words;

	if (size > 4 && (data[4] & 1))
		repair_length(bytes, size);
	if (size >= sizeof(struct nlmsghdr) &&
	    destroy_decode((const void *)bytes, size, &detached, &words) == 0)
		require(detached.socket.state > 0 &&
			detached.socket.state < SK_STATE_COUNT &&
			(detached.socket.proto == SK_PROTO_TCP ||
			 detached.socket.proto == SK_PROTO_UDP));
	free(bytes);
	return 0;
}
