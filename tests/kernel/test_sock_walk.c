/* SPDX-License-Identifier: MIT */
/*
 * The walk through TCP's hash in this kernel: namespaces with a small hash of their own,
 * connections that nobody has asked for, and such as come and go meanwhile.
 */
#include "../testing.h"
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
#include "../net.h"
#include "kernel/bpf/programs.h"

#define SKIP 77
#define MANY 3000	/* connections at once */
#define CHURN 20000	/* one after the other */
#define PORT 5001
#define CHILD_ENTRIES "/proc/sys/net/ipv4/tcp_child_ehash_entries"
#define ENTRIES "/proc/sys/net/ipv4/tcp_ehash_entries"
#define TIME_WAITS "/proc/sys/net/ipv4/tcp_max_tw_buckets"

static struct bpf_programs programs;

/** Both ends of some connections. */
struct ends {
	unsigned n;
	int fd[2 * MANY];
};

static long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long number = 0;

	if (file && fscanf(file, "%ld", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

static bool write_number(const char *path, long number)
{
	FILE *file = fopen(path, "w");
	bool written = file && fprintf(file, "%ld\n", number) > 0;

	return file && !fclose(file) && written;
}

/* Whose hash has so many buckets; the namespace around it is told so, and ours is not. */
static void enter_hash(long buckets)
{
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_true(write_number(CHILD_ENTRIES, buckets));
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(read_number(ENTRIES), buckets);
	assert_true(write_number(TIME_WAITS, CHURN)); /* not half as many as buckets */
	net_lo_up();
}

static int listening(int family)
{
	if (family == AF_INET)
		return net_listening(0, "0.0.0.0", PORT, 16);
	return net_listening(0, "::", PORT + 1, 16);
}

static void connect_one(int listener, int family, int ends[2])
{
	bool v4 = family == AF_INET;

	ends[0] = net_connected(SOCK_STREAM, 0, v4 ? "127.0.0.1" : "::1", PORT + !v4);
	ends[1] = net_accepted(listener);
}

static void connect_more(struct ends *ends, int listener, int family, unsigned n)
{
	for (unsigned i = 0; i < n; i++, ends->n += 2)
		connect_one(listener, family, &ends->fd[ends->n]);
}

/* Without a trace; else its first end waits for a minute. */
static void close_one(const int ends[2], bool reset)
{
	struct linger none = { .l_onoff = 1 };

	if (reset)
		setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(ends[0]);
	close(ends[1]);
}

static void close_some(struct ends *ends, unsigned n, bool reset)
{
	for (unsigned i = 0; i < n; i++) {
		ends->n -= 2;
		close_one(&ends->fd[ends->n], reset);
	}
}

static struct sk_source *open_source(unsigned options)
{
	struct sk_source *source;
	char error[SK_ERROR_LEN];

	assert_int_equal(sk_live_source_new(options, &source, error), 0);
	return source;
}

static int by_cookie(const void *a, const void *b)
{
	uint64_t x = ((const struct sk_socket *)a)->cookie;
	uint64_t y = ((const struct sk_socket *)b)->cookie;

	return x < y ? -1 : x > y;
}

/* Sorted by cookie, and each has one. */
static struct sk_sample *take(struct sk_source *source)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	request.needs = SK_NEED_SOCKETS | SK_NEED_INFO;
	request.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	assert_true(sample->n_sockets);
	qsort(sample->sockets, sample->n_sockets, sizeof(*sample->sockets), by_cookie);
	assert_int_not_equal(sample->sockets[0].cookie, 0);
	return sample;
}

static unsigned times_in(const struct sk_sample *sample, uint64_t cookie)
{
	struct sk_socket key = { .cookie = cookie }, *end = sample->sockets + sample->n_sockets;
	struct sk_socket *at = bsearch(&key, sample->sockets, sample->n_sockets, sizeof(key),
				       by_cookie);
	unsigned n = 0;

	while (at && at > sample->sockets && at[-1].cookie == cookie)
		at--;
	for (; at && at < end && at->cookie == cookie; at++)
		n++;
	return n;
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	return cookie;
}

/* Whoever had none before it was taken has got the one that it says. */
static void expect_ends(const struct sk_sample *sample, const struct ends *ends)
{
	for (unsigned i = 0; i < ends->n; i++)
		assert_int_equal(times_in(sample, cookie_of(ends->fd[i])), 1);
}

static void expect(struct sk_source *source, const char *by, const struct ends *ends,
		   uint32_t others)
{
	struct sk_sample *sample = take(source);

	assert_string_equal(sample->source, by);
	assert_int_equal(sample->n_sockets, ends->n + others);
	expect_ends(sample, ends);
	sk_sample_unref(sample);
}

/* What was closed may take a moment to go. */
static void settle(uint32_t n)
{
	struct sk_source *netlink = open_source(SK_LIVE_NO_BPF);
	bool settled = false;

	for (unsigned tries = 0; !settled && tries < 4000; tries++) {
		struct sk_sample *sample = take(netlink);

		settled = sample->n_sockets == n;
		sk_sample_unref(sample);
		if (!settled)
			usleep(5000);
	}
	assert_true(settled);
	sk_source_free(netlink);
}

static void expect_same_cookies(struct sk_source *a, struct sk_source *b)
{
	struct sk_sample *x = take(a), *y = take(b);

	assert_string_equal(x->source, "bpf");
	assert_string_equal(y->source, "live");
	assert_int_equal(x->n_sockets, y->n_sockets);
	for (uint32_t i = 0; i < x->n_sockets; i++)
		assert_int_equal(x->sockets[i].cookie, y->sockets[i].cookie);
	sk_sample_unref(x);
	sk_sample_unref(y);
}

/* In one bucket, and in few. */
TEST(same_in_small_hashes)
{
	static const long buckets[] = { 1, 16, 4096 };
	static struct ends v4, v6, closed;

	for (unsigned i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++) {
		int listener4, listener6;
		struct sk_source *bpf, *netlink;

		enter_hash(buckets[i]);
		listener4 = listening(AF_INET);
		listener6 = listening(AF_INET6);
		connect_more(&v4, listener4, AF_INET, 150);
		connect_more(&v6, listener6, AF_INET6, 100);
		connect_more(&closed, listener4, AF_INET, 150);
		close_some(&closed, 50, true);
		close_some(&closed, 100, false);
		bpf = open_source(SK_LIVE_BPF);
		netlink = open_source(SK_LIVE_NO_BPF);
		settle(v4.n + v6.n + 100 + 2); /* and now all have one */
		expect_same_cookies(bpf, netlink);
		expect(bpf, "bpf", &v4, v6.n + 100 + 2);
		expect(bpf, "bpf", &v6, v4.n + 100 + 2);
		sk_source_free(bpf);
		sk_source_free(netlink);
		close_some(&v4, 150, true);
		close_some(&v6, 100, true);
		close(listener4);
		close(listener6);
	}
}

/* Netlink answers for all of them, and no longer than it has to. */
TEST(leaves_a_crowded_bucket)
{
	static struct ends ends;
	struct sk_source *bpf;
	int listener;

	enter_hash(1);
	listener = listening(AF_INET);
	bpf = open_source(SK_LIVE_BPF);
	connect_more(&ends, listener, AF_INET, SOCK_WINDOW / 2);
	expect(bpf, "live", &ends, 1); /* so many at once are too fresh, too */
	expect(bpf, "bpf", &ends, 1);
	connect_more(&ends, listener, AF_INET, 1);
	expect(bpf, "live", &ends, 1);
	expect(bpf, "live", &ends, 1);
	close_some(&ends, 1, true);
	settle(ends.n + 1);
	expect(bpf, "bpf", &ends, 1);
	sk_source_free(bpf);
	close_some(&ends, ends.n / 2, true);
	close(listener);
}

/* What the program itself finds: connections of which nobody has asked for the cookie. */
static unsigned count_fresh(void)
{
	struct sock_window *window = programs.window;
	unsigned fresh = 0;
	int more = 1;

	window->states = SK_STATES_ALL;
	window->families = 3;
	window->bucket = window->passed = 0;
	window->width = SOCK_BUCKETS;
	window->patience = 64;
	while (more > 0) {
		more = bpf_programs_walk(&programs);
		assert_in_range(more, 0, 1);
		for (uint32_t i = 0; i < window->n; i++)
			fresh += !window->records[i].cookie;
	}
	return fresh;
}

TEST(new_ones_get_cookies)
{
	static struct ends ends;
	struct sk_source *bpf;
	int listener;

	enter_hash(4096);
	listener = listening(AF_INET);
	bpf = open_source(SK_LIVE_BPF);
	connect_more(&ends, listener, AF_INET, 100);
	assert_int_equal(count_fresh(), ends.n);
	expect(bpf, "bpf", &ends, 1);
	assert_int_equal(count_fresh(), 0);
	connect_more(&ends, listener, AF_INET, 28);
	assert_int_equal(count_fresh(), 56);
	expect(bpf, "bpf", &ends, 1);
	sk_source_free(bpf);
	close_some(&ends, ends.n / 2, true);
	close(listener);
}

/* To ask for so many one by one would take longer than to be told of all. */
TEST(thousands_are_told_by_netlink)
{
	static struct ends ends;
	struct sk_source *bpf;
	int listener;

	enter_hash(4096);
	listener = listening(AF_INET);
	bpf = open_source(SK_LIVE_BPF);
	connect_more(&ends, listener, AF_INET, MANY);
	assert_int_equal(count_fresh(), ends.n);
	expect(bpf, "live", &ends, 1);
	assert_int_equal(count_fresh(), 0);
	expect(bpf, "bpf", &ends, 1);
	sk_source_free(bpf);
	close_some(&ends, ends.n / 2, true);
	close(listener);
}

/* Some leave a TIME_WAIT, some nothing but memory for the next. */
static pid_t begin_churn(int listener)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	for (unsigned i = 0; i < CHURN; i++) {
		int ends[2];

		connect_one(listener, AF_INET, ends);
		close_one(ends, i % 2);
	}
	_exit(0);
}

static void check_sample(struct sk_source *bpf, const struct ends *held, unsigned *by_bpf)
{
	struct sk_sample *sample = take(bpf);

	*by_bpf += !strcmp(sample->source, "bpf");
	expect_ends(sample, held);
	sk_sample_unref(sample);
}

TEST(holds_through_churn)
{
	static struct ends held;
	unsigned samples = 0, by_bpf = 0, last = 0;
	struct sk_source *bpf;
	int status = -1, listener, far;
	pid_t pid;

	enter_hash(4096);
	listener = listening(AF_INET);
	far = listening(AF_INET6);
	connect_more(&held, far, AF_INET6, 200);
	bpf = open_source(SK_LIVE_BPF);
	pid = begin_churn(listener);
	for (; waitpid(pid, &status, WNOHANG) == 0; samples++)
		check_sample(bpf, &held, &by_bpf);
	assert_int_equal(status, 0);
	print_message("%u of %u samples by BPF\n", by_bpf, samples);
	/* that gives a cookie to all that are left */
	check_sample(bpf, &held, &by_bpf);
	check_sample(bpf, &held, &last);
	assert_int_equal(last, 1);
	sk_source_free(bpf);
	close_some(&held, held.n / 2, true);
	close(listener);
	close(far);
}

/* Returns 0, or the exit status of a test that cannot be. */
static int can_run(void)
{
	struct rlimit limit = { 4 * MANY, 4 * MANY };
	int err = bpf_programs_load(&programs);

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
	if (setrlimit(RLIMIT_NOFILE, &limit) || unshare(CLONE_NEWNET) ||
	    access(CHILD_ENTRIES, W_OK)) {
		puts("SKIPPED: this kernel lets us make no namespace with a hash of its own");
		return SKIP;
	}
	return 0;
}

int main(void)
{
	int status = can_run();

	if (status)
		return status;
	status = testing_run(NULL, NULL);
	bpf_programs_free(&programs);
	return status;
}
