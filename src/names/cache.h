/* SPDX-License-Identifier: MIT */
/*
 * Names that were found, and that there are none: bounded, with a time to live for
 * either. Several threads may look names up at the same time, the rest is for one at a
 * time. Texts hold until the next put or settle.
 */
#ifndef SKTOP_NAMES_CACHE_H
#define SKTOP_NAMES_CACHE_H

#include <sktop/types.h>

/** The outcomes of a question. */
enum name_outcome {
	NAME_UNKNOWN, /* not yet; as an answer: it was dropped, ask again */
	NAME_KNOWN,
	NAME_NONE,   /* there is no name */
	NAME_FAILED, /* nobody could tell */
	NAME_OUTCOMES,
};

struct name_entry {
	struct sk_addr key; /* an address, or a uid in the first four bytes */
	char *text;	    /* the name; kept while it is asked for anew */
	uint32_t expires;   /* seconds, in the clock of settle */
	_Atomic uint32_t used; /* generation it was last looked at */
	uint8_t outcome;    /* enum name_outcome */
	bool taken;	    /* the slot holds an entry */
	bool asked;	    /* a question is out */
};

struct name_cache {
	struct name_entry *entry; /* open hash, at most half full; NULL at first */
	uint32_t slots, n, max;
	uint32_t n_asked;
	bool refused; /* there was no room for some */
	uint32_t now, generation;
	uint32_t ttl[NAME_OUTCOMES]; /* seconds; UNKNOWN: until it is asked once more */
};

void name_cache_free(struct name_cache *cache);

/**
 * Looks a key up; *text is its name or NULL. True when it should be asked for: unknown
 * or expired, and no question is out.
 */
bool name_cache_look(struct name_cache *cache, const struct sk_addr *key,
		     const char **text);

/** Notes that a question is out. Returns 0, -ENOSPC when it is full, or -ENOMEM. */
int name_cache_ask(struct name_cache *cache, const struct sk_addr *key);

/** An answer; text (copied) only with NAME_KNOWN. */
void name_cache_put(struct name_cache *cache, const struct sk_addr *key,
		    enum name_outcome outcome, const char *text);

/** True if keys that were looked for have neither a name nor the answer "none". */
bool name_cache_lacks(const struct name_cache *cache);

/** Cancels all questions. */
void name_cache_cancel(struct name_cache *cache);

/** A new generation begins; when three quarters are full, a quarter is made free. */
void name_cache_settle(struct name_cache *cache, uint32_t now);

#endif
