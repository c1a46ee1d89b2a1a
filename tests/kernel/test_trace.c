/* SPDX-License-Identifier: MIT */
/*
 * The programs at tracepoints against loads of known bytes, makers and ends: what they tell is
 * equal to what was done. Each test lives in a network namespace of its own.
 */
#include "../testing.h"
#include "../net.h"
#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <sktop/source.h>
#include <sktop/types.h>
#include "kernel/act/privilege.h"
#include "kernel/bpf/trace.h"

#define SKIP 77
#define PORT 5000
#define CALLS 1000
#define PATIENCE_S 20 /* for what the kernel does by itself; nothing else depends on it */

/** A trace of the test's own namespace, and what was read so far. */
struct scene {
	struct trace *trace;
	uint64_t netns;
	struct trace_bytes_list bytes;
	struct trace_ends_list ends; /* of the last read */
	struct trace_end end[64];    /* of all reads */
	uint32_t n_ends;
	uint64_t lost; /* ends that the test loses on purpose */
};

static uint64_t namespace_here(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	*state = scene;
	if (!scene || !net_enter(false))
		return -1;
	net_lo_up();
	scene->netns = namespace_here();
	return trace_open(TRACE_ENDS | TRACE_BYTES, &scene->trace) ||
	       trace_watch(scene->trace, scene->netns);
}

static int tear_down(void **state)
{
	struct scene *scene = *state;
	struct trace_losses lost;

	trace_losses(scene->trace, &lost);
	assert_int_equal(lost.ends, scene->lost);
	assert_int_equal(lost.bytes + lost.makers, 0);
	trace_close(scene->trace);
	trace_bytes_free(&scene->bytes);
	trace_ends_free(&scene->ends);
	free(scene);
	return 0;
}

/* The child's end is waited for. */
static pid_t in_child(void (*run)(int), int fd, const char *name)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		run(fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

/* Of /proc/self/stat, field 22. */
static uint64_t own_start(void)
{
	FILE *file = fopen("/proc/self/stat", "r");
	unsigned long long start;

	assert_non_null(file);
	assert_int_equal(fscanf(file,
				"%*d %*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
				"%*d %*d %*d %*d %*d %*d %llu",
				&start),
			 1);
	fclose(file);
	return start;
}

static const struct trace_bytes *entry_of(const struct scene *scene, uint64_t cookie, pid_t pid)
{
	const struct trace_bytes *found = NULL;

	for (uint32_t i = 0; i < scene->bytes.n; i++) {
		const struct trace_bytes *b = &scene->bytes.at[i];

		if (b->cookie != cookie || b->process.tgid != (uint32_t)pid)
			continue;
		assert_null(found);
		found = b;
	}
	return found;
}

static void read_bytes(struct scene *scene)
{
	assert_int_equal(trace_bytes_read(scene->trace, &scene->bytes), 0);
}

static void expect_bytes(const struct scene *scene, uint64_t cookie, pid_t pid, uint64_t received,
			 uint64_t sent)
{
	const struct trace_bytes *b = entry_of(scene, cookie, pid);

	if (!received && !sent && !b)
		return;
	assert_non_null(b);
	assert_int_equal(b->bytes[0], received);
	assert_int_equal(b->bytes[1], sent);
	assert_int_equal(b->netns, scene->netns);
}

static void pump(int from, int to, int calls, size_t size)
{
	char buffer[4096] = { 0 };

	for (int i = 0; i < calls; i++) {
		assert_int_equal(send(from, buffer, size, 0), size);
		assert_int_equal(recv(to, buffer, sizeof(buffer), 0), size);
	}
}

FRESH(udp)
{
	struct scene *scene = *state;
	int server = net_bound(SOCK_DGRAM, 0, "127.0.0.1", PORT);
	int client = net_connected(SOCK_DGRAM, 0, "127.0.0.1", PORT);
	int free_one = socket(AF_INET6, SOCK_DGRAM, 0);
	int server6 = net_bound(SOCK_DGRAM, 0, "::1", PORT);
	union net_address to;
	socklen_t len = net_address("::1", PORT, &to);
	const struct trace_bytes *b;
	char buffer[1000] = { 0 }, name[TRACE_COMM];

	pump(client, server, CALLS, 700);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(sendto(free_one, buffer, 900, 0, &to.sa, len), 900);
		assert_int_equal(recv(server6, buffer, sizeof(buffer), MSG_PEEK), 900);
		assert_int_equal(recv(server6, buffer, 500, 0), 500); /* cut */
	}
	assert_int_equal(send(client, buffer, 0, 0), 0);
	assert_int_equal(recv(server, buffer, sizeof(buffer), 0), 0);
	assert_int_equal(recv(server, buffer, sizeof(buffer), MSG_DONTWAIT), -1);
	read_bytes(scene);
	expect_bytes(scene, net_cookie(client), getpid(), 0, 700 * CALLS);
	expect_bytes(scene, net_cookie(server), getpid(), 700 * CALLS, 0);
	expect_bytes(scene, net_cookie(free_one), getpid(), 0, 9000);
	expect_bytes(scene, net_cookie(server6), getpid(), 5000, 0);
	b = entry_of(scene, net_cookie(server6), getpid());
	assert_int_equal(b->family, AF_INET6);
	assert_int_equal(b->type, SOCK_DGRAM);
	assert_int_equal(b->protocol, IPPROTO_UDP);
	assert_int_equal(b->process.flags, TRACE_PROCESS_KNOWN);
	assert_int_equal(trace_start_ticks(&b->process), own_start());
	prctl(PR_GET_NAME, name);
	assert_string_equal(b->process.comm, name);
}

/* A message of the error queue repeats what was sent; it is not received. */
FRESH(error_queue)
{
	struct scene *scene = *state;
	int client = net_connected(SOCK_DGRAM, 0, "127.0.0.1", PORT), on = 1;
	char buffer[200] = { 0 };

	assert_int_equal(setsockopt(client, SOL_IP, IP_RECVERR, &on, sizeof(on)), 0);
	assert_int_equal(send(client, buffer, sizeof(buffer), 0), sizeof(buffer));
	assert_true(recv(client, buffer, sizeof(buffer), MSG_ERRQUEUE) > 0);
	read_bytes(scene);
	expect_bytes(scene, net_cookie(client), getpid(), 0, sizeof(buffer));
}

static void check_pair(struct scene *scene, int type)
{
	const struct trace_bytes *b;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	pump(pair[0], pair[1], CALLS, 1234);
	pump(pair[1], pair[0], 3, 77);
	read_bytes(scene);
	expect_bytes(scene, net_cookie(pair[0]), getpid(), 3 * 77, 1234 * CALLS);
	expect_bytes(scene, net_cookie(pair[1]), getpid(), 1234 * CALLS, 3 * 77);
	b = entry_of(scene, net_cookie(pair[0]), getpid());
	assert_int_equal(b->family, AF_UNIX);
	assert_int_equal(b->type, type);
	close(pair[0]);
	close(pair[1]);
}

FRESH(unix_pairs)
{
	check_pair(*state, SOCK_STREAM);
	check_pair(*state, SOCK_DGRAM);
	check_pair(*state, SOCK_SEQPACKET);
}

static void send_five(int fd)
{
	char buffer[100] = { 0 };

	for (int i = 0; i < 5; i++) {
		if (send(fd, buffer, sizeof(buffer), 0) != sizeof(buffer))
			_exit(1);
	}
}

/* One socket, two processes; and what closed is still told. */
FRESH(processes)
{
	struct scene *scene = *state;
	uint64_t cookie[2];
	int pair[2];
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	cookie[0] = net_cookie(pair[0]);
	cookie[1] = net_cookie(pair[1]);
	pump(pair[0], pair[1], 2, 50);
	child = in_child(send_five, pair[0], "speaker");
	close(pair[0]);
	close(pair[1]);
	read_bytes(scene);
	expect_bytes(scene, cookie[0], getpid(), 0, 100);
	expect_bytes(scene, cookie[0], child, 0, 500);
	expect_bytes(scene, cookie[1], getpid(), 100, 0);
	assert_string_equal(entry_of(scene, cookie[0], child)->process.comm, "speaker");
}

FRESH(not_counted)
{
	struct scene *scene = *state;
	int listener = net_listening(0, "127.0.0.1", PORT, 1), pair[2];
	int client = net_connected(SOCK_STREAM, 0, "127.0.0.1", PORT);
	int server = net_accepted(listener);
	uint64_t since;

	pump(client, server, 5, 1000);
	read_bytes(scene);
	assert_null(entry_of(scene, net_cookie(client), getpid()));
	assert_null(entry_of(scene, net_cookie(server), getpid()));
	/* not attached */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pump(pair[0], pair[1], 5, 100);
	assert_int_equal(trace_set(scene->trace, TRACE_ENDS), 0);
	assert_int_equal(trace_parts(scene->trace), TRACE_ENDS | TRACE_RESETS);
	assert_int_equal(trace_bytes_read(scene->trace, &scene->bytes), -ENOENT);
	pump(pair[0], pair[1], 5, 100);
	assert_int_equal(trace_set(scene->trace, TRACE_ENDS | TRACE_BYTES), 0);
	read_bytes(scene);
	assert_null(entry_of(scene, net_cookie(pair[0]), getpid()));
	pump(pair[0], pair[1], 5, 100);
	read_bytes(scene);
	expect_bytes(scene, net_cookie(pair[0]), getpid(), 0, 500);
	since = entry_of(scene, net_cookie(pair[0]), getpid())->since_ns;
	pump(pair[0], pair[1], 5, 100);
	read_bytes(scene);
	expect_bytes(scene, net_cookie(pair[0]), getpid(), 0, 1000);
	assert_int_equal(entry_of(scene, net_cookie(pair[0]), getpid())->since_ns, since);
	/* not watched */
	trace_unwatch(scene->trace, scene->netns);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pump(pair[0], pair[1], 5, 100);
	read_bytes(scene);
	assert_null(entry_of(scene, net_cookie(pair[0]), getpid()));
}

/*
 * More sockets than have room: their bytes stay with the process. At the second read those that
 * rest are given up, so that there is room again.
 */
FRESH(many_sockets)
{
	struct scene *scene = *state;
	struct sockaddr_in to = net_loopback(PORT);
	uint64_t sum = 0, rest = 0;
	char buffer[10] = { 0 };

	for (int i = 0; i < TRACE_SOCKETS + 1000; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		assert_int_equal(sendto(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&to,
					sizeof(to)),
				 sizeof(buffer));
		close(fd);
	}
	read_bytes(scene);
	for (uint32_t i = 0; i < scene->bytes.n; i++) {
		const struct trace_bytes *b = &scene->bytes.at[i];

		if (b->netns != scene->netns)
			continue;
		sum += b->bytes[1];
		rest += b->cookie ? 0 : b->bytes[1];
		assert_int_equal(b->process.tgid, getpid());
	}
	assert_int_equal(sum, (TRACE_SOCKETS + 1000) * sizeof(buffer));
	assert_int_equal(rest, 1000 * sizeof(buffer));
	read_bytes(scene);
	assert_int_equal(scene->bytes.n, TRACE_SOCKETS + 1);
	read_bytes(scene);
	assert_int_equal(scene->bytes.n, 1);
}

static void read_ends(struct scene *scene)
{
	assert_int_equal(trace_ends_read(scene->trace, &scene->ends), 0);
	for (uint32_t i = 0; i < scene->ends.n; i++) {
		assert_int_equal(scene->ends.at[i].netns, scene->netns);
		assert_true(scene->n_ends < 64);
		scene->end[scene->n_ends++] = scene->ends.at[i];
	}
}

/* Waits for the end of a connection. A reset that came in a later record is added to it. */
static struct trace_end end_of(struct scene *scene, uint64_t cookie)
{
	time_t deadline = time(NULL) + PATIENCE_S;
	struct trace_end end = { 0 };

	while (!end.cookie) {
		read_ends(scene);
		for (uint32_t i = 0; i < scene->n_ends; i++) {
			if (scene->end[i].cookie != cookie)
				continue;
			if (scene->end[i].flags & TRACE_END_ONLY_RESET)
				end.flags |= TRACE_END_RESET_LATE;
			else
				end = scene->end[i];
		}
		assert_true(time(NULL) < deadline);
		if (!end.cookie)
			usleep(1000);
	}
	return end;
}

static void expect_end(struct scene *scene, uint64_t cookie, enum trace_reason reason, int from,
		       pid_t maker)
{
	struct trace_end end = end_of(scene, cookie);

	assert_int_equal(trace_reason(&end), reason);
	assert_int_equal(end.from, from);
	assert_int_equal(end.maker.tgid, maker);
	assert_int_equal(end.maker.flags, maker ? TRACE_PROCESS_KNOWN : 0);
	assert_int_equal(end.uid, getuid());
}

static void expect_edges(const struct scene *scene, const int (*want)[3])
{
	uint64_t have[TRACE_STATES][TRACE_STATES];

	assert_int_equal(trace_transitions_read(scene->trace, scene->netns, have), 0);
	for (int i = 0; want[i][2]; i++) {
		if (have[want[i][0]][want[i][1]] != (uint64_t)want[i][2])
			print_error("from %d to %d: %llu\n", want[i][0], want[i][1],
				    (unsigned long long)have[want[i][0]][want[i][1]]);
		assert_int_equal(have[want[i][0]][want[i][1]], want[i][2]);
		have[want[i][0]][want[i][1]] = 0;
	}
	for (int from = 0; from < TRACE_STATES; from++) {
		for (int to = 0; to < TRACE_STATES; to++) {
			if (have[from][to])
				print_error("also from %d to %d\n", from, to);
			assert_int_equal(have[from][to], 0);
		}
	}
}

/** A connection to a listener here, and the cookies of its sockets. */
struct both {
	int client, server;
	uint64_t of_client, of_server;
};

static struct both connect_both(int listener)
{
	struct both b;

	b.client = net_connected(SOCK_STREAM, 0, "127.0.0.1", PORT);
	b.server = net_accepted(listener);
	b.of_client = net_cookie(b.client);
	b.of_server = net_cookie(b.server);
	return b;
}

/* Shuts down the sending of the client, and waits until the server has acknowledged it. */
static void shut_down(const struct both *b)
{
	struct tcp_info info = { 0 };

	assert_int_equal(shutdown(b->client, SHUT_WR), 0);
	net_wait_for_fin(b->server);
	while (info.tcpi_state != SK_STATE_FIN_WAIT2) {
		socklen_t len = sizeof(info);

		assert_int_equal(getsockopt(b->client, SOL_TCP, TCP_INFO, &info, &len), 0);
	}
}

FRESH(closed_in_order)
{
	struct scene *scene = *state;
	int listener = net_listening(0, "127.0.0.1", PORT, 16);
	struct both b = connect_both(listener);

	/* the client closes: a mini socket waits in its place, first in FIN_WAIT2 */
	close(b.client);
	net_wait_for_fin(b.server);
	expect_end(scene, b.of_client, TRACE_REASON_CLOSED_BY_US, SK_STATE_FIN_WAIT2, getpid());
	close(b.server);
	expect_end(scene, b.of_server, TRACE_REASON_CLOSED_BY_PEER, SK_STATE_LAST_ACK, 0);
	/* the client shuts down: the FIN of the server finds the full socket in FIN_WAIT2 */
	b = connect_both(listener);
	shut_down(&b);
	close(b.server);
	expect_end(scene, b.of_client, TRACE_REASON_CLOSED_BY_US, SK_STATE_FIN_WAIT2, getpid());
	assert_true(end_of(scene, b.of_client).flags & TRACE_END_FIN_RECEIVED);
	expect_end(scene, b.of_server, TRACE_REASON_CLOSED_BY_PEER, SK_STATE_LAST_ACK, 0);
	/* the server closes */
	b = connect_both(listener);
	close(b.server);
	net_wait_for_fin(b.client);
	expect_end(scene, b.of_server, TRACE_REASON_CLOSED_BY_US, SK_STATE_FIN_WAIT2, 0);
	close(b.client);
	expect_end(scene, b.of_client, TRACE_REASON_CLOSED_BY_PEER, SK_STATE_LAST_ACK, getpid());
	close(listener);
	const int want[][3] = {
		{ SK_STATE_CLOSE, SK_STATE_LISTEN, 1 },
		{ SK_STATE_LISTEN, SK_STATE_CLOSE, 1 },
		{ SK_STATE_CLOSE, SK_STATE_SYN_SENT, 3 },
		{ SK_STATE_SYN_SENT, SK_STATE_ESTABLISHED, 3 },
		{ SK_STATE_LISTEN, SK_STATE_SYN_RECV, 3 },
		{ SK_STATE_SYN_RECV, SK_STATE_ESTABLISHED, 3 },
		{ SK_STATE_ESTABLISHED, SK_STATE_FIN_WAIT1, 3 },
		{ SK_STATE_FIN_WAIT1, SK_STATE_FIN_WAIT2, 3 },
		{ SK_STATE_FIN_WAIT2, SK_STATE_CLOSE, 2 },
		{ SK_STATE_FIN_WAIT2, SK_STATE_TIME_WAIT, 1 },
		{ SK_STATE_ESTABLISHED, SK_STATE_CLOSE_WAIT, 3 },
		{ SK_STATE_CLOSE_WAIT, SK_STATE_LAST_ACK, 3 },
		{ SK_STATE_LAST_ACK, SK_STATE_CLOSE, 3 },
		{ 0, 0, 0 },
	};
	expect_edges(scene, want);
}

static void linger_not(int fd)
{
	const struct linger none = { 1, 0 };

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
}

FRESH(reset)
{
	struct scene *scene = *state;
	int listener = net_listening(0, "127.0.0.1", PORT, 16);
	struct both b = connect_both(listener);
	char c = 0;

	/* by the client, with no linger time */
	linger_not(b.client);
	close(b.client);
	expect_end(scene, b.of_client, TRACE_REASON_RESET_SENT, SK_STATE_ESTABLISHED, getpid());
	expect_end(scene, b.of_server, TRACE_REASON_RESET_RECEIVED, SK_STATE_ESTABLISHED, 0);
	assert_int_equal(recv(b.server, &c, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	close(b.server);
	/* by the server, which does not read what came */
	b = connect_both(listener);
	assert_int_equal(send(b.client, &c, 1, 0), 1);
	assert_int_equal(recv(b.server, &c, 1, MSG_PEEK), 1);
	close(b.server);
	expect_end(scene, b.of_server, TRACE_REASON_RESET_SENT, SK_STATE_ESTABLISHED, 0);
	expect_end(scene, b.of_client, TRACE_REASON_RESET_RECEIVED, SK_STATE_ESTABLISHED,
		   getpid());
	close(b.client);
	/* after the FIN of the peer */
	b = connect_both(listener);
	shut_down(&b);
	linger_not(b.server);
	close(b.server);
	expect_end(scene, b.of_server, TRACE_REASON_RESET_SENT, SK_STATE_CLOSE_WAIT, 0);
	expect_end(scene, b.of_client, TRACE_REASON_RESET_RECEIVED, SK_STATE_FIN_WAIT2, getpid());
	close(b.client);
	close(listener);
	const int want[][3] = {
		{ SK_STATE_CLOSE, SK_STATE_LISTEN, 1 },
		{ SK_STATE_LISTEN, SK_STATE_CLOSE, 1 },
		{ SK_STATE_CLOSE, SK_STATE_SYN_SENT, 3 },
		{ SK_STATE_SYN_SENT, SK_STATE_ESTABLISHED, 3 },
		{ SK_STATE_LISTEN, SK_STATE_SYN_RECV, 3 },
		{ SK_STATE_SYN_RECV, SK_STATE_ESTABLISHED, 3 },
		{ SK_STATE_ESTABLISHED, SK_STATE_CLOSE, 4 },
		{ SK_STATE_ESTABLISHED, SK_STATE_FIN_WAIT1, 1 },
		{ SK_STATE_FIN_WAIT1, SK_STATE_FIN_WAIT2, 1 },
		{ SK_STATE_FIN_WAIT2, SK_STATE_CLOSE, 1 },
		{ SK_STATE_ESTABLISHED, SK_STATE_CLOSE_WAIT, 1 },
		{ SK_STATE_CLOSE_WAIT, SK_STATE_CLOSE, 1 },
		{ 0, 0, 0 },
	};
	expect_edges(scene, want);
}

/* Data that come after close() are answered with a reset; who closed is who sent it. */
FRESH(data_after_close)
{
	struct scene *scene = *state;
	int listener = net_listening(0, "127.0.0.1", PORT, 16), room = 4096;
	struct both b = { .client = socket(AF_INET, SOCK_STREAM, 0) };
	struct sockaddr_in to = net_loopback(PORT);
	char buffer[65536] = { 0 };

	/* what the server does not take keeps the client in FIN_WAIT1 */
	assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)), 0);
	assert_int_equal(connect(b.client, (struct sockaddr *)&to, sizeof(to)), 0);
	b.server = net_accepted(listener);
	b.of_client = net_cookie(b.client);
	b.of_server = net_cookie(b.server);
	while (send(b.client, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
	close(b.client);
	assert_int_equal(send(b.server, buffer, 1, 0), 1);
	expect_end(scene, b.of_client, TRACE_REASON_RESET_SENT, SK_STATE_FIN_WAIT1, getpid());
	expect_end(scene, b.of_server, TRACE_REASON_RESET_RECEIVED, SK_STATE_ESTABLISHED, 0);
}

static void connect_once(int fd)
{
	struct sockaddr_in to = net_loopback(PORT);

	(void)!connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* In a child: the one that connects is the maker, and not the one that opened the socket. */
FRESH(refused)
{
	struct scene *scene = *state;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint64_t cookie = net_cookie(fd);
	struct trace_end end;
	pid_t child = in_child(connect_once, fd, "knocker");

	expect_end(scene, cookie, TRACE_REASON_REFUSED, SK_STATE_SYN_SENT, child);
	end = end_of(scene, cookie);
	assert_string_equal(end.maker.comm, "knocker");
	assert_int_equal(end.err, ECONNREFUSED);
	/* one socket, again and again: each end is told, with its maker */
	scene->n_ends = 0;
	for (int i = 0; i < 3; i++)
		connect_once(fd);
	read_ends(scene);
	assert_int_equal(scene->n_ends, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(scene->end[i].cookie, cookie);
		assert_int_equal(scene->end[i].maker.tgid, getpid());
		assert_int_equal(trace_reason(&scene->end[i]), TRACE_REASON_REFUSED);
	}
}

/* Takes no packet any longer. */
static void deafen(int fd)
{
	struct sock_filter nothing = { BPF_RET | BPF_K, 0, 0, 0 };
	struct sock_fprog filter = { 1, &nothing };

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)), 0);
}

static void hurry(int fd)
{
	unsigned timeout_ms = 100;
	int syns = 1;

	assert_int_equal(setsockopt(fd, SOL_TCP, TCP_USER_TIMEOUT, &timeout_ms,
				    sizeof(timeout_ms)), 0);
	assert_int_equal(setsockopt(fd, SOL_TCP, TCP_SYNCNT, &syns, sizeof(syns)), 0);
}

FRESH(not_answered)
{
	struct scene *scene = *state;
	int listener = net_listening(0, "127.0.0.1", PORT, 16);
	struct both b = connect_both(listener);
	int fd[2] = { socket(AF_INET, SOCK_STREAM, 0),
		      socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) };
	uint64_t cookie[2] = { net_cookie(fd[0]), net_cookie(fd[1]) };
	char c = 0;

	deafen(b.server);
	hurry(b.client);
	assert_int_equal(send(b.client, &c, 1, 0), 1);
	deafen(listener);
	hurry(fd[0]);
	connect_once(fd[1]);
	close(fd[1]);
	connect_once(fd[0]);
	assert_int_equal(errno, ETIMEDOUT);
	expect_end(scene, cookie[0], TRACE_REASON_TIMED_OUT, SK_STATE_SYN_SENT, getpid());
	expect_end(scene, cookie[1], TRACE_REASON_GAVE_UP, SK_STATE_SYN_SENT, getpid());
	expect_end(scene, b.of_client, TRACE_REASON_TIMED_OUT, SK_STATE_ESTABLISHED, getpid());
}

/* Many at once: none is missed, and each has its maker. */
FRESH(many_ends)
{
	struct scene *scene = *state;
	int listener = net_listening(0, "127.0.0.1", PORT, 16);
	uint32_t made = 0, accepted = 0;
	uint64_t edges[TRACE_STATES][TRACE_STATES];

	for (int i = 0; i < CALLS; i++) {
		struct both b = connect_both(listener);

		linger_not(b.client);
		close(b.client);
		close(b.server);
	}
	assert_int_equal(trace_ends_read(scene->trace, &scene->ends), 0);
	for (uint32_t i = 0; i < scene->ends.n; i++) {
		const struct trace_end *end = &scene->ends.at[i];

		if (end->maker.tgid == (uint32_t)getpid() &&
		    trace_reason(end) == TRACE_REASON_RESET_SENT)
			made++;
		if (!end->maker.flags && trace_reason(end) == TRACE_REASON_RESET_RECEIVED)
			accepted++;
	}
	assert_int_equal(made, CALLS);
	assert_int_equal(accepted, CALLS);
	assert_int_equal(scene->ends.n, 2 * CALLS);
	assert_int_equal(trace_ends_read(scene->trace, &scene->ends), 0);
	assert_int_equal(scene->ends.n, 0);
	assert_int_equal(trace_transitions_read(scene->trace, scene->netns, edges), 0);
	assert_int_equal(edges[SK_STATE_ESTABLISHED][SK_STATE_CLOSE], 2 * CALLS);
}

/* What found no room is counted. */
FRESH(too_many_ends)
{
	struct scene *scene = *state;

	for (int i = 0; i < TRACE_ENDS_KEPT + 100; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		connect_once(fd); /* refused */
		close(fd);
	}
	scene->lost = 100;
	assert_int_equal(trace_ends_read(scene->trace, &scene->ends), 0);
	assert_int_equal(scene->ends.n, TRACE_ENDS_KEPT);
	connect_once(socket(AF_INET, SOCK_STREAM, 0));
	assert_int_equal(trace_ends_read(scene->trace, &scene->ends), 0);
	assert_int_equal(scene->ends.n, 1);
}

FRESH(not_watched)
{
	struct scene *scene = *state;
	uint64_t edges[TRACE_STATES][TRACE_STATES];

	trace_unwatch(scene->trace, scene->netns);
	connect_once(socket(AF_INET, SOCK_STREAM, 0));
	read_ends(scene);
	assert_int_equal(scene->n_ends, 0);
	assert_int_equal(trace_transitions_read(scene->trace, scene->netns, edges), -ENOENT);
	assert_int_equal(trace_watch(scene->trace, scene->netns), 0);
	assert_int_equal(trace_set(scene->trace, TRACE_BYTES), 0);
	connect_once(socket(AF_INET, SOCK_STREAM, 0));
	assert_int_equal(trace_ends_read(scene->trace, &scene->ends), -ENOENT);
	assert_int_equal(trace_transitions_read(scene->trace, scene->netns, edges), -ENOENT);
}

/* A first process of a new pid namespace. Returns what is wrong, as an exit status. */
static int in_namespace(const struct scene *scene, int fd)
{
	struct trace_bytes_list bytes = { 0 };
	struct trace *trace;
	int pair[2], found = 0;

	if (trace_open(TRACE_BYTES, &trace) || trace_watch(trace, scene->netns) ||
	    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 1;
	send_five(pair[0]);
	/* the process outside sends when it is told to, and says when it is done */
	if (send(fd, "", 1, 0) != 1 || recv(fd, &(char){ 0 }, 1, 0) != 1 ||
	    trace_bytes_read(trace, &bytes))
		return 2;
	for (uint32_t i = 0; i < bytes.n; i++) {
		if (bytes.at[i].netns == scene->netns && bytes.at[i].process.tgid == 1)
			found |= 1;
		else if (bytes.at[i].netns == scene->netns && bytes.at[i].process.tgid == 0)
			found |= 2;
	}
	trace_bytes_free(&bytes);
	trace_close(trace);
	return found == 3 ? 0 : 3;
}

/* Process numbers are those of our namespace: inside, outside, and 0 for those who have none. */
FRESH(pid_namespace)
{
	struct scene *scene = *state;
	int pair[2], status;
	char c = 0;
	pid_t pid, first;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID))
			_exit(SKIP);
		first = fork();
		if (first == 0)
			_exit(in_namespace(scene, pair[1]));
		(void)!send(pair[1], &first, sizeof(first), 0);
		waitpid(first, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
	}
	assert_int_equal(recv(pair[0], &first, sizeof(first), 0), sizeof(first));
	assert_int_equal(recv(pair[0], &c, 1, 0), 1);
	assert_int_equal(send(pair[0], &c, 1, 0), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	read_bytes(scene);
	expect_bytes(scene, net_cookie(pair[1]), first, 1, 1);
}

int main(void)
{
	struct trace *trace;
	int err = trace_open(TRACE_ENDS | TRACE_BYTES, &trace);
	unsigned parts;

	if (err == -EOPNOTSUPP && !sk_live_has_bpf()) {
		puts("SKIPPED: built without libbpf");
		return SKIP;
	}
	if (err && (!privilege_has_bpf() || access("/sys/kernel/btf/vmlinux", R_OK))) {
		printf("SKIPPED: BPF programs cannot be loaded: %s\n", strerror(-err));
		return SKIP;
	}
	if (err) {
		printf("cannot load: %s\n", strerror(-err));
		return 1;
	}
	parts = trace_parts(trace);
	trace_close(trace);
	if (parts != (TRACE_ENDS | TRACE_RESETS | TRACE_BYTES)) {
		puts("SKIPPED: this kernel lacks some of the tracepoints");
		return SKIP;
	}
	return testing_run(NULL, NULL);
}
