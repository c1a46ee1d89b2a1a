/* SPDX-License-Identifier: MIT */
/*
 * A machine on which nothing happens: a tick allocates nothing and opens nothing that is
 * not meant to be opened anew. Counted, not timed:
 * this program has the allocator and open() of all that it calls, libraries included.
 * It lives in namespaces of its own (network, processes, mounts), so that all sockets
 * and processes there are, are its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sktop/rows.h>
#include <sktop/sampler.h>
#include "../allocator.h"

#define FEW 200
#define SOME 1000
#define MANY 2000
#define SORTS 8 /* qsort() takes memory for what is longer than 1 KiB, once a call */
#define WARM_UP 30 /* ticks: every process has been looked at, twice */
#define TICKS 20   /* that are counted: what is read at every tenth one comes twice */

static atomic_uint allocations, opens;

#ifndef HAS_ITS_ALLOCATOR
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_realloc(old, size);
}
#endif

int open(const char *path, int flags, ...)
{
	atomic_fetch_add(&opens, 1);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

int openat(int dir, const char *path, int flags, ...)
{
	atomic_fetch_add(&opens, 1);
	return (int)syscall(SYS_openat, dir, path, flags, 0);
}

/** What a reader of samples has: rows of every pane of sockets. */
struct reader {
	struct sk_sampler *sampler;
	struct sk_request request;
	struct sk_row_builder *builder[SK_PANE_COUNT];
	struct sk_view view[SK_PANE_COUNT];
	uint32_t n_sockets, n_parent_links, n_owned; /* of the last sample */
};

static void build_pane(struct reader *r, struct sk_sample *sample, enum sk_pane_id pane)
{
	const struct sk_table *table = sk_pane_table(pane);
	struct sk_context context = { .sample = sample, .numeric = ~0U };
	struct sk_choice choice = { .gone = true };
	struct sk_view *view = &r->view[pane];
	char cell[SK_CELL_STRLEN];
	struct sk_rows rows;

	assert_int_equal(sk_rows_build(r->builder[pane], pane, &context, &choice, &rows,
				       view), 0);
	for (size_t c = 0; c < table->n_columns; c++)
		assert_int_equal(sk_view_sort(view, &rows, &table->columns[c], c % 2,
					      &context), 0);
	if (pane == SK_PANE_CONNECTIONS)
		assert_int_equal(sk_view_place_children(view, sample), 0);
	for (uint32_t i = 0; i < view->n && i < 60; i++) {
		for (size_t c = 0; c < table->n_columns; c++)
			sk_value_format(&context, &table->columns[c],
					sk_rows_at(&rows, view->index[i]), 0, cell,
					sizeof(cell));
	}
}

static struct sk_sample *take(struct sk_sampler *sampler)
{
	for (;;) {
		struct pollfd p = { .fd = sk_sampler_fd(sampler), .events = POLLIN };
		struct sk_sample *sample;
		int error;

		assert_int_equal(poll(&p, 1, 60000), 1);
		sample = sk_sampler_take(sampler, &error, NULL);
		assert_int_equal(error, 0);
		if (sample)
			return sample;
	}
}

/*
 * One tick of the whole program but for drawing. The sampler is called at its beginning:
 * at the end of it nobody works any more.
 */
static void tick(struct reader *r)
{
	static const enum sk_pane_id panes[] = {
		SK_PANE_CONNECTIONS, SK_PANE_HOSTS,	SK_PANE_STATES,
		SK_PANE_INTERFACES,  SK_PANE_PROTOCOLS, SK_PANE_PROCESSES,
		SK_PANE_LISTENERS,
	};
	struct sk_sample *sample;

	sk_sampler_request(r->sampler, &r->request, true);
	sample = take(r->sampler);
	for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++)
		build_pane(r, sample, panes[i]);
	r->n_sockets = sample->n_sockets;
	r->n_parent_links = sample->n_parent_links;
	r->n_owned = 0;
	for (uint32_t i = 0; i < sample->n_sockets; i++)
		r->n_owned += sample->sockets[i].owner != 0;
	sk_sample_unref(sample);
}

static void start(struct reader *r, uint32_t needs, uint32_t protos)
{
	char error[SK_ERROR_LEN];
	struct sk_source *source;

	*r = (struct reader){ .request = SK_REQUEST_DEFAULT };
	r->request.needs |= needs;
	r->request.protos = protos;
	r->request.interval = 3600; /* it comes when it is called */
	assert_int_equal(sk_live_source_new(0, &source, error), 0);
	assert_int_equal(sk_sampler_new(source, &r->request, true, &r->sampler), 0);
	for (unsigned i = 0; i < SK_PANE_COUNT; i++)
		assert_int_equal(sk_row_builder_new(&r->builder[i]), 0);
	sk_sample_unref(take(r->sampler));
	for (int i = 0; i < WARM_UP; i++)
		tick(r);
}

static void stop(struct reader *r)
{
	sk_sampler_free(r->sampler);
	for (unsigned i = 0; i < SK_PANE_COUNT; i++) {
		sk_row_builder_free(r->builder[i]);
		sk_view_free(&r->view[i]);
	}
}

/** Sockets that this process holds. */
struct crowd {
	int fd[2 * MANY + 64];
	int n;
};

static struct crowd crowd;

static int keep(int fd)
{
	if (fd < 0)
		err(1, "socket");
	crowd.fd[crowd.n++] = fd;
	return fd;
}

static void disperse(void)
{
	struct linger hard = { 1, 0 };

	/* without TIME_WAIT: the next crowd begins with nothing */
	while (crowd.n) {
		int fd = crowd.fd[--crowd.n];

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(fd);
	}
}

static int listen_on(int protocol, struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM, protocol);
	socklen_t len = sizeof(*to);

	if (fd < 0)
		return fd;
	*to = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (void *)to, len) || listen(fd, 128) ||
	    getsockname(fd, (void *)to, &len))
		err(1, "listen");
	return keep(fd);
}

/* Connections to one listener, two sockets each. */
static void connect_pairs(int protocol, int n)
{
	struct sockaddr_in to;
	int listener = listen_on(protocol, &to);

	for (int i = 0; i < n && listener >= 0; i++) {
		int fd = keep(socket(AF_INET, SOCK_STREAM, protocol));

		if (connect(fd, (void *)&to, sizeof(to)))
			err(1, "connect");
		keep(accept(listener, NULL, NULL));
	}
}

/* n sockets: TCP with some MPTCP, UDP, and UNIX, connected to each other. */
static void gather(int n)
{
	connect_pairs(0, n / 4);
	connect_pairs(262 /* IPPROTO_MPTCP */, n / 16);
	for (int i = 0; i < n / 8; i++) {
		int ends[2];

		keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
		if (connect(crowd.fd[crowd.n - 1],
			    (struct sockaddr *)&(struct sockaddr_in){
				    .sin_family = AF_INET,
				    .sin_port = htons(9),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
			    sizeof(struct sockaddr_in)) ||
		    socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
			err(1, "udp, unix");
		keep(ends[0]);
		keep(ends[1]);
	}
}

/* Allocations in TICKS ticks before n sockets. */
static unsigned count_allocations(int n, uint32_t needs, uint32_t protos, struct reader *r)
{
	unsigned before;

	gather(n);
	start(r, needs, protos);
	before = atomic_load(&allocations);
	for (int i = 0; i < TICKS; i++)
		tick(r);
	before = atomic_load(&allocations) - before;
	stop(r);
	disperse();
	return before;
}

static void test_allocations(void **state)
{
	static const struct {
		const char *what;
		uint32_t needs, protos;
		int few;
		unsigned allowed; /* a tick, however many sockets there are */
	} views[] = {
		{ "TCP and UDP", 0, SK_PROTOS_DEFAULT, FEW, 0 },
		{ "with their owners", SK_NEED_OWNERS | SK_NEED_CGROUPS, SK_PROTOS_DEFAULT,
		  FEW, 0 },
		{ "everything", SK_NEED_OWNERS | SK_NEED_CGROUPS | SK_NEED_TCP_EXT,
		  SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_UDP) |
			  SK_PROTO_BIT(SK_PROTO_MPTCP) | SK_PROTO_BIT(SK_PROTO_UNIX),
		  SOME, SORTS },
	};
	struct reader r;

	(void)state;
#ifdef HAS_ITS_ALLOCATOR
	puts("SKIPPED: a sanitizer has the allocator");
	skip();
#endif
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		unsigned few = count_allocations(views[i].few, views[i].needs,
						 views[i].protos, &r);
		unsigned many = count_allocations(MANY, views[i].needs, views[i].protos,
						  &r);

		printf("%s: %u allocations in %d ticks before %d sockets, %u before %u "
		       "(%u owned, %u nested)\n", views[i].what, few, TICKS, views[i].few, many,
		       r.n_sockets, r.n_owned, r.n_parent_links);
		assert_in_range(r.n_sockets, MANY / 2, 2 * MANY);
		if (views[i].needs & SK_NEED_OWNERS)
			assert_in_range(r.n_owned, MANY / 2, 2 * MANY);
		/* what comes at some ticks only may fall into either count */
		assert_in_range(many, 0, views[i].allowed ? few + TICKS / 2 : few);
		assert_in_range(many, 0, views[i].allowed * TICKS);
	}
}

/* Files of /proc stay open; limits and what may come with a module every tenth time. */
static void test_opens(void **state)
{
	unsigned quiet = 0;
	struct reader r;

	(void)state;
	gather(FEW);
	start(&r, 0, SK_PROTOS_DEFAULT);
	for (int i = 0; i < TICKS; i++) {
		unsigned before = atomic_load(&opens);

		tick(&r);
		quiet += atomic_load(&opens) == before;
	}
	stop(&r);
	disperse();
	printf("%u ticks of %d opened no file\n", quiet, TICKS);
	assert_int_equal(quiet, TICKS - 2);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocations),
		cmocka_unit_test(test_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

static void set_up_namespaces(void)
{
	struct rlimit limit = { 2 * MANY + 256, 2 * MANY + 256 };
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL)) {
		puts("SKIPPED: no /proc of its own");
		exit(77);
	}
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS)) {
		puts("SKIPPED: only root makes these namespaces");
		return 77;
	}
	pid = fork();
	if (pid == 0) {
		set_up_namespaces();
		status = run_all();
		fflush(NULL);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(1, "fork");
	/* neither side of a namespace of processes can look for leaks */
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
