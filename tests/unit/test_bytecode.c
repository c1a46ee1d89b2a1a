/* SPDX-License-Identifier: MIT */
#include "../testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include "bytecode_machine.h"
#include "random_filter.h"
#include "attrs.h"
#include "names/lookup.h"

#define SOCKETS 400
#define FILTERS 4000

static struct sk_socket sockets[SOCKETS];
static struct sk_tcp_ext tcp_ext[SOCKETS];
static struct sk_sample sample = { .machine.interface = names_of_interface,
				   .needs = SK_NEED_SOCKETS | SK_NEED_INFO | SK_NEED_TCP_EXT,
				   .sockets = sockets,
				   .tcp_ext = tcp_ext,
				   .n_tcp_ext = SOCKETS,
				   .n_sockets = SOCKETS,
				   .limits = { .port_first = 32768, .port_last = 60999 } };
static const struct sk_context context = { .sample = &sample };

static struct sk_addr address(unsigned *seed, bool *v6)
{
	static const char *const texts[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3",
					     "10.1.2.3",  "0.0.0.0",   "::1",
					     "::",	  "fe80::1",   "2001:db8::7" };
	const char *text = texts[(size_t)rand_r(seed) % 9];
	struct sk_addr addr;
	uint8_t four[4];

	*v6 = strchr(text, ':') != NULL;
	if (*v6) {
		inet_pton(AF_INET6, text, addr.b);
		return addr;
	}
	inet_pton(AF_INET, text, four);
	return sk_addr_from_v4(four);
}

static uint16_t a_port(unsigned *seed)
{
	static const uint16_t ports[] = { 0, 22, 1024, 5001, 5002, 5003, 6001, 6003,
					  32768, 40000, 65535 };

	return ports[(size_t)rand_r(seed) % 11];
}

/* As the kernel and its rows are: minis have no cgroup, unless it is remembered. */
static void make_socket(unsigned *seed, struct sk_socket *s, struct sk_tcp_ext *m)
{
	static const uint64_t cgroups[] = { 1, 42, 43 };
	struct sk_attrs attrs = { 0 };
	bool v6, unused;

	attrs.local = address(seed, &v6);
	*s = (struct sk_socket){ .lport = a_port(seed),
				 .rport = a_port(seed), .inode = 5, .owner = 0 };
	do
		s->remote = address(seed, &unused);
	while (unused != v6);
	if (v6 || rand_r(seed) % 3 == 0)
		s->flags |= SK_F_V6;
	s->proto = rand_r(seed) % 3 ? SK_PROTO_TCP : SK_PROTO_UDP;
	s->state = (uint8_t)(1 + rand_r(seed) % (SK_STATE_COUNT - 1));
	s->recv_q = (uint32_t)rand_r(seed) % 2;
	attrs.ifindex = (uint32_t)rand_r(seed) % 3;
	s->timer = s->state == SK_STATE_TIME_WAIT ? SK_TIMER_TIMEWAIT : SK_TIMER_OFF;
	s->flags |= rand_r(seed) % 2 ? SK_F_OWNER : 0;
	if (s->state != SK_STATE_TIME_WAIT && s->state != SK_STATE_SYN_RECV) {
		s->flags |= SK_F_CGROUP;
		attrs.cgroup = cgroups[(size_t)rand_r(seed) % 3];
	} else if (rand_r(seed) % 2) {
		s->flags |= SK_F_CGROUP | SK_F_REMEMBERED;
		attrs.cgroup = 42;
	}
	set_attrs(&sample, s, attrs);
	*m = (struct sk_tcp_ext){ .mark = (uint32_t[]){ 0, 7, 0x17 }[rand_r(seed) % 3] };
	if (s->state != SK_STATE_TIME_WAIT)
		m->flags |= SK_TCP_EXT_MARK;
}

static int set_up(void **state)
{
	(void)state;
	unsigned seed = 20;

	for (size_t i = 0; i < SOCKETS; i++)
		make_socket(&seed, &sockets[i], &tcp_ext[i]);
	return 0;
}

static struct sk_filter *parse(const char *text)
{
	struct sk_filter_error error;
	struct sk_filter *filter;

	if (sk_filter_parse(text, sk_table(SK_TABLE_CONNECTIONS), &filter, &error))
		fail_msg("%s: %s", text, error.message);
	return filter;
}

static struct sk_bytecode compile(const char *text, unsigned flags)
{
	struct sk_filter *filter = parse(text);
	struct sk_bytecode bc;

	assert_int_equal(sk_filter_compile(filter, flags, &bc), 0);
	sk_filter_free(filter);
	if (!machine_audit(&bc))
		fail_msg("the kernel would refuse the code of %s", text);
	return bc;
}

/* Nothing that matches is lost; where the code is exact, nothing else passes. */
static void check(const char *text, unsigned flags, size_t *passed)
{
	struct sk_bytecode bc = compile(text, flags);
	struct sk_filter *filter = parse(text);

	for (size_t i = 0; i < SOCKETS; i++) {
		const struct sk_socket *s = &sockets[i];
		bool ours = sk_filter_match(filter, &context, s);
		struct sk_detached detached = sk_detached_of(&sample, s);
		bool kernel = machine_run(&bc, &detached, tcp_ext[i].mark);

		if ((ours && !kernel) || (bc.exact && kernel && !ours))
			fail_msg("%s: socket %zu: filter %d, kernel %d", text, i, ours,
				 kernel);
		*passed += kernel;
	}
	sk_filter_free(filter);
}

TEST(test_random)
{
	static const unsigned all_flags[] = { 0, SK_COMPILE_SERIES, SK_COMPILE_ANY_NETNS };
	size_t passed[3] = { 0 };
	unsigned seed = 11;

	for (int i = 0; i < FILTERS; i++) {
		char text[1000];

		random_filter(&seed, 4, text, sizeof(text));
		for (size_t k = 0; k < 3; k++)
			check(text, all_flags[k], &passed[k]);
	}
	/* the kernel is left something to do, less so in a series */
	assert_true(passed[0] * 4 < (size_t)FILTERS * SOCKETS * 3);
	assert_true(passed[0] < passed[1]);
}

TEST(test_exact)
{
	static const struct {
		const char *text;
		bool exact;
		uint32_t states;
		size_t len;
	} cases[] = {
		{ "state time-wait", true, SK_STATE_BIT(SK_STATE_TIME_WAIT), 0 },
		{ "listen and sport = 22", true, SK_STATE_BIT(SK_STATE_LISTEN), 12 },
		{ "dst 10/8", true, SK_STATES_ALL, 16 },
		{ "dst 2001:db8::/32", true, SK_STATES_ALL, 28 },
		{ "dst any", true, SK_STATES_ALL, 0 },
		{ "sport > 65535", true, SK_STATES_ALL, 4 },
		{ "not dst 10/8", true, SK_STATES_ALL, 20 },
		{ "dev = 3", true, SK_STATES_ALL, 8 },
		{ "mark = 3", false, SK_STATES_ALL, 12 },
		{ "rtt > 1ms and dst 10/8", false, SK_STATES_ALL, 16 },
		{ "rtt > 1ms or dst 10/8", false, SK_STATES_ALL, 0 },
		{ "not (rtt > 1ms or dst 10/8)", false, SK_STATES_ALL, 20 },
		{ "cgroup = 3", false, SK_STATES_ALL, 12 + 4 + 12 },
		{ "not mark = 3", false, SK_STATES_ALL, 0 },
		{ "listen or established and rtt > 1", false,
		  SK_STATE_BIT(SK_STATE_LISTEN) | SK_STATE_BIT(SK_STATE_ESTABLISHED), 0 },
		{ "listen and established", true, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sk_bytecode bc = compile(cases[i].text, 0);

		if (bc.exact != cases[i].exact || bc.states != cases[i].states ||
		    bc.len != cases[i].len)
			fail_msg("%s: exact %d, states %x, %u bytes", cases[i].text,
				 bc.exact, bc.states, bc.len);
	}
}

/* In a series only what never changes may choose. */
TEST(test_series)
{
	static const char *const changing[] = { "state time-wait", "mark = 1", "cgroup = 3",
						"dev = 1" };

	for (size_t i = 0; i < 4; i++) {
		struct sk_bytecode bc = compile(changing[i], SK_COMPILE_SERIES);

		assert_int_equal(bc.len, 0);
		assert_int_equal(bc.states, SK_STATES_ALL);
		assert_int_equal(bc.protos, SK_PROTO_BIT(SK_PROTO_TCP));
	}
	assert_int_equal(compile("dst 10/8 and listen", SK_COMPILE_SERIES).len, 16);
	assert_int_equal(compile("dev = lo", SK_COMPILE_ANY_NETNS).len, 0);
}

TEST(test_too_long)
{
	char text[4000] = "dst in (";
	struct sk_bytecode bc;
	size_t len = strlen(text);

	for (int i = 0; i < 250; i++)
		len += (size_t)sprintf(text + len, "10.0.%d.%d,", i, i);
	text[len - 1] = ')';
	text[len] = '\0';
	bc = compile(text, 0);
	assert_int_equal(bc.len, 0);
	assert_false(bc.exact);
}

/* The audit of the test is no rubber stamp. */
TEST(test_audit)
{
	struct sk_bytecode bc = compile("dst 10/8 or sport 80", 0);

	bc.code[1] += 8; /* yes, into the middle of the next */
	assert_false(machine_audit(&bc));
	bc = compile("dst 10/8", 0);
	bc.code[2] = 8; /* no, into its own operand */
	assert_false(machine_audit(&bc));
	bc = compile("dst 10/8", 0);
	bc.len -= 4;
	assert_false(machine_audit(&bc));
	assert_int_equal(sk_filter_compile(NULL, 0, &bc), 0);
	assert_int_equal(bc.len, 0);
	assert_true(bc.exact);
}

int main(void)
{
	return testing_run(set_up, NULL);
}
