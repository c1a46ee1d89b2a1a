/* SPDX-License-Identifier: MIT */
#include <math.h>
#include "columns/flows.h"

/** What a row tells of its flow, before a column chooses. */
struct flow {
	double value[2];     /* [SK_RX, SK_TX], of the span that is asked for */
	const char *unknown; /* why there is none; NULL = there is */
	bool at_least;
};

static void choose(struct flow flow, enum flow_direction direction, bool whole,
		   struct sk_value *value)
{
	double number = direction == FLOW_RX ? flow.value[SK_RX] :
			direction == FLOW_TX ? flow.value[SK_TX] :
					       flow.value[SK_RX] + flow.value[SK_TX];

	if (flow.unknown)
		value_none(value, flow.unknown);
	else if (flow.at_least && !(number > 0))
		value_none(value, "at least one of its sockets has no byte counters");
	else if (whole)
		value_uint(value, (uint64_t)number);
	else
		value_real(value, number);
	value->at_least = value->kind != SK_VALUE_NONE && flow.at_least;
}

static void scale(struct flow *flow, const struct sk_sample *sample, const float mean10[2],
		  const float mean60[2], enum flow_span span)
{
	unsigned seconds = span == FLOW_10S ? 10 : 60;
	double by = sk_flow_scale(sample, seconds);

	if (isnan(by)) {
		flow->unknown = "a mean needs two samples";
		return;
	}
	/* no mean is known to more than that; and a filter finds what JSON has */
	for (int d = 0; d < 2; d++)
		flow->value[d] = rint(by * 1e3 * (double)(seconds == 10 ? mean10 : mean60)[d]) / 1e3;
}

static const char *no_rate(const struct sk_context *context, const struct sk_socket *s)
{
	if (!sk_socket_is_counted(s))
		return value_no_info(context, s);
	if (s->flags & SK_F_RESET)
		return "the counter went back";
	return "seen for the first time: a rate needs two samples";
}

void columns_flow_of_socket(const struct sk_context *context, const void *row, int arg,
			    struct sk_value *value)
{
	static const float nothing[2];
	const struct sk_socket *s = row;
	const struct sk_flow *own = sk_flow_of(context->sample, s);
	struct flow flow = { .value = { (double)s->rx_rate, (double)s->tx_rate } };
	enum flow_span span = (enum flow_span)(arg / 4);

	if (!(s->flags & SK_F_RATE))
		flow.unknown = no_rate(context, s);
	else if (span != FLOW_NOW)
		scale(&flow, context->sample, own ? own->mean10 : nothing,
		      own ? own->mean60 : nothing, span);
	choose(flow, (enum flow_direction)(arg % 4), false, value);
}

/* Whether something of it is not known to anybody. */
static bool is_doubted(const struct sk_sample *sample, const struct sk_group *group,
		       enum flow_span span)
{
	unsigned doubt = span == FLOW_SUM ? sample->sums_doubt : sample->doubt;

	if (group->uncounted || (group->unsure & 1U << span))
		return true;
	if (span == FLOW_10S || span == FLOW_60S)
		return sk_flow_mean_doubted(sample, span == FLOW_10S ? 10 : 60);
	return (doubt & (SK_DOUBT_ANY)) ||
	       ((doubt & SK_DOUBT_MERGED) && (sk_group_has_address(group) ||
					      group->by == SK_GROUP_PORT));
}

void columns_flow_of_group(const struct sk_context *context, const void *row, int arg,
			   struct sk_value *value)
{
	const struct sk_group *group = row;
	struct flow flow = { .value = { group->rx_rate, group->tx_rate } };
	enum flow_span span = (enum flow_span)(arg / 4);

	if (!group->has_rate)
		flow.unknown = group->uncounted ?
				       "the kernel counts no bytes for sockets of this kind" :
				       "no socket of it has a rate yet";
	else if (span == FLOW_SUM)
		for (int d = 0; d < 2; d++)
			flow.value[d] = (double)group->sum[d];
	else if (span != FLOW_NOW)
		scale(&flow, context->sample, group->mean10, group->mean60, span);
	flow.at_least = is_doubted(context->sample, group, span);
	choose(flow, (enum flow_direction)(arg % 4), span == FLOW_SUM, value);
}

void columns_flow_of_link(const struct sk_context *context, const void *row, int arg,
			  struct sk_value *value)
{
	const struct sk_link *link = row;
	struct flow flow = { .value = { (double)link->rate[SK_LINK_RX_BYTES],
					(double)link->rate[SK_LINK_TX_BYTES] } };
	enum flow_span span = (enum flow_span)(arg / 4);

	if (!(link->flags & SK_LINK_RATE))
		flow.unknown = "new: a rate needs two samples";
	else if (span != FLOW_NOW)
		scale(&flow, context->sample, link->mean10, link->mean60, span);
	choose(flow, (enum flow_direction)(arg % 4), false, value);
}
