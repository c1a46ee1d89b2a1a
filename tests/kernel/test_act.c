/* SPDX-License-Identifier: MIT */
/*
 * Closing real sockets of every state in a private network namespace: what the plan
 * says, what the result says, what ss still sees, and what the owner gets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <sktop/act.h>
#include <sktop/source.h>
#include "kernel/kill.h"
#include "kernel/process.h"
#include "kernel/signal.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct sk_source *source;
static uint16_t port = 5000; /* each test has its own */

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int bound(int type, int protocol)
{
	struct sockaddr_in a = address();
	int fd = socket(AF_INET, type, protocol), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static int listening(int protocol)
{
	int fd = bound(SOCK_STREAM, protocol);

	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int connected(int type, int protocol)
{
	struct sockaddr_in a = address();
	int fd = socket(AF_INET, type, protocol);

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	return cookie;
}

static struct sk_sample *look(void)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	request.needs = SK_NEED_SOCKETS;
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	return sample;
}

/* Index of a socket in the sample, or -1. */
static int find(const struct sk_sample *sample, uint64_t cookie)
{
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		if (sample->sockets[i].cookie == cookie)
			return (int)i;
	}
	return -1;
}

static bool is_there(uint64_t cookie)
{
	struct sk_sample *sample = look();
	bool there = find(sample, cookie) >= 0;

	sk_sample_unref(sample);
	return there;
}

static uint64_t first_in(enum sk_state state)
{
	struct sk_sample *sample = look();
	uint64_t cookie = 0;

	for (uint32_t i = 0; i < sample->n_sockets && !cookie; i++) {
		if (sample->sockets[i].state == state && sample->sockets[i].lport)
			cookie = sample->sockets[i].cookie;
	}
	sk_sample_unref(sample);
	return cookie;
}

/* The cookie of a socket in a state, which an acknowledgement may still bring about. */
static uint64_t in_state(enum sk_state state)
{
	for (int tries = 0; tries < 1000; tries++) {
		uint64_t cookie = first_in(state);

		if (cookie)
			return cookie;
		usleep(10000);
	}
	fail_msg("no socket in %s", sk_state_name(SK_PROTO_TCP, state));
	return 0;
}

/* Plans and closes one socket; returns its target as it came out. */
static struct sk_target close_one(struct sk_sample *sample, int at)
{
	const uint32_t chosen[1] = { (uint32_t)at };
	struct sk_powers *powers;
	struct sk_plan *plan;
	struct sk_actor *actor;
	struct sk_target target;

	assert_true(at >= 0);
	assert_int_equal(sk_powers_new(sample, &powers), 0);
	assert_int_equal(sk_plan_close(sample, chosen, 1, powers, &plan), 0);
	assert_int_equal(sk_actor_new(plan, &actor), 0);
	assert_false(sk_actor_step(actor, UINT64_MAX));
	target = plan->targets[0];
	sk_actor_free(actor);
	sk_plan_free(plan);
	free(powers);
	return target;
}

static void close_cookie(uint64_t cookie)
{
	struct sk_sample *sample = look();
	struct sk_target target = close_one(sample, find(sample, cookie));

	assert_int_equal(target.error, 0);
	assert_int_equal(target.outcome, SK_OUTCOME_DONE);
	assert_false(is_there(cookie));
	sk_sample_unref(sample);
}

static int seen_by_ss(const char *filter)
{
	char command[128], line[256];
	int n = 0;
	FILE *ss;

	snprintf(command, sizeof(command), "ss -tuanH %s", filter);
	ss = popen(command, "r");
	assert_non_null(ss);
	while (fgets(line, sizeof(line), ss))
		n++;
	assert_int_equal(pclose(ss), 0);
	return n;
}

/* Sockets of this test's port. */
static int served_by_ss(void)
{
	char filter[32];

	snprintf(filter, sizeof(filter), "sport = :%u", port);
	return seen_by_ss(filter);
}

static void test_established(void **state)
{
	int listener = listening(0), client = connected(SOCK_STREAM, 0);
	int served = accept(listener, NULL, NULL);
	char byte;

	(void)state;
	assert_int_equal(served_by_ss(), 2);
	close_cookie(cookie_of(served));
	assert_int_equal(served_by_ss(), 1);
	assert_int_equal(read(served, &byte, 1), -1);
	assert_int_equal(errno, ECONNABORTED);
	assert_int_equal(read(client, &byte, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	close(served);
	close(client);
	close(listener);
}

static void test_listener(void **state)
{
	int listener = listening(0);

	(void)state;
	close_cookie(cookie_of(listener));
	assert_int_equal(served_by_ss(), 0);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	assert_int_equal(errno, EINVAL);
	close(listener);
}

static void test_syn_recv(void **state)
{
	int listener = listening(0), client, seconds = 60;

	(void)state;
	setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	client = connected(SOCK_STREAM, 0);
	close_cookie(in_state(SK_STATE_SYN_RECV));
	assert_int_equal(seen_by_ss("state syn-recv"), 0);
	assert_true(is_there(cookie_of(client))); /* it believes it is connected */
	close(client);
	close(listener);
}

static void wait_for_fin(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	assert_int_equal(poll(&p, 1, 5000), 1);
}

/* Old kernels (5.10) refuse these to everybody: there ss closes none either. */
static void close_mini(enum sk_state state, const char *ss_state)
{
	uint64_t cookie = in_state(state);
	struct sk_sample *sample = look();
	struct sk_target target = close_one(sample, find(sample, cookie));
	char words[64];

	snprintf(words, sizeof(words), "-K state %s", ss_state);
	sk_sample_unref(sample);
	if (target.error == -EOPNOTSUPP) {
		assert_int_equal(target.outcome, SK_OUTCOME_FAILED);
		assert_int_equal(seen_by_ss(words), 0);
		assert_true(is_there(cookie));
		return;
	}
	assert_int_equal(target.error, 0);
	assert_int_equal(target.outcome, SK_OUTCOME_DONE);
	assert_false(is_there(cookie));
	assert_int_equal(seen_by_ss(words + strlen("-K ")), 0);
}

static void test_mini_sockets(void **state)
{
	int listener = listening(0), client = connected(SOCK_STREAM, 0);
	int served = accept(listener, NULL, NULL);

	(void)state;
	close(client);
	wait_for_fin(served);
	close_mini(SK_STATE_FIN_WAIT2, "fin-wait-2");
	close(served);

	client = connected(SOCK_STREAM, 0);
	served = accept(listener, NULL, NULL);
	close(client);
	wait_for_fin(served);
	close(served);
	close_mini(SK_STATE_TIME_WAIT, "time-wait");
	close(listener);
}

static void expect_kept(int fd)
{
	struct sk_sample *sample = look();
	struct sk_target target = close_one(sample, find(sample, cookie_of(fd)));
	char byte;

	/* not "closed": ss still sees it */
	assert_int_equal(target.outcome, SK_OUTCOME_KEPT);
	assert_true(is_there(cookie_of(fd)));
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, ECONNABORTED);
	sk_sample_unref(sample);
}

static void test_udp(void **state)
{
	int server = bound(SOCK_DGRAM, 0), client = connected(SOCK_DGRAM, 0);
	int both = bound(SOCK_DGRAM, 0);
	struct sockaddr_in a = address();
	socklen_t len = sizeof(a);
	char byte;

	(void)state;
	assert_int_equal(connect(both, (struct sockaddr *)&a, len), 0);
	close_cookie(cookie_of(client));
	assert_int_equal(recv(client, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, ECONNABORTED);
	assert_int_equal(getsockname(client, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(a.sin_port, 0); /* unbound */
	expect_kept(server);
	expect_kept(both);
	close(both);
	close(client);
	close(server);
}

/* Of a group that shares a port the kernel finds one by its hash of the peer. */
static void test_reuseport(void **state)
{
	int fds[2], one = 1, hit = 0;
	struct sockaddr_in a = address();

	(void)state;
	for (int i = 0; i < 2; i++) {
		fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
		setsockopt(fds[i], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
		assert_int_equal(bind(fds[i], (struct sockaddr *)&a, sizeof(a)), 0);
	}
	for (int i = 0; i < 2; i++) {
		struct sk_sample *sample = look();
		struct sk_target target = close_one(sample, find(sample, cookie_of(fds[i])));
		int told = 0;
		socklen_t len = sizeof(told);

		getsockopt(fds[i], SOL_SOCKET, SO_ERROR, &told, &len);
		/* never said to be gone while it is there */
		assert_int_equal(target.outcome,
				 told ? SK_OUTCOME_KEPT : SK_OUTCOME_FAILED);
		assert_int_equal(target.error, told ? -EADDRINUSE : -EEXIST);
		hit += told == ECONNABORTED;
		sk_sample_unref(sample);
	}
	assert_int_equal(hit, 1);
	close(fds[0]);
	close(fds[1]);
}

static void test_mptcp_subflow(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), listener, served;

	(void)state;
	if (fd < 0) {
		print_message("SKIPPED: no MPTCP here\n");
		skip();
	}
	close(fd);
	listener = listening(IPPROTO_MPTCP);
	fd = connected(SOCK_STREAM, IPPROTO_MPTCP);
	served = accept(listener, NULL, NULL);
	/*
	 * Either end's only subflow. (The connection above it waits for another one
	 * until net.mptcp.close_timeout: a read would wait as long.)
	 */
	close_cookie(in_state(SK_STATE_ESTABLISHED));
	close(served);
	close(fd);
	close(listener);
}

static void test_wrong_cookie(void **state)
{
	int listener = listening(0);
	struct sk_sample *sample = look();
	int at = find(sample, cookie_of(listener));
	struct sk_target target;

	(void)state;
	sample->sockets[at].cookie += 1000000;
	target = close_one(sample, at);
	/* a successor with the same ends is not hit */
	assert_int_equal(target.outcome, SK_OUTCOME_GONE);
	assert_true(is_there(cookie_of(listener)));
	sk_sample_unref(sample);
	close(listener);
}

/* The kernel takes these for "any": whatever lies there would be hit. */
static void test_no_cookie(void **state)
{
	static const uint64_t cookies[] = { 0, UINT64_MAX };
	int listener = listening(0);
	struct sk_sample *sample = look();
	struct sk_pin pin = sk_pin_of(sample, &sample->sockets[find(sample, cookie_of(listener))]);
	struct sk_socket *s = &pin.socket;
	struct kill_door *door;

	(void)state;
	assert_int_equal(kill_open(&door), 0);
	for (int i = 0; i < 2; i++) {
		s->cookie = cookies[i];
		assert_int_equal(kill_socket(door, &pin), -EINVAL);
	}
	s->cookie = cookie_of(listener);
	s->flags |= SK_F_NO_COOKIE;
	assert_int_equal(kill_socket(door, &pin), -EINVAL);
	s->proto = SK_PROTO_UNIX;
	assert_int_equal(kill_socket(door, &pin), -EINVAL);
	assert_true(is_there(cookie_of(listener)));
	kill_close(door);
	sk_sample_unref(sample);
	close(listener);
}

static void test_bound(void **state)
{
	int fd = bound(SOCK_STREAM, 0);
	struct sk_sample *sample = look();
	struct sk_socket *s;
	struct kill_door *door;
	struct sk_target target;
	struct sk_pin pin;
	const struct sk_home home = { .local = sk_addr_from_v4("\177\0\0\1") };

	(void)state;
	assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
	*s = (struct sk_socket){ .cookie = cookie_of(fd), .proto = SK_PROTO_TCP,
				 .state = SK_STATE_CLOSE, .lport = port,
				 .remote = sk_addr_from_v4("\0\0\0\0") };
	assert_int_equal(sk_sample_set_home(sample, s, &home), 0);
	target = close_one(sample, (int)sample->n_sockets - 1);
	assert_int_equal(target.outcome, SK_OUTCOME_REFUSED);
	assert_int_equal(target.refusal, SK_REFUSAL_BOUND);
	assert_int_equal(kill_open(&door), 0);
	pin = sk_pin_of(sample, s);
	assert_int_equal(kill_socket(door, &pin), -ENOENT); /* hence */
	kill_close(door);
	sk_sample_unref(sample);
	close(fd);
}

static void test_probe(void **state)
{
	struct kill_door *door;

	(void)state;
	assert_int_equal(kill_open(&door), 0);
	assert_int_equal(kill_probe(door, SK_PROTO_TCP), 0);
	assert_int_equal(kill_probe(door, SK_PROTO_UDP), 0);
	assert_int_equal(kill_probe(door, SK_PROTO_MPTCP), -EOPNOTSUPP);
	assert_int_equal(kill_probe(door, SK_PROTO_UNIX), -EOPNOTSUPP);
	kill_close(door);
}

/* Tries in a child that became somebody else; it must be refused before it is tried. */
static void refused_to(int (*become)(void))
{
	int listener = listening(0), status;
	pid_t pid = fork();

	if (pid == 0) {
		struct sk_sample *sample;
		struct sk_target target;

		if (become())
			_exit(77);
		sample = look();
		target = close_one(sample, find(sample, cookie_of(listener)));
		_exit(target.outcome == SK_OUTCOME_REFUSED &&
		      target.refusal == SK_REFUSAL_PRIVILEGE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		print_message("SKIPPED: it could not become another\n");
	else
		assert_int_equal(status, 0);
	assert_true(is_there(cookie_of(listener)));
	close(listener);
}

static int become_nobody(void)
{
	return setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
}

/* Every capability, but none over the namespace that the sockets are in. */
static int become_root_of_little(void)
{
	return unshare(CLONE_NEWUSER);
}

static void test_unprivileged(void **state)
{
	(void)state;
	refused_to(become_nobody);
	refused_to(become_root_of_little);
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
static void test_signal(void **state)
{
	static int (*const ways[])(uint32_t, uint64_t, int) = { signal_process,
								signal_process_old };
	uint64_t start;

	(void)state;
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
static void test_signal_zombie(void **state)
{
	uint64_t start;
	pid_t pid = start_child(&start);
	siginfo_t info;

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(signal_process((uint32_t)pid, start, SIGTERM), -ESRCH);
	assert_int_equal(ended_by(pid), SIGKILL);
}

/* One that is another user's: told before, by a signal that is none. */
static void test_signal_refused(void **state)
{
	uint64_t start;
	pid_t pid = start_child(&start), other = fork();
	int status;

	(void)state;
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

static int enter_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd, err;

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	err = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return err;
}

/* Stopped in the middle: what was not tried is said to be left, and lives. */
static void test_stop(void **state)
{
	int listener = listening(0);
	struct sk_sample *sample = look();
	const uint32_t chosen[] = { (uint32_t)find(sample, cookie_of(listener)) };
	struct sk_powers *powers;
	struct sk_plan *plan;
	struct sk_actor *actor;
	char sum[80];

	(void)state;
	assert_int_equal(sk_powers_new(sample, &powers), 0);
	assert_int_equal(sk_plan_close(sample, chosen, 1, powers, &plan), 0);
	assert_int_equal(sk_actor_new(plan, &actor), 0);
	assert_true(sk_actor_step(actor, 0)); /* no time at all */
	sk_actor_stop(actor);
	assert_false(sk_actor_step(actor, UINT64_MAX));
	assert_string_equal(sk_plan_sum(plan, sum, sizeof(sum)), "0 closed, 1 not tried");
	assert_string_equal(sk_target_word(&plan->targets[0]), "left");
	assert_true(is_there(cookie_of(listener)));
	sk_actor_free(actor);
	sk_plan_free(plan);
	free(powers);
	sk_sample_unref(sample);
	close(listener);
}

static int next_port(void **state)
{
	(void)state;
	port++;
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, next_port)

static int setup_source(void **state)
{
	char error[SK_ERROR_LEN];

	(void)state;
	return sk_live_source_new(0, &source, error);
}

static int free_source(void **state)
{
	(void)state;
	sk_source_free(source);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_established),   TEST(test_listener),
		TEST(test_syn_recv),      TEST(test_mini_sockets),
		TEST(test_udp),	      TEST(test_reuseport),
		TEST(test_mptcp_subflow), TEST(test_wrong_cookie),
		TEST(test_no_cookie),     TEST(test_bound),
		TEST(test_signal),	      TEST(test_signal_zombie),
		TEST(test_signal_refused), TEST(test_stop),
		TEST(test_probe),	      TEST(test_unprivileged),
	};

	if (enter_namespace()) {
		puts("SKIPPED: this kernel lets us make no network namespace");
		return 0;
	}
	return cmocka_run_group_tests(tests, setup_source, free_source);
}
