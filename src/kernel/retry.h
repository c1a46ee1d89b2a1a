/* SPDX-License-Identifier: MIT */
/*
 * An open or a request that failed may succeed a moment later, for example if the process had run
 * out of descriptors, or a module was not loaded yet. The caller tries again, but rests between
 * two tries.
 */
#ifndef SKTOP_KERNEL_RETRY_H
#define SKTOP_KERNEL_RETRY_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"

/** A caller rests for so many nanoseconds after a try. */
#define RETRY_NS 10000000000U

/** The caller zero-initialises this. Then the first try is due at once. */
struct retry {
	uint64_t due_ns; /* CLOCK_MONOTONIC */
};

/** Returns true when the caller may try; then the next try is due RETRY_NS later. */
static inline bool retry_due(struct retry *again)
{
	uint64_t now = now_ns();

	if (now < again->due_ns)
		return false;
	again->due_ns = now + RETRY_NS;
	return true;
}

/**
 * Returns true for an error that says nothing about the next try, because a resource had run out.
 */
static inline bool errno_is_passing(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -ENOBUFS ||
	       err == -EAGAIN || err == -EBUSY || err == -EINTR || err == -EIO;
}

/**
 * Returns true for an error that means "not on this machine" or "not for you". The caller then
 * uses a fallback.
 */
static inline bool errno_is_refusal(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOENT || err == -EOPNOTSUPP ||
	       err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT || err == -ESOCKTNOSUPPORT ||
	       err == -EINVAL || err == -ENOSYS;
}

#endif
