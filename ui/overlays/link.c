/* SPDX-License-Identifier: MIT */
/*
 * This window shows what ifconfig shows of an interface.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include "app.h"

static void draw_column(const struct sk_context *context, struct pen *pen,
			const struct sk_link *link, const char *id, const char *words)
{
	const struct sk_column *column =
		sk_column_find(sk_table(SK_TABLE_INTERFACES), id, strlen(id));
	char cell[SK_CELL_STRLEN];

	sk_value_format(context, column, link, 0, cell, sizeof(cell));
	if (strcmp(cell, "-") == 0)
		return;
	draw_text(pen, ROLE_LABEL, " %s", words);
	draw_text(pen, ROLE_VALUE, " %s ", cell);
}

static void draw_lifetime(struct pen *pen, const struct sk_address *a)
{
	char left[16];

	if (!(a->flags & SK_ADDRESS_LIFETIME) || a->valid_s == UINT32_MAX)
		return;
	sk_unit_format(SK_UNIT_SECONDS, a->valid_s, 0, left, sizeof(left));
	draw_text(pen, ROLE_DIM, " valid for %s", left);
}

static void draw_link_address(struct app *app, const struct box *box, int line,
			 const struct sk_address *a)
{
	static const struct {
		uint16_t flag;
		const char *word;
	} words[] = {
		{ SK_ADDRESS_SECONDARY, "secondary" }, { SK_ADDRESS_TENTATIVE, "tentative" },
		{ SK_ADDRESS_DEPRECATED, "deprecated" }, { SK_ADDRESS_DUPLICATE, "duplicate" },
	};
	struct pen pen = draw_pen(&app->theme, box, line);
	bool v6 = a->flags & SK_ADDRESS_V6;
	const char *scope = sk_numbers_name(sk_names_numbers(app->names), SK_NUMBER_SCOPE,
					    a->scope);
	char text[SK_ADDR_STRLEN];

	draw_text(&pen, ROLE_LABEL, v6 ? " inet6" : " inet ");
	draw_text(&pen, ROLE_VALUE, " %s/%u", sk_addr_format(&a->address, v6, text),
		  a->prefix_len);
	if (a->flags & SK_ADDRESS_PEER)
		draw_text(&pen, ROLE_TEXT, " peer %s", sk_addr_format(&a->peer, v6, text));
	if (a->flags & SK_ADDRESS_BROADCAST)
		draw_text(&pen, ROLE_TEXT, " broadcast %s",
			  sk_addr_format(&a->broadcast, v6, text));
	draw_text(&pen, ROLE_DIM, " scope %s", scope ? scope : "?");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (a->flags & words[i].flag)
			draw_text(&pen, ROLE_WARN, " %s", words[i].word);
	}
	if (a->label[0])
		draw_text(&pen, ROLE_DIM, " %s", a->label);
	draw_lifetime(&pen, a);
}

/* Address, speed and the like; returns how many lines it took. */
static int draw_facts(struct app *app, const struct box *box,
		      const struct sk_link *link, const struct sk_context *context)
{
	static const struct {
		const char *id, *words;
	} facts[] = {
		{ "state", "state" }, { "mtu", "mtu" },	    { "mac", "ether" },
		{ "txqlen", "txqueuelen" }, { "speed", "Mbit/s" }, { "duplex", "duplex" },
		{ "carrier-changes", "carrier changes" }, { "flags", "flags" },
	};
	struct pen pen = draw_pen(&app->theme, box, 0);
	uint32_t n, most = box->h > 8 ? (uint32_t)(box->h - 8) / 3 : 0;
	const struct sk_address *addresses =
		sk_sample_addresses(context->sample, link->netns, link->ifindex, &n);

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		draw_column(context, &pen, link, facts[i].id, facts[i].words);
	if (n > most)
		n = most;
	for (uint32_t i = 0; i < n; i++)
		draw_link_address(app, box, 1 + (int)i, &addresses[i]);
	return 2 + (int)n;
}

static const char *const stat_names[SK_LINK_STAT_COUNT] = {
	"RX packets",	"TX packets",	"RX bytes",	  "TX bytes",
	"RX errors",	"TX errors",	"RX dropped",	  "TX dropped",
	"multicast",	"collisions",	"RX length err", "RX over errors",
	"RX CRC errors", "RX frame errors", "RX FIFO errors", "RX missed",
	"TX aborted",	"TX carrier errors", "TX FIFO errors", "TX heartbeat errors",
	"TX window errors", "RX compressed", "TX compressed", "RX no handler",
	"RX other host",
};

static void draw_link_counter(struct pen *pen, const struct sk_link *link, int i,
			      bool narrow)
{
	char number[32], rate[16];

	draw_text(pen, ROLE_TEXT, " ");
	draw_cell(pen, ROLE_LABEL, stat_names[i], narrow ? 15 : 20, true);
	draw_cell(pen, ROLE_VALUE, sk_thousands(link->stat[i], number), narrow ? 15 : 20,
		  false);
	sk_unit_format(SK_UNIT_RATE,
		       link->flags & SK_LINK_RATE ? (double)link->rate[i] : (double)NAN, 0,
		       rate, sizeof(rate));
	draw_text(pen, ROLE_DIM, "%6s/s", rate);
}

/* Draws all counters of the interface, in two columns that scroll. */
static void draw_counters(struct app *app, const struct box *box,
			  const struct sk_link *link)
{
	int n = link->n_stats < SK_LINK_STAT_COUNT ? link->n_stats : SK_LINK_STAT_COUNT;
	int lines = (n + 1) / 2, half = box->w / 2;

	if (app->overlay.top > lines - box->h)
		app->overlay.top = lines > box->h ? lines - box->h : 0;
	for (int i = 0; i < n; i++) {
		struct box part = { box->y, box->x + i / lines * half, box->h, half };
		int line = i % lines - app->overlay.top;
		struct pen pen;

		if (line < 0)
			continue;
		pen = draw_pen(&app->theme, &part, line);
		draw_link_counter(&pen, link, i, box->w < 100);
	}
}

static void draw(struct app *app, const struct box *box)
{
	struct sk_context context;
	const struct sk_link *link = overlay_last_row(app, &context);
	struct box inside, part;
	struct sk_series past;
	int counters, lines;
	char title[80];

	overlay_title(app, link ? link->name : "Interface", title, sizeof(title));
	draw_frame(&app->theme, box, title, &inside);
	if (!link)
		return;
	lines = draw_facts(app, &inside, link, &context);
	inside.y += lines;
	inside.h -= lines;
	counters = (link->n_stats + 1) / 2;
	draw_counters(app, &inside, link);
	for (int tx = 0; tx < 2; tx++) {
		int h = (inside.h - counters - 1) / 2;

		sk_history_link(sk_sampler_history(app->sampler), app->sample, link, tx,
				&past);
		part = (struct box){ inside.y + counters + 1 + tx * h, inside.x + 1, h,
				     inside.w - 2 };
		if (past.n && h > 2)
			draw_graph(&app->theme, &part, tx ? ROLE_TX : ROLE_RX, &past,
				   tx ? "TX" : "RX");
	}
}

/* An interface that was made anew has another number, and its name. */
static int64_t find(const struct sk_built_rows *built, const void *row)
{
	const struct sk_link *last = row;

	for (uint32_t i = 0; i < built->view.n; i++) {
		const struct sk_link *link = sk_rows_at(&built->rows, built->view.index[i]);

		if (link->netns == last->netns && strcmp(link->name, last->name) == 0)
			return i;
	}
	return -1;
}

static void ask_addresses(struct app *app)
{
	app_request(app, true);
}

const struct overlay_ops window_link = {
	.draw = draw,
	.open = ask_addresses,
	.find = find,
	.of_row = true,
	.needs = SK_NEED_ADDRESSES,
};
