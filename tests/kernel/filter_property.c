/* SPDX-License-Identifier: MIT */
/*
 * Random filters over real sockets: what the kernel lets through by our bytecode, and
 * then our evaluator, is what our evaluator chooses of all sockets. Fixed seeds, in a
 * network namespace of its own; skips only where none can be made. With a
 * program as argument it only makes the sockets and then runs that.
 */
#include <err.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sktop/filter.h>
#include <sktop/source.h>
#include "net.h"
#include "random_filter.h"

#define FILTERS 4000
#define PAIRS 60
#define DATAGRAMS 30
#define ENTRIES "/proc/sys/net/ipv4/tcp_child_ehash_entries"

static unsigned seed = 2026;

/* Some are marked, some are bound to lo. */
static int make_socket(const union net_address *a, int type)
{
	int fd = socket(a->sa.sa_family, type, 0), one = 1;
	unsigned mark = (unsigned[]){ 0, 0, 7, 0x17 }[rand_r(&seed) % 4];

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		warn("SO_MARK");
	if (rand_r(&seed) % 4 == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3))
		warn("SO_BINDTODEVICE");
	return fd;
}

static int listening(const char *text, uint16_t port)
{
	union net_address a;
	socklen_t len = net_address(text, port, &a);
	int fd = make_socket(&a, SOCK_STREAM);

	if (bind(fd, &a.sa, len) || listen(fd, 64))
		err(1, "listen on %s %u", text, port);
	return fd;
}

static int connected(int type, const char *text, uint16_t port)
{
	union net_address a;
	socklen_t len = net_address(text, port, &a);
	int fd = make_socket(&a, type);

	if (connect(fd, &a.sa, len))
		err(1, "connect to %s %u", text, port);
	return fd;
}

/* One connection, left in one of the states that can be held still. */
static void make_pair(int listener, const char *text, uint16_t port)
{
	int here = connected(SOCK_STREAM, text, port);
	int there = net_accepted(listener);

	switch (rand_r(&seed) % 6) {
	case 0: /* FIN_WAIT2 and CLOSE_WAIT */
		shutdown(here, SHUT_WR);
		net_wait_for_fin(there);
		break;
	case 1: /* a mini socket in FIN_WAIT2 */
		close(here);
		net_wait_for_fin(there);
		break;
	case 2: /* TIME_WAIT */
		close(here);
		net_wait_for_fin(there);
		close(there);
		break;
	case 3:
		if (write(here, "some bytes", 10) != 10)
			err(1, "write");
		break;
	default:
		break;
	}
}

static void build_connections(void)
{
	static const struct {
		const char *listen, *connect;
		uint16_t port;
	} ends[] = {
		{ "127.0.0.1", "127.0.0.1", 5001 }, { "127.0.0.2", "127.0.0.2", 5002 },
		{ "0.0.0.0", "127.0.0.3", 5003 },   { "::1", "::1", 5001 },
		{ "::", "::1", 5004 },		    { "::", "::ffff:127.0.0.3", 5005 },
		{ "::", "127.0.0.1", 5006 },
	};
	int listener[7], seconds = 60;

	for (int i = 0; i < 7; i++)
		listener[i] = listening(ends[i].listen, ends[i].port);
	for (int i = 0; i < PAIRS; i++)
		make_pair(listener[i % 7], ends[i % 7].connect, ends[i % 7].port);
	setsockopt(listener[2], IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	for (int i = 0; i < 3; i++)
		connected(SOCK_STREAM, "127.0.0.3", 5003); /* SYN_RECV */
	connected(SOCK_STREAM, "::1", 5004);		   /* not accepted */
}

static void make_datagrams(void)
{
	static const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "::1", "::",
					     "0.0.0.0" };

	for (uint16_t i = 0; i < DATAGRAMS; i++) {
		union net_address a;
		const char *host = hosts[i % 5];
		socklen_t len = net_address(host, (uint16_t)(6001 + i / 5), &a);
		int fd;

		if (i % 3 == 0) {
			connected(SOCK_DGRAM, i % 5 > 2 ? "127.0.0.1" : host, 6001);
			continue;
		}
		fd = make_socket(&a, SOCK_DGRAM);
		if (bind(fd, &a.sa, len))
			warn("bind %s", host);
	}
}

/* Abstract names need no cleaning up. */
static void make_local(void)
{
	static const char *const names[] = { "sktop-One", "sktop-two", "other" };
	int ends[2];

	for (size_t i = 0; i < 3; i++) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
					    strlen(names[i]));
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		memcpy(a.sun_path + 1, names[i], strlen(names[i]));
		if (bind(fd, (struct sockaddr *)&a, len) || listen(fd, 4))
			err(1, "bind @%s", names[i]);
	}
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		err(1, "socketpair");
}

/** The kernel, asked with and without bytecode. */
struct world {
	struct sk_source *source;
	struct sk_names *names;
	struct sk_request request;
	bool refused; /* no CAP_NET_ADMIN */
	struct sk_sample *all, *some;
};

static void sample(struct world *w, struct sk_sample *into)
{
	sk_sample_reset(into);
	if (sk_source_collect(w->source, &w->request, into))
		errx(1, "sampling failed: %s", into->losses.note);
	if (into->losses.dump_errors || into->losses.malformed)
		errx(1, "sampling: %s", into->losses.note);
}

static void sample_all(struct world *w)
{
	w->request.filter = (struct sk_bytecode){ 0 };
	sample(w, w->all);
}

static struct world open_world(bool refused)
{
	struct world w = { .request = SK_REQUEST_DEFAULT, .refused = refused };
	const struct sk_names_options names = { .wait_users = true };
	char error[SK_ERROR_LEN];

	w.request.needs = SK_NEED_SOCKETS | SK_NEED_TCP_EXT | SK_NEED_LINKS;
	if (sk_live_source_new(0, &w.source, error) || sk_names_new(&names, &w.names) ||
	    sk_sample_new(&w.all) || sk_sample_new(&w.some))
		errx(1, "cannot begin: %s", error);
	sample_all(&w);
	return w;
}

static void close_world(struct world *w)
{
	sk_sample_unref(w->all);
	sk_sample_unref(w->some);
	sk_names_free(w->names);
	sk_source_free(w->source);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* Cookies of the sockets that match, in order; all of them without a filter. */
static uint32_t choose(const struct world *w, const struct sk_sample *from,
		       const struct sk_filter *filter, uint64_t *cookies)
{
	struct sk_context context = { .sample = from, .names = w->names };
	uint32_t n = 0;

	for (uint32_t i = 0; i < from->n_sockets; i++) {
		if (sk_filter_match(filter, &context, &from->sockets[i]))
			cookies[n++] = from->sockets[i].cookie;
	}
	qsort(cookies, n, sizeof(*cookies), by_number);
	return n;
}

static bool same_set(const struct world *w, const struct sk_sample *a,
		     const struct sk_filter *filter_a, const struct sk_sample *b,
		     const struct sk_filter *filter_b)
{
	uint64_t *left = calloc(a->n_sockets + 1, sizeof(*left));
	uint64_t *right = calloc(b->n_sockets + 1, sizeof(*right));
	uint32_t n = choose(w, a, filter_a, left), m = choose(w, b, filter_b, right);
	bool same = n == m && memcmp(left, right, n * sizeof(*left)) == 0;

	free(left);
	free(right);
	return same;
}

/* All that is asked of one filter. */
static bool holds(struct world *w, const struct sk_filter *filter, unsigned flags)
{
	struct sk_filter *none = NULL;

	if (sk_filter_compile(filter, flags, &w->request.filter))
		errx(1, "out of memory");
	sample(w, w->some);
	if (!same_set(w, w->all, filter, w->some, filter))
		return false;
	/* UDP comes whole in a series, and all when marks are refused */
	return !w->request.filter.exact || flags || w->refused ||
	       same_set(w, w->all, filter, w->some, none);
}

static void check(struct world *w, const char *text, size_t *narrowed, size_t *exact)
{
	struct sk_filter_error error;
	struct sk_filter *filter;
	unsigned flags = rand_r(&seed) % 4 ? 0 : SK_COMPILE_SERIES;

	if (sk_filter_parse(text, sk_table(SK_TABLE_CONNECTIONS), &filter, &error))
		errx(1, "%s: %s", text, error.message);
	if (!holds(w, filter, flags)) {
		/* a timer may have run out meanwhile: look at the world again */
		sample_all(w);
		if (!holds(w, filter, flags))
			errx(1, "FAIL: kernel and evaluator disagree: %s", text);
	}
	*narrowed += w->some->n_sockets < w->all->n_sockets;
	*exact += w->request.filter.exact;
	sk_filter_free(filter);
}

static void run(const char *who, int filters, bool refused)
{
	struct world w = open_world(refused);
	size_t narrowed = 0, exact = 0;

	for (int i = 0; i < filters; i++) {
		char text[1000];

		random_filter(&seed, 1 + i % 4, text, sizeof(text));
		check(&w, text, &narrowed, &exact);
	}
	printf("%s: %d filters over %u sockets, %zu narrowed by the kernel, %zu exactly\n",
	       who, filters, w.all->n_sockets, narrowed, exact);
	if (narrowed * 4 < (size_t)filters)
		errx(1, "FAIL: the kernel was hardly asked to filter");
	close_world(&w);
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	net_enter_or_skip(true);
	/* a small hash of its own makes thousands of walks short (Linux 6.1) */
	if (access(ENTRIES, F_OK) == 0)
		net_write_file(ENTRIES, "256");
	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	net_lo_up();
	build_connections();
	make_datagrams();
	make_local();
	if (argc > 1) {
		/* the sockets stay open: descriptors outlive exec() */
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	run("with CAP_NET_ADMIN", FILTERS, false);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		/* marks are refused: everything comes, and the result is the same */
		if (seteuid(65534) && getuid() == 0)
			warn("seteuid");
		run("without", FILTERS / 10, true);
		if (seteuid(getuid())) /* LeakSanitizer looks at us from outside */
			warn("seteuid");
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		err(1, "waitpid");
	return WEXITSTATUS(status);
}
