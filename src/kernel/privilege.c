/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "kernel/privilege.h"

bool privilege_has(unsigned capability)
{
	struct __user_cap_header_struct head = { .version =
							 _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &head, data) == 0 &&
	       (data[capability / 32].effective & (1U << capability % 32));
}

bool privilege_has_bpf(void)
{
	return privilege_has(CAP_SYS_ADMIN) ||
	       (privilege_has(CAP_BPF) && privilege_has(CAP_PERFMON));
}
