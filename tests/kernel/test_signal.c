/* SPDX-License-Identifier: MIT */
/* Signals to real processes: to the one that was meant, or to none. */
#include "../testing.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sktop/act.h>
#include <sktop/owners.h>
#include "become.h"
#include "kernel/act/held.h"
#include "kernel/owners/process.h"
#include "kernel/act/signal.h"

/* How many targets would be done. */
static uint32_t todo(const struct sk_plan *plan)
{
	return plan->refused[SK_REFUSAL_NONE] - (plan->with_own ? 0 : plan->own);
}

/* A child that waits to be signalled, and when it began. */
static pid_t start_child(uint64_t *start)
{
	struct process_stat stat;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY);
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_int_equal(process_read_stat(proc, (uint32_t)pid, &stat), 0);
	*start = stat.start;
	close(proc);
	return pid;
}

static int ended_by(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

/* Both ways of sending; a pid whose process began at another time is another's. */
TEST(test_signal)
{
	static int (*const ways[])(uint32_t, uint64_t, int) = { signal_process,
								signal_process_old };
	uint64_t start;

	for (int i = 0; i < 2; i++) {
		pid_t pid = start_child(&start);

		assert_int_equal(ways[i]((uint32_t)pid, start, 0), 0);
		assert_int_equal(ways[i]((uint32_t)pid, start + 1, SIGKILL), -ESRCH);
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it lives */
		assert_int_equal(ways[i]((uint32_t)pid, start, SIGUSR1), 0);
		assert_int_equal(ended_by(pid), SIGUSR1);
		assert_int_equal(ways[i]((uint32_t)pid, start, 0), -ESRCH);
	}
	assert_int_equal(signal_process(0, start, 0), -ESRCH);
	assert_int_equal(signal_process(UINT32_MAX, start, 0), -ESRCH);
}

/* A zombie still has its pid and its start, but nobody is there. */
TEST(test_signal_zombie)
{
	uint64_t start;
	pid_t pid = start_child(&start);
	siginfo_t info;

	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(signal_process((uint32_t)pid, start, SIGTERM), -ESRCH);
	assert_int_equal(ended_by(pid), SIGKILL);
}

/* One that is another user's: told before, by a signal that is none. */
TEST(test_signal_refused)
{
	uint64_t start;
	pid_t pid = start_child(&start), other = fork();
	int status;

	if (other == 0)
		_exit(become_nobody() ? 77 :
		      signal_process((uint32_t)pid, start, 0) == -EPERM ? 0 : 1);
	assert_int_equal(waitpid(other, &status, 0), other);
	if (WEXITSTATUS(status) == 77)
		print_message("SKIPPED: it could not become another\n");
	else
		assert_int_equal(status, 0);
	kill(pid, SIGKILL);
	assert_int_equal(ended_by(pid), SIGKILL);
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
}

static int held; /* by the child, until it is told */

static void let_go(int signal)
{
	(void)signal;
	close(held);
}

/* A sample of one socket, which says that a process holds it. */
static struct sk_sample *claim(pid_t pid, uint64_t start, int fd)
{
	const struct sk_process process = { .pid = (uint32_t)pid, .start = start,
					    .name = "child", .command = "", .cgroup = "",
					    .unit = "", .tids = "" };
	struct sk_holder holder = { 0, 0 };
	struct sk_sample *sample;
	struct sk_socket *s;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_owners_new(&sample->owners), 0);
	assert_int_equal(sk_owners_add_process(sample->owners, &process, &holder.process), 0);
	assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
	*s = (struct sk_socket){ .cookie = 1, .inode = inode_of(fd), .fd = fd,
				 .flags = SK_F_OWNER, .proto = SK_PROTO_UDP,
				 .state = SK_STATE_CLOSE };
	assert_int_equal(sk_owners_add_set(sample->owners, &holder, 1, &s->owner), 0);
	sample->source = "live";
	sample->machine.live = true;
	return sample;
}

static struct sk_plan *plan_for(struct sk_sample *sample)
{
	static const uint32_t chosen[] = { 0 };
	struct sk_powers *powers;
	struct sk_plan *plan;

	assert_int_equal(sk_powers_new(sample, &powers), 0);
	assert_int_equal(sk_plan_signal(sample, chosen, 1, 0, SIGKILL, powers, &plan), 0);
	free(powers);
	assert_int_equal(plan->n, 1);
	return plan;
}

/* The child has gone on to other things between the sample, the plan and the act. */
TEST(test_signal_not_held)
{
	struct sk_sample *sample;
	struct sk_actor *actor;
	struct sk_plan *plan;
	uint64_t start;
	pid_t pid;

	held = socket(AF_INET, SOCK_DGRAM, 0);
	signal(SIGUSR2, let_go);
	pid = start_child(&start);
	sample = claim(pid, start, held);
	plan = plan_for(sample);
	assert_int_equal(todo(plan), 1);
	assert_int_equal(plan->targets[0].sockets, 1);
	kill(pid, SIGUSR2);
	for (uint32_t n = 1; n;) {
		const struct sk_claim *claims = sk_plan_claims(plan, 1, &n);

		assert_int_equal(held_count((uint32_t)pid, claims, n, &n), 0);
	}
	assert_int_equal(sk_actor_new(plan, &actor), 0);
	assert_false(sk_actor_step(actor, UINT64_MAX));
	assert_int_equal(plan->targets[0].outcome, SK_OUTCOME_GONE);
	assert_string_equal(sk_target_reason(&plan->targets[0]),
			    "the process holds none of them any more");
	sk_actor_free(actor);
	sk_plan_free(plan);
	plan = plan_for(sample);
	assert_int_equal(plan->targets[0].refusal, SK_REFUSAL_NOT_HELD);
	sk_plan_free(plan);
	sk_sample_unref(sample);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it lives */
	kill(pid, SIGKILL);
	assert_int_equal(ended_by(pid), SIGKILL);
	signal(SIGUSR2, SIG_DFL);
	close(held);
}

static uint32_t alone; /* inode of what a thread has opened for itself */

static void *open_alone(void *ready)
{
	alone = unshare(CLONE_FILES) ? 0 : inode_of(socket(AF_INET, SOCK_DGRAM, 0));
	if (write(*(int *)ready, "x", 1) == 1)
		pause();
	return NULL;
}

/* Claims are counted wherever their sockets are, and no other ones. */
TEST(test_held)
{
	int one = socket(AF_INET, SOCK_DGRAM, 0), moved = dup2(one, one + 50), ready[2];
	struct sk_claim claims[] = { { 1, 1, -1 }, { 1, inode_of(one), one },
				     { 1, inode_of(one), -1 }, { 1, UINT32_MAX - 1, one } };
	pthread_t thread;
	uint32_t n;
	char c;

	assert_int_equal(held_count((uint32_t)getpid(), claims, 4, &n), 0);
	assert_int_equal(n, 2);
	close(one);
	assert_int_equal(held_count((uint32_t)getpid(), claims, 4, &n), 0);
	assert_int_equal(n, 2);
	close(moved);
	assert_int_equal(held_count((uint32_t)getpid(), claims, 4, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pthread_create(&thread, NULL, open_alone, &ready[1]), 0);
	assert_int_equal(read(ready[0], &c, 1), 1);
	claims[0].inode = alone;
	assert_int_equal(held_count((uint32_t)getpid(), claims, 1, &n), 0);
	if (alone)
		assert_int_equal(n, 1);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	assert_int_equal(held_count(UINT32_MAX, claims, 1, &n), -ENOENT);
}
