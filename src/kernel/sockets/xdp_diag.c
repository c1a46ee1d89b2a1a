/* SPDX-License-Identifier: MIT */
/*
 * This file reads AF_XDP sockets, from xsk_diag.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/xdp_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "kernel/netlink/attr.h"
#include "kernel/sockets/kind.h"

static size_t request(void *payload, uint32_t needs, bool all)
{
	struct xdp_diag_req *req = payload;

	(void)needs;
	req->sdiag_family = AF_XDP;
	req->xdiag_show = XDP_SHOW_INFO | XDP_SHOW_MEMINFO |
			  (all ? XDP_SHOW_RING_CFG | XDP_SHOW_UMEM | XDP_SHOW_STATS : 0);
	return sizeof(*req);
}

static int decode_info(const struct kind_row *row, const struct attr *attr)
{
	struct sk_name *local = &row->attrs->local_name;
	char device[SK_DEVICE_STRLEN];

	row->attrs->ifindex = attr_u32(attr, 0);
	local->id = attr_u32(attr, 4);
	return kind_name(row, &local->text, "%s:q%u",
			 kind_device(row->attrs->ifindex, device), local->id);
}

static void decode_umem(const struct kind_row *row, const struct attr *attr)
{
	char device[SK_DEVICE_STRLEN];

	kind_line(row, "memory area", "Memory shared with the application (UMEM)",
		  "%" PRIu64 " bytes in %u pages, chunks of %u, headroom %u",
		  attr_u64(attr, 0), attr_u32(attr, 12), attr_u32(attr, 16),
		  attr_u32(attr, 20));
	kind_line(row, "memory area user", "Where the area is attached",
		  "id %u, %s:q%u, %s, %u references", attr_u32(attr, 8),
		  kind_device(attr_u32(attr, 24), device), attr_u32(attr, 28),
		  attr_u32(attr, 32) & XDP_DU_F_ZEROCOPY ? "zero copy" : "copied",
		  attr_u32(attr, 36));
}

static void decode_stats(const struct kind_row *row, const struct attr *attr)
{
	static const struct {
		const char *label, *help;
	} names[] = {
		{ "receive dropped", "Packets dropped for other reasons" },
		{ "receive invalid", "Descriptors that were not valid" },
		{ "receive ring full", "Packets dropped because the ring was full" },
		{ "fill ring empty", "Times the kernel found no free buffer" },
		{ "send invalid", "Descriptors that were not valid" },
		{ "send ring empty", "Times the kernel found nothing to send" },
	};

	for (size_t i = 0; i < 6 && 8 * (i + 1) <= attr->len; i++)
		kind_line(row, names[i].label, names[i].help, "%" PRIu64,
			  attr_u64(attr, 8 * i));
}

static void decode_ring(const struct kind_row *row, const struct attr *attr)
{
	static const char *const labels[] = {
		[XDP_DIAG_RX_RING] = "receive ring",
		[XDP_DIAG_TX_RING] = "send ring",
		[XDP_DIAG_UMEM_FILL_RING] = "fill ring",
		[XDP_DIAG_UMEM_COMPLETION_RING] = "completion ring",
	};

	kind_line(row, labels[attr->type], "Entries of the ring", "%u",
		  attr_u32(attr, 0));
}

static int decode_attr(const struct kind_row *row, const struct attr *attr)
{
	switch (attr->type) {
	case XDP_DIAG_INFO:
		return decode_info(row, attr);
	case XDP_DIAG_UID:
		if (attr->len >= sizeof(uint32_t))
			row->attrs->uid = attr_u32(attr, 0);
		break;
	case XDP_DIAG_RX_RING:
	case XDP_DIAG_TX_RING:
	case XDP_DIAG_UMEM_FILL_RING:
	case XDP_DIAG_UMEM_COMPLETION_RING:
		decode_ring(row, attr);
		break;
	case XDP_DIAG_UMEM:
		decode_umem(row, attr);
		break;
	case XDP_DIAG_MEMINFO:
		kind_memory(row, attr->data, attr->len, true);
		row->socket->send_q = 0;
		break;
	case XDP_DIAG_STATS:
		decode_stats(row, attr);
		break;
	default:
		break;
	}
	return 0;
}

static int decode(const uint8_t *payload, size_t len, const struct kind_row *row)
{
	struct xdp_diag_msg m;
	struct attrs attrs = { payload + sizeof(m), len - sizeof(m) };
	struct sk_socket *s = row->socket;
	struct attr attr;
	int err = 0;

	if (len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, payload, sizeof(m));
	if (m.xdiag_family != AF_XDP)
		return -EBADMSG;
	s->cookie = (uint64_t)m.xdiag_cookie[1] << 32 | m.xdiag_cookie[0];
	s->state = SK_STATE_CLOSE;
	row->attrs->local_name.kind = m.xdiag_type;
	row->attrs->uid = SK_UID_UNKNOWN;
	while (!err && attr_next(&attrs, &attr))
		err = decode_attr(row, &attr);
	kind_owner(row, m.xdiag_ino, row->attrs->uid);
	return err;
}

const struct socket_kind kind_xdp = { SK_PROTO_XDP, request, decode, NULL, NULL };
