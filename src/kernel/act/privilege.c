/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sktop/array.h>
#include <sktop/privilege.h>
#include <sktop/sample.h>
#include "kernel/act/privilege.h"

bool privilege_has(unsigned capability)
{
	struct __user_cap_header_struct head = { .version =
							 _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &head, data) == 0 &&
	       (data[capability / 32].effective & (1U << capability % 32));
}

/*
 * A capability counts only over things that our user namespace, or one below it, owns. If the
 * owner of a network namespace is outside, the kernel does not show it (EPERM). For example,
 * "unshare -r" gives a user every capability, but none of them counts over the sockets of the
 * machine.
 */
bool privilege_owns_network(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	/*
	 * If we cannot ask (no /proc, or Linux before 4.9), the kill itself will report the
	 * refusal.
	 */
	bool owns = owner >= 0 || fd < 0 || errno != EPERM;

	if (owner >= 0)
		close(owner);
	if (fd >= 0)
		close(fd);
	return owns;
}

/* This is the number of the first user namespace: PROC_USER_INIT_INO of linux/proc_ns.h. */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDU

static bool is_in_first_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) || st.st_ino == FIRST_USER_NAMESPACE;
}

enum sk_lack privilege_lack(unsigned capability)
{
	if (!privilege_has(capability))
		return SK_LACK_CAPABILITY;
	return is_in_first_namespace() ? SK_LACK_TRUST : SK_LACK_USERNS;
}

/*
 * /proc/PID/fd is a directory of mode 0500 that belongs to the user of the process.
 * CAP_DAC_READ_SEARCH opens it, and so does CAP_DAC_OVERRIDE. ptrace_may_access() then decides
 * who may read its links, as for a debugger that only reads: the reader needs CAP_SYS_PTRACE over
 * the user namespace of the process. (Yama restricts attaching, and we do not attach.)
 */
uint32_t privilege_lacks_for_owners(void)
{
	uint32_t lacks = 0;

	if (!privilege_has(CAP_SYS_PTRACE))
		lacks |= SK_MISSING_PTRACE;
	if (!privilege_has(CAP_DAC_READ_SEARCH) && !privilege_has(CAP_DAC_OVERRIDE))
		lacks |= SK_MISSING_DAC;
	if (lacks)
		return lacks;
	return is_in_first_namespace() ? SK_MISSING_TRUST : SK_MISSING_USERNS;
}

bool privilege_has_bpf(void)
{
	return privilege_has(CAP_SYS_ADMIN) ||
	       (privilege_has(CAP_BPF) && privilege_has(CAP_PERFMON));
}

bool sk_privilege_is_elevated(void)
{
	return getauxval(AT_SECURE) != 0;
}

int sk_privilege_clean_environment(void)
{
	static const char *const kept[] = { "TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL",
					    "LC_CTYPE", "TZ" };
	const size_t n = ARRAY_SIZE(kept);
	const char *value[ARRAY_SIZE(kept)];
	int err = 0;

	if (!sk_privilege_is_elevated())
		return 0;
	/* The pointers stay valid, because clearenv() does not free the texts of the kernel. */
	for (size_t i = 0; i < n; i++)
		value[i] = getenv(kept[i]);
	if (clearenv())
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		err = value[i] && setenv(kept[i], value[i], 1) ? -ENOMEM : 0;
	return err;
}
