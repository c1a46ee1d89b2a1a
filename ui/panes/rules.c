/* SPDX-License-Identifier: MIT */
#include "../app.h"

const struct pane_ops pane_rules = {
	.id = SK_PANE_RULES,
	.title = "Rules",
	.next = SK_PANE_NEIGHBOURS,
};
