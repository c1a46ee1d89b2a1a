/* SPDX-License-Identifier: MIT */
/*
 * The two files that make plans share this header.
 */
#ifndef SKTOP_PLAN_PLAN_H
#define SKTOP_PLAN_PLAN_H

#include <sktop/act.h>

/** A plan about `chosen` sockets with room for n targets. Returns 0 or -ENOMEM. */
int plan_new(struct sk_sample *sample, uint32_t chosen, uint32_t n, struct sk_plan **out);

/** Fills the outcomes and the counts, once the targets are there. */
void plan_count(struct sk_plan *plan);

/** True when the ascending list has the value. */
bool plan_is_in(const uint32_t *list, uint32_t n, uint32_t value);

#endif
