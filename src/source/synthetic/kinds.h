/* SPDX-License-Identifier: MIT */
/*
 * This file gives the synthetic machine what it has besides TCP and UDP: processes, and
 * a few sockets of every other kind.
 */
#ifndef SKTOP_SOURCE_SYNTHETIC_KINDS_H
#define SKTOP_SOURCE_SYNTHETIC_KINDS_H

#include <sktop/owners.h>
#include <sktop/source.h>

/**
 * Texts that must never reach a terminal as they are: escape sequences, newlines, quotes,
 * broken UTF-8, text that runs backwards. They test everything that writes.
 */
extern const char synthetic_hostile[];

/** The processes behind the services. hostile: with such names. 0 or -ENOMEM. */
int synthetic_owners_new(bool hostile, struct sk_owners **out);

/** Gives each socket that has an owner its process, by its port. */
void synthetic_attribute(struct sk_owners *owners, struct sk_sample *sample);

/** Appends the sockets of other kinds that the request wants. 0 or -ENOMEM. */
int synthetic_kinds(const struct sk_request *request, bool hostile,
		    struct sk_sample *sample);

#endif
