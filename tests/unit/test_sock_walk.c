/* SPDX-License-Identifier: MIT */
/*
 * The walk through the kernel's hash of TCP sockets, over hashes that change while it
 * goes: at each point where the program looks at the kernel's memory, another processor
 * may have been there before.
 */
#include "../testing.h"
#include <stdio.h>
#include "fake_acts.h"

#define PATIENCE 64

static struct kind any_kind(void)
{
	static const __u8 states[] = { ESTABLISHED, ESTABLISHED,  FIN_WAIT2,
				       TIME_WAIT,   NEW_SYN_RECV, LAST_ACK };

	return (struct kind){ .state = states[below(sizeof(states))],
			      .substate = below(3) ? TIME_WAIT : FIN_WAIT2,
			      .family = below(3) ? FAKE_V4 : AF_INET6,
			      .foreign = !below(4),
			      .fresh = !below(3) };
}

/* Fills the table. Returns the sockets of the namespace that nobody wants. */
static uint32_t add_any(uint32_t n, uint32_t buckets, uint32_t *fullest)
{
	static uint32_t in[FAKE_BUCKETS];
	uint32_t passed = 0;

	memset(in, 0, sizeof(in));
	*fullest = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct kind kind = any_kind();
		/* some buckets are fuller than others */
		uint32_t bucket = below(below(buckets) + 1);

		fake_add(kind, bucket);
		in[bucket] += fake_wants(kind);
		passed += !kind.foreign && !fake_wants(kind);
		*fullest = in[bucket] > *fullest ? in[bucket] : *fullest;
	}
	return passed;
}

static void walk_any(uint32_t buckets, uint32_t most)
{
	uint32_t fullest, passed;
	int result;

	fake_begin(buckets);
	hash.families = below(3) + 1;
	if (!below(4))
		hash.states = below(1U << NEW_SYN_RECV) & ~1U;
	passed = add_any(below(most), buckets, &fullest);
	result = fake_walk(SOCK_BUCKETS, PATIENCE);
	assert_int_equal(window.patience, PATIENCE);
	if (fullest > SOCK_WINDOW) {
		assert_int_equal(result, SOCK_WALK_GAVE_UP);
		return;
	}
	assert_int_equal(result, SOCK_WALK_END);
	assert_int_equal(window.passed, passed);
	assert_int_equal(window.bucket, buckets);
	assert_true(fake_reports());
}

TEST(tells_each_once)
{
	static const uint32_t buckets[] = { 1, 2, 16, 64, 512, 4096 };
	static const uint32_t most[] = { 2, 40, SOCK_WINDOW, 4 * SOCK_WINDOW, FAKE_SOCKS };

	seed = 1;
	for (unsigned i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++) {
		for (unsigned j = 0; j < sizeof(most) / sizeof(most[0]); j++) {
			for (unsigned run = 0; run < 20; run++)
				walk_any(buckets[i], most[j]);
		}
	}
}

/** What tells_mini_sockets() expects of each connection. */
static const struct {
	__u8 state, timer, timer_retrans, flags;
	__u32 timer_ticks, recv_q, cgroup;
} minis[] = {
	{ FIN_WAIT2, TIMER_TIMEWAIT, 0, 0, 250, 0, 0 },
	{ TIME_WAIT, TIMER_TIMEWAIT, 0, 0, 0, 0, 0 },
	{ SYN_RECV, TIMER_ON, 2, SOCK_RECORD_V6, 1, 0, 0 },
	{ ESTABLISHED, 0, 0, SOCK_RECORD_TCP_INFO | SOCK_RECORD_CGROUP, 0, 5, 4711 },
};

static void check_mini(const struct sock_record *r)
{
	assert_in_range(r->lport, 1, 4);
	assert_int_equal(r->state, minis[r->lport - 1].state);
	assert_int_equal(r->timer, minis[r->lport - 1].timer);
	assert_int_equal(r->timer_retrans, minis[r->lport - 1].timer_retrans);
	assert_int_equal(r->flags, minis[r->lport - 1].flags);
	assert_int_equal(r->timer_ticks, minis[r->lport - 1].timer_ticks);
	assert_int_equal(r->recv_q, minis[r->lport - 1].recv_q);
	assert_int_equal(r->cgroup, minis[r->lport - 1].cgroup);
}

/* Its own state is not what inet_diag names, and another kind of socket lies behind it. */
TEST(tells_mini_sockets)
{
	struct kind fin_wait = { .state = TIME_WAIT, .substate = FIN_WAIT2, .family = FAKE_V4 };
	struct kind request = { .state = NEW_SYN_RECV, .family = AF_INET6 };
	struct fake_sock *socks[4];

	fake_begin(4);
	native_jiffies = 1000;
	socks[0] = fake_add(fin_wait, 0);
	socks[0]->kernel.time_wait.tw_timer.expires = 1250;
	socks[1] = fake_add(time_wait, 1);
	socks[1]->kernel.time_wait.tw_timer.expires = 900; /* about to go */
	socks[2] = fake_add(request, 2);
	socks[2]->kernel.request.num_retrans = 2;
	socks[2]->kernel.request.rsk_timer.expires = 1001;
	socks[3] = fake_add(plain, 3);
	socks[3]->kernel.tcp.rcv_nxt = 5;
	assert_int_equal(fake_walk(SOCK_BUCKETS, 1), SOCK_WALK_END);
	assert_true(fake_reports());
	assert_int_equal(window.n, 4);
	for (uint32_t i = 0; i < window.n; i++)
		check_mini(&window.records[i]);
}

static void add_many(uint32_t n, struct kind kind, uint32_t bucket)
{
	while (n--)
		fake_add(kind, bucket);
}

/* What is not wanted takes no room. */
TEST(gives_up_a_crowded_bucket)
{
	struct kind foreign = plain;

	foreign.foreign = true;
	for (uint32_t buckets = 1; buckets <= FAKE_BUCKETS; buckets *= 16) {
		uint32_t crowded = buckets * 2 / 3;

		fake_begin(buckets);
		add_many(SOCK_WINDOW / 2, plain, crowded);
		add_many(5000, closing, crowded);
		add_many(5000, foreign, crowded);
		add_many(SOCK_WINDOW / 2, plain, crowded);
		assert_int_equal(fake_walk(SOCK_BUCKETS, 1), SOCK_WALK_END);
		assert_true(fake_reports());
		assert_int_equal(window.passed, 5000);
		add_many(1, plain, crowded);
		assert_int_equal(fake_walk(SOCK_BUCKETS, 1), SOCK_WALK_GAVE_UP);
		assert_int_equal(window.width, 0);
		assert_int_equal(window.patience, 1);
	}
}

/* As far as it has to: the fuller, the fewer at once. */
TEST(reads_fewer_at_once)
{
	for (uint32_t width = 1; width <= SOCK_BUCKETS; width *= 2) {
		uint32_t in_each = SOCK_WINDOW / width;

		fake_begin(FAKE_BUCKETS);
		for (uint32_t i = 0; i < 2 * SOCK_BUCKETS && i * in_each < 16384; i++)
			add_many(in_each, plain, i);
		assert_int_equal(fake_walk(SOCK_BUCKETS, 1), SOCK_WALK_END);
		assert_true(fake_reports());
		assert_int_equal(window.width, width);
	}
	/* where others had come before, they were too many together */
	fake_begin(2 * SOCK_BUCKETS);
	add_many(300, plain, 0);
	add_many(800, plain, SOCK_BUCKETS);
	assert_int_equal(fake_walk(SOCK_BUCKETS, 1), SOCK_WALK_END);
	assert_true(fake_reports());
	assert_int_equal(window.width, SOCK_BUCKETS);
	fake_begin(2);
	add_many(600, plain, 0);
	add_many(600, plain, 1);
	assert_int_equal(fake_walk(SOCK_BUCKETS, 1), SOCK_WALK_END);
	assert_true(fake_reports());
	assert_int_equal(window.width, 1);
}

/** One act, before the walk's n-th look. */
static struct {
	enum act act;
	uint32_t of;
	unsigned long at, looks;
} once;

static void count_look(void)
{
	look_late();
	if (once.looks++ == once.at)
		do_act(once.act, &hash.socks[once.of]);
}

static void count_turn(native_callback *callback, __u64 i)
{
	(void)callback;
	(void)i;
	count_look();
}

static void count_address(const void *at)
{
	(void)at;
	count_look();
}

/* Every kind of neighbour in few buckets, with cookies and without. */
static void add_some(void)
{
	static const struct kind kinds[] = {
		{ .state = ESTABLISHED, .family = FAKE_V4 },
		{ .state = ESTABLISHED, .family = FAKE_V4, .fresh = true },
		{ .state = NEW_SYN_RECV, .family = FAKE_V4, .fresh = true },
		{ .state = TIME_WAIT, .substate = TIME_WAIT, .family = FAKE_V4 },
		{ .state = ESTABLISHED, .family = FAKE_V4, .foreign = true },
		{ .state = LAST_ACK, .family = FAKE_V4 },
	};

	for (uint32_t i = 0; i < 14; i++)
		fake_add(kinds[i % 6], i % 5);
}

/* Returns false when the walk was over before. */
static bool walk_once(enum act act, uint32_t of, unsigned long at, uint32_t width)
{
	fake_begin(8);
	if (at % 2)
		hash.states = (1U << NEW_SYN_RECV) - 2; /* what all are asked for by */
	add_some();
	late.sock = NULL;
	once.act = act;
	once.of = of;
	once.at = at;
	once.looks = 0;
	native.before_turn = count_turn;
	native.before_look = count_address;
	native.before_copy = native.after_copy = count_look;
	if (!can_be_done(act, &hash.socks[of]))
		return false;
	seed = at + 1;
	assert_int_equal(fake_walk(width, 3), SOCK_WALK_END);
	if (!fake_reports()) {
		print_error("act %u to socket %u before look %lu, width %u\n", act, of, at,
			    width);
		fail();
	}
	return once.looks > at;
}

/* All that may befall a socket, whenever it may. */
TEST(survives_each_act)
{
	unsigned long done = 0;

	for (enum act act = 0; act < ACTS; act++) {
		for (uint32_t of = 0; of < 14; of++) {
			for (uint32_t width = 1; width <= 8; width *= 4) {
				for (unsigned long at = 0; walk_once(act, of, at, width); at++)
					done++;
			}
		}
	}
	assert_true(done > 10000);
}

/** Changes without end: at most two while some buckets are read, of those that it had. */
static struct {
	uint32_t left, one_in;
	unsigned long copies, acts;
} storm;

static void blow(void)
{
	enum act act = below(ACTS);
	struct fake_sock *s;

	if (storm.copies != native.copies) {
		storm.copies = native.copies;
		storm.acts = 0;
	}
	if (storm.acts >= 2)
		return;
	storm.acts += look_late();
	if (!storm.left || below(storm.one_in))
		return;
	s = &hash.socks[below(hash.n_socks)];
	/* what comes and goes while one bucket is read: no kernel is so fast */
	if (!can_be_done(act, s) || s->since == native.copies ||
	    (act == REUSED_INODE && storm.acts))
		return;
	do_act(act, s);
	storm.left--;
	storm.acts += act == REUSED_INODE ? 2 : 1;
}

static void blow_turn(native_callback *callback, __u64 i)
{
	(void)callback;
	(void)i;
	blow();
}

static void blow_address(const void *at)
{
	(void)at;
	blow();
}

TEST(survives_storms)
{
	static const uint32_t buckets[] = { 1, 2, 16, 64, 512 };

	for (uint64_t run = 0; run < 3000; run++) {
		uint32_t n = buckets[run % 5], fullest;

		seed = run * 7919 + 1;
		fake_begin(n);
		add_any(below(run % 2 ? 60 : 2500) + 1, n, &fullest);
		if (fullest > SOCK_WINDOW / 2)
			continue;
		storm.left = below(200);
		late.sock = NULL;
		storm.one_in = 1 + below(60);
		native.before_turn = blow_turn;
		native.before_look = blow_address;
		native.before_copy = native.after_copy = blow;
		assert_int_equal(fake_walk(SOCK_BUCKETS, 1000), SOCK_WALK_END);
		if (!fake_reports()) {
			print_error("storm %u\n", (unsigned)run);
			fail();
		}
	}
}

/** What happens when a callback of the program is first called for what was just read. */
static struct {
	native_callback *before;
	void (*what)(void);
	unsigned times;
	unsigned long copies; /* when it happened last */
} trap;

static void spring(native_callback *callback, __u64 i)
{
	if (callback != trap.before || i || !trap.times || trap.copies == native.copies)
		return;
	trap.times--;
	trap.copies = native.copies;
	trap.what();
}

static void set_trap(native_callback *before, void (*what)(void), unsigned times)
{
	trap.before = before;
	trap.what = what;
	trap.times = times;
	trap.copies = 0;
	native.before_turn = spring;
}

static void close_first(void)
{
	do_act(CLOSED, &hash.socks[0]);
}

static void reuse_first(void)
{
	do_act(REUSED_ELSEWHERE, &hash.socks[0]);
}

static void insert_one(void)
{
	do_act(INSERT, &hash.socks[0]);
}

/* Before what it found is told; of what was not wanted, too, it hears once. */
TEST(counts_at_the_end)
{
	static void (*const acts[])(void) = { close_first, reuse_first, insert_one };

	for (unsigned i = 0; i < 3; i++) {
		fake_begin(2);
		fake_add(plain, 0);
		add_many(10, plain, 0);
		add_many(10, plain, 1);
		add_many(3, closing, 0);
		add_many(4, closing, 1);
		seed = 1;
		set_trap(i < 2 ? fill : step, acts[i], 1);
		assert_int_equal(fake_walk(SOCK_BUCKETS, PATIENCE), SOCK_WALK_END);
		assert_true(fake_reports());
		assert_int_equal(window.patience, PATIENCE - 1);
		assert_int_equal(window.passed, 7);
		assert_int_equal(trap.times, 0);
	}
}

/* As often as it may, and no more. */
TEST(gives_up_what_never_rests)
{
	for (uint32_t patience = 1; patience <= PATIENCE; patience++) {
		fake_begin(16);
		fake_add(plain, 5);
		set_trap(step, insert_one, 2 * PATIENCE);
		assert_int_equal(fake_walk(SOCK_BUCKETS, patience), SOCK_WALK_GAVE_UP);
		assert_int_equal(window.patience, 0);
		assert_int_equal(native.copies, patience);
		/* had it rested once before */
		fake_begin(16);
		fake_add(plain, 5);
		set_trap(step, insert_one, patience - 1);
		assert_int_equal(fake_walk(SOCK_BUCKETS, patience), SOCK_WALK_END);
		assert_int_equal(native.copies, patience);
		assert_true(fake_reports());
	}
}

/* Memory that is used anew may lead back to where it came from, for a while. */
TEST(gives_up_a_circle)
{
	struct kind foreign = plain;
	struct fake_sock *last;

	foreign.foreign = true;
	fake_begin(1);
	last = fake_add(foreign, 0);
	add_many(20, foreign, 0);
	add_many(1, plain, 0);
	last->kernel.common.skc_nulls_node.next = hash.table[0].chain.first->next;
	assert_int_equal(fake_walk(SOCK_BUCKETS, 2), SOCK_WALK_GAVE_UP);
}

/* The first buckets are so full that one at a time is read, more than a run reads. */
TEST(goes_on_where_it_was)
{
	uint32_t runs = 0;

	fake_begin(FAKE_BUCKETS);
	add_many(SOCK_WINDOW, plain, 0);
	for (uint32_t i = 1; i < FAKE_BUCKETS; i++)
		add_many(1, plain, i);
	window.states = hash.states;
	window.families = hash.families;
	window.width = SOCK_BUCKETS;
	window.patience = 1;
	for (int more = SOCK_WALK_MORE; more == SOCK_WALK_MORE; runs++) {
		uint32_t bucket = window.bucket;

		more = walk_tcp(NULL);
		assert_true(more == SOCK_WALK_END || more == SOCK_WALK_MORE);
		assert_in_range(window.n, 1, SOCK_WINDOW);
		assert_true(window.bucket > bucket);
		for (uint32_t i = 0; i < window.n; i++)
			fake_take(&window.records[i]);
	}
	assert_true(fake_reports());
	assert_in_range(runs, FAKE_BUCKETS / RUN, FAKE_BUCKETS / RUN + 2);
}
