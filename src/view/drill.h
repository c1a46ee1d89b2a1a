/* SPDX-License-Identifier: MIT */
/*
 * This header tells which sockets belong to a row that was entered.
 */
#ifndef SKTOP_VIEW_DRILL_H
#define SKTOP_VIEW_DRILL_H

#include <sktop/rows.h>

/** Whether the ports on which somebody listens decide. */
bool drill_needs_ports(const struct sk_drill *drill);

/** ports: of the sample, by sk_ports_note(); NULL where they are not needed. */
bool drill_holds(const struct sk_drill *drill, const struct sk_sample *sample,
		 const struct sk_ports *ports, const struct sk_socket *socket);

#endif
