/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_VIEW_SETUP_TABLES_H
#define SKTOP_VIEW_SETUP_TABLES_H

#include <sktop/setup.h>

/**
 * Columns of panes that show no sockets, as the options want them: those of netstat -i
 * for one sample, which has no rates, and what -e adds. Returns 0 or -EINVAL.
 */
int setup_table_columns(const struct sk_options *options, enum sk_pane_id pane,
			struct sk_setup *setup, char *error);

#endif
