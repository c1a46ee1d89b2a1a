/* SPDX-License-Identifier: MIT */
#include <sktop/types.h>
#include "kernel/file.h"
#include "kernel/uid_map.h"

uint32_t uid_map_overflow(void)
{
	unsigned long map[3] = { 0 }, overflow = 65534;

	/* The file does not exist on a kernel without user namespaces. */
	if (proc_read_numbers("/proc/self/uid_map", map, 3) || map[2] >= UINT32_MAX)
		return SK_UID_UNKNOWN;
	proc_read_numbers("/proc/sys/kernel/overflowuid", &overflow, 1);
	return (uint32_t)overflow;
}
