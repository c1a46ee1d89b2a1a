/* SPDX-License-Identifier: MIT */
/* Who holds which socket: the search through the real /proc. */
#include "../testing.h"
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "owners_scene.h"
#include "kernel/owners/compact.h"

static uint32_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
}

/* The descriptor that holds a socket of ours, or the first of them. */
static int find_fd(const struct fd_scan *scan, int socket)
{
	uint32_t first = holdings_find(&scan->map, inode_of(socket));

	assert_true(first != HOLDINGS_NONE);
	return (int)holdings_at(&scan->map, first).fd;
}

static uint32_t find_process(const struct fd_scan *scan, pid_t pid)
{
	for (uint32_t i = 0; i < scan->n; i++) {
		if (scan->process[i].pid == (uint32_t)pid)
			return i;
	}
	fail_msg("process %d is not listed", (int)pid);
	return 0;
}

/*
 * New sockets where old ones were closed, those of no sample among them, and behind the
 * last: a few looks find them, however many files are open.
 */
TEST(test_quick)
{
	int sockets[300], tcp_ext[5], files[400];
	struct fd_scan scan;
	uint64_t probes;
	uint32_t self;

	for (int i = 0; i < 400; i++)
		files[i] = open("/dev/null", O_RDONLY);
	for (int i = 0; i < 300; i++)
		sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(fd_scan_open(&scan, "/proc"), 0);
	assert_true(scan.look.follow);
	assert_int_equal(fd_scan_list(&scan), 0);
	self = find_process(&scan, getpid());
	assert_true(fd_scan_walk(&scan, self, FD_WHOLE));
	assert_int_equal(find_fd(&scan, sockets[299]), sockets[299]);
	/* a sample has had them, but for ten: the kernel tells which of them are gone */
	for (int i = 0; i < 300; i++) {
		if (i < 100 || i >= 110)
			holdings_mark(&scan.map, holdings_find(&scan.map, inode_of(sockets[i])));
	}
	for (int i = 100; i < 120; i++) {
		if (i >= 110)
			fd_scan_vanished(&scan, inode_of(sockets[i]));
		close(sockets[i]);
	}
	assert_true(scan.process[self].dirty);
	for (int i = 100; i < 120; i++)
		sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < 5; i++)
		tcp_ext[i] = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 100; i < 120; i++)
		holdings_want(&scan.map, inode_of(sockets[i]));
	for (int i = 0; i < 5; i++)
		holdings_want(&scan.map, inode_of(tcp_ext[i]));
	scan.wanted = 25;
	probes = scan.probes;
	fd_scan_walk(&scan, self, FD_FREE);
	/* all, but where the walk before had its directory: that was open, and no socket */
	assert_true(scan.wanted <= 1);
	assert_true(scan.probes - probes <= 25 + 40);
	probes = scan.probes;
	fd_scan_walk(&scan, self, FD_FILES);
	assert_int_equal(scan.wanted, 0);
	assert_true(scan.probes - probes <= 400 + 40);
	for (int i = 100; i < 120; i++)
		assert_int_equal(find_fd(&scan, sockets[i]), sockets[i]);
	fd_scan_close(&scan);
	for (int i = 0; i < 305; i++)
		close(i < 300 ? sockets[i] : tcp_ext[i - 300]);
	for (int i = 0; i < 400; i++)
		close(files[i]);
}

/* A few descriptors far apart: the directory tells where they are. */
TEST(test_sparse)
{
	int one = socket(AF_INET, SOCK_DGRAM, 0), far = dup2(one, 900), farther = dup2(one, 1000);
	struct fd_scan scan;
	uint32_t self, n = 0;

	assert_int_equal(farther, 1000);
	assert_int_equal(fd_scan_open(&scan, "/proc"), 0);
	assert_int_equal(fd_scan_list(&scan), 0);
	self = find_process(&scan, getpid());
	assert_true(fd_scan_walk(&scan, self, FD_WHOLE));
	assert_true(scan.probes < 200);
	for (uint32_t at = holdings_find(&scan.map, inode_of(one)); at != HOLDINGS_NONE;
	     at = holdings_next(&scan.map, at))
		n++;
	assert_int_equal(n, 3);
	close(far);
	assert_true(fd_scan_walk(&scan, self, FD_WHOLE));
	assert_int_equal(scan.process[self].sockets, 2);
	fd_scan_close(&scan);
	close(one);
	close(farther);
}

struct loner {
	int ready[2];
	uint32_t inode;
	pid_t tid;
};

/* A thread with descriptors of its own: not even its process has this socket. */
static void *open_alone(void *arg)
{
	struct loner *loner = arg;

	loner->tid = gettid();
	loner->inode = unshare(CLONE_FILES) ? 0 :
					      inode_of(socket(AF_INET, SOCK_DGRAM, 0));
	if (write(loner->ready[1], "x", 1) == 1)
		pause();
	return NULL;
}

FRESH(test_threads)
{
	struct fixture *f = *state;
	struct loner loner;
	pthread_t thread;
	char expect[64], c;

	if (syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILES, 0, 0) != 0)
		skip(); /* this kernel has no kcmp(): such threads are not looked for */
	owners_free(f->owners);
	assert_int_equal(owners_new("/proc", "/proc/self/mountinfo", 0, &f->owners), 0);
	assert_int_equal(pipe(loner.ready), 0);
	assert_int_equal(pthread_create(&thread, NULL, open_alone, &loner), 0);
	assert_int_equal(read(loner.ready[0], &c, 1), 1);
	assert_int_not_equal(loner.inode, 0);
	SAMPLE(f, loner.inode);
	/* its process is named, whether thread ids are wanted or not */
	snprintf(expect, sizeof(expect), "%.15s/%d:", program_invocation_short_name, getpid());
	assert_memory_equal(owners_of(f, loner.inode), expect, strlen(expect));
	f->needs = NEEDS | SK_NEED_THREADS;
	SAMPLE(f, loner.inode);
	SAMPLE(f, loner.inode);
	assert_memory_equal(owners_of(f, loner.inode), expect, strlen(expect));
	assert_non_null(strchr(sk_owners_process(f->sample->owners,
						 find(f, loner.inode)->owner, 0)->tids,
			       ' '));
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

/* One more sample: two sockets of one inode, by these cookies. */
static void sample_shared_inodes(struct fixture *f, uint32_t inode, uint64_t one, uint64_t other)
{
	const uint64_t cookies[] = { one, other };
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;
	struct sk_socket *s;

	request.needs = NEEDS;
	assert_int_equal(sk_sample_new(&sample), 0);
	sample->needs = NEEDS;
	sample->time_ns = f->sample ? f->sample->time_ns + 1000000000U : 1000000000U;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
		*s = (struct sk_socket){ .cookie = cookies[i], .inode = inode,
					 .flags = SK_F_OWNER, .proto = SK_PROTO_TCP,
					 .state = SK_STATE_ESTABLISHED };
	}
	assert_int_equal(sk_diff_compute(f->differ, f->sample, sample), 0);
	assert_int_equal(owners_attribute(f->owners, &request, sample, 0), 0);
	sk_sample_unref(f->sample);
	f->sample = sample;
}

/* Inodes begin anew: what another socket of the same one holds is not this one's. */
FRESH(test_twins)
{
	struct fixture *f = *state;
	int one = socket(AF_INET, SOCK_DGRAM, 0), mptcp = socket(AF_INET, SOCK_STREAM, 262);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	owners_free(f->owners);
	assert_int_equal(owners_new("/proc", "/proc/self/mountinfo", 0, &f->owners), 0);
	assert_int_equal(getsockopt(one, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	sample_shared_inodes(f, inode_of(one), cookie + (UINT64_C(1) << 40), cookie);
	assert_int_equal(f->sample->n_sockets, 2);
	if (f->sample->sockets[0].owner)
		skip(); /* this kernel does not let us ask a descriptor of ours */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(f->sample->sockets[0].owner, 0);
		assert_int_equal(f->sample->sockets[1].fd, one);
		assert_int_equal(sk_owners_process(f->sample->owners,
						   f->sample->sockets[1].owner, 0)->pid,
				 getpid());
		sample_shared_inodes(f, inode_of(one), cookie + (UINT64_C(1) << 40),
				     cookie);
	}
	/* those of an MPTCP connection are all its owner's */
	if (mptcp >= 0) {
		sample_shared_inodes(f, inode_of(mptcp), cookie + 1, cookie + 2);
		assert_int_equal(f->sample->sockets[0].fd, mptcp);
		assert_int_equal(f->sample->sockets[1].fd, mptcp);
		close(mptcp);
	}
	close(one);
}

/* The real /proc: our own sockets, shared with a child; a new one where one closed. */
FRESH(test_real)
{
	struct fixture *f = *state;
	int shared = socket(AF_INET, SOCK_DGRAM, 0), sockets[400], ready[2];
	uint32_t inodes[400], inode = inode_of(shared);
	char expect[64], c;
	pid_t pid;

	owners_free(f->owners);
	assert_int_equal(owners_new("/proc", "/proc/self/mountinfo", 0, &f->owners), 0);
	assert_int_equal(pipe(ready), 0);
	SAMPLE(f, inode);
	assert_int_equal(sk_owners_count(f->sample->owners, find(f, inode)->owner), 1);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		c = (char)write(ready[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	for (int i = 0; i < 400; i++) {
		sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
		inodes[i] = inode_of(sockets[i]);
	}
	SAMPLE(f, inode);
	assert_int_equal(sk_owners_count(f->sample->owners, find(f, inode)->owner), 2);
	assert_int_equal(sk_owners_process(f->sample->owners, find(f, inode)->owner, 0)->pid,
			 getpid());
	sample_inodes(f, inodes, 400, 0);
	for (int i = 0; i < 400; i++)
		assert_int_equal(find(f, inodes[i])->fd, sockets[i]);
	for (int i = 100; i < 110; i++)
		close(sockets[i]);
	for (int i = 100; i < 110; i++) {
		sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
		inodes[i] = inode_of(sockets[i]);
	}
	sample_inodes(f, inodes, 400, 0);
	for (int i = 0; i < 400; i++) {
		snprintf(expect, sizeof(expect), "%.15s/%d:%d", program_invocation_short_name,
			 getpid(), sockets[i]);
		assert_string_equal(owners_of(f, inodes[i]), expect);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	SAMPLE(f, inode);
	assert_int_equal(sk_owners_count(f->sample->owners, find(f, inode)->owner), 1);
	for (int i = 0; i < 400; i++)
		close(sockets[i]);
	close(shared);
}
