/* SPDX-License-Identifier: MIT */
/*
 * Who holds which socket: the table, the map of inodes, and the search through a /proc
 * that is made up, and through the real one.
 */
#include <errno.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "fake_proc.h"
#include <sktop/diff.h>
#include <sktop/owners.h>
#include "kernel/holdings.h"
#include "kernel/owners.h"
#include "kernel/owners_compact.h"

#define NEEDS (SK_NEED_SOCKETS | SK_NEED_OWNERS | SK_NEED_CGROUPS)

struct fixture {
	struct fake_proc fake;
	struct owners *owners;
	struct sk_differ *differ;
	struct sk_sample *sample; /* the last one */
	uint32_t needs;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->needs = NEEDS;
	fake_proc_make(&f->fake);
	assert_int_equal(owners_new(f->fake.root, "/nonexistent", 0, &f->owners), 0);
	assert_int_equal(sk_differ_new(&f->differ), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_proc_remove(f->fake.root);
	sk_sample_unref(f->sample);
	sk_differ_free(f->differ);
	owners_free(f->owners);
	free(f);
	return 0;
}

/* A sample of ESTABLISHED sockets with these inodes; its cookies are 1000 + inode. */
static void sample_inodes(struct fixture *f, const uint32_t *inodes, uint32_t n,
			  uint64_t budget)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	request.needs = f->needs;
	assert_int_equal(sk_sample_new(&sample), 0);
	sample->needs = f->needs;
	sample->time_ns = f->sample ? f->sample->time_ns + 1000000000U : 1000000000U;
	for (uint32_t i = 0; i < n; i++) {
		struct sk_socket *s;

		assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
		*s = (struct sk_socket){ .cookie = 1000 + inodes[i], .inode = inodes[i],
					 .flags = SK_F_OWNER, .proto = SK_PROTO_TCP,
					 .state = SK_STATE_ESTABLISHED };
	}
	assert_int_equal(sk_diff_compute(f->differ, f->sample, sample), 0);
	assert_int_equal(owners_attribute(f->owners, &request, sample, budget), 0);
	sk_sample_unref(f->sample);
	f->sample = sample;
}

#define SAMPLE(f, ...)                                                                \
	sample_inodes(f, (const uint32_t[]){ __VA_ARGS__ },                           \
		      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), 0)

static const struct sk_socket *find(const struct fixture *f, uint32_t inode)
{
	for (uint32_t i = 0; i < f->sample->n_sockets; i++) {
		if (f->sample->sockets[i].cookie == 1000U + inode)
			return &f->sample->sockets[i];
	}
	fail_msg("no socket %u", inode);
	return NULL;
}

/* "name/pid:fd name/pid:fd" of a socket. */
static const char *owners_of(const struct fixture *f, uint32_t inode)
{
	static char text[512];
	const struct sk_socket *s = find(f, inode);
	const struct sk_owners *owners = f->sample->owners;
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < sk_owners_count(owners, s->owner); i++) {
		const struct sk_process *p = sk_owners_process(owners, s->owner, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s/%u:%d",
					i ? " " : "", p->name, p->pid,
					s->fd + sk_owners_holder(owners, s->owner, i)->fd);
	}
	return text;
}

static void test_shared(void **state)
{
	struct fixture *f = *state;

	fake_proc_process(&f->fake, 20, "worker", 300);
	fake_proc_process(&f->fake, 30, "master", 200);
	fake_proc_process(&f->fake, 40, "worker", 300);
	fake_proc_fd(&f->fake, 30, 5, "socket:[77]");
	fake_proc_fd(&f->fake, 20, 5, "socket:[77]");
	fake_proc_fd(&f->fake, 40, 9, "socket:[77]");
	fake_proc_fd(&f->fake, 40, 5, "socket:[78]");
	fake_proc_fd(&f->fake, 40, 6, "socket:[79]");
	fake_proc_fd(&f->fake, 40, 4, "/dev/null");
	fake_proc_fd(&f->fake, 40, 7, "pipe:[80]");
	fake_proc_fd(&f->fake, 40, 8, "socket:[81");
	SAMPLE(f, 77, 78, 79, 80, 81);
	/* the oldest first, with each one's own descriptor */
	assert_string_equal(owners_of(f, 77), "master/30:5 worker/20:5 worker/40:9");
	assert_string_equal(owners_of(f, 78), "worker/40:5");
	assert_int_equal(find(f, 78)->owner, find(f, 79)->owner);
	assert_int_equal(sk_owners_processes(f->sample->owners, find(f, 77)->owner), 3);
	assert_int_equal(find(f, 80)->owner, 0);
	assert_int_equal(find(f, 81)->owner, 0);
	fake_proc_kill(&f->fake, 30);
	SAMPLE(f, 77);
	assert_string_equal(owners_of(f, 77), "worker/20:5 worker/40:9");
}

static void test_inherited_alike(void **state)
{
	struct fixture *f = *state;

	for (unsigned pid = 100; pid < 104; pid++) {
		fake_proc_process(&f->fake, pid, "prefork", pid);
		for (unsigned fd = 3; fd < 13; fd++) {
			char target[32];

			snprintf(target, sizeof(target), "socket:[%u]", 500 + fd);
			fake_proc_fd(&f->fake, pid, fd, target);
		}
	}
	SAMPLE(f, 503, 504, 512);
	assert_int_equal(find(f, 503)->owner, find(f, 512)->owner);
	assert_int_equal(find(f, 512)->fd, 12);
	assert_int_equal(sk_owners_sets(f->sample->owners), 1);
}

/* A new process under an old number, and a process that becomes another program. */
static void test_identity(void **state)
{
	struct fixture *f = *state;

	fake_proc_process(&f->fake, 50, "first", 100);
	fake_proc_fd(&f->fake, 50, 3, "socket:[9]");
	SAMPLE(f, 9);
	assert_string_equal(owners_of(f, 9), "first/50:3");
	fake_proc_stat(&f->fake, 50, "second", 100);
	SAMPLE(f, 9);
	SAMPLE(f, 9);
	assert_string_equal(owners_of(f, 9), "second/50:3");
	fake_proc_kill(&f->fake, 50);
	fake_proc_process(&f->fake, 50, "second", 900);
	fake_proc_fd(&f->fake, 50, 4, "socket:[9]");
	SAMPLE(f, 9);
	SAMPLE(f, 9);
	assert_string_equal(owners_of(f, 9), "second/50:4");
	assert_int_equal(sk_owners_process(f->sample->owners, find(f, 9)->owner, 0)->start,
			 900);
}

static void test_remembered(void **state)
{
	struct fixture *f = *state;
	struct sk_sample *sample;
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_socket *s;

	fake_proc_process(&f->fake, 50, "curl", 100);
	fake_proc_fd(&f->fake, 50, 3, "socket:[9]");
	SAMPLE(f, 9);
	fake_proc_kill(&f->fake, 50);
	/* TIME_WAIT: the kernel has forgotten all but the cookie */
	request.needs = NEEDS;
	assert_int_equal(sk_sample_new(&sample), 0);
	sample->time_ns = f->sample->time_ns + 1000000000U;
	assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
	*s = (struct sk_socket){ .cookie = 1009, .state = SK_STATE_TIME_WAIT };
	assert_int_equal(sk_diff_compute(f->differ, f->sample, sample), 0);
	assert_int_equal(owners_attribute(f->owners, &request, sample, 0), 0);
	sk_sample_unref(f->sample);
	f->sample = sample;
	assert_string_equal(owners_of(f, 9), "curl/50:3");
	/* and once more, when it is gone */
	sample_inodes(f, NULL, 0, 0);
	assert_int_equal(f->sample->n_gone, 1);
	assert_string_equal(sk_owners_process(f->sample->owners,
					      f->sample->sockets[0].owner, 0)->name,
			    "curl");
}

static void test_hostile(void **state)
{
	static char huge[4000];
	struct fixture *f = *state;
	const struct sk_process *p;

	fake_proc_process(&f->fake, 60, ") S (\x1b[2J\n", 1);
	memset(huge, 0x1b, sizeof(huge));
	fake_proc_write(&f->fake, 60, "cmdline", huge, sizeof(huge));
	fake_proc_write(&f->fake, 60, "cgroup", "0::/a.service/\x1b\xff\n", 17);
	fake_proc_fd(&f->fake, 60, 3, "socket:[5]");
	fake_proc_fd(&f->fake, 60, 4000000, "socket:[6]");
	fake_proc_fd(&f->fake, 60, 4, "socket:[4294967295]");
	fake_proc_fd(&f->fake, 60, 5, "socket:[99999999999999999999]");
	fake_proc_fd(&f->fake, 60, 6, "socket:[]");
	fake_proc_process(&f->fake, 61, "no stat at all", 1);
	fake_proc_write(&f->fake, 61, "stat", "", 0);
	fake_proc_fd(&f->fake, 61, 3, "socket:[7]");
	SAMPLE(f, 5, 6, 7);
	p = sk_owners_process(f->sample->owners, find(f, 5)->owner, 0);
	assert_string_equal(p->name, ") S (?[2J?");
	assert_true(p->flags & SK_PROCESS_CUT);
	for (const char *c = p->command; *c; c++)
		assert_true(*c >= ' ' && *c <= '~');
	assert_string_equal(p->cgroup, "/a.service/??");
	assert_string_equal(p->unit, "a.service");
	assert_int_equal(find(f, 6)->fd, 4000000);
	assert_int_equal(find(f, 7)->owner, 0);
}

/* Descriptors that are refused are counted; what can be read is still found. */
static void test_unreadable(void **state)
{
	struct fixture *f = *state;
	char path[160];
	int status;
	pid_t pid;

	fake_proc_process(&f->fake, 70, "mine", 1);
	fake_proc_fd(&f->fake, 70, 3, "socket:[1]");
	for (unsigned other = 71; other < 76; other++) {
		fake_proc_process(&f->fake, other, "others", 1);
		fake_proc_fd(&f->fake, other, 3, "socket:[2]");
		snprintf(path, sizeof(path), "%s/%u/fd", f->fake.root, other);
		assert_int_equal(chmod(path, 0), 0);
	}
	/* with hidepid=1 not even its stat can be read */
	snprintf(path, sizeof(path), "%s/75/stat", f->fake.root);
	assert_int_equal(chmod(path, 0), 0);
	/* a kernel thread and a zombie have nothing to hide */
	fake_proc_write(&f->fake, 73, "stat",
			"73 (kworker) S 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 4 0 0",
			65);
	fake_proc_write(&f->fake, 74, "stat",
			"74 (dead) Z 2 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4 0 0", 62);
	pid = fork();
	if (pid == 0) {
		/* root is refused nothing */
		if (geteuid() == 0 && setresuid(65534, 65534, 65534))
			_exit(2);
		SAMPLE(f, 1, 2);
		_exit(f->sample->losses.unreadable_processes != 3 ||
		      !(f->sample->losses.missing & SK_MISSING_PTRACE) ||
		      find(f, 1)->owner == 0 || find(f, 2)->owner != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_no_proc(void **state)
{
	struct fixture *f = *state;

	owners_free(f->owners);
	assert_int_equal(owners_new("/nonexistent", "/nonexistent", 0, &f->owners), 0);
	SAMPLE(f, 1);
	assert_true(f->sample->losses.missing & SK_MISSING_PROC);
	assert_int_equal(find(f, 1)->owner, 0);
	assert_false(owners_search(f->owners, 1000));
}

static void test_hidden(void **state)
{
	struct fixture *f = *state;

	fake_proc_process(&f->fake, 70, "mine", 1);
	fake_proc_fd(&f->fake, 70, 3, "socket:[1]");
	fake_proc_kill(&f->fake, 1);
	SAMPLE(f, 1);
	assert_true(f->sample->losses.missing & SK_MISSING_HIDDEN);
	assert_string_equal(owners_of(f, 1), "mine/70:3");
}

/* With no time at all nothing is lost, only late: the search goes on afterwards. */
static void test_budget(void **state)
{
	struct fixture *f = *state;
	unsigned calls = 0;

	for (unsigned pid = 200; pid < 230; pid++) {
		char target[32];

		fake_proc_process(&f->fake, pid, "many", pid);
		snprintf(target, sizeof(target), "socket:[%u]", pid);
		fake_proc_fd(&f->fake, pid, 3, target);
	}
	sample_inodes(f, (const uint32_t[]){ 200, 229 }, 2, 1);
	assert_int_equal(find(f, 229)->owner, 0);
	while (owners_search(f->owners, 1000000) && calls++ < 1000)
		;
	sample_inodes(f, (const uint32_t[]){ 200, 229 }, 2, 1000000000);
	assert_string_equal(owners_of(f, 229), "many/229:3");
	assert_string_equal(owners_of(f, 200), "many/200:3");
}

/* What nobody holds is searched for once, and then let be. */
static void test_not_to_be_found(void **state)
{
	struct fixture *f = *state;
	uint64_t probes;

	for (unsigned pid = 200; pid < 210; pid++) {
		fake_proc_process(&f->fake, pid, "many", pid);
		fake_proc_fd(&f->fake, pid, 3, "socket:[9999]");
	}
	SAMPLE(f, 1, 2);
	SAMPLE(f, 1, 2, 3);
	SAMPLE(f, 1, 2, 3);
	SAMPLE(f, 1, 2, 3);
	probes = owners_probes(f->owners);
	for (int i = 0; i < 5; i++)
		SAMPLE(f, 1, 2, 3);
	/* the patrol looks at four processes of one descriptor in each tick */
	assert_true(owners_probes(f->owners) - probes <= 5 * 4);
}

/* Random operations beside a list that is searched from end to end. */
static void test_holdings(void **state)
{
	static struct { uint32_t inode, process, fd; } list[3000];
	struct holdings map = { 0 };
	uint32_t n = 0, seed = 7;
	enum holding_before before;

	(void)state;
	for (int step = 0; step < 30000; step++) {
		uint32_t inode, process, k = 0;

		seed = seed * 1664525U + 1013904223U;
		inode = 1 + (seed >> 10) % 500;
		process = (seed >> 20) % 5;
		while (k < n && (list[k].inode != inode || list[k].process != process))
			k++;
		if (seed >> 31) {
			assert_int_equal(holdings_add(&map, inode, process, 3, &before), 0);
			if (k == n) {
				list[n].inode = inode;
				list[n++].process = process;
			}
		} else {
			holdings_remove(&map, inode, process, 3);
			if (k < n)
				list[k] = list[--n];
		}
		assert_int_equal(map.n, n);
	}
	for (uint32_t inode = 1; inode <= 500; inode++) {
		const struct holding *at = holdings_find(&map, inode);
		uint32_t have = 0, expect = 0;

		for (; at; at = holdings_next(&map, at))
			have += at->inode == inode;
		for (uint32_t k = 0; k < n; k++)
			expect += list[k].inode == inode;
		assert_int_equal(have, expect);
	}
	holdings_free(&map);
}

static void test_wanted(void **state)
{
	struct holdings map = { 0 };
	struct holding *nobody = holdings_want(&map, 5);
	enum holding_before before;

	(void)state;
	nobody->fd = 10;
	holdings_want(&map, 6)->fd = 20;
	assert_int_equal(holdings_add(&map, 5, 1, 3, &before), 0);
	assert_int_equal(before, HOLDING_WANTED);
	assert_int_equal(holdings_add(&map, 5, 2, 3, &before), 0);
	assert_int_equal(before, HOLDING_HELD);
	holdings_forget(&map, 20);
	assert_non_null(holdings_find(&map, 6));
	holdings_forget(&map, 21);
	assert_null(holdings_find(&map, 6));
	assert_int_equal(holdings_find(&map, 5)->process, 1);
	holdings_free(&map);
}

static void test_table(void **state)
{
	struct sk_holder holders[3] = { { 1, 0 }, { 1, 4 }, { 2, 0 } };
	struct sk_process process = { .pid = 1, .name = "a", .command = "a b", .cgroup = "",
				      .unit = "", .tids = "" };
	struct sk_owners *owners;
	uint32_t id, set, again;

	(void)state;
	assert_int_equal(sk_owners_new(&owners), 0);
	assert_int_equal(sk_owners_add_process(owners, &process, &id), 0);
	assert_int_equal(id, 1);
	process.name = "b";
	assert_int_equal(sk_owners_add_process(owners, &process, &id), 0);
	assert_int_equal(sk_owners_add_set(owners, holders, 3, &set), 0);
	for (uint32_t i = 2; i < 5000; i++) { /* the index grows */
		struct sk_holder one = { i, 0 };

		assert_int_equal(sk_owners_add_set(owners, &one, 1, &id), 0);
	}
	assert_int_equal(sk_owners_add_set(owners, holders, 3, &again), 0);
	assert_int_equal(set, again);
	assert_int_equal(sk_owners_count(owners, set), 3);
	assert_int_equal(sk_owners_processes(owners, set), 2);
	assert_string_equal(sk_owners_process(owners, set, 2)->name, "b");
	assert_int_equal(sk_owners_add_set(owners, NULL, 0, &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(sk_owners_count(owners, 0), 0);
	assert_int_equal(sk_owners_count(owners, 1000000), 0);
	assert_null(sk_owners_process(owners, set, 3));
	assert_null(sk_owners_process(NULL, 1, 0));
	assert_null(sk_owners_by_id(owners, 3));
	assert_int_equal(sk_owners_add_cgroup(owners, 77, "/a", "a.service"), 0);
	assert_int_equal(sk_owners_add_cgroup(owners, 77, "/other", ""), 0);
	assert_string_equal(sk_owners_cgroup(owners, 77)->path, "/a");
	assert_null(sk_owners_cgroup(owners, 78));
	sk_owners_unref(owners);
}

/* Processes come and go by the thousand: the table stays small, old samples hold. */
static void test_compaction(void **state)
{
	struct fixture *f = *state;
	struct sk_sample *old;

	fake_proc_process(&f->fake, 50, "stays", 1);
	fake_proc_fd(&f->fake, 50, 3, "socket:[1]");
	fake_proc_process(&f->fake, 51, "renames", 2);
	fake_proc_fd(&f->fake, 51, 3, "socket:[2]");
	SAMPLE(f, 1, 2);
	old = sk_sample_ref(f->sample);
	for (unsigned i = 0; i < 5000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "name%u", i);
		fake_proc_stat(&f->fake, 51, name, 2);
		SAMPLE(f, 1, 2);
	}
	assert_ptr_not_equal(f->sample->owners, old->owners);
	assert_true(sk_owners_total(f->sample->owners) < 4200);
	assert_string_equal(owners_of(f, 1), "stays/50:3");
	assert_string_equal(owners_of(f, 2), "name4999/51:3");
	assert_string_equal(sk_owners_process(old->owners, old->sockets[1].owner, 0)->name,
			    "renames");
	sk_sample_unref(old);
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
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

/* New sockets where old ones were closed, and behind the last: a few looks find them. */
static void test_quick(void **state)
{
	int sockets[300], more[5], files = 0;
	struct fd_scan scan;
	uint64_t probes;
	uint32_t self;

	(void)state;
	for (int i = 0; i < 300; i++)
		sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(fd_scan_open(&scan, "/proc"), 0);
	assert_true(scan.look.follow);
	assert_int_equal(fd_scan_list(&scan, false), 0);
	self = find_process(&scan, getpid());
	assert_true(fd_scan_walk(&scan, self, FD_WHOLE));
	assert_int_equal(holdings_find(&scan.map, inode_of(sockets[299]))->fd, sockets[299]);
	files = (int)scan.probes - (int)scan.process[self].sockets;
	for (int i = 100; i < 110; i++) {
		fd_scan_vanished(&scan, inode_of(sockets[i]));
		close(sockets[i]);
	}
	assert_true(scan.process[self].dirty);
	for (int i = 100; i < 110; i++)
		sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < 5; i++)
		more[i] = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 100; i < 110; i++)
		holdings_want(&scan.map, inode_of(sockets[i]));
	for (int i = 0; i < 5; i++)
		holdings_want(&scan.map, inode_of(more[i]));
	scan.wanted = 15;
	probes = scan.probes;
	fd_scan_walk(&scan, self, FD_QUICK);
	assert_int_equal(scan.wanted, 0);
	assert_true(scan.probes - probes <= (uint64_t)files + 15);
	for (int i = 100; i < 110; i++)
		assert_int_equal(holdings_find(&scan.map, inode_of(sockets[i]))->fd,
				 sockets[i]);
	fd_scan_close(&scan);
	for (int i = 0; i < 305; i++)
		close(i < 300 ? sockets[i] : more[i - 300]);
}

/* A few descriptors far apart: the directory tells where they are. */
static void test_sparse(void **state)
{
	int one = socket(AF_INET, SOCK_DGRAM, 0), far = dup2(one, 900), farther = dup2(one, 1000);
	struct fd_scan scan;
	uint32_t self, n = 0;

	(void)state;
	assert_int_equal(farther, 1000);
	assert_int_equal(fd_scan_open(&scan, "/proc"), 0);
	assert_int_equal(fd_scan_list(&scan, false), 0);
	self = find_process(&scan, getpid());
	assert_true(fd_scan_walk(&scan, self, FD_WHOLE));
	assert_true(scan.probes < 200);
	for (const struct holding *at = holdings_find(&scan.map, inode_of(one)); at;
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

static void test_threads(void **state)
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
	assert_int_equal(find(f, loner.inode)->owner, 0);
	f->needs = NEEDS | SK_NEED_THREADS;
	SAMPLE(f, loner.inode);
	snprintf(expect, sizeof(expect), "test_owners/%d:", loner.tid);
	assert_memory_equal(owners_of(f, loner.inode), expect, strlen(expect));
	assert_non_null(strchr(sk_owners_process(f->sample->owners,
						 find(f, loner.inode)->owner, 0)->tids,
			       ' '));
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

/* The real /proc: our own sockets, shared with a child; a new one where one closed. */
static void test_real(void **state)
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
		snprintf(expect, sizeof(expect), "test_owners/%d:%d", getpid(), sockets[i]);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inherited_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(test_identity, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_proc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hidden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_to_be_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_compaction, setup, teardown),
		cmocka_unit_test_setup_teardown(test_real, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
		cmocka_unit_test(test_quick),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_holdings),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
