/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "../app.h"

/* "100: from 10.0.0.0/8 to table 100": what a rule asks for, and where it leads. */
static void draw_rule(struct app *app, struct pen *pen, const struct sk_rule *rule)
{
	/* FR_ACT_* of those that do not lead to a table */
	static const char *const actions[] = { "?", NULL, "goto", "nop", "?", "?",
					       "blackhole", "unreachable", "prohibit" };
	const char *name = sk_numbers_name(sk_names_numbers(app->names), SK_NUMBER_TABLE,
					   rule->table);
	const char *action = rule->action < 9 ? actions[rule->action] : "?";
	char addr[SK_ADDR_STRLEN];

	draw_text(pen, ROLE_VALUE, "  %u", rule->priority);
	draw_text(pen, ROLE_LABEL, rule->inverted ? " not" : "");
	if (rule->from_len)
		draw_text(pen, ROLE_TEXT, " from %s/%u",
			  sk_addr_format(&rule->from, rule->v6, addr), rule->from_len);
	if (rule->to_len)
		draw_text(pen, ROLE_TEXT, " to %s/%u",
			  sk_addr_format(&rule->to, rule->v6, addr), rule->to_len);
	if (rule->iif[0])
		draw_text(pen, ROLE_TEXT, " in by %s", rule->iif);
	if (rule->oif[0])
		draw_text(pen, ROLE_TEXT, " out by %s", rule->oif);
	if (rule->mark || rule->mask)
		draw_text(pen, ROLE_TEXT, " mark %x/%x", rule->mark, rule->mask);
	if (rule->uid_first != UINT32_MAX)
		draw_text(pen, ROLE_TEXT, " uid %u-%u", rule->uid_first, rule->uid_last);
	if (rule->dport_first)
		draw_text(pen, ROLE_TEXT, " dport %u-%u", rule->dport_first,
			  rule->dport_last);
	if (action)
		draw_text(pen, ROLE_WARN, " %s", action);
	else if (rule->l3mdev)
		draw_text(pen, ROLE_TEXT, " VRF");
	else if (name)
		draw_text(pen, ROLE_LABEL, " > %s", name);
	else
		draw_text(pen, ROLE_LABEL, " > %u", rule->table);
}

/* The three rules that every machine has need no room. */
static bool is_builtin(const struct sk_rule *rule)
{
	return !rule->from_len && !rule->to_len && !rule->mark && !rule->iif[0] &&
	       !rule->oif[0] && !rule->l3mdev && rule->action == 1 &&
	       ((rule->priority == 0 && rule->table == SK_ROUTES_LOCAL) ||
		(rule->priority == 32766 && rule->table == SK_ROUTES_MAIN) ||
		(rule->priority == 32767 && rule->table == SK_ROUTES_DEFAULT));
}

static void draw_rules(struct app *app, struct pen *pen)
{
	const struct sk_sample *sample = app->sample;
	bool any = false;

	for (uint32_t i = 0; i < sample->n_rules; i++) {
		if (is_builtin(&sample->rules[i]))
			continue;
		if (!any)
			draw_text(pen, ROLE_LABEL, "  Rules");
		any = true;
		draw_rule(app, pen, &sample->rules[i]);
	}
	if (!any && sample->n_rules)
		draw_text(pen, ROLE_DIM, "  Rules: only the usual ones (local, main, default)");
}

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	char number[32];

	draw_text(&pen, ROLE_VALUE, "%s", draw_thousands(pane->view.n, number));
	draw_text(&pen, ROLE_LABEL, " of %s routes", draw_thousands(pane->rows.n, number));
	if (!app->show_all)
		draw_text(&pen, ROLE_DIM, ", own addresses hidden (a shows them)");
	draw_rules(app, &pen);
	return 1;
}

const struct pane_ops pane_routes = {
	.id = SK_PANE_ROUTES,
	.title = "Routes",
	.head = head,
	.head_height = 1,
	.next = SK_PANE_NEIGHBOURS,
};
