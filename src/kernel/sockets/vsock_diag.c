/* SPDX-License-Identifier: MIT */
/*
 * This file reads sockets between virtual machines and their host, from vsock_diag.
 */
#include <errno.h>
#include <linux/vm_sockets_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "kernel/sockets/kind.h"

static size_t request(void *payload, uint32_t needs, bool all)
{
	struct vsock_diag_req *req = payload;

	(void)needs;
	(void)all;
	req->sdiag_family = AF_VSOCK;
	req->vdiag_states = SK_STATES_ALL;
	return sizeof(*req);
}

/* Names one end. If all bits of the context id or of the port are set, it means "any". */
static int name_end(const struct kind_row *row, struct sk_name *end, uint32_t cid,
		    uint32_t port)
{
	char a[12] = "*", b[12] = "*";

	if (cid != UINT32_MAX)
		snprintf(a, sizeof(a), "%u", cid);
	if (port != UINT32_MAX)
		snprintf(b, sizeof(b), "%u", port);
	end->id = cid;
	end->extra = port;
	return kind_name(row, &end->text, "%s:%s", a, b);
}

static int decode(const uint8_t *payload, size_t len, const struct kind_row *row)
{
	struct sk_socket *s = row->socket;
	struct vsock_diag_msg m;
	int err;

	if (len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, payload, sizeof(m));
	if (m.vdiag_family != AF_VSOCK || !m.vdiag_state ||
	    m.vdiag_state >= SK_STATE_COUNT)
		return -EBADMSG;
	s->cookie = (uint64_t)m.vdiag_cookie[1] << 32 | m.vdiag_cookie[0];
	s->state = m.vdiag_state;
	s->flags |= SK_F_NO_RECV_Q | SK_F_NO_SEND_Q;
	row->attrs->local_name.kind = m.vdiag_type;
	kind_owner(row, m.vdiag_ino, SK_UID_UNKNOWN);
	if (row->tcp_ext) {
		row->tcp_ext->shutdown = m.vdiag_shutdown;
		row->tcp_ext->flags |= SK_TCP_EXT_SHUTDOWN;
	}
	err = name_end(row, &row->attrs->local_name, m.vdiag_src_cid, m.vdiag_src_port);
	if (!err)
		err = name_end(row, &s->remote_name, m.vdiag_dst_cid, m.vdiag_dst_port);
	return err;
}

const struct socket_kind kind_vsock = { SK_PROTO_VSOCK, request, decode, NULL, NULL };
