/* SPDX-License-Identifier: MIT */
/*
 * The acts that another processor may do to a socket of fake_hash.h while a walk goes on.
 */
#ifndef SKTOP_TESTS_FAKE_ACTS_H
#define SKTOP_TESTS_FAKE_ACTS_H

#include "fake_hash.h"

static const struct kind plain = { .state = ESTABLISHED, .family = FAKE_V4 };
static const struct kind closing = { .state = LAST_ACK, .family = FAKE_V4 }; /* unwanted */
static const struct kind time_wait = { .state = TIME_WAIT,
				       .substate = TIME_WAIT,
				       .family = FAKE_V4 };

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

/** An act of another processor on a socket. */
enum act {
	INSERT,		      /* another comes before it */
	CLOSED,		      /* it leaves the hash, and says so later or at once */
	LOST_PORT,	      /* likewise; the port goes before the state */
	VANISHED,
	LAST_ACKED,	      /* its state is no longer wanted */
	TIME_WAIT_AT_HEAD,    /* a mini socket instead of it; until Linux 6.18 */
	TIME_WAIT_IN_PLACE,   /* since */
	ACCEPTED_AT_HEAD,     /* a full socket instead of a request */
	REUSED_ELSEWHERE,     /* its memory becomes another connection's */
	REUSED_IN_BUCKET,
	REUSED_SLOWLY,	      /* and comes into the hash some time later */
	REUSED_INODE,	      /* between the same ends */
	REUSED_BY_FOREIGNER,
	REUSED_IN_OTHER_TABLE,
	ACTS,
};

/* One of the same connection: the walk has to tell of either, and of one only. */
static struct fake_sock *successor(const struct fake_sock *s, __u8 state)
{
	struct fake_sock *by = fake_memory();
	struct kind kind = s->kind;

	kind.state = state;
	kind.substate = TIME_WAIT;
	fake_become(by, s->id, kind, s->bucket);
	if (!fake_wants(s->kind))
		fake_came(by);
	return by;
}

static void replace(struct fake_sock *s, __u8 by, bool in_place)
{
	struct fake_sock *new = successor(s, by);

	if (in_place) {
		fake_replace(s, new);
	} else {
		fake_link(new);
		fake_unlink(s);
	}
	if (by == TIME_WAIT)
		s->kernel.common.skc_state = CLOSE;
}

static struct {
	struct fake_sock *sock; /* of REUSED_SLOWLY, or NULL */
	uint32_t looks;		/* until it comes */
} late;

/* Returns whether it came. */
static bool look_late(void)
{
	if (!late.sock || late.looks--)
		return false;
	fake_came(late.sock);
	fake_link(late.sock);
	late.sock = NULL;
	return true;
}

static void do_reuse(enum act act, struct fake_sock *s)
{
	struct kind kind = s->kind.state == ESTABLISHED ? s->kind : plain;
	uint32_t bucket = s->bucket;

	fake_unlink(s);
	if (act == REUSED_INODE) {
		s->generation++;
		fake_become(s, s->id, s->kind, bucket);
		fake_link(s);
		return;
	}
	kind.foreign = act == REUSED_BY_FOREIGNER || act == REUSED_IN_OTHER_TABLE;
	if (act == REUSED_IN_OTHER_TABLE)
		bucket = FAKE_OTHER_TABLE;
	else if (act != REUSED_IN_BUCKET)
		bucket = below(hash.buckets);
	fake_gone(s);
	fake_renew(s, kind, bucket);
	if (act != REUSED_SLOWLY) {
		fake_link(s);
		return;
	}
	late.sock = s;
	late.looks = below(16);
	hash.ids[s->id].least = 0;
}

static void do_act(enum act act, struct fake_sock *s)
{
	if (act >= REUSED_ELSEWHERE) {
		do_reuse(act, s);
	} else if (act == INSERT) {
		fake_add(plain, s->bucket);
	} else if (act >= TIME_WAIT_AT_HEAD) {
		replace(s, act == ACCEPTED_AT_HEAD ? ESTABLISHED : TIME_WAIT,
			act == TIME_WAIT_IN_PLACE);
	} else {
		if (act == LAST_ACKED)
			s->kernel.common.skc_state = s->kind.state = LAST_ACK;
		if (act != LAST_ACKED || !fake_wants(s->kind))
			fake_gone(s);
		if (act == LAST_ACKED)
			return;
		fake_unlink(s);
		if (act == CLOSED)
			s->kernel.common.skc_state = CLOSE;
		if (act == LOST_PORT)
			s->kernel.common.skc_num = 0;
	}
}

/* A full socket takes the place of a request only, and a mini socket that of a full one. */
static bool can_be_done(enum act act, const struct fake_sock *s)
{
	bool full = s->kind.state != TIME_WAIT && s->kind.state != NEW_SYN_RECV;

	if (!s->linked || s->bucket == FAKE_OTHER_TABLE ||
	    (act == REUSED_SLOWLY && late.sock))
		return false;
	if (act == ACCEPTED_AT_HEAD)
		return s->kind.state == NEW_SYN_RECV;
	if (act == INSERT || act == VANISHED || act >= REUSED_ELSEWHERE)
		return true;
	return full;
}

#endif
