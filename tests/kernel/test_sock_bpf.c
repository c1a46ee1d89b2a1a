/* SPDX-License-Identifier: MIT */
/*
 * BPF programs beside sock_diag, on the sockets of make_sockets and a few more: the
 * same rows, field by field, and netlink again wherever it is the better way.
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
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sktop/source.h>
#include "../net.h"
#include "kernel/bpf/programs.h"
#include "kernel/bpf/sockets.h"

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
	if (sample->n_sockets)
		qsort(sample->sockets, sample->n_sockets, sizeof(*sample->sockets),
		      by_cookie);
}

static const struct sk_socket *find(const struct sk_sample *sorted, uint64_t cookie)
{
	const struct sk_socket key = { .cookie = cookie };

	if (!sorted->n_sockets)
		return NULL;
	return bsearch(&key, sorted->sockets, sorted->n_sockets, sizeof(key), by_cookie);
}

/* All but what a running timer shows. */
static bool is_same(const struct sk_sample *a, const struct sk_socket *x,
		    const struct sk_sample *b, const struct sk_socket *y)
{
	struct sk_detached p = sk_detached_of(a, x), q = sk_detached_of(b, y);

	p.socket.timer_ms = q.socket.timer_ms = 0;
	p.socket.attrs = q.socket.attrs = 0; /* numbered as they are met */
	return memcmp(&p.socket, &q.socket, sizeof(p.socket)) == 0 &&
	       memcmp(&p.attrs, &q.attrs, sizeof(p.attrs)) == 0;
}

/** What has to be there, or the comparison says little. */
struct kinds {
	unsigned state[SK_STATE_COUNT], timer[SK_TIMER_COUNT];
	unsigned v6, mapped, udp, mini, queued, traffic, foreign, v6only, device, cgroup, no_file;
	unsigned retried, probed, all;
};

static void count(const struct sk_sample *sample, const struct sk_socket *s, struct kinds *k)
{
	assert_int_not_equal(s->cookie, 0);
	k->all++;
	k->state[s->state] += s->proto == SK_PROTO_TCP;
	k->timer[s->timer]++;
	k->v6 += (s->flags & SK_F_V6) != 0;
	k->mapped += (s->flags & SK_F_V6) && sk_addr_is_v4(&s->remote);
	k->udp += s->proto == SK_PROTO_UDP;
	k->queued += s->recv_q > 0 && s->state != SK_STATE_LISTEN;
	k->traffic += s->tx_total > 0 && s->rtt_us > 0;
	k->foreign += (s->flags & SK_F_OWNER) && sk_attrs(sample, s)->uid == 1234;
	k->v6only += (s->flags & SK_F_V6ONLY) != 0;
	k->device += sk_attrs(sample, s)->ifindex != 0;
	k->cgroup += (s->flags & SK_F_CGROUP) && sk_attrs(sample, s)->cgroup;
	k->retried += s->timer == SK_TIMER_ON && s->state == SK_STATE_SYN_SENT &&
		      s->timer_retrans;
	k->probed += s->timer == SK_TIMER_PERSIST && s->timer_retrans;
	k->no_file += s->state == SK_STATE_ESTABLISHED && !(s->flags & SK_F_OWNER);
}

static bool has_variety(const struct kinds *k)
{
	static const enum sk_state states[] = { SK_STATE_ESTABLISHED, SK_STATE_SYN_SENT,
						SK_STATE_SYN_RECV,    SK_STATE_FIN_WAIT2,
						SK_STATE_TIME_WAIT,   SK_STATE_CLOSE_WAIT,
						SK_STATE_LISTEN };
	bool all = true;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		all &= k->state[states[i]] > 0;
	for (unsigned timer = SK_TIMER_OFF; timer <= SK_TIMER_PERSIST; timer++)
		all &= k->timer[timer] > 0;
	return all && k->v6 && k->mapped && k->udp && k->queued && k->traffic && k->foreign &&
	       k->v6only && k->device && k->cgroup && k->no_file && k->retried && k->probed;
}

/* Of what did not move from the one look of netlink to the other, but for a timer. */
static void compare(struct sk_sample *before, struct sk_sample *by_bpf, struct sk_sample *after,
		    struct kinds *k)
{
	sort(before);
	sort(by_bpf);
	sort(after);
	for (uint32_t i = 0; i < by_bpf->n_sockets; i++)
		assert_true(find(before, by_bpf->sockets[i].cookie) ||
			    find(after, by_bpf->sockets[i].cookie));
	for (uint32_t i = 0; i < after->n_sockets; i++) {
		const struct sk_socket *y = &after->sockets[i], *ours = find(by_bpf, y->cookie);
		const struct sk_socket *x = find(before, y->cookie);

		if (!x || !is_same(before, x, after, y) || x->timer_ms < y->timer_ms)
			continue;
		assert_non_null(ours);
		if (!is_same(by_bpf, ours, after, y))
			print_error("%s:%u in state %u differs\n",
				    sk_proto_name(ours->proto, false), ours->lport,
				    ours->state);
		assert_memory_equal(sk_local(by_bpf, ours), sk_local(after, y), 16);
		assert_int_equal(ours->timer, y->timer);
		assert_true(is_same(by_bpf, ours, after, y));
		assert_in_range(ours->timer_ms, y->timer_ms, x->timer_ms);
		count(by_bpf, ours, k);
	}
}

static int make(int family, int type, uint16_t port)
{
	const char *text = family == AF_INET6 ? "::" : "127.0.0.1";
	int fd = socket(family, type | SOCK_CLOEXEC, 0), on = 1;
	union net_address a;
	socklen_t len = net_address(text, port, &a);

	assert_true(fd >= 0);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	assert_int_equal(bind(fd, &a.sa, len), 0);
	return fd;
}

static int reach(uint16_t port)
{
	struct sockaddr_in to = net_loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
		    errno == EINPROGRESS);
	return fd;
}

/* A full queue keeps SYN_SENT, a reader who never reads lets the writer probe. */
static void make_tcp_exts(void)
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

/* Netlink before and after. Returns what BPF told. */
static struct sk_sample *compare_request(const struct sk_request *request,
					 struct sk_source *netlink, struct sk_source *bpf,
					 struct kinds *k)
{
	struct sk_sample *before = take(netlink, request), *by_bpf = take(bpf, request);
	struct sk_sample *after = take(netlink, request);

	assert_string_equal(by_bpf->source, "bpf");
	assert_string_equal(after->source, "live");
	compare(before, by_bpf, after, k);
	sk_sample_unref(before);
	sk_sample_unref(after);
	return by_bpf;
}

/*
 * BPF looks first: cookies that nobody asked for yet have to be made by it. A
 * second SYN is not sent before a second has passed.
 */
TEST(same_as_sock_diag)
{
	struct sk_source *netlink = open_source(SK_LIVE_NO_BPF);
	struct sk_source *bpf = open_source(SK_LIVE_BPF);
	struct sk_request request = lists();
	struct sk_sample *sample = take(bpf, &request);
	struct kinds k = { 0 };

	for (uint32_t i = 0; i < sample->n_sockets; i++)
		count(sample, &sample->sockets[i], &k);
	k = (struct kinds){ 0 };
	for (unsigned tries = 0; !has_variety(&k) && tries < 4000; tries++) {
		sk_sample_unref(sample);
		sample = compare_request(&request, netlink, bpf, &k);
		usleep(5000);
	}
	assert_true(has_variety(&k));
	sk_sample_unref(sample);
	sk_source_free(netlink);
	sk_source_free(bpf);
}

/* Each state of either family alone is told as netlink tells it, and nothing else. */
TEST(same_parts)
{
	struct sk_source *netlink = open_source(SK_LIVE_NO_BPF);
	struct sk_source *bpf = open_source(SK_LIVE_BPF);
	uint32_t states[] = { SK_STATES_ALL, SK_STATE_BIT(SK_STATE_ESTABLISHED) |
						     SK_STATE_BIT(SK_STATE_TIME_WAIT),
			      [SK_STATE_COUNT + 1] = 0 };
	uint32_t found[4] = { 0 };
	struct kinds k = { 0 };

	for (enum sk_state one = SK_STATE_ESTABLISHED; one < SK_STATE_COUNT; one++)
		states[one + 1] = SK_STATE_BIT(one);
	for (unsigned i = 0; i < 3 * (SK_STATE_COUNT + 1); i++) {
		struct sk_request request = lists();
		struct sk_sample *sample;

		request.families = i % 3 + 1;
		request.filter = (struct sk_bytecode){ .protos = SK_PROTOS_DEFAULT,
						       .states = states[i / 3] };
		if (i % 2)
			request.needs = SK_NEED_SOCKETS;
		sample = compare_request(&request, netlink, bpf, &k);
		for (uint32_t at = 0; at < sample->n_sockets; at++) {
			const struct sk_socket *s = &sample->sockets[at];

			assert_true(states[i / 3] & SK_STATE_BIT(s->state));
			assert_true(request.families & (s->flags & SK_F_V6 ? 2U : 1U));
		}
		found[request.families] += sample->n_sockets;
		sk_sample_unref(sample);
	}
	assert_true(found[1] && found[2]);
	assert_in_range(k.all, 3 * found[3] / 2, found[1] + found[2] + found[3]);
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
TEST(leaves_the_rest)
{
	struct sk_request request = lists();

	expect_source(SK_LIVE_BPF, &request, "bpf");
	expect_source(SK_LIVE_NO_BPF, &request, "live");
	expect_source(SK_LIVE_BPF | SK_LIVE_NO_BPF, &request, "live");
	expect_source(SK_LIVE_BPF | SK_LIVE_NO_SOCK_DIAG, &request, "proc");
	expect_source(0, &request, "live"); /* too few */
	request.needs |= SK_NEED_TCP_EXT;
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
TEST(works_without_privilege)
{
	pid_t pid = fork();
	int status;

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

/* The walk through TCP passes over others for little, an iterator does not. */
TEST(asked_for_most)
{
	struct sk_request all = lists(), some = lists();
	struct sk_sample *sample;
	struct sock_bpf bpf;

	some.families = 1;
	sock_bpf_init(&bpf, 0);
	assert_int_equal(sk_sample_new(&sample), 0);
	for (enum sk_proto proto = SK_PROTO_TCP; proto <= SK_PROTO_UDP; proto++) {
		struct sock_counts *counts = &bpf.counts[proto == SK_PROTO_UDP];

		sock_bpf_note_count(&bpf, proto, &all, SOCK_BPF_MANY - 1);
		assert_int_equal(sock_bpf_dump(&bpf, proto, &some, sample), -EOPNOTSUPP);
		sock_bpf_note_count(&bpf, proto, &all, 4 * SOCK_BPF_MANY);
		sock_bpf_note_count(&bpf, proto, &some, 2 * SOCK_BPF_MANY - 1);
		assert_int_equal(sock_bpf_dump(&bpf, proto, &some, sample),
				 proto == SK_PROTO_UDP ? -EOPNOTSUPP : 0);
		sock_bpf_note_count(&bpf, proto, &some, 2 * SOCK_BPF_MANY);
		assert_int_equal(sock_bpf_dump(&bpf, proto, &some, sample), 0);
		/* it told how many there are, wanted or not, which is less than many */
		assert_true(counts->wanted && counts->all > counts->wanted);
		assert_int_equal(sock_bpf_dump(&bpf, proto, &some, sample), -EOPNOTSUPP);
		sock_bpf_note_count(&bpf, proto, &all, SOCK_BPF_MANY);
		assert_int_equal(sock_bpf_dump(&bpf, proto, &all, sample), 0);
		*counts = (struct sock_counts){ 0 };
	}
	/* beside many of TCP few of UDP are listed with them */
	assert_int_equal(sock_bpf_dump(&bpf, SK_PROTO_UDP, &all, sample), -EOPNOTSUPP);
	sock_bpf_note_count(&bpf, SK_PROTO_TCP, &all, SOCK_BPF_MANY);
	assert_int_equal(sock_bpf_dump(&bpf, SK_PROTO_UDP, &all, sample), 0);
	sk_sample_unref(sample);
	sock_bpf_free(&bpf);
}

/* Netlink leaves out what a filter does not want, which is the better way for few. */
TEST(filters_that_leave_most)
{
	struct sk_request all = lists(), some = lists();
	struct sk_sample *sample;
	struct sock_bpf bpf;
	unsigned walks = 0;

	some.filter = (struct sk_bytecode){ .protos = SK_PROTOS_DEFAULT,
					    .states = SK_STATES_ALL,
					    .len = 4 };
	sock_bpf_init(&bpf, SK_LIVE_BPF);
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sock_bpf_dump(&bpf, SK_PROTO_TCP, &some, sample), -EOPNOTSUPP);
	sock_bpf_note_count(&bpf, SK_PROTO_TCP, &all, 4 * SOCK_BPF_MANY + 4);
	sock_bpf_note_count(&bpf, SK_PROTO_TCP, &some, SOCK_BPF_MANY);
	sock_bpf_note_count(&bpf, SK_PROTO_UDP, &some, SOCK_BPF_MANY);
	assert_int_equal(sock_bpf_dump(&bpf, SK_PROTO_TCP, &some, sample), -EOPNOTSUPP);
	assert_int_equal(sock_bpf_dump(&bpf, SK_PROTO_UDP, &some, sample), -EOPNOTSUPP);
	sock_bpf_note_count(&bpf, SK_PROTO_TCP, &some, SOCK_BPF_MANY + 1);
	while (walks < 100 && sock_bpf_dump(&bpf, SK_PROTO_TCP, &some, sample) == 0)
		walks++;
	/* now and then it is asked again how many they are */
	assert_int_equal(walks, 16);
	sock_bpf_note_count(&bpf, SK_PROTO_TCP, &some, SOCK_BPF_MANY);
	assert_int_equal(sock_bpf_dump(&bpf, SK_PROTO_TCP, &some, sample), 0);
	sk_sample_unref(sample);
	sock_bpf_free(&bpf);
}

/* A look at the listeners alone says nothing of the next whole walk. */
TEST(listeners_do_not_count)
{
	struct sk_request all = lists(), listeners = lists();
	struct sock_bpf bpf;

	listeners.tcp_states = SK_STATE_BIT(SK_STATE_LISTEN) | SK_STATE_BIT(SK_STATE_CLOSE);
	sock_bpf_init(&bpf, 0);
	sock_bpf_note_count(&bpf, SK_PROTO_TCP, &all, SOCK_BPF_MANY);
	sock_bpf_note_count(&bpf, SK_PROTO_TCP, &listeners, 1);
	sock_bpf_note_count(&bpf, SK_PROTO_SCTP, &all, 1);
	assert_int_equal(bpf.counts[0].wanted, SOCK_BPF_MANY);
	assert_int_equal(bpf.counts[0].all, SOCK_BPF_MANY);
	assert_int_equal(bpf.counts[1].all, 0);
	sock_bpf_free(&bpf);
}

/* The programs see the namespace that the thread is in when they begin. */
TEST(enters_namespaces)
{
	struct sk_request request = lists();
	struct sk_source *source = open_source(SK_LIVE_NO_BPF);
	struct sk_sample *here = take(source, &request), *there;
	char error[SK_ERROR_LEN], path[64];

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
TEST(chosen_by_itself)
{
	static int fds[SOCK_BPF_MANY];
	struct rlimit limit = { 2 * SOCK_BPF_MANY, 2 * SOCK_BPF_MANY };
	struct sk_source *source = open_source(0);
	struct sk_request request = lists();
	struct sk_sample *a, *b;
	struct kinds k = { 0 };

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (unsigned i = 0; i < SOCK_BPF_MANY; i++)
		fds[i] = make(i % 2 ? AF_INET6 : AF_INET, SOCK_DGRAM, (uint16_t)(20000 + i / 2));
	a = take(source, &request);
	b = take(source, &request);
	assert_string_equal(a->source, "live");
	assert_string_equal(b->source, "bpf");
	assert_int_equal(a->n_sockets, SOCK_BPF_MANY);
	compare(a, b, a, &k);
	assert_int_equal(k.all, SOCK_BPF_MANY);
	sk_sample_unref(a);
	sk_sample_unref(b);
	for (unsigned i = 1; i < SOCK_BPF_MANY; i++)
		close(fds[i]);
	for (unsigned i = 0; i < 2; i++) {
		a = take(source, &request);
		assert_string_equal(a->source, i ? "live" : "bpf");
		assert_int_equal(a->n_sockets, 1);
		sk_sample_unref(a);
	}
	sk_source_free(source);
}

/* bpf_rdonly_cast() is Linux 6.2. */
static bool is_before_6_2(void)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < 6 || (major == 6 && minor < 2);
}

int main(void)
{
	struct bpf_programs programs;
	int err = bpf_programs_load(&programs);

	if (err == -EOPNOTSUPP && !sk_live_has_bpf()) {
		puts("SKIPPED: built without libbpf");
		return SKIP;
	}
	if (err == -EPERM || access("/sys/kernel/btf/vmlinux", R_OK) ||
	    (err && is_before_6_2())) {
		puts("SKIPPED: this kernel does not let us load BPF programs");
		return SKIP;
	}
	if (err) {
		printf("cannot load: %s\n", strerror(-err));
		return 1;
	}
	make_tcp_exts();
	return testing_run(NULL, NULL);
}
