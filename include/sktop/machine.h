/* SPDX-License-Identifier: MIT */
/*
 * The machine that a sample comes from. It is part of the sample, since a sample may be of
 * another machine than the one that shows it.
 */
#ifndef SKTOP_MACHINE_H
#define SKTOP_MACHINE_H

#include <sktop/text.h>
#include <sktop/types.h>

/** Room for the name of a machine (HOST_NAME_MAX, each byte a private character). */
#define SK_MACHINE_STRLEN 256

/** A plain value; its functions are static and may be called by any thread. */
struct sk_machine {
	/** The kernel that we run on: its sockets can be closed, its processes signalled. */
	bool live;
	char host[SK_MACHINE_STRLEN]; /* its name, printable; "" = not known */
	/** The name of a user or NULL. No function: our own machine's users (sk_names). */
	const char *(*user)(uint32_t uid);
	/**
	 * Writes the name of an interface that the sample does not list, printable. False:
	 * not known. No function: none is.
	 */
	bool (*interface)(uint32_t ifindex, char name[SK_DEVICE_STRLEN]);
};

#endif
