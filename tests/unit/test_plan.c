/* SPDX-License-Identifier: MIT */
/*
 * Plans: what is refused and why, whose session it is, and how it is told.
 */
#include "samples.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/act.h>
#include <sktop/owners.h>
#include "attrs.h"

/* How many targets would be done. */
static uint32_t todo(const struct sk_plan *plan)
{
	return plan->refused[SK_REFUSAL_NONE] - (plan->with_own ? 0 : plan->own);
}

static struct sk_sample *sample;
static struct sk_powers powers;

static struct sk_socket *add(enum sk_proto proto, enum sk_state state, uint16_t lport,
			     uint16_t rport)
{
	struct sk_socket *s = add_socket(sample, (struct sk_socket){
		.proto = (uint8_t)proto, .state = (uint8_t)state,
		.cookie = 101 + sample->n_sockets, .lport = lport, .rport = rport });

	if (!sk_proto_has_ip(proto))
		return s;
	set_local(sample, s, sk_addr_from_v4("\300\0\2\1"));
	s->remote = sk_addr_from_v4(rport ? "\313\0\161\5" : "\0\0\0\0");
	return s;
}

static struct sk_plan *plan_all(void)
{
	uint32_t rows[64];
	struct sk_plan *plan;

	for (uint32_t i = 0; i < sample->n_sockets + sample->n_gone; i++)
		rows[i] = i;
	assert_int_equal(sk_plan_close(sample, rows, sample->n_sockets + sample->n_gone,
				       &powers, &plan), 0);
	return plan;
}

static int set_up(void **state)
{
	(void)state;
	powers = (struct sk_powers){ .real = true, .privileged = true };
	return sk_sample_new(&sample);
}

static int tear_down(void **state)
{
	(void)state;
	sk_sample_unref(sample);
	return 0;
}

FRESH(test_refusals)
{
	static const enum sk_refusal expected[] = {
		SK_REFUSAL_NONE,  SK_REFUSAL_NONE,	SK_REFUSAL_KIND,  SK_REFUSAL_KIND,
		SK_REFUSAL_MPTCP, SK_REFUSAL_NO_COOKIE, SK_REFUSAL_BOUND, SK_REFUSAL_NETNS,
		SK_REFUSAL_PROTO, SK_REFUSAL_GONE,
	};
	static const int netns[] = { 0, -EPERM, 0 };
	struct sk_plan *plan;

	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 80, 4000);
	add(SK_PROTO_UDP, SK_STATE_CLOSE, 53, 0);
	add(SK_PROTO_UNIX, SK_STATE_ESTABLISHED, 0, 0);
	add(SK_PROTO_NETLINK, SK_STATE_CLOSE, 0, 0);
	add(SK_PROTO_MPTCP, SK_STATE_ESTABLISHED, 80, 4000);
	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 80, 4001)->flags = SK_F_NO_COOKIE;
	add(SK_PROTO_TCP, SK_STATE_CLOSE, 80, 0);
	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 80, 4002)->netns = 1;
	add(SK_PROTO_SCTP, SK_STATE_ESTABLISHED, 80, 4003);
	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 80, 4004)->flags = SK_F_GONE;
	sample->n_sockets--;
	sample->n_gone = 1;
	powers.netns = netns;
	powers.n_netns = 3;
	powers.destroy[SK_PROTO_SCTP] = -EOPNOTSUPP;
	plan = plan_all();
	for (uint32_t i = 0; i < plan->n; i++) {
		assert_int_equal(plan->targets[i].refusal, expected[i]);
		assert_int_equal(plan->targets[i].outcome,
				 expected[i] ? SK_OUTCOME_REFUSED : SK_OUTCOME_WAITING);
		assert_int_equal(*sk_target_reason(&plan->targets[i]) != '\0',
				 expected[i] != SK_REFUSAL_NONE);
	}
	assert_int_equal(todo(plan), 2);
	assert_int_equal(plan->refused[SK_REFUSAL_KIND], 2);
	sk_plan_free(plan);
	sample->n_sockets++;
	sample->n_gone = 0;

	/* without it here, but with it in the namespace of one of them */
	powers.privileged = false;
	sample->sockets[1].netns = 2;
	plan = plan_all();
	assert_int_equal(plan->targets[0].refusal, SK_REFUSAL_PRIVILEGE);
	assert_int_equal(plan->targets[1].refusal, SK_REFUSAL_NONE);
	assert_int_equal(todo(plan), 1);
	sk_plan_free(plan);

	powers.real = false;
	plan = plan_all();
	assert_int_equal(plan->refused[SK_REFUSAL_SOURCE], plan->n);
	sk_plan_free(plan);
}

static void expect_own(uint32_t own)
{
	struct sk_plan *plan = plan_all();
	struct sk_plan_line lines[SK_PLAN_LINES];
	size_t n = sk_plan_lines(plan, lines);

	assert_int_equal(plan->own, own);
	assert_int_equal(todo(plan), plan->n - own);
	assert_int_equal(lines[n - 1].kind == SK_LINE_OWN, own > 0);
	/* ours come last: who is cut off does nothing more */
	for (uint32_t i = 0; i < plan->n; i++)
		assert_int_equal(plan->targets[i].own, i >= plan->n - own);
	plan->with_own = true;
	assert_int_equal(todo(plan), plan->n);
	sk_plan_free(plan);
}

FRESH(test_own_by_variable)
{
	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 22, 50514);
	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 22, 50515);
	add(SK_PROTO_TCP, SK_STATE_LISTEN, 22, 0);
	expect_own(0);
	assert_int_equal(sk_session_parse_ssh("203.0.113.5 50514 192.0.2.1 22",
					      &powers.session.ssh), 0);
	powers.session.has_ssh = true;
	expect_own(1);
}

/* sudo dropped the variable: an ancestor holds the socket. Its far end may be here. */
FRESH(test_own_by_ancestor)
{
	struct sk_socket *far;

	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 22, 50514)->inode = 777;
	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 22, 50515)->inode = 778;
	add(SK_PROTO_TCP, SK_STATE_LISTEN, 22, 0)->inode = 700;
	far = add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 50514, 22);
	far->remote = sk_addr_from_v4("\300\0\2\1");
	set_local(sample, far, sk_addr_from_v4("\313\0\161\5"));
	powers.session.n_inodes = 2;
	powers.session.inodes[0] = 700;
	powers.session.inodes[1] = 777;
	expect_own(3);
}

/* Nothing tells which carry us: then it may be any, but not where none would be closed. */
FRESH(test_own_unknown)
{
	struct sk_plan_line lines[SK_PLAN_LINES];
	struct sk_plan *plan;
	uint32_t row = 0;
	size_t n;

	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 22, 50514);
	powers.session.unknown = true;
	assert_int_equal(sk_plan_close(sample, &row, 1, &powers, &plan), 0);
	assert_true(plan->own_unknown);
	n = sk_plan_lines(plan, lines);
	assert_int_equal(lines[n - 1].kind, SK_LINE_OWN);
	assert_non_null(strstr(lines[n - 1].text, "SSH_CONNECTION does not name it"));
	sk_plan_free(plan);

	powers.session.has_ssh = true;
	assert_int_equal(sk_plan_close(sample, &row, 1, &powers, &plan), 0);
	assert_false(plan->own_unknown);
	sk_plan_free(plan);

	powers.session.has_ssh = false;
	powers.privileged = false;
	assert_int_equal(sk_plan_close(sample, &row, 1, &powers, &plan), 0);
	assert_false(plan->own_unknown);
	sk_plan_free(plan);
}

/* Rights that are lent close nothing, whatever else they would allow. */
FRESH(test_elevated)
{
	uint32_t row = 0;
	struct sk_plan *plan;

	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 22, 50514);
	powers.elevated = true;
	assert_int_equal(sk_plan_close(sample, &row, 1, &powers, &plan), 0);
	assert_int_equal(plan->refused[SK_REFUSAL_ELEVATED], 1);
	assert_int_equal(todo(plan), 0);
	assert_non_null(strstr(sk_target_reason(&plan->targets[0]), "setuid"));
	sk_plan_free(plan);
}

FRESH(test_ssh_variable)
{
	static const char *const bad[] = { "", "x", "203.0.113.5 50514 192.0.2.1",
					   "203.0.113.5 99999 192.0.2.1 22",
					   "203.0.113.5 50514 192.0.2.1 22 1",
					   "203.0.113 50514 192.0.2.1 22",
					   "203.0.113.5 50514 192.0.2.1 22\033[2J" };
	struct sk_ends ends;
	char text[SK_ADDR_STRLEN];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sk_session_parse_ssh(bad[i], &ends), -EINVAL);
	assert_int_equal(sk_session_parse_ssh("fe80::7%eth0 50514 2001:db8::1 2222", &ends),
			 0);
	assert_int_equal(ends.lport, 2222);
	assert_int_equal(ends.rport, 50514);
	assert_string_equal(sk_addr_format(&ends.remote, true, text), "fe80::7");
	assert_string_equal(sk_addr_format(&ends.local, true, text), "2001:db8::1");
}

FRESH(test_words)
{
	struct sk_plan_line lines[SK_PLAN_LINES];
	struct sk_plan *plan;
	char text[256];
	size_t n;

	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 80, 4000);
	add(SK_PROTO_TCP, SK_STATE_LISTEN, 80, 0);
	add(SK_PROTO_UDP, SK_STATE_CLOSE, 53, 0);
	add(SK_PROTO_UNIX, SK_STATE_ESTABLISHED, 0, 0);
	plan = plan_all();
	n = sk_plan_lines(plan, lines);
	assert_int_equal(n, 4);
	assert_string_equal(lines[0].text, "Close 3 of 4 sockets: 1 tcp ESTABLISHED, 1 tcp "
					   "LISTEN, 1 udp UNCONN");
	assert_non_null(strstr(lines[1].text, "accept() fails"));
	assert_non_null(strstr(lines[2].text, "ECONNABORTED"));
	assert_int_equal(lines[3].kind, SK_LINE_REFUSED);
	assert_non_null(strstr(lines[3].text, "1 refused: the kernel cannot close"));
	assert_string_equal(sk_target_line(plan, &plan->targets[0], text, sizeof(text)),
			    "close tcp 192.0.2.1:80 203.0.113.5:4000 ESTABLISHED");
	plan->targets[0].outcome = SK_OUTCOME_FAILED;
	plan->targets[0].error = -EPERM;
	assert_string_equal(sk_target_line(plan, &plan->targets[0], text, sizeof(text)),
			    "failed tcp 192.0.2.1:80 203.0.113.5:4000 ESTABLISHED: "
			    "Operation not permitted: needs CAP_NET_ADMIN over the network "
			    "namespace");
	plan->targets[1].outcome = SK_OUTCOME_FAILED;
	plan->targets[1].error = -ENOBUFS;
	assert_string_equal(sk_target_reason(&plan->targets[1]),
			    "No buffer space available");
	plan->outcome[SK_OUTCOME_DONE] = 12;
	plan->outcome[SK_OUTCOME_WAITING] = 0;
	plan->outcome[SK_OUTCOME_FAILED] = 2;
	assert_string_equal(sk_plan_sum(plan, text, sizeof(text)),
			    "12 closed, 2 failed, 1 refused");
	/* no room is no reason to write beyond it */
	sk_target_line(plan, &plan->targets[0], text, 12);
	assert_string_equal(text, "failed tcp ");
	sk_plan_free(plan);
}

/* Every kind at once: the head says that there are more, and is not cut in a word. */
FRESH(test_many_kinds)
{
	struct sk_plan_line lines[SK_PLAN_LINES];
	struct sk_plan *plan;

	for (unsigned i = SK_STATE_ESTABLISHED; i < SK_STATE_CLOSE; i++) {
		add(SK_PROTO_TCP, i, 80, (uint16_t)(4000 + i));
		add(SK_PROTO_TCP, i, 80, (uint16_t)(4000 + i))->flags = SK_F_V6;
		add(SK_PROTO_UDP, i, 80, (uint16_t)(4000 + i))->flags = SK_F_V6;
	}
	plan = plan_all();
	sk_plan_lines(plan, lines);
	assert_non_null(strstr(lines[0].text, " and others"));
	assert_true(strlen(lines[0].text) < sizeof(lines[0].text) - 1);
	sk_plan_free(plan);
}

/* Processes 812 (gone), 813, 1, 900 (another user's) and 77, which is our shell. */
static int may_signal(uint32_t pid, uint64_t start)
{
	assert_int_equal(start, pid * 10);
	return pid == 812 ? -ESRCH : pid == 900 ? -EPERM : 0;
}

/* All of them hold what they did. */
static int count_held(uint32_t pid, const struct sk_claim *claims, uint32_t n, uint32_t *held)
{
	(void)pid;
	for (uint32_t i = 1; i < n; i++)
		assert_true(claims[i].inode > claims[i - 1].inode);
	*held = n;
	return 0;
}

static uint32_t add_process(struct sk_owners *owners, uint32_t pid, const char *name)
{
	const struct sk_process process = { .pid = pid, .start = pid * 10, .name = name,
					    .command = "", .cgroup = "", .unit = "",
					    .tids = "" };
	uint32_t id;

	assert_int_equal(sk_owners_add_process(owners, &process, &id), 0);
	return id;
}

/* Sockets: two of nginx 812 and 813 (one twice, inherited), one each of the others. */
static void add_owners(void)
{
	static const struct {
		uint32_t pid;
		const char *name;
	} others[] = { { 1, "init" }, { 900, "other" }, { 77, "bash" } };
	struct sk_owners *owners;
	struct sk_holder pair[3];
	uint32_t set;

	assert_int_equal(sk_owners_new(&owners), 0);
	sample->owners = owners;
	pair[0] = (struct sk_holder){ add_process(owners, 812, "nginx"), 0 };
	pair[1] = (struct sk_holder){ add_process(owners, 813, "nginx"), 0 };
	pair[2] = (struct sk_holder){ pair[1].process, 4 };
	assert_int_equal(sk_owners_add_set(owners, pair, 3, &set), 0);
	add(SK_PROTO_TCP, SK_STATE_LISTEN, 80, 0)->owner = set;
	add(SK_PROTO_TCP, SK_STATE_ESTABLISHED, 80, 4000)->owner = set;
	for (int i = 0; i < 3; i++) {
		struct sk_holder one = { add_process(owners, others[i].pid, others[i].name),
					 0 };

		assert_int_equal(sk_owners_add_set(owners, &one, 1, &set), 0);
		add(SK_PROTO_TCP, SK_STATE_LISTEN, (uint16_t)(100 + i), 0)->owner = set;
	}
	add(SK_PROTO_TCP, SK_STATE_TIME_WAIT, 80, 4001); /* nobody's */
	for (uint32_t i = 0; i + 1 < sample->n_sockets; i++)
		sample->sockets[i].inode = 500 + i;
	powers.may_signal = may_signal;
	powers.count_held = count_held;
	powers.session.n_pids = 1;
	powers.session.pids[0] = 77;
}

static struct sk_plan *plan_signal(uint32_t process)
{
	static const uint32_t rows[] = { 0, 1, 2, 3, 4, 5 };
	struct sk_plan *plan;

	assert_int_equal(sk_plan_signal(sample, rows, 6, process, 1, &powers, &plan), 0);
	return plan;
}

FRESH(test_signals)
{
	struct sk_plan_line lines[SK_PLAN_LINES];
	struct sk_plan *plan;
	char text[256];

	add_owners();
	plan = plan_signal(0);
	assert_int_equal(plan->n, 5); /* each process once, whatever it holds */
	assert_int_equal(plan->refused[SK_REFUSAL_EXITED], 1);
	assert_int_equal(plan->refused[SK_REFUSAL_NOT_OURS], 1);
	assert_int_equal(plan->own, 2); /* pid 1 and the shell, and they are last */
	assert_true(plan->targets[3].own && plan->targets[4].own);
	assert_int_equal(todo(plan), 1);
	assert_int_equal(plan->ownerless, 1);
	assert_int_equal(sk_plan_lines(plan, lines), 5);
	assert_string_equal(lines[0].text, "Send SIGHUP (1) to 3 processes, for 6 chosen "
					   "sockets");
	assert_non_null(strstr(lines[1].text, "1 socket has no known process"));
	assert_non_null(strstr(lines[2].text, "has ended"));
	assert_non_null(strstr(lines[3].text, "CAP_KILL"));
	assert_non_null(strstr(lines[4].text, "2 of them are pid 1"));
	assert_string_equal(sk_target_line(plan, &plan->targets[1], text, sizeof(text)),
			    "signal nginx/813, 2 sockets");
	sk_plan_free(plan);

	/* nobody to be signalled: nothing to be sorted */
	assert_int_equal(sk_plan_signal(sample, NULL, 0, 0, 1, &powers, &plan), 0);
	assert_int_equal(plan->n, 0);
	sk_plan_free(plan);
	plan = plan_signal(2); /* 813 alone */
	assert_int_equal(plan->n, 1);
	assert_int_equal(plan->own, 0);
	sk_plan_free(plan);

	powers.real = false;
	plan = plan_signal(0);
	assert_int_equal(plan->refused[SK_REFUSAL_SOURCE], 5);
	sk_plan_free(plan);

	/* a source that knows no processes */
	sk_owners_unref(sample->owners);
	sample->owners = NULL;
	plan = plan_signal(0);
	assert_int_equal(plan->n, 0);
	assert_int_equal(plan->ownerless, 6);
	sk_plan_free(plan);
}

FRESH(test_signal_names)
{
	static const struct {
		const char *text;
		int number; /* 0 = none */
	} cases[] = { { "15", 15 },	 { "SIGTERM", 15 }, { "term", 15 }, { "Hup", 1 },
		      { "9", 9 },	 { "0", 0 },	    { "-9", 0 },    { "9x", 0 },
		      { "", 0 },	 { "SIG", 0 },	    { "99", 0 },    { "sigfoo", 0 } };

	assert_string_equal(sk_signals[0].name, "SIGTERM");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int number = 0;

		assert_int_equal(sk_signal_parse(cases[i].text, &number),
				 cases[i].number ? 0 : -EINVAL);
		assert_int_equal(number, cases[i].number);
	}
	assert_string_equal(sk_signal_name(9), "SIGKILL");
}
