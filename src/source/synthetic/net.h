/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_SOURCE_SYNTHETIC_NET_H
#define SKTOP_SOURCE_SYNTHETIC_NET_H

#include <sktop/sample.h>

/**
 * Addresses, routes, neighbours, groups and translated connections of the machine that
 * does not exist, as the sample needs them; the same on every run. 0 or -ENOMEM.
 */
int synthetic_net_add(struct sk_sample *sample);

#endif
