/* SPDX-License-Identifier: MIT */
#include "app.h"

const struct pane_ops pane_groups = {
	.id = SK_PANE_GROUPS,
	.title = "Groups",
	.brief = "Grp",
	.empty = "No interface is a member of a multicast group",
	.window = OVERLAY_ROW,
	.next = SK_PANE_NAT,
};
