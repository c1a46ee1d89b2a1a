/* SPDX-License-Identifier: MIT */
/*
 * These functions signal a process that is known by its pid and start time.
 */
#ifndef SKTOP_KERNEL_ACT_SIGNAL_H
#define SKTOP_KERNEL_ACT_SIGNAL_H

#include <stdint.h>

/**
 * Sends a signal to the process that has had this pid since start (ticks since boot, as in
 * /proc/PID/stat). Signal 0 only asks whether a signal may be sent. pidfd_open() holds the
 * process while the start time is compared, so a successor with the same pid is never hit. Before
 * Linux 5.3 the start time is compared right before kill(). Returns 0, -ESRCH if the process has
 * ended, -EPERM, or another -errno.
 */
int signal_process(uint32_t pid, uint64_t start, int signal);

/** Does the same without pidfd_open(). Tests of the fallback use it. */
int signal_process_old(uint32_t pid, uint64_t start, int signal);

#endif
