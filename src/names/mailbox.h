/* SPDX-License-Identifier: MIT */
/*
 * The mailbox carries questions to a thread that may be slow, and its answers back. The
 * reader never waits. References are counted, because a thread that hangs in a dead
 * directory server keeps its reference when the program goes on without it.
 */
#ifndef SKTOP_NAMES_MAILBOX_H
#define SKTOP_NAMES_MAILBOX_H

#include "names/cache.h"

/** Questions that can wait; of more, the oldest are given back unanswered. */
#define MAILBOX_QUESTIONS 1024

struct mailbox;

struct mail {
	struct mail *next;
	struct sk_addr key;
	enum name_outcome outcome;
	char text[]; /* "" unless NAME_KNOWN */
};

/** bell is an eventfd that answers ring; it is duplicated. 0 or -errno. */
int mailbox_new(int bell, struct mailbox **out);
struct mailbox *mailbox_ref(struct mailbox *box);
void mailbox_unref(struct mailbox *box);

/* The reader's side. */

void mailbox_ask(struct mailbox *box, const struct sk_addr *key);

/** Takes all answers so far, as a list that the caller frees; NULL = none. */
struct mail *mailbox_take(struct mailbox *box);

/** Tells the thread to end. */
void mailbox_close(struct mailbox *box);

/* The thread's side. */

/** Readable when there are questions or the box is closed. */
int mailbox_fd(const struct mailbox *box);

/** Forgets that the descriptor was readable. */
void mailbox_clear(struct mailbox *box);
bool mailbox_closed(struct mailbox *box);

/** The newest question first: its row is on the screen. False when there is none. */
bool mailbox_next(struct mailbox *box, struct sk_addr *key);

void mailbox_answer(struct mailbox *box, const struct sk_addr *key,
		    enum name_outcome outcome, const char *text);

/**
 * Tells the reader of answers, but not more often than each 50 ms unless now is set.
 * Returns the milliseconds until it should be called again; -1 = all is told.
 */
int mailbox_ring(struct mailbox *box, bool now);

#endif
