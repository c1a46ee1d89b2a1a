/* SPDX-License-Identifier: MIT */
#include <sktop/names.h>
#include "program/cli_messages.h"
#include "program/remarks.h"

/* Text and CSV have no place for it; JSON says it too. */
static void say_namespaces(const struct remarks *r, const struct sk_sample *sample)
{
	char words[160];

	for (unsigned i = 0; i < r->printed->n; i++) {
		enum sk_pane_id pane = r->printed->pane[i].setup.pane;
		const char *why = sk_pane_refused(pane, sample);

		if (why)
			cli_say("%s", why);
		if (sk_pane_is_partial(pane, sample))
			cli_say("%s: of the namespace %s only", sk_pane_info(pane)->name,
				sk_sample_netns_name(sample, 0));
	}
	if (sk_netns_describe(sample, words, sizeof(words)))
		cli_say("%s", words);
}

void remarks_say_names(struct remarks *r, const struct sk_names *names)
{
	const unsigned numeric = r->printed->options->numeric;
	int lost = sk_names_lost_services(names);

	if (r->said_once)
		return;
	r->said_once = true;
	/* numbers are right as well, but are not the names */
	if (lost && !(numeric & SK_NAMES_SERVICES) && !r->printed->format->all_columns)
		cli_say("names of ports: cannot be read: %s; they stay numbers",
			sk_loss_reason(lost));
	if (sk_names_lacks_users(names) && !(numeric & SK_NAMES_USERS))
		cli_say("names of users: not all could be read; these stay numbers");
}

/* JSON has the numbers of the facts, and CSV has no place for them. */
void remarks_say_facts(const struct remarks *r)
{
	const struct printed *printed = r->printed;
	char text[400];

	if (printed->format->all_columns || !printed->options->header)
		return;
	for (unsigned i = 0; i < printed->n; i++) {
		for (size_t f = 0; f < printed->table[i].n_facts; f++) {
			const struct sk_fact *fact = &printed->table[i].facts[f];

			if (fact->n_pieces)
				cli_say("%s", sk_fact_print(fact, text, sizeof(text)));
		}
	}
}

/* JSON says it in its losses. */
static void say_cut(const struct sk_losses *losses)
{
	if (losses->missing & SK_MISSING_ROWS)
		cli_say("cut after %u rows", SK_ROWS_CUT);
}

/* netstat's "you would have to be root to see it all", with numbers. */
static void say_unreadable(struct remarks *r, const struct sk_losses *losses)
{
	if (!r->said_owners && (r->needs & SK_NEED_OWNERS))
		r->said_owners = cli_say_unreadable(losses);
}

/*
 * The parts of a sample that the printed rows are made of. /proc tells as much of
 * protocols other than TCP and UDP: only a user who named them hears of it.
 */
static uint32_t parts_to_say(const struct remarks *r, const struct sk_sample *sample)
{
	const struct printed *printed = r->printed;
	uint32_t lost = 0;

	for (unsigned i = 0; i < printed->n; i++) {
		const struct printed_pane *pane = &printed->pane[i];

		lost |= sk_pane_losses(pane->setup.pane, sample);
		/* names of interfaces choose rows */
		if (sk_filter_needs(pane->filter) & SK_NEED_LINKS)
			lost |= sk_sample_lost(sample) & SK_PART_BIT(SK_PART_LINKS);
	}
	for (unsigned i = 0; i < SK_PROTO_COUNT; i++) {
		if (sample->losses.part[i].kind == SK_LOSS_FALLBACK &&
		    !((printed->options->protos_asked | SK_PROTOS_DEFAULT) & SK_PROTO_BIT(i)))
			lost &= ~SK_PART_BIT(i);
	}
	return lost;
}

/*
 * Says what could not be read of the printed data, each kind of loss once; JSON says it
 * in its losses as well. A fallback is a whole answer, if a poorer one.
 */
static void say_lost(struct remarks *r, const struct sk_sample *sample)
{
	uint32_t lost = parts_to_say(r, sample), new = 0;

	r->cut |= sk_sample_is_cut(sample, lost);
	for (unsigned i = 0; i < SK_PART_COUNT; i++) {
		const struct sk_loss *loss = &sample->losses.part[i];

		if (!(lost & SK_PART_BIT(i)) || (r->said[i].kind == loss->kind &&
						 r->said[i].error == loss->error))
			continue;
		r->said[i] = *loss;
		new |= SK_PART_BIT(i);
	}
	cli_say_losses(sample, new);
}

/* Rows that were dropped one by one: nobody knows to which socket they belonged. */
static void say_dropped(struct remarks *r, const struct sk_losses *losses)
{
	if (losses->malformed && !r->malformed)
		cli_say("left out: messages or lines of the kernel that are not understood "
			"(%u)", losses->malformed);
	if (printed_has(r->printed, SK_PANE_EVENTS) && losses->events_lost > r->events_lost)
		cli_say("%u destroyed sockets were not told in time",
			losses->events_lost - r->events_lost);
	r->malformed = losses->malformed;
	r->events_lost = losses->events_lost;
}

/*
 * A filter that names an interface that nobody has, or marks that we may not see, finds
 * nothing: that would look like an answer.
 */
static void say_of_filter(const struct sk_filter *filter, const struct sk_sample *sample)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	const char *name = sk_filter_no_interface(filter, sample);

	if (name)
		cli_say("filter: there is no interface '%.200s'", name);
	if ((sample->losses.missing & SK_MISSING_NET_ADMIN) &&
	    sk_filter_uses(filter, sk_column_find(table, "mark", 4)))
		cli_say("marks need CAP_NET_ADMIN: the filter finds none");
}

/* Says which named protocols are not available; JSON says it in its losses. */
static void say_unavailable(const struct remarks *r, const struct sk_losses *losses)
{
	uint32_t protos = losses->unavailable & r->printed->options->protos_asked;

	if (losses->missing & SK_MISSING_BOUND)
		cli_say("-B: this kernel does not tell bound sockets; Linux 6.8 does");
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (protos & SK_PROTO_BIT(proto))
			cli_say("%s: %s", sk_proto_name(proto, false),
				sk_losses_why(losses));
	}
}

void remarks_say(struct remarks *r, const struct sk_sample *sample)
{
	const struct sk_losses *losses = &sample->losses;

	if (!r->said_once)
		say_namespaces(r, sample);
	for (unsigned i = 0; i < r->printed->n; i++)
		r->cut |= r->printed->table[i].refused;
	say_lost(r, sample);
	say_dropped(r, losses);
	say_unreadable(r, losses);
	if (r->said_once)
		return;
	say_unavailable(r, losses);
	say_of_filter(r->printed->pane[0].filter, sample); /* all panes have the same */
	say_cut(losses);
}
