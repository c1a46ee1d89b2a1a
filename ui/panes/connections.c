/* SPDX-License-Identifier: MIT */
#include "app.h"

const struct pane_ops pane_connections = {
	.id = SK_PANE_CONNECTIONS,
	.title = "Connections",
	.brief = "Conn",
	.empty = "No socket (o chooses protocols)",
	.window = OVERLAY_SOCKET,
};
