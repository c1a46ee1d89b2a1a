/* SPDX-License-Identifier: MIT */
#include <linux/inet_diag.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sk_pin pin = { .socket.cookie = 0 };
	uint8_t *bytes;
	bool no_payload;

	if (size < sizeof(struct nlmsghdr))
		return 0;
	bytes = malloc(size); /* exact, so that one byte too many is noticed */
	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	/* most lengths are wrong: without this nothing behind the first test is met */
	if (data[4] & 1)
		((struct nlmsghdr *)(void *)bytes)->nlmsg_len = (uint32_t)size;
	if (destroy_decode((const void *)bytes, size, &pin, &no_payload) == 0 &&
	    (pin.socket.state == 0 || pin.socket.state >= SK_STATE_COUNT ||
	     (pin.socket.proto != SK_PROTO_TCP && pin.socket.proto != SK_PROTO_UDP)))
		abort();
	free(bytes);
	return 0;
}
