/* SPDX-License-Identifier: MIT */
/*
 * Names of ports and users.
 */
#include "../testing.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sktop/names.h>
#include "shown.h"

static int set_up(void **state)
{
	struct sk_names *names;
	int err = sk_names_new(NULL, &names);

	*state = names;
	return err;
}

static int tear_down(void **state)
{
	sk_names_free(*state);
	return 0;
}

/* The range as the system has it now: the test asks the same file. */
static void read_range(unsigned *first, unsigned *last)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");

	*first = 32768;
	*last = 60999;
	if (!file)
		return;
	if (fscanf(file, "%u %u", first, last) != 2)
		fail_msg("ip_local_port_range is unreadable");
	fclose(file);
}

TEST(test_services)
{
	const struct servent *https = getservbyname("https", "tcp");
	struct sk_service_port ports[SK_SERVICE_PORTS];
	unsigned first, last;

	read_range(&first, &last);
	if (!https)
		skip();
	if (first > 443)
		assert_string_equal(sk_names_service(*state, SK_PROTO_TCP, 443),
				    "https");
	assert_int_equal(sk_names_ports("httpsXXX", 5, ports), 1);
	assert_int_equal(ports[0].port, 443);
	assert_true(ports[0].protos & SK_PROTO_BIT(SK_PROTO_TCP));
	assert_int_equal(sk_names_ports("no-such-service", 15, ports), 0);
	assert_int_equal(sk_names_ports("", 0, ports), 0);
}

TEST(test_long_service)
{
	struct sk_service_port ports[SK_SERVICE_PORTS];
	char name[5000];

	memset(name, 'a', sizeof(name));
	assert_int_equal(sk_names_ports(name, sizeof(name), ports), 0);
}

TEST(test_ephemeral_ports_have_no_name)
{
	unsigned first, last;

	read_range(&first, &last);
	for (unsigned port = first; port <= last; port++) {
		assert_null(sk_names_service(*state, SK_PROTO_TCP, (uint16_t)port));
		assert_null(sk_names_service(*state, SK_PROTO_UDP, (uint16_t)port));
	}
	assert_null(sk_names_service(*state, SK_PROTO_COUNT, 443));
}

TEST(test_names_are_printable)
{
	for (unsigned port = 0; port < 65536; port++) {
		const char *name =
			sk_names_service(*state, SK_PROTO_TCP, (uint16_t)port);

		for (; name && *name; name++)
			assert_in_range(*name, '!', '~');
	}
}

/* A directory server that knows some, and says so after the test lets it. */
static atomic_bool gate_open;
static atomic_int asked;

static int slow_user(uint32_t uid, char *name, size_t size)
{
	atomic_fetch_add(&asked, 1);
	while (!atomic_load(&gate_open))
		sched_yield();
	if (uid == 13)
		return -EIO;
	if (uid >= 1000)
		return -ENOENT;
	snprintf(name, size, "user-%u\033[2J\n", uid);
	return 0;
}

static void settle_until(struct sk_names *names, uint32_t pending)
{
	struct pollfd bell = { .fd = sk_names_fd(names), .events = POLLIN };

	while (sk_names_pending(names) > pending) {
		assert_int_equal(poll(&bell, 1, 30000), 1);
		assert_int_equal(sk_names_settle(names), SK_NAMES_USERS);
	}
}

TEST(test_users)
{
	const struct sk_names_options options = { .wait_users = true };
	struct sk_names *names;
	const char *root;

	assert_int_equal(sk_names_new(&options, &names), 0);
	root = sk_names_user(names, 0);
	assert_non_null(root);
	assert_string_equal(root, "root");
	assert_null(sk_names_user(names, 4123456789U));
	/* values point at names: those outlive other lookups */
	for (uint32_t uid = 3000000000U; uid < 3000000000U + 2000; uid++)
		assert_null(sk_names_user(names, uid));
	assert_string_equal(root, "root");
	assert_ptr_equal(sk_names_user(names, 0), root);
	sk_names_free(names);
}

/* The screen never waits: a name is there when it has come, and not before. */
TEST(test_users_come_later)
{
	const struct sk_names_options options = { .user = slow_user };
	struct sk_names *names;

	atomic_store(&gate_open, false);
	atomic_store(&asked, 0);
	assert_int_equal(sk_names_new(&options, &names), 0);
	for (int i = 0; i < 3; i++) {
		for (uint32_t uid = 12; uid < 15; uid++)
			assert_null(sk_names_user(names, uid));
	}
	assert_null(sk_names_user(names, 1000));
	assert_int_equal(sk_names_pending(names), 4);
	sk_names_settle(names);
	assert_null(sk_names_user(names, 12));
	atomic_store(&gate_open, true);
	settle_until(names, 0);
	assert_string_equal(shown(sk_names_user(names, 12)), "user-12?[2J?");
	assert_null(sk_names_user(names, 13));
	assert_string_equal(shown(sk_names_user(names, 14)), "user-14?[2J?");
	assert_null(sk_names_user(names, 1000));
	assert_int_equal(sk_names_pending(names), 0); /* "none" is remembered */
	assert_int_equal(atomic_load(&asked), 4);
	sk_names_free(names);
}

/* A server that hangs for ever must not keep the program from ending. */
TEST(test_hanging_user_server)
{
	const struct sk_names_options options = { .user = slow_user };
	struct sk_names *names;

	atomic_store(&gate_open, false);
	atomic_store(&asked, 0);
	assert_int_equal(sk_names_new(&options, &names), 0);
	assert_null(sk_names_user(names, 12));
	while (!atomic_load(&asked))
		sched_yield();
	sk_names_free(names); /* returns, while the question is still out */
	atomic_store(&gate_open, true);
}

TEST(test_protocols)
{
	const char *icmp = sk_names_protocol(*state, 1);

	assert_null(sk_names_protocol(*state, 0));
	assert_null(sk_names_protocol(*state, 254));
	if (!getprotobynumber(1))
		skip();
	assert_string_equal(icmp, "icmp");
}

int main(void)
{
	return testing_run(set_up, tear_down);
}
