/* SPDX-License-Identifier: MIT */
/*
 * In this menu the user chooses which kinds of sockets are sampled.
 */
#ifndef SKTOP_UI_OVERLAYS_PROTOCOL_CHOOSER_H
#define SKTOP_UI_OVERLAYS_PROTOCOL_CHOOSER_H

#include <sktop/sample.h>

/** Returns what people call a protocol: "TCP", "unix"... */
const char *protocol_chooser_title(enum sk_proto proto);

/**
 * Says which protocols this kernel does not have or lists in /proc only; at most size
 * bytes, out is always NUL-ended. Returns its length, 0 = nothing to say.
 */
size_t protocol_chooser_describe(const struct sk_losses *losses, char *out,
				 size_t size);

#endif
