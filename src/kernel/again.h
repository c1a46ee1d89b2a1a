/* SPDX-License-Identifier: MIT */
/*
 * What could not be opened, or was refused, may be had a moment later: descriptors had
 * run out, a module was not loaded yet. It is tried again, with a rest between.
 */
#ifndef SKTOP_KERNEL_AGAIN_H
#define SKTOP_KERNEL_AGAIN_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "kernel/clock.h"

/** The rest after a try, in nanoseconds. */
#define AGAIN_NS 10000000000U

/** Zero-initialise: the first try is due at once. */
struct again {
	uint64_t due_ns; /* CLOCK_MONOTONIC */
};

/** True when a try is due; the next one is due a rest later. */
static inline bool again_due(struct again *again)
{
	uint64_t now = now_ns();

	if (now < again->due_ns)
		return false;
	again->due_ns = now + AGAIN_NS;
	return true;
}

/** Errors that say nothing about the next try: something had run out. */
static inline bool again_passes(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -ENOBUFS ||
	       err == -EAGAIN || err == -EBUSY || err == -EINTR || err == -EIO;
}

/** Errors that mean "not on this machine, or not for you": something else has to do. */
static inline bool again_is_refusal(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOENT || err == -EOPNOTSUPP ||
	       err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT || err == -ESOCKTNOSUPPORT ||
	       err == -EINVAL || err == -ENOSYS;
}

#endif
