/* SPDX-License-Identifier: MIT */
/*
 * load KIND [OPTION=NUMBER...]: moves a known number of bytes over a known number of
 * connections between a server and a client, each a process of its own. Work is counted and
 * not timed: a slow machine needs longer for the same bytes.
 *
 * stdout has two lines of JSON. The first one says who is ready; then a line (or the end) of
 * stdin starts the load. The second one is the truth, as both programs counted it at their calls
 * of send() and recv(). The end of stdin ends both.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../net.h"

#define HOSTS_MAX 16U
#define PORT 7900U
#define STACK (128 << 10)
#define BUFFER (64 << 10)
#define PATIENCE 60 /* seconds; more than any machine needs for one answer */

/* All that may stand behind KIND; the kinds are presets of these. */
#define NUMBERS(X)                                                       \
	X(connections, "opened and closed one after the other")           \
	X(parallel, "so many of them at the same time")                   \
	X(rounds, "questions and answers of each")                        \
	X(up, "bytes of a question, from the client")                     \
	X(down, "bytes of an answer, from the server")                    \
	X(pause, "milliseconds after each answer")                        \
	X(hold, "milliseconds that a connection lasts at least")          \
	X(standing, "more connections, open from the start to the end")   \
	X(standing_rounds, "of each of these, with down bytes each")      \
	X(standing_pause, "milliseconds after each of their answers")    \
	X(keep, "1: the standing ones stay open when all is told")        \
	X(server_closes, "1: the server closes every other one first")    \
	X(reset, "1: the client ends its connections by a reset")         \
	X(hosts, "addresses of the client")                               \
	X(http, "1: a question ends with an empty line; no client of ours")

#define AS_MEMBER(name, what) uint64_t name;
struct numbers {
	NUMBERS(AS_MEMBER)
};

struct kind {
	const char *name;
	int family, type, protocol;
	struct numbers numbers;
};

/* Every other member is 0. */
static const struct kind KINDS[] = {
	{ "short", AF_INET, SOCK_STREAM, 0,
	  { .connections = 1500, .parallel = 50, .rounds = 1, .up = 100, .down = 20000,
	    .hold = 100, .standing = 20, .standing_rounds = 30, .standing_pause = 100,
	    .hosts = 3, .server_closes = 1 } },
	{ "burst", AF_INET, SOCK_STREAM, 0,
	  { .connections = 400, .parallel = 400, .rounds = 1, .up = 100, .down = 31000,
	    .hold = 3000, .hosts = 2 } },
	{ "long", AF_INET, SOCK_STREAM, 0,
	  { .up = 500, .down = 40000, .standing_pause = 50, .standing = 20, .standing_rounds = 60,
	    .hosts = 2, .keep = 1 } },
	{ "scp", AF_INET, SOCK_STREAM, 0,
	  { .connections = 1, .parallel = 1, .rounds = 56, .up = 1000000, .down = 40,
	    .pause = 50, .hosts = 1 } },
	{ "reset", AF_INET, SOCK_STREAM, 0,
	  { .connections = 500, .parallel = 20, .rounds = 1, .up = 100, .down = 20000,
	    .hold = 50, .hosts = 1, .reset = 1 } },
	{ "mptcp", AF_INET, SOCK_STREAM, IPPROTO_MPTCP,
	  { .connections = 300, .parallel = 20, .rounds = 1, .up = 100, .down = 20000,
	    .hold = 100, .standing = 5, .standing_rounds = 30, .standing_pause = 50,
	    .hosts = 1 } },
	{ "udp", AF_INET, SOCK_DGRAM, 0,
	  { .up = 1000, .down = 300, .standing_pause = 1, .standing = 10, .standing_rounds = 2000,
	    .hosts = 1, .keep = 1 } },
	{ "unix-stream", AF_UNIX, SOCK_STREAM, 0,
	  { .connections = 300, .parallel = 20, .rounds = 1, .up = 100, .down = 20000,
	    .hold = 100, .standing = 5, .standing_rounds = 60, .standing_pause = 30, .hosts = 1,
	    .keep = 1 } },
	{ "unix-dgram", AF_UNIX, SOCK_DGRAM, 0,
	  { .up = 1000, .down = 300, .standing_pause = 1, .standing = 5, .standing_rounds = 2000,
	    .hosts = 1, .keep = 1 } },
	{ "http", AF_INET, SOCK_STREAM, 0, { .down = 9800, .hosts = 1, .http = 1 } },
};

struct counts {
	atomic_ullong connections, tx, rx;
};

/* What one process counted: by the number of the client's address. Shared memory. */
struct end {
	pid_t pid;
	char cgroup[256];
	struct counts hosts[HOSTS_MAX];
};

static struct kind kind; /* what was chosen, with its options */
static struct end *server, *client;
static const char *server_address = "10.9.0.1", *client_prefix = "10.9.1.";
static atomic_ullong next_connection, next_answerer;

struct connection {
	int fd;
	unsigned host; /* number of the client's address */
	uint64_t rounds, pause;
	bool closes;
};

static void sleep_ms(uint64_t ms)
{
	struct timespec time = { .tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

static uint64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void write_all(int fd, uint64_t n, struct counts *counts)
{
	static const char zeroes[BUFFER];

	while (n) {
		size_t part = n < sizeof(zeroes) ? n : sizeof(zeroes);
		ssize_t done = send(fd, zeroes, part, MSG_NOSIGNAL);

		if (done < 0)
			err(1, "send");
		n -= (uint64_t)done;
		atomic_fetch_add(&counts->tx, (unsigned long long)done);
	}
}

/* False: the other end closed before the first byte. A datagram is a whole answer. */
static bool read_all(int fd, uint64_t n, struct counts *counts)
{
	char buffer[BUFFER];
	uint64_t left = n;

	while (left) {
		size_t part = left < sizeof(buffer) ? left : sizeof(buffer);
		ssize_t done = recv(fd, buffer, part, 0);

		if (done < 0 && errno == ECONNRESET && left == n)
			return false;
		if (done < 0)
			err(1, "recv");
		if (!done && left == n)
			return false;
		if (!done)
			errx(1, "an end within a message");
		left -= (uint64_t)done;
		atomic_fetch_add(&counts->rx, (unsigned long long)done);
	}
	return true;
}

static int new_socket(void)
{
	int fd = socket(kind.family, kind.type | SOCK_CLOEXEC, kind.protocol), one = 1;

	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ENOPROTOOPT)) {
		fprintf(stderr, "this kernel has no %s\n", kind.name);
		exit(77);
	}
	if (fd < 0)
		err(1, "socket");
	if (kind.family == AF_INET)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

/* The server's address, or the client's; `number` is that of a pair of datagram sockets. */
static socklen_t address_of(bool of_server, unsigned host, unsigned number,
			    struct sockaddr_storage *to)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	union net_address inet;
	socklen_t len;
	char text[64];

	memset(to, 0, sizeof(*to));
	if (kind.family == AF_UNIX) { /* abstract: there are such names in each namespace */
		len = (socklen_t)snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
					  "sktop-load-%s-%u", of_server ? "server" : "client",
					  number);
		memcpy(to, &name, sizeof(name));
		return (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 + len;
	}
	snprintf(text, sizeof(text), "%s%u", client_prefix, host + 1);
	if (of_server)
		len = net_address(server_address, (uint16_t)(PORT + number), &inet);
	else
		len = net_address(text,
				  (uint16_t)(kind.type == SOCK_DGRAM ? PORT + 1000 + number : 0),
				  &inet);
	memcpy(to, &inet, sizeof(inet));
	return len;
}

static void bind_to(int fd, bool of_server, unsigned host, unsigned number)
{
	struct sockaddr_storage address;
	socklen_t len = address_of(of_server, host, number, &address);
	int one = 1;

	if (kind.family == AF_INET && kind.type == SOCK_STREAM && !of_server)
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, len))
		err(1, "bind");
}

static void connect_to(int fd, bool to_server, unsigned host, unsigned number)
{
	struct sockaddr_storage address;
	socklen_t len = address_of(to_server, host, number, &address);

	while (connect(fd, (struct sockaddr *)&address, len)) {
		if (errno != EAGAIN && errno != EADDRNOTAVAIL)
			err(1, "connect");
		sleep_ms(10); /* a unix listener's queue is full, or every port waits */
	}
}

static pthread_t start(void *(*function)(void *), void *argument)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	while (pthread_create(&thread, &attr, function, argument))
		sleep_ms(10);
	pthread_attr_destroy(&attr);
	return thread;
}

/* The server */

/* A question in HTTP; false when there is none any more. */
static bool read_question(int fd, struct counts *counts, bool *closes)
{
	char text[4096];
	size_t n = 0;

	for (;;) {
		ssize_t done = recv(fd, text + n, sizeof(text) - 1 - n, 0);

		if (done <= 0)
			return false;
		atomic_fetch_add(&counts->rx, (unsigned long long)done);
		n += (size_t)done;
		text[n] = '\0';
		if (strstr(text, "\r\n\r\n"))
			break;
		if (n == sizeof(text) - 1)
			return false;
	}
	*closes = strstr(text, "Connection: close");
	return true;
}

static void serve_http(int fd, struct counts *counts)
{
	char answer[BUFFER];
	bool closes = false;
	int head = snprintf(answer, sizeof(answer),
			    "HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n",
			    (unsigned long long)kind.numbers.down);
	size_t size = (size_t)head + kind.numbers.down;

	if (size > sizeof(answer))
		errx(1, "an answer in HTTP has at most %zu bytes", sizeof(answer) - (size_t)head);
	memset(answer + head, 'x', kind.numbers.down);
	while (!closes && read_question(fd, counts, &closes)) {
		for (size_t sent = 0; sent < size;) {
			ssize_t done = send(fd, answer + sent, size - sent, MSG_NOSIGNAL);

			if (done < 0)
				return;
			atomic_fetch_add(&counts->tx, (unsigned long long)done);
			sent += (size_t)done;
		}
	}
}

/* So that the server's end of a pair of datagram sockets has a remote address, too. */
static void connect_to_asker(int fd)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	char byte;

	if (recvfrom(fd, &byte, 1, MSG_PEEK, (struct sockaddr *)&from, &len) < 0 ||
	    connect(fd, (struct sockaddr *)&from, len))
		err(1, "connect to who asks");
}

static void *answer(void *argument)
{
	struct connection *c = argument;
	struct counts *counts = &server->hosts[c->host];

	if (kind.type == SOCK_DGRAM)
		connect_to_asker(c->fd);
	atomic_fetch_add(&counts->connections, 1);
	if (kind.numbers.http) {
		serve_http(c->fd, counts);
	} else {
		for (uint64_t round = 0; !c->closes || round < kind.numbers.rounds; round++) {
			if (!read_all(c->fd, kind.numbers.up, counts))
				break;
			write_all(c->fd, kind.numbers.down, counts);
		}
	}
	close(c->fd);
	free(c);
	return NULL;
}

/* Which of the client's addresses it comes from. */
static unsigned host_of(int fd)
{
	struct sockaddr_in from = { 0 };
	socklen_t len = sizeof(from);

	if (kind.family != AF_INET || kind.numbers.http ||
	    getpeername(fd, (struct sockaddr *)&from, &len))
		return 0;
	return ((ntohl(from.sin_addr.s_addr) & 0xff) - 1) % HOSTS_MAX;
}

static void answer_on(int fd, unsigned host)
{
	struct connection *c = malloc(sizeof(*c));

	if (!c)
		err(1, "malloc");
	*c = (struct connection){ .fd = fd, .host = host };
	/* The standing ones come first, and the client closes these. */
	c->closes = kind.numbers.server_closes &&
		    atomic_fetch_add(&next_answerer, 1) >= kind.numbers.standing &&
		    atomic_load(&next_answerer) % 2;
	pthread_detach(start(answer, c));
}

static void say_ready(int ready)
{
	if (write(ready, "+", 1) != 1)
		err(1, "write");
}

static void accept_all(int ready)
{
	int listener = new_socket();

	bind_to(listener, true, 0, 0);
	if (listen(listener, 4096))
		err(1, "listen");
	say_ready(ready);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			answer_on(fd, host_of(fd));
		else if (errno != EINTR && errno != ECONNABORTED)
			err(1, "accept");
	}
}

static void run_server(int unused, int ready)
{
	(void)unused;
	if (kind.type == SOCK_STREAM)
		accept_all(ready);
	for (unsigned i = 0; i < kind.numbers.standing; i++) {
		int fd = new_socket();

		bind_to(fd, true, 0, i);
		answer_on(fd, 0);
	}
	say_ready(ready);
	for (;;)
		pause();
}

/* The client */

static void talk(struct connection *c)
{
	struct counts *counts = &client->hosts[c->host];

	for (uint64_t round = 0; round < c->rounds; round++) {
		write_all(c->fd, kind.numbers.up, counts);
		if (kind.numbers.down && !read_all(c->fd, kind.numbers.down, counts))
			errx(1, "the server ended a connection");
		if (c->pause)
			sleep_ms(c->pause);
	}
}

static void open_one(struct connection *c, unsigned number)
{
	const struct timeval patience = { .tv_sec = PATIENCE };

	c->host = number % (unsigned)kind.numbers.hosts;
	c->fd = new_socket();
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (kind.family == AF_INET || kind.type == SOCK_DGRAM)
		bind_to(c->fd, false, c->host, number);
	connect_to(c->fd, true, c->host, kind.type == SOCK_DGRAM ? number : 0);
	atomic_fetch_add(&client->hosts[c->host].connections, 1);
}

static void *talk_standing(void *argument)
{
	talk(argument);
	return NULL;
}

/* Opens one after the other until all are done. */
static void *open_many(void *argument)
{
	const struct linger at_once = { .l_onoff = 1 };
	unsigned long long number;

	(void)argument;
	while ((number = atomic_fetch_add(&next_connection, 1)) < kind.numbers.connections) {
		struct connection c = { .rounds = kind.numbers.rounds,
					.pause = kind.numbers.pause };
		uint64_t opened = now_ms(), lasted;

		open_one(&c, (unsigned)number);
		talk(&c);
		lasted = now_ms() - opened;
		if (lasted < kind.numbers.hold)
			sleep_ms(kind.numbers.hold - lasted);
		if (kind.numbers.reset)
			setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(c.fd);
	}
	return NULL;
}

static void run_client(int go, int done)
{
	uint64_t standing = kind.numbers.standing, parallel = kind.numbers.parallel;
	struct connection *ends = calloc(standing + 1, sizeof(*ends));
	pthread_t *threads = calloc(standing + parallel + 1, sizeof(*threads));
	uint64_t n = 0;
	char byte;

	if (!ends || !threads)
		err(1, "calloc");
	if (read(go, &byte, 1) != 1)
		exit(1);
	for (unsigned i = 0; i < standing; i++) {
		ends[i].rounds = kind.numbers.standing_rounds;
		ends[i].pause = kind.numbers.standing_pause;
		open_one(&ends[i], i);
	}
	for (uint64_t i = 0; i < standing; i++)
		threads[n++] = start(talk_standing, &ends[i]);
	for (uint64_t i = 0; i < parallel; i++)
		threads[n++] = start(open_many, NULL);
	while (n)
		pthread_join(threads[--n], NULL);
	for (uint64_t i = 0; i < standing && !kind.numbers.keep; i++)
		close(ends[i].fd);
	if (write(done, "+", 1) != 1)
		err(1, "write");
	for (;;)
		pause();
}

/* Both */

/* A cgroup of its own below `top`, where version 2 is mounted; none where that is refused. */
static void enter_cgroup(const char *top, struct end *end, const char *name)
{
	char path[600], number[32];
	int fd;

	snprintf(end->cgroup, sizeof(end->cgroup), "/sktop-load-%d-%s", (int)getppid(), name);
	snprintf(path, sizeof(path), "%s%s", top, end->cgroup);
	if (mkdir(path, 0755))
		goto none;
	strcat(path, "/cgroup.procs");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	snprintf(number, sizeof(number), "%d", (int)getpid());
	if (fd < 0 || write(fd, number, strlen(number)) < 0) {
		close(fd);
		goto none;
	}
	close(fd);
	return;
none:
	end->cgroup[0] = '\0';
}

static void leave_cgroup(const char *top, const struct end *end)
{
	char path[600];

	if (!end->cgroup[0])
		return;
	snprintf(path, sizeof(path), "%s%s", top, end->cgroup);
	for (int tries = 0; tries < 100 && rmdir(path) && errno == EBUSY; tries++)
		sleep_ms(20);
}

static void enter_namespace(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

static void print_end(const char *name, const struct end *end)
{
	unsigned long long connections = 0, tx = 0, rx = 0;

	for (unsigned i = 0; i < HOSTS_MAX; i++) {
		connections += end->hosts[i].connections;
		tx += end->hosts[i].tx;
		rx += end->hosts[i].rx;
	}
	printf("\"%s\":{\"pid\":%d,\"cgroup\":", name, (int)end->pid);
	printf(end->cgroup[0] ? "\"%s\"" : "null", end->cgroup);
	printf(",\"connections\":%llu,\"tx\":%llu,\"rx\":%llu}", connections, tx, rx);
}

/* The client's bytes belong to the server's address, and the server's to the client's addresses. */
static void print_truth(const char *what)
{
	unsigned long long connections = 0, tx = 0, rx = 0;

	printf("{\"%s\":\"%s\",", what, kind.name);
	print_end("server", server);
	printf(",");
	print_end("client", client);
	printf(",\"hosts\":{");
	for (unsigned i = 0; i < HOSTS_MAX; i++) {
		const struct counts *counts = &server->hosts[i];

		connections += client->hosts[i].connections;
		tx += client->hosts[i].tx;
		rx += client->hosts[i].rx;
		if (kind.family == AF_INET && counts->connections)
			printf("\"%s%u\":{\"connections\":%llu,\"tx\":%llu,\"rx\":%llu},",
			       client_prefix, i + 1, counts->connections, counts->tx,
			       counts->rx);
	}
	printf("\"%s\":{\"connections\":%llu,\"tx\":%llu,\"rx\":%llu}}}\n", server_address,
	       connections, tx, rx);
	fflush(stdout);
}

/* Whether both have counted the same bytes: what the client received last was just counted. */
static void wait_for_agreement(void)
{
	for (unsigned i = 0; i < HOSTS_MAX; i++) {
		struct counts *a = &server->hosts[i], *b = &client->hosts[i];

		for (int tries = 0; a->tx != b->rx || a->rx != b->tx; tries++) {
			if (tries == PATIENCE * 100)
				errx(1, "server and client disagree");
			sleep_ms(10);
		}
	}
}

static pid_t run(struct end *end, const char *name, const char *top, const char *netns,
		 void (*function)(int, int), int in, int out)
{
	pid_t child = fork();

	if (child < 0)
		err(1, "fork");
	if (child) {
		end->pid = child;
		return child;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	if (top)
		enter_cgroup(top, end, name + strlen("load-"));
	if (netns)
		enter_namespace(netns);
	function(in, out);
	exit(0);
}

static const struct {
	const char *name, *what;
	size_t offset;
} OPTIONS[] = {
#define AS_OPTION(name, what) { #name, what, offsetof(struct numbers, name) },
	NUMBERS(AS_OPTION)
};

static void usage(void)
{
	puts("load [-g CGROUP2] [-n CLIENT_NETNS] [-s SERVER] [-c CLIENT_PREFIX] KIND "
	     "[NAME=NUMBER...]");
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++)
		printf("  %s\n", KINDS[i].name);
	for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(*OPTIONS); i++)
		printf("  %s=N: %s\n", OPTIONS[i].name, OPTIONS[i].what);
	exit(2);
}

static void choose(char **argv)
{
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++) {
		if (*argv && !strcmp(KINDS[i].name, *argv))
			kind = KINDS[i];
	}
	if (!kind.name)
		usage();
	for (char *word; (word = *++argv);) {
		char *equals = strchr(word, '=');
		uint64_t *number = NULL;

		for (size_t i = 0; equals && i < sizeof(OPTIONS) / sizeof(*OPTIONS); i++) {
			if (strlen(OPTIONS[i].name) == (size_t)(equals - word) &&
			    !strncmp(OPTIONS[i].name, word, (size_t)(equals - word)))
				number = (uint64_t *)((char *)&kind.numbers + OPTIONS[i].offset);
		}
		if (!number)
			usage();
		*number = strtoull(equals + 1, NULL, 10);
	}
	if (!kind.numbers.hosts || kind.numbers.hosts > HOSTS_MAX)
		errx(2, "hosts is 1 to %u", HOSTS_MAX);
}

static void wait_for_line(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		;
}

/* Until a program says that it is ready, or done; false: it has failed, and said why. */
static bool has_said(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1;
}

static void end_both(const char *cgroup)
{
	if (client->pid)
		kill(client->pid, SIGKILL);
	kill(server->pid, SIGKILL);
	while (wait(NULL) > 0)
		;
	leave_cgroup(cgroup, client);
	leave_cgroup(cgroup, server);
}

/* True when all went as it should. */
static bool run_both(const char *cgroup, const char *netns)
{
	int ready[2], go[2], done[2];

	if (pipe2(ready, O_CLOEXEC))
		err(1, "pipe");
	run(server, "load-server", cgroup, NULL, run_server, -1, ready[1]);
	close(ready[1]);
	if (!has_said(ready[0]))
		return false;
	if (pipe2(go, O_CLOEXEC) || pipe2(done, O_CLOEXEC))
		err(1, "pipe");
	run(client, "load-client", cgroup, netns, run_client, go[0], done[1]);
	close(done[1]);
	print_truth("ready");
	wait_for_line();
	if (!kind.numbers.http) {
		if (write(go[1], "+", 1) != 1 || !has_said(done[0]))
			return false;
		wait_for_agreement();
		print_truth("done");
	}
	wait_for_line();
	return true;
}

int main(int argc, char **argv)
{
	const char *cgroup = NULL, *netns = NULL;
	bool whole;
	int option;

	while ((option = getopt(argc, argv, "+g:n:s:c:")) != -1) {
		if (option == 'g')
			cgroup = optarg;
		else if (option == 'n')
			netns = optarg;
		else if (option == 's')
			server_address = optarg;
		else if (option == 'c')
			client_prefix = optarg;
		else
			usage();
	}
	choose(argv + optind);
	server = mmap(NULL, 2 * sizeof(*server), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (server == MAP_FAILED)
		err(1, "mmap");
	client = server + 1;
	close(new_socket()); /* or status 77 */
	whole = run_both(cgroup, netns);
	end_both(cgroup);
	if (whole && kind.numbers.http)
		print_truth("done");
	return !whole;
}
