/* SPDX-License-Identifier: MIT */
/*
 * This file makes the request for rows that are printed: what they need, and nothing
 * else.
 */
#include <string.h>
#include <sktop/array.h>
#include <sktop/setup.h>

/* Columns of listeners that count connections. */
static const char *const counting[] = { "syn-recv", "established", "not-accepted" };

/* Rows that are made of the chosen sockets alone, and of no others beside them. */
static bool needs_only_chosen(const struct sk_options *options, enum sk_pane_id pane)
{
	switch (pane) {
	case SK_PANE_CONNECTIONS:
	case SK_PANE_STATES:
		return true;
	case SK_PANE_HOSTS: /* which side a service is on, all listeners tell */
		return options->group != SK_GROUP_PORT;
	default:
		return false;
	}
}

int sk_setup_kernel_filter(const struct sk_options *options, enum sk_pane_id pane,
			   const struct sk_filter *filter, struct sk_request *request)
{
	unsigned flags = 0;
	int err;

	if (!needs_only_chosen(options, pane))
		return 0;
	if (!options->once)
		flags |= SK_COMPILE_SERIES;
	if (request->needs & SK_NEED_OWNERS)
		flags |= SK_COMPILE_LISTENERS;
	if (options->many_netns)
		flags |= SK_COMPILE_ANY_NETNS;
	err = sk_filter_compile(filter, flags, &request->filter);
	/* -l once: listeners are found without a walk of all connections */
	if (!err && options->listening && options->once)
		request->filter.states &= SK_STATE_BIT(SK_STATE_LISTEN) |
					  SK_STATE_BIT(SK_STATE_CLOSE);
	return err;
}

uint32_t sk_setup_protos(const struct sk_options *options, const struct sk_filter *filter)
{
	uint32_t protos = options->request.protos;

	return options->protos_chosen ? protos : protos | sk_filter_protos(filter);
}

uint32_t sk_setup_bytes(const struct sk_options *options, enum sk_pane_id pane, uint32_t protos)
{
	const uint32_t counted = SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_MPTCP) |
				 SK_PROTO_BIT(SK_PROTO_SCTP);
	bool shown = pane == SK_PANE_CONNECTIONS || pane == SK_PANE_HOSTS ||
		     pane == SK_PANE_PROCESSES;

	if (options->bytes == SK_BYTES_OFF || options->once || !(protos & ~counted))
		return 0;
	return shown || options->bytes == SK_BYTES_ALL ? SK_NEED_BYTES : 0;
}

static bool uses(const struct sk_setup *setup, const char *id)
{
	const struct sk_column *column = sk_column_find(setup->table, id, strlen(id));
	bool used = column == setup->sort;

	for (size_t i = 0; i < setup->columns.n; i++)
		used |= setup->columns.column[i] == column;
	return used;
}

/* Only a listener waits in LISTEN, and it has no past in another state. */
static uint32_t states_of(const struct sk_options *options, const struct sk_setup *setup)
{
	const uint32_t listening = SK_STATE_BIT(SK_STATE_LISTEN);
	uint32_t states = options->listening ? listening : SK_STATES_ALL;

	if (setup->pane != SK_PANE_LISTENERS)
		return states;
	for (size_t i = 0; i < ARRAY_SIZE(counting); i++) {
		if (uses(setup, counting[i]))
			return listening | SK_STATE_BIT(SK_STATE_SYN_RECV) |
			       SK_STATE_BIT(SK_STATE_ESTABLISHED);
	}
	return listening;
}

uint32_t sk_setup_plain_states(enum sk_pane_id pane, const struct sk_filter *filter)
{
	/* what comes in through the listeners is only counted, unless it is chosen by more */
	return pane == SK_PANE_LISTENERS &&
			       !(sk_filter_needs(filter) & SK_NEED_TCP_EXT) ?
		       SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_LISTEN) :
		       0;
}

bool sk_setup_bound_too(const struct sk_options *options, const struct sk_filter *filter)
{
	return (options->all && !options->listening) || sk_filter_bound_too(filter);
}

int sk_setup_request(const struct sk_options *options, const struct sk_setup *setup,
		     const struct sk_filter *filter, struct sk_request *request)
{
	bool of_sockets = sk_pane_table(setup->pane)->of_sockets;
	/* printed connections have an order of their own */
	bool sorted = options->sort || setup->pane != SK_PANE_CONNECTIONS;

	*request = options->request;
	request->needs = (of_sockets ? SK_NEED_SOCKETS : 0) |
			 (setup->table->socket_rows ? SK_NEED_LINKS : 0) | /* devices */
			 (sorted && setup->sort ? setup->sort->needs : 0) |
			 sk_column_list_needs(&setup->columns) | sk_filter_needs(filter) |
			 sk_pane_needs(setup->pane, options->all) |
			 sk_group_key_needs(options->group);
	/* a flow is known from one sample to the next, whichever columns are shown */
	if (of_sockets && !options->once)
		request->needs |= SK_NEED_INFO | SK_NEED_FLOWS;
	request->plain_states = sk_setup_plain_states(setup->pane, filter);
	request->patient = true;
	request->protos = sk_setup_protos(options, filter);
	if (of_sockets)
		request->needs |= sk_setup_bytes(options, setup->pane, request->protos);
	request->bound |= sk_filter_bound(filter);
	request->bound_too = sk_setup_bound_too(options, filter);
	if (of_sockets)
		request->tcp_states &= states_of(options, setup);
	return sk_setup_kernel_filter(options, setup->pane, filter, request);
}

/* Without extensions of a socket's TCP all states are plain. */
static uint32_t plain_states(const struct sk_request *request)
{
	return request->needs & SK_NEED_TCP_EXT ? request->plain_states : SK_STATES_ALL;
}

static void join_sockets(struct sk_request *request, const struct sk_request *other)
{
	request->plain_states = plain_states(request) & plain_states(other);
	request->bound_too |= other->bound_too || request->bound != other->bound;
	request->bound &= other->bound;
	request->protos |= other->protos;
	request->tcp_states |= other->tcp_states;
	/* the kernel takes one filter: it must be right for both panes */
	if (memcmp(&request->filter, &other->filter, sizeof(request->filter)) != 0)
		request->filter = (struct sk_bytecode){ 0 };
}

void sk_setup_join(struct sk_request *request, const struct sk_request *other)
{
	const uint32_t needs = request->needs | other->needs;

	if (!(request->needs & SK_NEED_SOCKETS))
		*request = *other;
	else if (other->needs & SK_NEED_SOCKETS)
		join_sockets(request, other);
	request->needs = needs;
}
