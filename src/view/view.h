/* SPDX-License-Identifier: MIT */
/*
 * A view lends its scratch memory to the functions that work on it.
 */
#ifndef SKTOP_VIEW_VIEW_H
#define SKTOP_VIEW_VIEW_H

#include <sktop/view.h>

/** Makes view->scratch at least size bytes; what was in it is lost. 0 or -ENOMEM. */
int view_reserve_scratch(struct sk_view *view, size_t size);

#endif
