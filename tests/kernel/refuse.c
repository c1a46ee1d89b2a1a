/* SPDX-License-Identifier: MIT */
/*
 * refuse WHAT COMMAND...: runs a command to which the kernel refuses something.
 *
 * WHAT is diag, route, netfilter (a netlink socket of that family is refused), netlink
 * (any of them), or CALL:ERROR:N, as recvfrom:EIO:2: the N-th call of all threads together
 * fails, N = 0 for each. Exit status of the command; 77 where seccomp cannot do it.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77

static const struct {
	const char *name;
	uint32_t number;
} calls[] = {
	{ "sendto", SYS_sendto },   { "recvfrom", SYS_recvfrom }, { "openat", SYS_openat },
	{ "socket", SYS_socket },   { "pread64", SYS_pread64 },
	{ "getdents64", SYS_getdents64 }, { "read", SYS_read },  { "statx", SYS_statx },
	{ "ioctl", SYS_ioctl },
}, errors[] = {
	{ "EIO", EIO }, { "ENOBUFS", ENOBUFS }, { "EMFILE", EMFILE }, { "EPERM", EPERM },
	{ "ENOMEM", ENOMEM },
}, families[] = {
	{ "diag", NETLINK_SOCK_DIAG }, { "route", NETLINK_ROUTE },
	{ "netfilter", NETLINK_NETFILTER }, { "netlink", UINT32_MAX },
};

struct refusal {
	uint32_t call, error, family;
	unsigned long nth;
	bool netlink; /* sockets of a family, at once; else calls are counted */
};

#define FIND(table, word, len, out) \
	find(table, sizeof(table) / sizeof(table[0]), word, len, out)

static bool find(const void *table, size_t n, const char *word, size_t len, uint32_t *out)
{
	const __typeof__(calls[0]) *entry = table;

	for (size_t i = 0; i < n; i++) {
		if (strlen(entry[i].name) == len && !strncmp(entry[i].name, word, len)) {
			*out = entry[i].number;
			return true;
		}
	}
	return false;
}

static bool parse(const char *what, struct refusal *refusal)
{
	size_t call = strcspn(what, ":");
	const char *error = what + call + (what[call] == ':');
	size_t len = strcspn(error, ":");

	*refusal = (struct refusal){ .call = SYS_socket, .error = EPERM };
	refusal->netlink = FIND(families, what, strlen(what), &refusal->family);
	if (refusal->netlink)
		return true;
	if (error[len] == ':')
		refusal->nth = strtoul(error + len + 1, NULL, 10);
	return FIND(calls, what, call, &refusal->call) &&
	       FIND(errors, error, len, &refusal->error);
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP_UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

/* Returns the descriptor that tells of calls, 0 where none is needed, or -1. */
static int install(const struct refusal *r)
{
	uint32_t deny = r->netlink ? SECCOMP_RET_ERRNO | r->error : SECCOMP_RET_USER_NOTIF;
	struct sock_filter filter[] = {
		LOAD(nr),
		SKIP_UNLESS(r->call, 5),
		LOAD(args[0]),
		SKIP_UNLESS(AF_NETLINK, 3),
		LOAD(args[2]),
		SKIP_UNLESS(r->family, 1),
		BPF_STMT(BPF_RET | BPF_K, deny),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (!r->netlink) /* whatever its arguments */
		filter[2] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0);
	else if (r->family == UINT32_MAX)
		filter[4] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    r->netlink ? 0 : SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Answers the calls of the child until it has ended. */
static void serve(int listener, const struct refusal *r)
{
	struct pollfd polled = { .fd = listener, .events = POLLIN };
	unsigned long n = 0;

	while (poll(&polled, 1, -1) > 0 && !(polled.revents & (POLLHUP | POLLERR))) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp answer = { 0 };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		answer.id = call.id;
		if (!r->nth || ++n == r->nth)
			answer.error = -(int)r->error;
		else
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

static int status_of(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) < 0)
		return SKIPPED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Behind the filter already: openat() may be counted. */
static _Noreturn void run(char **command, const struct refusal *r, int tell)
{
	int listener = install(r);

	if (tell >= 0 && write(tell, &listener, sizeof(listener)) != sizeof(listener))
		_exit(SKIPPED);
	if (listener < 0)
		_exit(SKIPPED);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	struct refusal refusal;
	int pipes[2], listener;
	pid_t child;

	if (argc < 3 || !parse(argv[1], &refusal)) {
		fputs("refuse: diag|route|netfilter|netlink|CALL:ERROR:N COMMAND...\n", stderr);
		return 2;
	}
	if (refusal.netlink)
		run(argv + 2, &refusal, -1);
	if (pipe(pipes))
		return SKIPPED;
	/* a common table of descriptors until exec(): the listener is in ours too */
	child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0);
	if (child < 0)
		return SKIPPED;
	if (child == 0)
		run(argv + 2, &refusal, pipes[1]);
	if (read(pipes[0], &listener, sizeof(listener)) != sizeof(listener) || listener < 0) {
		fputs("refuse: seccomp does not tell of calls here\n", stderr);
		return SKIPPED;
	}
	serve(listener, &refusal);
	return status_of(child);
}
