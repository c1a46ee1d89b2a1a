/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/sockets/kind.h"
#include "kernel/netlink/sock_diag.h"

/** This is a dump under way, or the search for one socket in it. */
struct dump {
	const struct socket_kind *kind;
	const struct sk_request *request;
	struct kind_row row;
	const struct sk_detached *wanted; /* NULL: take all sockets */
	bool found;
};

static bool is_wanted(const struct sk_request *request, const struct kind_row *row)
{
	uint32_t kinds = request->kinds[row->socket->proto];

	return !kinds || (kinds >> (row->attrs->local_name.kind & 31U) & 1);
}

/* Keeps the socket that was just decoded, or drops it. */
static int settle(const struct kind_row *row, const struct sk_request *request,
		  bool malformed)
{
	if (!malformed && is_wanted(request, row))
		return sk_sample_set_attrs(row->sample, row->socket, row->attrs);
	row->sample->n_sockets--;
	return 0;
}

static int append(struct dump *dump, const struct nlmsghdr *message)
{
	struct kind_row *row = &dump->row;
	struct sk_sample *sample = row->sample;
	struct sk_attrs attrs = { 0 };
	int err = sk_sample_add_socket(sample, &row->socket, &row->tcp_ext);

	if (err)
		return err;
	row->attrs = &attrs;
	row->socket->proto = (uint8_t)dump->kind->proto;
	err = dump->kind->decode(NLMSG_DATA(message),
				 message->nlmsg_len - NLMSG_HDRLEN, row);
	if (err == -ENOMEM)
		return err;
	sample->losses.malformed += err != 0;
	return settle(row, dump->request, err != 0);
}

static int compare(struct dump *dump, const struct nlmsghdr *message)
{
	struct sk_detail *detail = dump->row.detail;
	int err;

	if (dump->found)
		return 0;
	memset(detail, 0, sizeof(*detail));
	detail->detached.socket.proto = (uint8_t)dump->kind->proto;
	err = dump->kind->decode(NLMSG_DATA(message),
				 message->nlmsg_len - NLMSG_HDRLEN, &dump->row);
	dump->found =
		!err && detail->detached.socket.cookie == dump->wanted->socket.cookie;
	return err == -ENOMEM ? err : 0;
}

static int take(const struct nlmsghdr *message, void *arg)
{
	struct dump *dump = arg;

	return dump->wanted ? compare(dump, message) : append(dump, message);
}

static int run(struct dump *dump, struct netlink *netlink, uint32_t needs,
	       struct sk_sample *losses)
{
	struct {
		struct nlmsghdr head;
		uint8_t payload[KIND_REQUEST_MAX];
	} message = { .head.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		      .head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP };
	size_t len = dump->kind->request(message.payload, needs, dump->wanted != NULL);

	message.head.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	return sock_diag_dump(netlink, &message.head, losses, take, dump);
}

int kind_dump(const struct socket_kind *kind, struct netlink *netlink,
	      const struct sk_request *request, struct pairs *pending,
	      struct sk_sample *sample)
{
	struct dump dump = { .kind = kind,
			     .request = request,
			     .row = { .sample = sample, .pending = pending } };

	return run(&dump, netlink, request->needs, sample);
}

int kind_lookup(const struct socket_kind *kind, struct netlink *netlink,
		const struct sk_detached *wanted, struct sk_sample *sample,
		struct sk_detail **out)
{
	struct sk_sample counts = { 0 }; /* losses of this search are not shown */
	struct sk_detail *detail = calloc(1, sizeof(*detail));
	struct dump dump = { .kind = kind,
			     .row = { .sample = sample, .detail = detail },
			     .wanted = wanted };
	int err = -ENOMEM;

	if (detail) {
		dump.row.socket = &detail->detached.socket;
		dump.row.attrs = &detail->detached.attrs;
		dump.row.tcp_ext = &detail->tcp_ext;
		err = run(&dump, netlink, 0, &counts);
	}
	if (!err && !dump.found)
		err = -ENOENT;
	if (err)
		free(detail);
	else
		*out = detail;
	return err;
}

int kind_parse(const struct socket_kind *kind, const char *text,
	       const struct sk_request *request, struct sk_sample *sample)
{
	const char *line = strchr(text, '\n'); /* behind the heading */

	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		struct sk_attrs attrs = { 0 };
		struct kind_row row = { .sample = sample, .attrs = &attrs };
		size_t len = strcspn(line + 1, "\n");
		char copy[512];
		int err = sk_sample_add_socket(sample, &row.socket, &row.tcp_ext);

		if (err)
			return err;
		if (len >= sizeof(copy))
			len = sizeof(copy) - 1;
		memcpy(copy, line + 1, len);
		copy[len] = '\0';
		row.socket->proto = (uint8_t)kind->proto;
		row.socket->flags = SK_F_NO_COOKIE;
		err = kind->parse(copy, &row);
		if (err == -ENOMEM)
			return err;
		sample->losses.malformed += err != 0;
		err = settle(&row, request, err != 0);
		if (err)
			return err;
	}
	return 0;
}

int kind_name(const struct kind_row *row, uint32_t *text, const char *format, ...)
{
	char name[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(name))
		len = (int)strlen(name);
	return sk_sample_add_text(row->sample, name, (size_t)len, text);
}

void kind_line(const struct kind_row *row, const char *label, const char *help,
	       const char *format, ...)
{
	struct sk_detail_line *line;
	va_list args;

	if (!row->detail || row->detail->n_lines >= SK_DETAIL_LINES)
		return;
	line = &row->detail->line[row->detail->n_lines++];
	line->label = label;
	line->help = help;
	va_start(args, format);
	vsnprintf(line->value, sizeof(line->value), format, args);
	va_end(args);
}

char *kind_device(uint32_t ifindex, char out[SK_DEVICE_STRLEN])
{
	char name[IF_NAMESIZE];

	if (!ifindex)
		strcpy(out, "*");
	else if (if_indextoname(ifindex, name))
		sk_text_clean(out, SK_DEVICE_STRLEN, name, strlen(name));
	else
		snprintf(out, SK_DEVICE_STRLEN, "%u", ifindex);
	return out;
}

void kind_owner(const struct kind_row *row, uint32_t inode, uint32_t uid)
{
	row->socket->inode = inode;
	row->attrs->uid = inode ? uid : 0;
	if (inode)
		row->socket->flags |= SK_F_OWNER;
}

void kind_memory(const struct kind_row *row, const void *data, size_t len,
		 bool queues)
{
	uint32_t skmem[9] = { 0 };

	memcpy(skmem, data, len < sizeof(skmem) ? len : sizeof(skmem));
	if (queues) {
		row->socket->recv_q = skmem[SK_MEMINFO_RMEM_ALLOC];
		row->socket->send_q = skmem[SK_MEMINFO_WMEM_ALLOC];
	}
	if (!row->tcp_ext)
		return;
	memcpy(row->tcp_ext->skmem, skmem, sizeof(skmem));
	row->tcp_ext->n_skmem = (uint8_t)(len < sizeof(skmem) ? len / 4 : 9);
	row->tcp_ext->flags |= SK_TCP_EXT_SKMEM;
}

uint64_t kind_cookie(enum sk_proto proto, uint64_t a, uint64_t b)
{
	uint64_t hash = 0xcbf29ce484222325ULL ^ proto;

	hash = (hash ^ a) * 0x9e3779b97f4a7c15ULL;
	hash = (hash ^ hash >> 29 ^ b) * 0xff51afd7ed558ccdULL;
	hash ^= hash >> 32;
	return hash ? hash : 1;
}
