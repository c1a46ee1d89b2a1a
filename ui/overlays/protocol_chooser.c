/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include "app.h"
#include "overlays/protocol_chooser.h"

static const struct {
	const char *title, *help;
} protocols[SK_PROTO_COUNT] = {
	[SK_PROTO_TCP] = { "TCP", "connections and listeners" },
	[SK_PROTO_UDP] = { "UDP", "datagrams" },
	[SK_PROTO_UDPLITE] = { "UDP-Lite", "datagrams with partial checksums" },
	[SK_PROTO_SCTP] = { "SCTP", "sockets, and their associations under them" },
	[SK_PROTO_MPTCP] = { "MPTCP", "connections; with TCP also their subflows" },
	[SK_PROTO_RAW] = { "raw", "IP protocols of their own" },
	[SK_PROTO_PING] = { "ping", "ICMP echo without privilege" },
	[SK_PROTO_UNIX] = { "unix", "between processes: paths, abstract, unnamed" },
	[SK_PROTO_PACKET] = { "packet", "whole frames, as tcpdump reads them" },
	[SK_PROTO_NETLINK] = { "netlink", "between kernel and processes" },
	[SK_PROTO_VSOCK] = { "vsock", "between virtual machines and their host" },
	[SK_PROTO_XDP] = { "XDP", "frames past the network stack" },
	[SK_PROTO_TIPC] = { "TIPC", "between the nodes of a cluster" },
};

const char *protocol_chooser_title(enum sk_proto proto)
{
	return protocols[proto].title;
}

/* "sctp, tipc: not available on this kernel  " */
static size_t list(uint32_t mask, const char *what, char *out, size_t size)
{
	const char *separator = "";
	size_t len = 0;

	for (unsigned proto = 0; proto < SK_PROTO_COUNT && len < size; proto++) {
		if (!(mask & SK_PROTO_BIT(proto)))
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s", separator,
					sk_proto_name(proto, false));
		separator = ", ";
	}
	if (mask && len < size)
		len += (size_t)snprintf(out + len, size - len, ": %s  ", what);
	return len < size ? len : size - 1;
}

size_t protocol_chooser_describe(const struct sk_losses *losses, char *out, size_t size)
{
	return list(losses->unavailable, sk_losses_why(losses), out, size);
}

static void draw_entry(struct app *app, struct pen *pen, int at, bool here)
{
	const struct sk_sample *sample = app->sample;
	unsigned proto = (unsigned)at;
	bool on = app->request.protos & SK_PROTO_BIT(proto);
	bool none = sample->losses.unavailable & SK_PROTO_BIT(proto);
	char number[32];

	draw_text(pen, here ? ROLE_SELECTED : ROLE_VALUE, " [%c] %-9s %9s ",
		  on ? 'x' : ' ', protocols[proto].title,
		  !on || none ? "" : sk_thousands(sample->summary.total[proto], number));
	draw_text(pen, here ? ROLE_SELECTED : none ? ROLE_WARN : ROLE_DIM, " %s",
		  none ? sk_losses_why(&sample->losses) : protocols[proto].help);
}

static void draw(struct app *app, const struct box *box)
{
	overlay_draw_menu(app, box, "Sockets to show (Space chooses, a all, Esc ends)",
			  draw_entry);
}

static int entries(const struct app *app)
{
	(void)app;
	return SK_PROTO_COUNT;
}

static bool same(const struct sk_column_list *a, const struct sk_column_list *b)
{
	return a->n == b->n && memcmp(a->column, b->column, a->n * sizeof(*a->column)) == 0;
}

static bool has(const struct sk_column_list *list, const struct sk_column *column)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->column[i] == column)
			return true;
	}
	return false;
}

/* Columns that the user chose stay; those that were there by default follow. */
static void adapt_columns(struct sk_column_list *list, const struct sk_column_list *old,
			  const struct sk_column_list *new)
{
	size_t n = 0;

	if (same(list, old)) {
		*list = *new;
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (!has(old, list->column[i]) || has(new, list->column[i]))
			list->column[n++] = list->column[i];
	}
	list->n = n;
	for (size_t i = 0; i < new->n && list->n < SK_COLUMNS_MAX; i++) {
		if (!has(old, new->column[i]) && !has(list, new->column[i]))
			list->column[list->n++] = new->column[i];
	}
}

static void choose(struct app *app, uint32_t protos)
{
	struct sk_setup *setup = &app->panes[SK_PANE_CONNECTIONS].setup;
	struct sk_column_list old, new;
	uint32_t before = app->request.protos;

	if (!protos)
		return;
	sk_setup_default_columns(before, &old);
	sk_setup_default_columns(protos, &new);
	adapt_columns(&setup->columns, &old, &new);
	if (setup->sort == sk_setup_default_sort(before)) {
		setup->sort = sk_setup_default_sort(protos);
		setup->descending = (setup->sort->flags & SK_COL_DESC) != 0;
	}
	/* one type of a kind was for the command line: here it is all of it */
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if ((before ^ protos) & SK_PROTO_BIT(proto))
			app->request.kinds[proto] = 0;
	}
	app->protos = protos;
	pane_remeasure(&app->panes[SK_PANE_CONNECTIONS]);
	app_request(app, true);
}

static bool take_key(struct app *app, int code)
{
	const struct key_row *key = key_find(code);

	if (key->act == key_tag || key->act == key_enter)
		choose(app, app->request.protos ^ SK_PROTO_BIT(app->overlay.at));
	else if (key->act == key_show_more)
		choose(app, SK_PROTO_BIT(SK_PROTO_COUNT) - 1);
	else
		return false;
	return true;
}

const struct overlay_ops window_protocol_chooser = {
	.draw = draw,
	.key = take_key,
	.entries = entries,
};
