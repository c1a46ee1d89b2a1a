/* SPDX-License-Identifier: MIT */
/*
 * Closing real sockets of every state in a private network namespace: what the plan
 * says, what the result says, what ss still sees, and what the owner gets.
 */
#include <netinet/tcp.h>
#include <stdio.h>
#include "act_scene.h"

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

static void close_cookie(uint64_t cookie)
{
	struct sk_sample *sample = look();
	struct sk_target target = close_one(sample, find(sample, cookie));

	assert_int_equal(target.error, 0);
	assert_int_equal(target.outcome, SK_OUTCOME_DONE);
	assert_false(is_there(cookie));
	sk_sample_unref(sample);
}

/* Without TCP that is bound and no more, as a closed listener: ss has it from 6.8 on. */
static int seen_by_ss(const char *filter)
{
	char command[128], line[256];
	int n = 0;
	FILE *ss;

	snprintf(command, sizeof(command), "ss -tuanH %s", filter);
	ss = popen(command, "r");
	assert_non_null(ss);
	while (fgets(line, sizeof(line), ss))
		n += strncmp(line, "tcp", 3) != 0 || !strstr(line, "UNCONN");
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

ACT(test_established)
{
	int listener = listening(0), client = connected(SOCK_STREAM, 0);
	int served = net_accepted(listener);
	char byte;

	assert_int_equal(served_by_ss(), 2);
	close_cookie(net_cookie(served));
	assert_int_equal(served_by_ss(), 1);
	assert_int_equal(read(served, &byte, 1), -1);
	assert_int_equal(errno, ECONNABORTED);
	assert_int_equal(read(client, &byte, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	close(served);
	close(client);
	close(listener);
}

ACT(test_listener)
{
	int listener = listening(0);

	close_cookie(net_cookie(listener));
	assert_int_equal(served_by_ss(), 0);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	assert_int_equal(errno, EINVAL);
	close(listener);
}

ACT(test_syn_recv)
{
	int listener = listening(0), client, seconds = 60;

	setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	client = connected(SOCK_STREAM, 0);
	close_cookie(in_state(SK_STATE_SYN_RECV));
	assert_int_equal(seen_by_ss("state syn-recv"), 0);
	assert_true(is_there(net_cookie(client))); /* it believes it is connected */
	close(client);
	close(listener);
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

ACT(test_mini_sockets)
{
	int listener = listening(0), client = connected(SOCK_STREAM, 0);
	int served = net_accepted(listener);

	close(client);
	net_wait_for_fin(served);
	close_mini(SK_STATE_FIN_WAIT2, "fin-wait-2");
	close(served);

	client = connected(SOCK_STREAM, 0);
	served = net_accepted(listener);
	close(client);
	net_wait_for_fin(served);
	close(served);
	close_mini(SK_STATE_TIME_WAIT, "time-wait");
	close(listener);
}

static void expect_kept(int fd)
{
	struct sk_sample *sample = look();
	struct sk_target target = close_one(sample, find(sample, net_cookie(fd)));
	char byte;

	/* not "closed": ss still sees it */
	assert_int_equal(target.outcome, SK_OUTCOME_KEPT);
	assert_true(is_there(net_cookie(fd)));
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, ECONNABORTED);
	sk_sample_unref(sample);
}

ACT(test_udp)
{
	int server = bound(SOCK_DGRAM, 0), client = connected(SOCK_DGRAM, 0);
	int both = bound(SOCK_DGRAM, 0);
	struct sockaddr_in a = net_loopback(port);
	socklen_t len = sizeof(a);
	char byte;

	assert_int_equal(connect(both, (struct sockaddr *)&a, len), 0);
	close_cookie(net_cookie(client));
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
ACT(test_reuseport)
{
	int fds[2], one = 1, hit = 0;
	struct sockaddr_in a = net_loopback(port);

	for (int i = 0; i < 2; i++) {
		fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
		setsockopt(fds[i], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
		assert_int_equal(bind(fds[i], (struct sockaddr *)&a, sizeof(a)), 0);
	}
	for (int i = 0; i < 2; i++) {
		struct sk_sample *sample = look();
		struct sk_target target = close_one(sample, find(sample, net_cookie(fds[i])));
		int reported = 0;
		socklen_t len = sizeof(reported);

		getsockopt(fds[i], SOL_SOCKET, SO_ERROR, &reported, &len);
		/* never said to be gone while it is there */
		assert_int_equal(target.outcome,
				 reported ? SK_OUTCOME_KEPT : SK_OUTCOME_FAILED);
		assert_int_equal(target.error, reported ? -EADDRINUSE : -EEXIST);
		hit += reported == ECONNABORTED;
		sk_sample_unref(sample);
	}
	assert_int_equal(hit, 1);
	close(fds[0]);
	close(fds[1]);
}

ACT(test_mptcp_subflow)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), listener, served;

	if (fd < 0) {
		print_message("SKIPPED: no MPTCP here\n");
		skip();
	}
	close(fd);
	listener = listening(IPPROTO_MPTCP);
	fd = connected(SOCK_STREAM, IPPROTO_MPTCP);
	served = net_accepted(listener);
	/*
	 * Either end's only subflow. (The connection above it waits for another one
	 * until net.mptcp.close_timeout: a read would wait as long.)
	 */
	close_cookie(in_state(SK_STATE_ESTABLISHED));
	close(served);
	close(fd);
	close(listener);
}

int main(void)
{
	net_enter_or_skip(true);
	return testing_run(setup_source, free_source);
}
