/* SPDX-License-Identifier: MIT */
#include "app.h"

const struct pane_ops pane_rules = {
	.id = SK_PANE_RULES,
	.title = "Rules",
	.brief = "Rul",
	.empty = "No policy rule: routes are looked up in no table",
	.window = OVERLAY_ROW,
	.next = SK_PANE_NEIGHBOURS,
};
