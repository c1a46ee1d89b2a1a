/* SPDX-License-Identifier: MIT */
/*
 * The menu that chooses which kinds of sockets are sampled.
 */
#ifndef SKTOP_UI_OVERLAYS_PROTOCOLS_H
#define SKTOP_UI_OVERLAYS_PROTOCOLS_H

#include <sktop/sample.h>

/** What people call a protocol: "TCP", "unix"... */
const char *protocols_title(enum sk_proto proto);

/**
 * Which of them this kernel does not have or tells from /proc alone, in words; at most
 * size bytes, out is always NUL-ended. Returns its length, 0 = nothing to say.
 */
size_t protocols_describe(const struct sk_losses *losses, char *out, size_t size);

#endif
