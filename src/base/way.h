/* SPDX-License-Identifier: MIT */
/*
 * Right of way: who reads many sockets lets the screen go first. Two threads that work at
 * the same time on few CPUs make a key wait for the scheduler, for longer than a frame;
 * the sockets can wait.
 */
#ifndef SKTOP_BASE_WAY_H
#define SKTOP_BASE_WAY_H

#include <stdatomic.h>
#include <stdint.h>

/** Between the thread that may be asked to wait and the one that asks. */
struct way {
	atomic_bool wanted; /* by any thread: somebody else works, and should go first */
	uint64_t left_ns;   /* the waiting one's: how much longer it may be made to wait */
};

/**
 * From now on the calling thread gives way, for at most budget_ns altogether; to nobody
 * any more when way is NULL. It is the caller's, and outlives that.
 */
void way_begin(struct way *way, uint64_t budget_ns);

/**
 * Called between two reads of much: returns when nobody wants the way, or the budget is
 * spent; at once on a thread that has not begun.
 */
void way_give(void);

#endif
