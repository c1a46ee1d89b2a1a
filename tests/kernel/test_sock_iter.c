/* SPDX-License-Identifier: MIT */
/*
 * BPF iterators beside sock_diag, on the sockets of make_sockets and a few more: the
 * same rows, field by field, and netlink again wherever it is the better way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sktop/source.h>
#include "kernel/bpf_programs.h"
#include "kernel/sock_iter.h"

#define SKIP 77

static struct sk_sample *take(struct sk_source *source, const struct sk_request *request)
{
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, request, sample), 0);
	return sample;
}

static struct sk_source *open_source(unsigned options)
{
	struct sk_source *source;
	char error[SK_ERROR_LEN];

	assert_int_equal(sk_live_source_new(options, &source, error), 0);
	return source;
}

static struct sk_request lists(void)
{
	struct sk_request request = SK_REQUEST_DEFAULT;

	request.needs = SK_NEED_SOCKETS | SK_NEED_INFO;
	return request;
}

static int by_cookie(const void *a, const void *b)
{
	uint64_t x = ((const struct sk_socket *)a)->cookie;
	uint64_t y = ((const struct sk_socket *)b)->cookie;

	return x < y ? -1 : x > y;
}

static void sort(struct sk_sample *sample)
{
	qsort(sample->sockets, sample->n_sockets, sizeof(*sample->sockets), by_cookie);
}

/* All but what a running timer shows. */
static bool is_same(const struct sk_sample *a, const struct sk_sample *b, uint32_t i)
{
	struct sk_pin x = sk_pin_of(a, &a->sockets[i]), y = sk_pin_of(b, &b->sockets[i]);

	x.socket.timer_ms = y.socket.timer_ms = 0;
	x.socket.home = y.socket.home = 0; /* homes are numbered as they are met */
	return memcmp(&x, &y, sizeof(x)) == 0;
}

/* Nothing moved from the one to the other, but for timers running down. */
static bool is_still(const struct sk_sample *a, const struct sk_sample *b)
{
	if (a->n_sockets != b->n_sockets)
		return false;
	for (uint32_t i = 0; i < a->n_sockets; i++) {
		if (!is_same(a, b, i) ||
		    a->sockets[i].timer_ms < b->sockets[i].timer_ms)
			return false;
	}
	return true;
}

static void compare(const struct sk_sample *before, const struct sk_sample *by_bpf,
		    const struct sk_sample *after)
{
	assert_int_equal(by_bpf->n_sockets, after->n_sockets);
	for (uint32_t i = 0; i < after->n_sockets; i++) {
		const struct sk_socket *ours = &by_bpf->sockets[i];

		if (!is_same(by_bpf, after, i))
			print_error("%s:%u in state %u differs\n",
				    sk_proto_name(ours->proto, false), ours->lport,
				    ours->state);
		assert_memory_equal(&ours->local, &after->sockets[i].local, 16);
		assert_int_equal(ours->timer, after->sockets[i].timer);
		assert_true(is_same(by_bpf, after, i));
		assert_in_range(ours->timer_ms, after->sockets[i].timer_ms,
				before->sockets[i].timer_ms);
	}
}

/** What has to be there, or the comparison says little. */
struct kinds {
	unsigned state[SK_STATE_COUNT], timer[SK_TIMER_COUNT];
	unsigned v6, udp, mini, queued, traffic, foreign, v6only, device, cgroup, no_file;
	unsigned retried, probed;
};

static struct kinds count(const struct sk_sample *sample)
{
	struct kinds k = { 0 };

	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		assert_int_not_equal(s->cookie, 0);
		k.state[s->state] += s->proto == SK_PROTO_TCP;
		k.timer[s->timer]++;
		k.v6 += (s->flags & SK_F_V6) != 0;
		k.udp += s->proto == SK_PROTO_UDP;
		k.queued += s->recv_q > 0 && s->state != SK_STATE_LISTEN;
		k.traffic += s->tx_total > 0 && s->rtt_us > 0;
		k.foreign += (s->flags & SK_F_OWNER) && sk_home(sample, s)->uid == 1234;
		k.v6only += (s->flags & SK_F_V6ONLY) != 0;
		k.device += sk_home(sample, s)->ifindex != 0;
		k.cgroup += (s->flags & SK_F_CGROUP) && sk_home(sample, s)->cgroup;
		k.retried += s->timer == SK_TIMER_ON && s->state == SK_STATE_SYN_SENT &&
			     s->timer_retrans;
		k.probed += s->timer == SK_TIMER_PERSIST && s->timer_retrans;
		k.no_file += s->state == SK_STATE_ESTABLISHED && !(s->flags & SK_F_OWNER);
	}
	return k;
}

static void expect_variety(const struct sk_sample *sample)
{
	static const enum sk_state states[] = { SK_STATE_ESTABLISHED, SK_STATE_SYN_SENT,
						SK_STATE_SYN_RECV,    SK_STATE_FIN_WAIT2,
						SK_STATE_TIME_WAIT,   SK_STATE_CLOSE_WAIT,
						SK_STATE_LISTEN };
	struct kinds k = count(sample);

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		assert_true(k.state[states[i]]);
	for (unsigned timer = SK_TIMER_OFF; timer <= SK_TIMER_PERSIST; timer++)
		assert_true(k.timer[timer]);
	assert_true(k.v6 && k.udp && k.queued && k.traffic && k.foreign && k.v6only);
	assert_true(k.device && k.cgroup && k.no_file);
}

/* A second SYN is not sent before a second has passed. */
static bool has_retried(const struct sk_sample *sample)
{
	struct kinds k = count(sample);

	return k.retried && k.probed;
}

static int make(int family, int type, uint16_t port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, type | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	if (family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
		assert_int_equal(bind(fd, (struct sockaddr *)&v6, sizeof(v6)), 0);
	} else {
		v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		assert_int_equal(bind(fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
	}
	return fd;
}

static int reach(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
		    errno == EINPROGRESS);
	return fd;
}

/* A full queue keeps SYN_SENT, a reader who never reads lets the writer probe. */
static void make_more(void)
{
	static char block[65536];
	int full = make(AF_INET, SOCK_STREAM, 7001), only6, udp, writer;

	assert_int_equal(listen(full, 0), 0);
	writer = reach(7001);
	reach(7001);
	reach(7001);
	while (write(writer, block, sizeof(block)) > 0)
		;
	only6 = make(AF_INET6, SOCK_STREAM, 7002);
	assert_int_equal(listen(only6, 3), 0);
	assert_int_equal(fchown(only6, 1234, (gid_t)-1), 0);
	make(AF_INET6, SOCK_DGRAM, 7003);
	udp = make(AF_INET, SOCK_DGRAM, 7004);
	assert_int_equal(setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), 0);
}

/* The iterator looks first: cookies that nobody asked for yet have to be made by it. */
static void same_as_sock_diag(void **state)
{
	struct sk_source *netlink = open_source(SK_LIVE_NO_BPF);
	struct sk_source *bpf = open_source(SK_LIVE_BPF);
	struct sk_request request = lists();
	struct sk_sample *first = take(bpf, &request);
	bool still = false;

	(void)state;
	count(first);
	for (unsigned tries = 0; !still && tries < 4000; tries++) {
		struct sk_sample *before = take(netlink, &request);
		struct sk_sample *by_bpf = take(bpf, &request);
		struct sk_sample *after = take(netlink, &request);

		assert_string_equal(by_bpf->source, "bpf");
		assert_string_equal(after->source, "live");
		sort(before);
		sort(by_bpf);
		sort(after);
		still = is_still(before, after) && has_retried(after);
		if (still) {
			compare(before, by_bpf, after);
			expect_variety(by_bpf);
		} else {
			usleep(5000);
		}
		sk_sample_unref(before);
		sk_sample_unref(by_bpf);
		sk_sample_unref(after);
	}
	assert_true(still);
	sk_sample_unref(first);
	sk_source_free(netlink);
	sk_source_free(bpf);
}

/* What a request narrows is narrowed alike. */
static void same_parts(void **state)
{
	struct sk_source *netlink = open_source(SK_LIVE_NO_BPF);
	struct sk_source *bpf = open_source(SK_LIVE_BPF);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct sk_request request = lists();
		struct sk_sample *a, *b;

		request.families = i == 3 ? 3 : i % 2 + 1;
		request.protos = i < 2 ? SK_PROTO_BIT(SK_PROTO_TCP) : SK_PROTOS_DEFAULT;
		request.tcp_states = SK_STATE_BIT(SK_STATE_ESTABLISHED) |
				     SK_STATE_BIT(SK_STATE_TIME_WAIT);
		if (i == 3)
			request.needs = SK_NEED_SOCKETS;
		a = take(netlink, &request);
		b = take(bpf, &request);
		assert_string_equal(b->source, "bpf");
		assert_true(a->n_sockets);
		sort(a);
		sort(b);
		assert_int_equal(a->n_sockets, b->n_sockets);
		for (uint32_t at = 0; at < a->n_sockets; at++) {
			assert_int_equal(a->sockets[at].cookie, b->sockets[at].cookie);
			assert_int_equal(a->sockets[at].flags, b->sockets[at].flags);
			assert_int_equal(a->sockets[at].tx_total, b->sockets[at].tx_total);
		}
		sk_sample_unref(a);
		sk_sample_unref(b);
	}
	sk_source_free(netlink);
	sk_source_free(bpf);
}

static void expect_source(unsigned options, const struct sk_request *request,
			  const char *expected)
{
	struct sk_source *source = open_source(options);
	struct sk_sample *sample = take(source, request);

	assert_string_equal(sample->source, expected);
	assert_true(sample->n_sockets);
	sk_sample_unref(sample);
	sk_source_free(source);
}

/* What it does not have, or what costs netlink less. */
static void leaves_the_rest(void **state)
{
	struct sk_request request = lists();

	(void)state;
	expect_source(SK_LIVE_BPF, &request, "bpf");
	expect_source(SK_LIVE_NO_BPF, &request, "live");
	expect_source(SK_LIVE_BPF | SK_LIVE_NO_BPF, &request, "live");
	expect_source(SK_LIVE_BPF | SK_LIVE_NO_SOCK_DIAG, &request, "proc");
	expect_source(0, &request, "live"); /* too few */
	request.needs |= SK_NEED_MORE;
	expect_source(SK_LIVE_BPF, &request, "live");
	request = lists();
	request.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	request.tcp_states = SK_STATE_BIT(SK_STATE_LISTEN);
	expect_source(SK_LIVE_BPF, &request, "live");
	request.tcp_states = SK_STATES_ALL;
	request.filter = (struct sk_bytecode){ .protos = SK_PROTO_BIT(SK_PROTO_TCP),
					       .states = SK_STATES_ALL };
	expect_source(SK_LIVE_BPF, &request, "bpf");
	request.filter.states = SK_STATE_BIT(SK_STATE_LISTEN);
	expect_source(SK_LIVE_BPF, &request, "live");
}

/* Nobody is told that BPF is refused: netlink answers. */
static void works_without_privilege(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		struct sk_request request = lists();

		if (setresuid(65534, 65534, 65534))
			_exit(1);
		expect_source(SK_LIVE_BPF, &request, "live");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* An iterator sees the namespace that the thread is in when it begins. */
static void enters_namespaces(void **state)
{
	struct sk_request request = lists();
	struct sk_source *source = open_source(SK_LIVE_NO_BPF);
	struct sk_sample *here = take(source, &request), *there;
	char error[SK_ERROR_LEN], path[64];

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)getppid());
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	sk_source_free(source);
	assert_int_equal(sk_netns_source_new(path, SK_LIVE_BPF, &source, error), 0);
	there = take(source, &request);
	assert_string_equal(there->source, "bpf");
	assert_int_equal(there->n_sockets, here->n_sockets);
	sk_source_free(source);
	sk_sample_unref(there);
	source = open_source(SK_LIVE_BPF);
	there = take(source, &request);
	assert_string_equal(there->source, "bpf");
	assert_int_equal(there->n_sockets, 0);
	sk_sample_unref(there);
	sk_sample_unref(here);
	sk_source_free(source);
}

/* In the new namespace: taken without being told while there are many. */
static void chosen_by_itself(void **state)
{
	static int fds[SOCK_ITER_MANY];
	struct rlimit limit = { 2 * SOCK_ITER_MANY, 2 * SOCK_ITER_MANY };
	struct sk_source *source = open_source(0);
	struct sk_request request = lists();
	struct sk_sample *a, *b;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (unsigned i = 0; i < SOCK_ITER_MANY; i++)
		fds[i] = make(i % 2 ? AF_INET6 : AF_INET, SOCK_DGRAM, (uint16_t)(20000 + i / 2));
	a = take(source, &request);
	b = take(source, &request);
	assert_string_equal(a->source, "live");
	assert_string_equal(b->source, "bpf");
	assert_int_equal(a->n_sockets, SOCK_ITER_MANY);
	sort(a);
	sort(b);
	compare(a, b, a);
	sk_sample_unref(a);
	sk_sample_unref(b);
	for (unsigned i = 1; i < SOCK_ITER_MANY; i++)
		close(fds[i]);
	for (unsigned i = 0; i < 2; i++) {
		a = take(source, &request);
		assert_string_equal(a->source, i ? "live" : "bpf");
		assert_int_equal(a->n_sockets, 1);
		sk_sample_unref(a);
	}
	sk_source_free(source);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_sock_diag),	  cmocka_unit_test(same_parts),
		cmocka_unit_test(leaves_the_rest),	  cmocka_unit_test(works_without_privilege),
		cmocka_unit_test(enters_namespaces), cmocka_unit_test(chosen_by_itself),
	};
	int links[BPF_PROGRAM_COUNT];
	int err = bpf_programs_load(links);

	if (err == -EOPNOTSUPP && !sk_live_has_bpf()) {
		puts("SKIPPED: built without libbpf");
		return SKIP;
	}
	if (err == -EPERM || access("/sys/kernel/btf/vmlinux", R_OK)) {
		puts("SKIPPED: this kernel does not let us load BPF programs");
		return SKIP;
	}
	if (err) {
		printf("cannot load: %s\n", strerror(-err));
		return 1;
	}
	make_more();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
