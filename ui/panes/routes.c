/* SPDX-License-Identifier: MIT */
#include "app.h"

/* The three rules that every machine has need no room. */
static bool is_builtin(const struct sk_rule *rule)
{
	return !rule->from_len && !rule->to_len && !rule->mark && !rule->iif[0] &&
	       !rule->oif[0] && !rule->l3mdev && rule->action == 1 &&
	       ((rule->priority == 0 && rule->table == SK_ROUTES_LOCAL) ||
		(rule->priority == 32766 && rule->table == SK_ROUTES_MAIN) ||
		(rule->priority == 32767 && rule->table == SK_ROUTES_DEFAULT));
}

/* Routes alone may lead nowhere: which table counts is for the rules to say. */
static void draw_rules(struct app *app, struct pen *pen)
{
	const struct sk_sample *sample = app->sample;
	uint32_t special = 0;

	for (uint32_t i = 0; i < sample->n_rules; i++)
		special += !is_builtin(&sample->rules[i]);
	if (special)
		draw_text(pen, ROLE_WARN, "  %u special rule%s (t)", special,
			  special == 1 ? "" : "s");
	else if (sample->n_rules)
		draw_text(pen, ROLE_DIM, "  the usual rules");
}

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	char number[32];

	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(pane->built.view.n, number));
	draw_text(&pen, ROLE_LABEL, " of %s routes", sk_thousands(pane->built.rows.n, number));
	if (!app->show_all)
		draw_text(&pen, ROLE_DIM, ", own addresses hidden (a shows them)");
	draw_rules(app, &pen);
	return 1;
}

const struct pane_ops pane_routes = {
	.id = SK_PANE_ROUTES,
	.title = "Routes",
	.brief = "Route",
	.empty = "No route: this machine reaches nobody (a shows own addresses)",
	.window = OVERLAY_ROW,
	.head = head,
	.head_height = 1,
	.next = SK_PANE_RULES,
};
