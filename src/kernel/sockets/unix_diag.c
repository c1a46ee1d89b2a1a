/* SPDX-License-Identifier: MIT */
/*
 * This file reads unix sockets, from unix_diag or /proc/net/unix. Any user may have chosen the
 * bytes of their names.
 */
#include <errno.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "kernel/netlink/attr.h"
#include "kernel/sockets/kind.h"
#include "kernel/field.h"
#include "kernel/text.h"

/* This is more than sun_path holds. No kernel that we know sends a longer name. */
#define UNIX_NAME_MAX 256

/* If this bit of the flags in /proc/net/unix is set, the socket listens. */
#define PROC_ACCEPTS 0x10000
/* These split a dev_t as the kernel keeps it, not as stat() returns it. */
#define KERNEL_MAJOR(dev) ((dev) >> 20)
#define KERNEL_MINOR(dev) ((dev) & 0xfffffU)

/* UDIAG_SHOW_UID needs Linux 5.3. Older kernels ignore it. */
static size_t request(void *payload, uint32_t needs, bool all)
{
	struct unix_diag_req *req = payload;

	req->sdiag_family = AF_UNIX;
	req->udiag_states = SK_STATES_ALL;
	req->udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER |
			  UDIAG_SHOW_ICONS | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID |
			  (all || (needs & SK_NEED_TCP_EXT) ? UDIAG_SHOW_MEMINFO : 0);
	return sizeof(*req);
}

/*
 * Reads a name. An abstract name begins with NUL and may contain more of them. A path ends at the
 * first NUL.
 */
static int decode_name(const struct kind_row *row, const void *bytes, size_t len)
{
	const char *path = bytes;
	char name[SK_TEXT_ROOM(UNIX_NAME_MAX)];

	if (len && *path)
		len = strnlen(path, len);
	len = sk_text_clean(name, sizeof(name), bytes, len);
	return sk_sample_add_text(row->sample, name, len, &row->attrs->local_name.text);
}

/* Notes the inodes of clients that have connected and wait for accept(). */
static int decode_pending(const struct kind_row *row, const struct attr *icons)
{
	char text[112] = "";
	size_t len = 0;
	int err = 0;

	for (size_t at = 0; at + 4 <= icons->len && !err; at += 4) {
		uint32_t inode = attr_u32(icons, at);

		if (inode && row->pending)
			err = pairs_add(row->pending, inode,
					row->attrs->local_name.text);
		if (len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%u ", inode);
	}
	if (len)
		kind_line(row, "waiting clients",
			  "Inodes of the sockets that wait for accept()", "%s", text);
	return err;
}

static void decode_vfs(const struct kind_row *row, const struct attr *attr)
{
	struct sk_name *local = &row->attrs->local_name;

	local->id = attr_u32(attr, 0);
	local->extra = attr_u32(attr, 4);
	kind_line(row, "file", "Inode of the name in its file system, and the device",
		  "inode %u on device %u:%u", local->id, KERNEL_MAJOR(local->extra),
		  KERNEL_MINOR(local->extra));
}

static int decode_attr(const struct kind_row *row, const struct attr *attr,
		       struct attr *icons)
{
	switch (attr->type) {
	case UNIX_DIAG_NAME:
		return decode_name(row, attr->data, attr->len);
	case UNIX_DIAG_VFS:
		decode_vfs(row, attr);
		break;
	case UNIX_DIAG_PEER:
		row->socket->remote_name.id = attr_u32(attr, 0);
		break;
	case UNIX_DIAG_ICONS:
		*icons = *attr;
		break;
	case UNIX_DIAG_RQLEN:
		row->socket->recv_q = attr_u32(attr, 0);
		row->socket->send_q = attr_u32(attr, 4);
		break;
	case UNIX_DIAG_MEMINFO:
		kind_memory(row, attr->data, attr->len, false);
		break;
	case UNIX_DIAG_SHUTDOWN:
		if (!row->tcp_ext)
			break;
		row->tcp_ext->shutdown = attr_u8(attr, 0);
		row->tcp_ext->flags |= SK_TCP_EXT_SHUTDOWN;
		break;
	case UNIX_DIAG_UID:
		if (attr->len >= sizeof(uint32_t))
			row->attrs->uid = attr_u32(attr, 0);
		break;
	default:
		break;
	}
	return 0;
}

static int decode(const uint8_t *payload, size_t len, const struct kind_row *row)
{
	struct unix_diag_msg m;
	struct attrs attrs = { payload + sizeof(m), len - sizeof(m) };
	struct attr attr, icons = { 0 };
	struct sk_socket *s = row->socket;
	int err = 0;

	if (len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, payload, sizeof(m));
	if (m.udiag_family != AF_UNIX || !m.udiag_state ||
	    m.udiag_state >= SK_STATE_COUNT)
		return -EBADMSG;
	s->cookie = (uint64_t)m.udiag_cookie[1] << 32 | m.udiag_cookie[0];
	s->state = m.udiag_state;
	row->attrs->local_name.kind = m.udiag_type;
	row->attrs->uid = SK_UID_UNKNOWN;
	while (!err && attr_next(&attrs, &attr))
		err = decode_attr(row, &attr, &icons);
	if (!err)
		err = decode_pending(row, &icons);
	kind_owner(row, m.udiag_ino, row->attrs->uid);
	return err;
}

static uint8_t proc_state(unsigned flags, unsigned state)
{
	/* The index is the kernel's enum socket_state: free, unconnected, connecting... */
	static const uint8_t states[] = { SK_STATE_CLOSE, SK_STATE_CLOSE,
					  SK_STATE_SYN_SENT, SK_STATE_ESTABLISHED,
					  SK_STATE_CLOSING };

	return flags & PROC_ACCEPTS ? SK_STATE_LISTEN : states[state];
}

static int parse(const char *line, const struct kind_row *row)
{
	struct sk_socket *s = row->socket;
	uint64_t address, references, flags, kind, state, inode;

	if (!field_number(&line, 16, ':', UINT64_MAX, &address) ||
	    !field_number(&line, 16, ' ', UINT32_MAX, &references) || !field_skip(&line) ||
	    !field_number(&line, 16, ' ', UINT32_MAX, &flags) ||
	    !field_number(&line, 16, ' ', UINT16_MAX, &kind) ||
	    !field_number(&line, 16, ' ', 4, &state) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &inode))
		return -EINVAL;
	s->state = (uint8_t)proc_state((unsigned)flags, (unsigned)state);
	row->attrs->local_name.kind = (uint32_t)kind;
	s->remote_name.kind = (uint32_t)references;
	kind_owner(row, (uint32_t)inode, SK_UID_UNKNOWN);
	s->flags |= SK_F_NO_RECV_Q | SK_F_NO_SEND_Q | (inode ? 0U : SK_F_QUEUED);
	s->cookie = kind_cookie(SK_PROTO_UNIX, inode, inode ? 0 : address);
	line += *line == ' ';
	return decode_name(row, line, strlen(line));
}

const struct socket_kind kind_unix = { SK_PROTO_UNIX, request, decode,
				    "/proc/thread-self/net/unix", parse };
