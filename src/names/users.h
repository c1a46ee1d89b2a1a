/* SPDX-License-Identifier: MIT */
/*
 * This thread asks for user names, because a directory server may take seconds.
 */
#ifndef SKTOP_NAMES_USERS_H
#define SKTOP_NAMES_USERS_H

#include "names/mailbox.h"

struct user_resolver;

typedef int user_lookup(uint32_t uid, char *name, size_t size);

/** getpwuid_r(). 0, -ENOENT or -errno. */
user_lookup users_from_system;

/** The answer to one question, at once. name has TEXT_NAME_STRLEN bytes. */
enum name_outcome users_look_up(user_lookup *look_up, uint32_t uid, char *name);

/** Starts the thread that answers the box. 0, -ENOMEM or -EAGAIN. */
int user_resolver_start(user_lookup *look_up, struct mailbox *box, struct user_resolver **out);

/** Ends the thread; one that hangs in a lookup is left behind after 50 ms. */
void user_resolver_stop(struct user_resolver *resolver);

#endif
