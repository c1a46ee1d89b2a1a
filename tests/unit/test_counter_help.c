/* SPDX-License-Identifier: MIT */
#include "../testing.h"
#include <string.h>
#include <sktop/counter_help.h>
#include <sktop/source.h>

/* Every counter of the running kernel has a sentence, but for a few newer ones. */
TEST(test_running_kernel)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_source *source;
	struct sk_sample *sample;
	char error[SK_ERROR_LEN];
	uint32_t unknown = 0;

	assert_int_equal(sk_live_source_new(0, &source, error), 0);
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	assert_true(sample->n_counters > 100);
	for (uint32_t i = 0; i < sample->n_counters; i++) {
		const struct sk_counter *c = &sample->counters[i];
		const struct sk_counter_help *help = sk_counter_help(c->section, c->name);

		if (!help) {
			print_message("no help: %s.%s\n", c->section, c->name);
			unknown++;
			continue;
		}
		assert_string_equal(help->section, c->section);
		assert_true(strlen(help->text) <= 100);
		assert_true(help->text[strlen(help->text) - 1] != '.');
	}
	assert_true(unknown * 20 <= sample->n_counters);
	sk_sample_unref(sample);
	sk_source_free(source);
}

TEST(test_lookup)
{
	assert_null(sk_counter_help("Tcp", "NoSuchThing"));
	assert_null(sk_counter_help("NoSuchThing", "InSegs"));
	assert_true(sk_counter_help("Tcp", "CurrEstab")->gauge);
	assert_false(sk_counter_help("Tcp", "InSegs")->gauge);
	assert_non_null(sk_counter_help("IcmpMsg", "InType3"));
	assert_non_null(sk_counter_help("sockstat.TCP", "inuse"));
}

TEST(test_scope)
{
	const uint32_t tcp = SK_PROTO_BIT(SK_PROTO_TCP), udp = SK_PROTO_BIT(SK_PROTO_UDP);

	assert_true(sk_counter_in_scope("Tcp", tcp, 3));
	assert_true(sk_counter_in_scope("TcpExt", tcp, 2)); /* of both families */
	assert_false(sk_counter_in_scope("Tcp", udp, 3));
	assert_true(sk_counter_in_scope("Udp", tcp | udp, 1));
	assert_false(sk_counter_in_scope("Udp", udp, 2));
	assert_true(sk_counter_in_scope("Udp6", udp, 2));
	assert_true(sk_counter_in_scope("Icmp", SK_PROTO_BIT(SK_PROTO_RAW), 3));
	assert_false(sk_counter_in_scope("NoSuchThing", ~0U, 3));
}
