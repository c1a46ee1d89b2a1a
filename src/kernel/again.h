/* SPDX-License-Identifier: MIT */
/*
 * An open or a request that failed may succeed a moment later: the process had run out of
 * descriptors, or a module was not loaded yet. The caller tries again, but rests between.
 */
#ifndef SKTOP_KERNEL_AGAIN_H
#define SKTOP_KERNEL_AGAIN_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"

/** How long a caller rests after a try, in nanoseconds. */
#define AGAIN_NS 10000000000U

/** Zero-initialise: the first try is due at once. */
struct again {
	uint64_t due_ns; /* CLOCK_MONOTONIC */
};

/** Returns true when the caller may try; then the next try is due AGAIN_NS later. */
static inline bool again_due(struct again *again)
{
	uint64_t now = now_ns();

	if (now < again->due_ns)
		return false;
	again->due_ns = now + AGAIN_NS;
	return true;
}

/** True for an error that says nothing about the next try: a resource had run out. */
static inline bool again_passes(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -ENOBUFS ||
	       err == -EAGAIN || err == -EBUSY || err == -EINTR || err == -EIO;
}

/** True for an error that means "not on this machine" or "not for you": use a fallback. */
static inline bool again_is_refusal(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOENT || err == -EOPNOTSUPP ||
	       err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT || err == -ESOCKTNOSUPPORT ||
	       err == -EINVAL || err == -ENOSYS;
}

#endif
