/* SPDX-License-Identifier: MIT */
#include "../testing.h"
#include <string.h>
#include <sktop/setup.h>

static struct sk_request request_of(struct sk_options *options, uint32_t needs)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_filter_error error;
	struct sk_filter *filter;

	request.needs |= needs;
	assert_int_equal(sk_filter_parse("dst 10/8 and listen",
					 sk_table(SK_TABLE_CONNECTIONS), &filter, &error),
			 0);
	assert_int_equal(sk_setup_kernel_filter(options, options->pane, filter, &request), 0);
	sk_filter_free(filter);
	return request;
}

/* Panes that look at more than the chosen sockets get them all. */
TEST(test_panes)
{
	struct sk_options options = { .once = true };

	for (unsigned pane = 0; pane < SK_PANE_COUNT; pane++) {
		bool alone = pane == SK_PANE_CONNECTIONS || pane == SK_PANE_HOSTS ||
			     pane == SK_PANE_STATES;

		options.pane = pane;
		assert_int_equal(request_of(&options, 0).filter.len > 0, alone);
	}
	options.pane = SK_PANE_HOSTS;
	options.group = SK_GROUP_PORT;
	assert_int_equal(request_of(&options, 0).filter.protos, 0);
}

TEST(test_series)
{
	struct sk_options options = { .pane = SK_PANE_CONNECTIONS };
	struct sk_request series = request_of(&options, 0), once;

	assert_int_equal(series.filter.states, SK_STATES_ALL);
	assert_int_equal(series.filter.protos, SK_PROTO_BIT(SK_PROTO_TCP));
	options.once = true;
	once = request_of(&options, 0);
	assert_int_equal(once.filter.states, SK_STATE_BIT(SK_STATE_LISTEN));
	assert_true(once.filter.protos & SK_PROTO_BIT(SK_PROTO_UDP));
}

/* Owners of connections that wait for accept() are their listener's. */
TEST(test_owners)
{
	struct sk_options options = { .pane = SK_PANE_CONNECTIONS, .once = true };
	uint16_t without = request_of(&options, 0).filter.len;

	assert_true(request_of(&options, SK_NEED_OWNERS).filter.len > without);
}

TEST(test_listening)
{
	struct sk_options options = { .pane = SK_PANE_CONNECTIONS, .once = true,
				      .listening = true };
	struct sk_request request = SK_REQUEST_DEFAULT;

	assert_int_equal(sk_setup_kernel_filter(&options, options.pane, NULL, &request), 0);
	assert_int_equal(request.filter.states, SK_STATE_BIT(SK_STATE_LISTEN) |
							SK_STATE_BIT(SK_STATE_CLOSE));
	assert_int_equal(request.filter.len, 0);
	options.once = false;
	assert_int_equal(sk_setup_kernel_filter(&options, options.pane, NULL, &request), 0);
	assert_int_equal(request.filter.states, SK_STATES_ALL);
}

/* One sample serves several panes: it has what each of them asks for. */
TEST(test_join)
{
	struct sk_request all = SK_REQUEST_DEFAULT, other = SK_REQUEST_DEFAULT;

	all.needs = SK_NEED_LINKS; /* no sockets: nothing about them counts */
	all.tcp_states = SK_STATES_ALL;
	other.needs = SK_NEED_SOCKETS | SK_NEED_TCP_EXT;
	other.tcp_states = SK_STATE_BIT(SK_STATE_LISTEN);
	other.plain_states = SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_LISTEN);
	other.filter = (struct sk_bytecode){ .protos = 1, .states = 2, .len = 4 };
	sk_setup_join(&all, &other);
	assert_int_equal(all.needs, SK_NEED_LINKS | other.needs);
	assert_int_equal(all.tcp_states, other.tcp_states);
	assert_int_equal(all.plain_states, other.plain_states);
	assert_int_equal(all.filter.len, 4);
	other.needs = SK_NEED_COUNTERS; /* and the other way round */
	other.tcp_states = SK_STATES_ALL;
	other.filter.len = 8;
	sk_setup_join(&all, &other);
	assert_int_equal(all.tcp_states, SK_STATE_BIT(SK_STATE_LISTEN));
	assert_int_equal(all.filter.len, 4);
	other.needs = SK_NEED_SOCKETS; /* another filter: the kernel must let both through */
	other.plain_states = 0;
	other.bound = true;
	sk_setup_join(&all, &other);
	assert_int_equal(all.tcp_states, SK_STATES_ALL);
	assert_int_equal(all.plain_states, SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_LISTEN));
	assert_int_equal(all.filter.protos, 0);
	assert_int_equal(all.filter.len, 0);
	assert_false(all.bound);
	assert_true(all.bound_too);
}

TEST(test_protos)
{
	struct sk_options options = { .request = SK_REQUEST_DEFAULT };
	struct sk_filter_error error;
	struct sk_filter *filter;

	assert_int_equal(sk_filter_parse("src unix:/run/*", sk_table(SK_TABLE_CONNECTIONS),
					 &filter, &error), 0);
	assert_int_equal(sk_setup_protos(&options, filter),
			 SK_PROTOS_DEFAULT | SK_PROTO_BIT(SK_PROTO_UNIX));
	options.protos_chosen = true;
	assert_int_equal(sk_setup_protos(&options, filter), SK_PROTOS_DEFAULT);
	assert_int_equal(sk_setup_protos(&options, NULL), SK_PROTOS_DEFAULT);
	sk_filter_free(filter);
}
