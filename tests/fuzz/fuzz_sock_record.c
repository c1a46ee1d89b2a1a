/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "kernel/bpf/sockets.h"

/* The first byte chooses protocol and tcp_info, the rest is the record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sk_socket socket = { 0 };
	struct sk_attrs attrs = { 0 };
	uint8_t *record;
	int err;

	if (!size)
		return 0;
	record = copy_bytes(data + 1, size - 1);
	err = sock_bpf_decode(record, size - 1, data[0] & 1 ? SK_PROTO_UDP : SK_PROTO_TCP,
			       (data[0] & 2) != 0, 250, &socket, &attrs);
	require(err || (socket.state > 0 && socket.state < SK_STATE_COUNT &&
			socket.timer < SK_TIMER_COUNT &&
			size - 1 >= sizeof(struct sock_record) &&
			((data[0] & 2) || !(socket.flags & SK_F_INFO))));
	free(record);
	return 0;
}
