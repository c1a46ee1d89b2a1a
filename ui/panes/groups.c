/* SPDX-License-Identifier: MIT */
#include "../app.h"

const struct pane_ops pane_groups = {
	.id = SK_PANE_GROUPS,
	.title = "Groups",
	.next = SK_PANE_NAT,
};
