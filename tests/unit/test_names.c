/* SPDX-License-Identifier: MIT */
/*
 * Names of ports and users.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sktop/names.h>

static int set_up(void **state)
{
	struct sk_names *names;
	int err = sk_names_new(&names);

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

static void test_services(void **state)
{
	const struct servent *https = getservbyname("https", "tcp");
	unsigned first, last;
	uint16_t port = 0;

	read_range(&first, &last);
	if (!https)
		skip();
	if (first > 443)
		assert_string_equal(sk_names_service(*state, SK_PROTO_TCP, 443),
				    "https");
	assert_int_equal(sk_names_port("https", 5, &port), 0);
	assert_int_equal(port, 443);
	assert_int_equal(sk_names_port("httpsXXX", 5, &port), 0);
	assert_int_equal(sk_names_port("no-such-service", 15, &port), -ENOENT);
	assert_int_equal(sk_names_port("", 0, &port), -ENOENT);
	assert_int_equal(port, 443);
}

static void test_long_service(void **state)
{
	char name[5000];
	uint16_t port;

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_int_equal(sk_names_port(name, sizeof(name), &port), -ENOENT);
}

static void test_ephemeral_ports_have_no_name(void **state)
{
	unsigned first, last;

	read_range(&first, &last);
	for (unsigned port = first; port <= last; port++) {
		assert_null(sk_names_service(*state, SK_PROTO_TCP, (uint16_t)port));
		assert_null(sk_names_service(*state, SK_PROTO_UDP, (uint16_t)port));
	}
	assert_null(sk_names_service(*state, SK_PROTO_COUNT, 443));
}

static void test_names_are_printable(void **state)
{
	for (unsigned port = 0; port < 65536; port++) {
		const char *name =
			sk_names_service(*state, SK_PROTO_TCP, (uint16_t)port);

		for (; name && *name; name++)
			assert_in_range(*name, '!', '~');
	}
}

static void test_users(void **state)
{
	const char *root = sk_names_user(*state, 0);

	assert_non_null(root);
	assert_string_equal(root, "root");
	assert_null(sk_names_user(*state, 4123456789U));
	assert_ptr_equal(sk_names_user(*state, 0), root);
}

/* Values point at names: those must outlive any number of other lookups. */
static void test_names_stay_valid(void **state)
{
	const char *root = sk_names_user(*state, 0);

	for (uint32_t uid = 3000000000U; uid < 3000000000U + 2000; uid++)
		assert_null(sk_names_user(*state, uid));
	assert_string_equal(root, "root");
	assert_ptr_equal(sk_names_user(*state, 0), root);
}

static void *look_up_many(void *names)
{
	for (uint32_t i = 0; i < 500; i++) {
		const char *root = sk_names_user(names, 0);

		if (!root || strcmp(root, "root") != 0 ||
		    sk_names_user(names, 3000000000U + i % 300))
			return names;
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[4];
	void *failed;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, look_up_many, *state), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_long_service),
		cmocka_unit_test(test_ephemeral_ports_have_no_name),
		cmocka_unit_test(test_names_are_printable),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_names_stay_valid),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
