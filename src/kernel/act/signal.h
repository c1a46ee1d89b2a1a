/* SPDX-License-Identifier: MIT */
/*
 * These functions signal a process that is known by its pid and start time.
 */
#ifndef SKTOP_KERNEL_ACT_SIGNAL_H
#define SKTOP_KERNEL_ACT_SIGNAL_H

#include <stdint.h>

/**
 * Sends a signal (0 = only asks whether it might) to the process that had this pid
 * since start (ticks since boot, /proc/PID/stat): pidfd_open() holds it fast while
 * that is compared, so its successor is never hit; before Linux 5.3 it is compared
 * right before kill(). Returns 0, -ESRCH when it has ended, -EPERM, or -errno.
 */
int signal_process(uint32_t pid, uint64_t start, int signal);

/** Does the same without pidfd_open(): for tests of the fallback. */
int signal_process_old(uint32_t pid, uint64_t start, int signal);

#endif
