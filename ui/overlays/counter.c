/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/counter_help.h>
#include "app.h"

static void draw(struct app *app, const struct box *box)
{
	struct sk_context context;
	const struct sk_counter *counter = overlay_last_row(app, &context);
	const struct sk_counter_help *help;
	struct box inside;
	struct pen pen;
	char number[32], title[80];
	int line = 1;

	overlay_title(app, counter ? counter->name : "Counter", title, sizeof(title));
	draw_frame(&app->theme, box, title, &inside);
	if (!counter)
		return;
	help = sk_counter_help(counter->section, counter->name);
	pen = draw_pen(&app->theme, &inside, 0);
	draw_text(&pen, ROLE_LABEL, " %s.%s", counter->section, counter->name);
	line += draw_wrapped(&app->theme, &inside, line, ROLE_TEXT,
			     help ? help->text : "newer than this sktop");
	pen = draw_pen(&app->theme, &inside, line);
	draw_text(&pen, ROLE_VALUE, " %s", sk_thousands(counter->value, number));
	sk_unit_format(SK_UNIT_RATE, counter->rate, 0, number, sizeof(number));
	draw_text(&pen, ROLE_DIM, "   %s/s, %s", number,
		  counter->gauge ? "a level" : "counted since boot");
}

const struct overlay_ops window_counter = { .draw = draw, .of_row = true };
