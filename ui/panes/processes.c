/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include "app.h"

static void count(const void *row, uint64_t sum[SK_ROW_SUMS])
{
	const struct sk_group *group = row;

	sum[0] += group->known;
	sum[1] += group->known ? 0 : group->total;
	sum[2] += group->shared;
	sum[3] += group->known ? 0 : group->closed;
}

static int head(struct app *app, struct pane *pane, const struct box *box)
{
	struct pen pen = draw_pen(&app->theme, box, 0);
	uint64_t processes = pane->built.sum[0], nobody = pane->built.sum[1];
	uint32_t chosen = sk_row_builder_chosen(pane->built.builder)->n;
	char number[32];

	if (!(app->sample->needs & SK_NEED_OWNERS)) {
		draw_text(&pen, ROLE_DIM, "Looking for the processes...");
		return 1;
	}
	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(processes, number));
	draw_text(&pen, ROLE_LABEL, processes == 1 ? " process holds " :
						     " processes hold ");
	draw_text(&pen, ROLE_VALUE, "%s", sk_thousands(chosen - nobody, number));
	draw_text(&pen, ROLE_LABEL, " sockets");
	if (nobody) {
		draw_text(&pen, ROLE_LABEL, ", ");
		draw_text(&pen, ROLE_WARN, "%s", sk_thousands(nobody, number));
		draw_text(&pen, ROLE_LABEL, box->w < 100 ? " by nobody known" :
			  " by nobody known (forgotten before sktop began, the kernel's, "
			  "or unreadable)");
	}
	if (pane->built.sum[3]) {
		draw_text(&pen, ROLE_LABEL, "; ");
		draw_text(&pen, ROLE_WARN, "%s", sk_thousands(pane->built.sum[3], number));
		draw_text(&pen, ROLE_LABEL, box->w < 100 ? " ended unseen" :
			  " ended before their process was looked up");
	}
	if (pane->built.sum[2])
		draw_text(&pen, ROLE_DIM, "; shared ones count under each");
	return 1;
}

static void drill(struct app *app, struct pane *pane, const void *row, struct drill *out)
{
	const struct sk_group *group = row;

	(void)app;
	(void)pane;
	*out = (struct drill){ .sockets.kind = SK_DRILL_GROUP, .sockets.group = *group };
	if (group->process)
		snprintf(out->title, sizeof(out->title), "process %.40s (%u)",
			 group->process->name, group->process->pid);
	else
		snprintf(out->title, sizeof(out->title), "no known process");
}

const struct pane_ops pane_processes = {
	.id = SK_PANE_PROCESSES,
	.title = "Processes",
	.brief = "Proc",
	.empty = "No process holds a socket that can be seen",
	.count = count,
	.head = head,
	.head_height = 1,
	.drill = drill,
};
