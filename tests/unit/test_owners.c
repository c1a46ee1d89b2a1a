/* SPDX-License-Identifier: MIT */
/* Who holds which socket: the search through a /proc that is made up. */
#include "../testing.h"
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include "owners_scene.h"
#include "shown.h"

FRESH(test_shared)
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

/* Its holders ended before they were looked at: nobody is left to be sorted. */
FRESH(test_all_gone)
{
	struct fixture *f = *state;
	char path[160];

	for (unsigned pid = 20; pid <= 30; pid += 10) {
		fake_proc_process(&f->fake, pid, "worker", 300);
		fake_proc_fd(&f->fake, pid, 5, "socket:[77]");
		snprintf(path, sizeof(path), "%s/%u/stat", f->fake.root, pid);
		assert_int_equal(unlink(path), 0);
	}
	SAMPLE(f, 77);
	assert_int_equal(find(f, 77)->owner, 0);
}

FRESH(test_inherited_alike)
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
FRESH(test_identity)
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

FRESH(test_remembered)
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

FRESH(test_hostile)
{
	static char huge[SK_COMMAND_MAX + 100];
	struct fixture *f = *state;
	const struct sk_process *p;

	fake_proc_process(&f->fake, 60, ") S (\x1b[2J\n", 1);
	memset(huge, 0x1b, sizeof(huge));
	fake_proc_write(&f->fake, 60, "cmdline", huge, sizeof(huge));
	fake_proc_write(&f->fake, 60, "cgroup", "0::/a.service/\x1b\xff\n", 17);
	fake_proc_fd(&f->fake, 60, 3, "socket:[5]");
	/* as high as the kernel can be made to give them out */
	fake_proc_fd(&f->fake, 60, 20000000, "socket:[6]");
	fake_proc_fd(&f->fake, 60, INT32_MAX, "socket:[8]");
	fake_proc_fd(&f->fake, 60, 4, "socket:[4294967295]");
	fake_proc_fd(&f->fake, 60, 5, "socket:[99999999999999999999]");
	fake_proc_fd(&f->fake, 60, 6, "socket:[]");
	fake_proc_process(&f->fake, 61, "no stat at all", 1);
	fake_proc_write(&f->fake, 61, "stat", "", 0);
	fake_proc_fd(&f->fake, 61, 3, "socket:[7]");
	SAMPLE(f, 5, 6, 7, 8);
	p = sk_owners_process(f->sample->owners, find(f, 5)->owner, 0);
	assert_string_equal(shown(p->name), ") S (?[2J?");
	assert_true(p->flags & SK_PROCESS_CUT);
	assert_true(sk_text_is_clean(p->command));
	assert_string_equal(shown(p->cgroup), "/a.service/??");
	assert_string_equal(p->unit, "a.service");
	assert_int_equal(find(f, 6)->fd, 20000000);
	assert_int_equal(find(f, 8)->fd, INT32_MAX);
	assert_int_equal(find(f, 7)->owner, 0);
}

/* Descriptors that are refused are counted; what can be read is still found. */
FRESH(test_unreadable)
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
		      !(f->sample->losses.missing & SK_MISSING_DAC) ||
		      find(f, 1)->owner == 0 || find(f, 2)->owner != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

FRESH(test_no_proc)
{
	struct fixture *f = *state;

	owners_free(f->owners);
	assert_int_equal(owners_new("/nonexistent", "/nonexistent", 0, &f->owners), 0);
	SAMPLE(f, 1);
	assert_true(f->sample->losses.missing & SK_MISSING_PROC);
	assert_int_equal(find(f, 1)->owner, 0);
	assert_false(owners_search(f->owners, 1000));
}

FRESH(test_hidden)
{
	struct fixture *f = *state;

	fake_proc_process(&f->fake, 70, "mine", 1);
	fake_proc_fd(&f->fake, 70, 3, "socket:[1]");
	fake_proc_kill(&f->fake, 1);
	SAMPLE(f, 1);
	assert_true(f->sample->losses.missing & SK_MISSING_HIDDEN);
	assert_string_equal(owners_of(f, 1), "mine/70:3");
}

/* Half a millisecond is ours, then 200 are others'. */
static const struct itimerval ours = { { 0, 0 }, { 0, 500 } };
static unsigned turns = 10;

static void busy(int signal)
{
	const struct timespec others = { .tv_nsec = 200000000 };

	(void)signal;
	nanosleep(&others, NULL);
	if (--turns)
		setitimer(ITIMER_REAL, &ours, NULL);
}

/*
 * A machine where others have the processor most of the time: what sktop does takes long,
 * and costs little. It goes on as often as elsewhere, and the dead own nothing at all.
 */
FRESH(test_busy)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct fixture *f = *state;
	struct timespec begin, now;

	for (unsigned pid = 1000; pid < 4000; pid++)
		fake_proc_process(&f->fake, pid, "many", pid);
	fake_proc_fd(&f->fake, 1000, 3, "socket:[1]");
	fake_proc_fd(&f->fake, 2000, 3, "socket:[1]");
	SAMPLE(f, 1);
	signal(SIGALRM, busy);
	setitimer(ITIMER_REAL, &ours, NULL);
	SAMPLE(f, 1);
	setitimer(ITIMER_REAL, &never, NULL);
	/* the list rests now, and all the same: */
	fake_proc_kill(&f->fake, 1000);
	sample_inodes(f, (const uint32_t[]){ 1 }, 1, 1);
	assert_string_equal(owners_of(f, 1), "many/2000:3");
	fake_proc_write(&f->fake, 2000, "stat",
			"2000 (many) Z 2 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 2000 0 0", 67);
	sample_inodes(f, (const uint32_t[]){ 1 }, 1, 1);
	assert_string_equal(owners_of(f, 1), "");
	/* as soon as its CPU time allows: the ceiling of a rest is two seconds */
	fake_proc_process(&f->fake, 4000, "new", 4000);
	fake_proc_fd(&f->fake, 4000, 3, "socket:[2]");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		usleep(20000);
		sample_inodes(f, (const uint32_t[]){ 2 }, 1, 1000000000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!find(f, 2)->owner && now.tv_sec - begin.tv_sec < 8);
	assert_string_equal(owners_of(f, 2), "new/4000:3");
}

/* With no time at all nothing is lost, only late: the search goes on afterwards. */
FRESH(test_budget)
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
FRESH(test_not_to_be_found)
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

/* Processes come and go by the thousand: the table stays small, old samples hold. */
FRESH(test_compaction)
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
