/* SPDX-License-Identifier: MIT */
/*
 * Descriptors looked at by BPF beside /proc: the same holders of the same sockets, first
 * and from tick to tick; and /proc again wherever BPF would not be right.
 */
#include "../testing.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sktop/diff.h>
#include <sktop/owners.h>
#include "kernel/bpf/fd_search.h"
#include "kernel/owners/owners.h"
#include "kernel/act/privilege.h"

#define SKIP 77
#define FAR 70000 /* a descriptor behind 16 bits, where the limit allows it */
#define MANY 3000 /* several windows, that is */
#define INODES FD_BPF_MANY

/** The sockets whose holders are asked for. */
struct scene {
	uint32_t inode[INODES], n;
	pid_t child[4];
	int children;
};

/** One way of looking, from tick to tick. */
struct yield {
	struct owners *owners;
	struct sk_differ *differ;
	struct sk_sample *sample;
};

static int ready[2]; /* a byte for each child that stands still */
static int far_fd;

static struct yield open_way(unsigned options)
{
	struct yield way = { 0 };

	assert_int_equal(owners_new("/proc", "/nonexistent", options, &way.owners), 0);
	assert_int_equal(sk_differ_new(&way.differ), 0);
	return way;
}

static void close_way(struct yield *way)
{
	sk_sample_unref(way->sample);
	sk_differ_free(way->differ);
	owners_free(way->owners);
}

static void tick(struct yield *way, const struct scene *scene, uint32_t more)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	request.needs = SK_NEED_SOCKETS | SK_NEED_OWNERS | more;
	assert_int_equal(sk_sample_new(&sample), 0);
	sample->needs = request.needs;
	sample->time_ns = way->sample ? way->sample->time_ns + 1000000000U : 1000000000U;
	for (uint32_t i = 0; i < scene->n; i++) {
		struct sk_socket *s;

		assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
		*s = (struct sk_socket){ .cookie = 1000U + scene->inode[i],
					 .inode = scene->inode[i],
					 .flags = SK_F_OWNER, .proto = SK_PROTO_TCP,
					 .state = SK_STATE_ESTABLISHED };
	}
	assert_int_equal(sk_diff_compute(way->differ, way->sample, sample), 0);
	assert_int_equal(owners_attribute(way->owners, &request, sample, 0), 0);
	sk_sample_unref(way->sample);
	way->sample = sample;
}

/* "pid:fd pid:fd" of an inode, the first holder first. */
static const char *holders(const struct yield *way, uint32_t inode, char text[512])
{
	const struct sk_sample *sample = way->sample;
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		for (uint32_t k = 0; s->inode == inode &&
				     k < sk_owners_count(sample->owners, s->owner); k++)
			len += (size_t)snprintf(
				text + len, 512 - len, "%s%u:%d", k ? " " : "",
				sk_owners_process(sample->owners, s->owner, k)->pid,
				s->fd + sk_owners_holder(sample->owners, s->owner, k)->fd);
	}
	return text;
}

static void expect(const struct yield *way, uint32_t inode, const char *format, ...)
{
	char have[512], want[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(want, sizeof(want), format, arguments);
	va_end(arguments);
	assert_string_equal(holders(way, inode, have), want);
}

static void expect_same(const struct yield *a, const struct yield *b,
			const struct scene *scene)
{
	char x[512], y[512];

	for (uint32_t i = 0; i < scene->n; i++)
		assert_string_equal(holders(a, scene->inode[i], x),
				    holders(b, scene->inode[i], y));
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
}

static int add_socket(struct scene *scene)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0 && scene->n < INODES);
	scene->inode[scene->n++] = inode_of(fd);
	return fd;
}

static void hold_still(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(ready[1], "x", 1) == 1)
		pause();
	_exit(1);
}

static void wait_ready(void)
{
	char c;

	assert_int_equal(read(ready[0], &c, 1), 1);
}

static pid_t add_child(struct scene *scene)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		hold_still();
	wait_ready();
	scene->child[scene->children++] = pid;
	return pid;
}

static void end_child(struct scene *scene, int i)
{
	kill(scene->child[i], SIGKILL);
	assert_int_equal(waitpid(scene->child[i], NULL, 0), scene->child[i]);
	scene->child[i] = scene->child[--scene->children];
}

/* Sent, not received: nobody has it at a descriptor. */
static void send_away(int through, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { "x", 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control.bytes) };

	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	assert_int_equal(sendmsg(through, &message, 0), 1);
	close(fd);
}

/* The name of a socket in a file system, opened: the mode of a socket, and it is none. */
static int open_name(struct scene *scene)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), path;

	snprintf(name.sun_path, sizeof(name.sun_path), "/tmp/sktop-fd-bpf-%d", getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	path = open(name.sun_path, O_PATH);
	assert_true(path >= 0);
	unlink(name.sun_path);
	close(fd);
	scene->inode[scene->n++] = inode_of(path);
	return path;
}

static int set_up(void **state)
{
	struct rlimit limit;

	*state = calloc(1, sizeof(struct scene));
	if (pipe2(ready, O_CLOEXEC) || getrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	limit.rlim_cur = limit.rlim_max > FAR ? FAR + 1 : limit.rlim_max;
	far_fd = (int)limit.rlim_cur - 1;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	while (scene->children)
		end_child(scene, 0);
	syscall(SYS_close_range, 3, ~0U, 0);
	free(scene);
	return 0;
}

FRESH(test_same)
{
	struct scene *scene = *state;
	struct yield proc = open_way(SK_LIVE_NO_BPF), bpf = open_way(SK_LIVE_BPF);
	int shared = add_socket(scene), twice, far, flying, pair[2];
	pid_t child = add_child(scene);

	twice = add_socket(scene);
	assert_int_equal(dup2(twice, twice + 20), twice + 20);
	far = add_socket(scene);
	assert_int_equal(dup2(far, far_fd), far_fd);
	close(far);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	flying = add_socket(scene);
	send_away(pair[0], flying);
	open_name(scene);
	tick(&proc, scene, 0);
	tick(&bpf, scene, 0);
	assert_true(owners_by_bpf(bpf.owners));
	assert_false(owners_by_bpf(proc.owners));
	expect_same(&proc, &bpf, scene);
	expect(&bpf, scene->inode[0], "%d:%d %d:%d", getpid(), shared, child, shared);
	expect(&bpf, scene->inode[1], "%d:%d %d:%d", getpid(), twice, getpid(), twice + 20);
	expect(&bpf, scene->inode[2], "%d:%d", getpid(), far_fd);
	expect(&bpf, scene->inode[3], "");
	expect(&bpf, scene->inode[4], "");
	close_way(&proc);
	close_way(&bpf);
}

/* Several windows; what is no socket and what is closed between. */
FRESH(test_many)
{
	struct scene *scene = *state;
	struct yield bpf;
	int fd[MANY];

	if (far_fd < 3 * MANY) {
		print_message("SKIPPED: the limit of descriptors is %d\n", far_fd + 1);
		skip();
	}
	bpf = open_way(SK_LIVE_BPF);
	for (int i = 0; i < MANY; i++) {
		fd[i] = add_socket(scene);
		assert_true(open(i % 2 ? "/dev/null" : "/proc/self/stat", O_RDONLY) >= 0);
		if (i % 7 == 0)
			close(fd[i] + 1);
	}
	tick(&bpf, scene, 0);
	for (int i = 0; i < MANY; i++)
		expect(&bpf, scene->inode[i], "%d:%d", getpid(), fd[i]);
	close_way(&bpf);
}

/* Closed and opened anew, far and near; and a process that has ended. */
FRESH(test_ticks)
{
	struct scene *scene = *state;
	struct yield proc = open_way(SK_LIVE_NO_BPF), bpf = open_way(SK_LIVE_BPF);
	int first = add_socket(scene);

	while (scene->n < MANY)
		add_socket(scene);
	add_child(scene);
	tick(&proc, scene, 0);
	tick(&bpf, scene, 0);
	expect_same(&proc, &bpf, scene);
	end_child(scene, 0);
	for (int i = 10; i < MANY; i += 100) {
		close(first + i);
		scene->inode[i] = inode_of(socket(AF_INET, SOCK_DGRAM, 0));
	}
	for (int i = 0; i < 40; i++)
		add_socket(scene);
	tick(&proc, scene, 0);
	tick(&bpf, scene, 0);
	expect_same(&proc, &bpf, scene);
	for (int i = 0; i < MANY; i += 5)
		expect(&bpf, scene->inode[i], "%d:%d", getpid(), first + i);
	close_way(&proc);
	close_way(&bpf);
}

struct loner {
	uint32_t inode;
	int fd;
};

/* A thread with descriptors of its own. */
static void *open_alone(void *arg)
{
	struct loner *loner = arg;

	if (unshare(CLONE_FILES) == 0) {
		loner->fd = socket(AF_INET, SOCK_DGRAM, 0);
		loner->inode = inode_of(loner->fd);
	}
	if (write(ready[1], "x", 1) == 1)
		pause();
	return NULL;
}

FRESH(test_thread)
{
	struct scene *scene = *state;
	struct yield bpf = open_way(SK_LIVE_BPF);
	struct loner loner = { 0 };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, open_alone, &loner), 0);
	wait_ready();
	assert_int_not_equal(loner.inode, 0);
	scene->inode[scene->n++] = loner.inode;
	tick(&bpf, scene, 0);
	assert_true(owners_by_bpf(bpf.owners));
	expect(&bpf, loner.inode, "%d:%d", getpid(), loner.fd);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	close_way(&bpf);
}

/* Refused in the middle of it: /proc does the rest, and BPF is not tried again. */
FRESH(test_fails)
{
	struct scene *scene = *state;
	struct fd_scan scan;
	int fd = add_socket(scene), null = open("/dev/null", O_RDONLY);
	struct holder holder;
	uint32_t at;

	assert_int_equal(fd_scan_open(&scan, "/proc"), 0);
	assert_int_equal(fd_bpf_open(&scan), 0);
	assert_int_equal(fd_scan_list(&scan), 0);
	assert_true(dup2(null, scan.bpf.program) >= 0);
	for (uint32_t i = 0; i < scan.n; i++)
		assert_true(fd_scan_walk(&scan, i, FD_WHOLE));
	assert_null(scan.bpf.window);
	at = holdings_find(&scan.map, scene->inode[0]);
	assert_true(at != HOLDINGS_NONE);
	holder = holdings_at(&scan.map, at);
	assert_int_equal(scan.process[holder.process].pid, getpid());
	assert_int_equal(holder.fd, fd);
	fd_scan_close(&scan);
}

/* Exit status of a first process of a new namespace, with its own /proc or the old. */
static int in_namespace(const struct scene *scene, bool own_proc)
{
	struct scene mine = *scene;
	struct yield bpf;
	int fd;

	if (own_proc && (unshare(CLONE_NEWNS) ||
			 mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
			 mount("proc", "/proc", "proc", 0, NULL)))
		return SKIP;
	fd = add_socket(&mine);
	bpf = open_way(SK_LIVE_BPF);
	tick(&bpf, &mine, 0);
	if (own_proc) {
		expect(&bpf, mine.inode[mine.n - 1], "1:%d", fd);
	} else {
		char self[16] = "";

		assert_true(readlink("/proc/self", self, sizeof(self) - 1) > 0);
		expect(&bpf, mine.inode[mine.n - 1], "%s:%d", self, fd);
	}
	assert_int_equal(owners_by_bpf(bpf.owners), own_proc);
	close_way(&bpf);
	return 0;
}

/* Process numbers are those of our namespace, or it is not used. */
FRESH(test_namespace)
{
	const struct scene *scene = *state;

	for (int own_proc = 0; own_proc < 2; own_proc++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			pid_t first;

			if (unshare(CLONE_NEWPID))
				_exit(SKIP);
			first = fork();
			if (first == 0)
				_exit(in_namespace(scene, own_proc));
			waitpid(first, &status, 0);
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) &&
			    (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SKIP));
	}
}

/* Few sockets are not worth it; sockets that nobody holds are looked for as well. */
FRESH(test_chosen)
{
	static struct scene many;
	struct scene *scene = *state;
	struct yield few = open_way(0), never = open_way(SK_LIVE_NO_BPF), chosen = open_way(0);

	add_socket(scene);
	tick(&few, scene, 0);
	assert_false(owners_by_bpf(few.owners));
	for (many.n = 0; many.n < FD_BPF_MANY; many.n++)
		many.inode[many.n] = UINT32_MAX - 2 - many.n;
	tick(&never, &many, 0);
	assert_false(owners_by_bpf(never.owners));
	tick(&chosen, &many, 0);
	assert_true(owners_by_bpf(chosen.owners));
	close_way(&few);
	close_way(&never);
	close_way(&chosen);
}

int main(void)
{
	struct bpf_fds probe = { 0 };

	if (!privilege_has_bpf() || bpf_fds_open(&probe))
		return SKIP;
	bpf_fds_close(&probe);
	return testing_run(NULL, NULL);
}
