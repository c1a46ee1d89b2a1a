/* SPDX-License-Identifier: MIT */
/*
 * This file turns names on and off, and redraws when one arrives.
 */
#include <errno.h>
#include <string.h>
#include <sktop/array.h>
#include "app.h"

void app_take_names(struct app *app)
{
	unsigned news = sk_names_settle(app->names);

	if (news & SK_NAMES_USERS)
		app_rebuild(app, "ordering..."); /* a filter or the order may go by them */
	app->dirty |= news != 0;
}

static bool set_hosts(struct app *app, bool on)
{
	int err;

	rows_halt(app);
	err = sk_names_set_hosts(app->names, on);
	if (err == -ENOSYS)
		app_say(app, true, "No host names: this sktop was built without c-ares");
	else if (err)
		app_say(app, true, "No host names: %s", strerror(-err));
	return err == 0;
}

void app_toggle_names(struct app *app, enum sk_names_kind kind)
{
	static const struct {
		enum sk_names_kind kind;
		const char *what;
	} kinds[] = { { SK_NAMES_HOSTS, "hosts" },
		      { SK_NAMES_SERVICES, "services" },
		      { SK_NAMES_USERS, "users" } };
	bool on = (app->show.numeric & kind) != 0;

	if (kind == SK_NAMES_HOSTS && !set_hosts(app, on))
		return;
	app->show.numeric ^= kind;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].kind == kind)
			app_say(app, false, "Names of %s %s", kinds[i].what,
				on ? "on" : "off");
	}
	pane_remeasure(app_pane(app));
	app_rebuild(app, "ordering...");
}
