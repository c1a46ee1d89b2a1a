/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include <sktop/owners.h>
#include "base/hash.h"
#include "sample/diff.h"
#include "sample/ports.h"

/* An ended class whose mean over 60 seconds is below this, in bytes/s, is quiet. */
#define QUIET 1.0F

/* What tells classes apart, beside the members that are compared as they stand. */
#define KEY_FLAGS (SK_F_V6 | SK_F_OWNER | SK_F_CGROUP | SK_F_QUEUED | SK_F_PRESUMED | SK_F_SUBFLOW)

struct settling {
	struct sk_differ *differ;
	const struct sk_sample *past;
	struct sk_sample *cur;
	float keep10, keep60; /* what is left of a mean after the span */
	bool ports_noted;
};

double sk_flow_scale(const struct sk_sample *sample, unsigned seconds)
{
	if (sample->observed <= 0)
		return (double)NAN;
	return 1 / (1 - exp(-sample->observed / seconds));
}

bool sk_flow_mean_doubted(const struct sk_sample *sample, unsigned seconds)
{
	/* after so long a hundredth of it is left in the mean */
	return sample->doubt_ns &&
	       sample->time_ns - sample->doubt_ns < seconds * 5 * 1000000000ULL;
}

static uint32_t hash_class(const struct sk_socket *s)
{
	uint64_t words[2], h;

	memcpy(words, s->remote.b, sizeof(words));
	h = words[0] ^ words[1] * 0x9e3779b97f4a7c15ULL;
	h ^= (uint64_t)s->owner << 32 | (uint64_t)s->lport << 16 | s->rport;
	h ^= ((uint64_t)s->attrs << 24 | (uint64_t)s->netns << 8 | s->proto) *
	     0xff51afd7ed558ccdULL;
	return hash_number(h);
}

static bool same_class(const struct sk_socket *a, const struct sk_socket *b)
{
	return a->proto == b->proto && a->netns == b->netns && a->lport == b->lport &&
	       a->rport == b->rport && a->owner == b->owner && a->attrs == b->attrs &&
	       ((a->flags ^ b->flags) & KEY_FLAGS) == 0 &&
	       memcmp(&a->remote, &b->remote, sizeof(a->remote)) == 0;
}

static uint32_t seek(const struct settling *f, const struct sk_socket *key)
{
	const struct sk_differ *differ = f->differ;
	uint32_t at;

	HASH_SEEK(at, hash_class(key), differ->class_mask, differ->class_slot[at],
		  same_class(&f->cur->ended[differ->class_slot[at] - 1].socket, key));
	return at;
}

/* Puts all classes into so many slots at least. */
static int set_slots(struct settling *f, uint32_t slots)
{
	struct sk_differ *differ = f->differ;

	if (differ->class_slot && differ->class_mask + 1 >= slots &&
	    differ->class_mask < slots * 8)
		memset(differ->class_slot, 0,
		       (differ->class_mask + 1ULL) * sizeof(*differ->class_slot));
	else if (hash_slots_new(&differ->class_slot, &differ->class_mask, slots))
		return -ENOMEM;
	for (uint32_t i = 0; i < f->cur->n_ended; i++)
		differ->class_slot[seek(f, &f->cur->ended[i].socket)] = i + 1;
	return 0;
}

/* The class of a key, which is made if there is none. */
static int find_class(struct settling *f, const struct sk_socket *key, struct sk_ended **out)
{
	struct sk_differ *differ = f->differ;
	uint32_t at = seek(f, key);
	struct sk_flow *flow;
	int err;

	if (differ->class_slot[at]) {
		*out = &f->cur->ended[differ->class_slot[at] - 1];
		return 0;
	}
	err = sk_sample_add_ended(f->cur, out);
	if (!err)
		err = sk_sample_add_flow(f->cur, &flow);
	if (err)
		return err;
	(*out)->socket = *key;
	(*out)->socket.flow = f->cur->n_flows;
	differ->class_slot[at] = f->cur->n_ended;
	if (f->cur->n_ended * 2 > differ->class_mask)
		return set_slots(f, (differ->class_mask + 1) * 2);
	return 0;
}

/* The key of all classes that differ in their ends only. */
static void forget_ends(struct sk_socket *key)
{
	memset(&key->remote, 0, sizeof(key->remote));
	key->lport = key->rport = 0;
}

/* Names of unix sockets would make a class for each. */
static int forget_names(const struct settling *f, struct sk_socket *key)
{
	struct sk_attrs attrs = *sk_attrs(f->cur, key);

	if (sk_proto_has_ip(key->proto))
		return 0;
	memset(&key->remote, 0, sizeof(key->remote));
	memset(&attrs.local, 0, sizeof(attrs.local));
	return sk_sample_set_attrs(f->cur, key, &attrs);
}

/* The class to which a socket of cur belongs when it has ended. */
static int class_of(struct settling *f, const struct sk_socket *s, struct sk_ended **out)
{
	struct sk_socket key = { .proto = s->proto,
				 .netns = s->netns,
				 .remote = s->remote,
				 .owner = s->owner,
				 .attrs = s->attrs,
				 .fd = SK_FD_NONE,
				 .first_seen = s->first_seen,
				 .flags = (s->flags & KEY_FLAGS) | SK_F_ENDED };
	int err = forget_names(f, &key);

	if (!err && !f->ports_noted)
		err = sk_ports_note(f->differ->ports, &(struct sk_context){ .sample = f->cur });
	if (err)
		return err;
	f->ports_noted = true;
	if (ports_service(f->differ->ports, s) == s->lport)
		key.lport = s->lport;
	else
		key.rport = s->rport;
	if (f->cur->n_ended >= SK_ENDED_MAX && !f->differ->class_slot[seek(f, &key)]) {
		forget_ends(&key);
		f->cur->sums_doubt |= SK_DOUBT_MERGED;
	}
	return find_class(f, &key, out);
}

/* What part of the interval comes before the span: rates are of that too, see diff_rate(). */
static double carried_share(const struct sk_sample *sample)
{
	return sample->interval > 0 ? (sample->interval - sample->span) / sample->interval : 0;
}

/*
 * Adds what a socket had moved to its class. Nothing is left with the socket. Its rates are
 * still those of the interval before.
 */
static void add_past(struct settling *f, struct sk_ended *ended, struct sk_socket *s)
{
	double share = carried_share(f->cur);
	struct sk_flow *to = &f->cur->flows[ended->socket.flow - 1];
	const struct sk_flow *from = sk_flow_of(f->cur, s);

	for (int d = 0; d < 2 && from; d++) {
		to->sum[d] += from->sum[d];
		to->mean10[d] += from->mean10[d];
		to->mean60[d] += from->mean60[d];
	}
	ended->socket.tx_rate += (float)((double)s->tx_rate * share);
	ended->socket.rx_rate += (float)((double)s->rx_rate * share);
	ended->unknown += (s->flags & SK_F_SUM_MIN) && !f->cur->sums_anew;
	s->flow = 0;
}

/* What was seen only at the end moved in this interval. */
static void add_credit(const struct settling *f, struct sk_ended *ended,
		       const struct sk_event *event)
{
	struct sk_flow *to = &f->cur->flows[ended->socket.flow - 1];

	for (int d = 0; d < 2 && f->cur->span > 0; d++) {
		double credit = (double)event->credit[d];
		float rate = (float)(credit / f->cur->span);

		to->sum[d] += f->cur->sums_anew ? 0 : event->credit[d];
		to->mean10[d] += rate * (1 - f->keep10);
		to->mean60[d] += rate * (1 - f->keep60);
		*(d == SK_TX ? &ended->socket.tx_rate : &ended->socket.rx_rate) +=
			(float)(credit / f->cur->interval);
	}
	if (event->socket.proto == SK_PROTO_TCP) {
		ended->closed += !f->cur->sums_anew;
		ended->ends[event->end] += !f->cur->sums_anew;
		ended->closed_now++;
	}
	ended->unsure += event->uncounted;
	ended->unknown += event->uncounted;
}

static int settle_event(struct settling *f, struct sk_event *event)
{
	struct sk_ended *ended;
	int err;

	/* a socket that never was a connection moved nothing */
	if (event->emptied && (event->socket.flags & SK_F_NEW))
		return 0;
	err = class_of(f, &event->socket, &ended);
	if (err)
		return err;
	add_past(f, ended, &event->socket);
	add_credit(f, ended, event);
	return 0;
}

/* Endpoint attributes and texts lie in the sample that has them. */
static int carry_attrs(const struct settling *f, struct sk_socket *s,
		       const struct sk_socket *old)
{
	struct pairing p = { .differ = f->differ, .prev = f->past, .cur = f->cur };

	return diff_carry_attrs(&p, s, old);
}

/* What is left of a class after the span, in the new sample. */
static int carry_class(struct settling *f, const struct sk_ended *old, bool forget)
{
	const struct sk_flow *before = sk_flow_of(f->past, &old->socket);
	bool anew = f->cur->sums_anew;
	struct sk_socket key = old->socket;
	double share = carried_share(f->cur);
	struct sk_ended *ended;
	struct sk_flow *flow;
	int err = carry_attrs(f, &key, &old->socket);

	if (err)
		return err;
	key.flow = 0;
	key.tx_rate = key.rx_rate = 0;
	if (forget)
		forget_ends(&key);
	err = find_class(f, &key, &ended);
	if (err)
		return err;
	flow = &f->cur->flows[ended->socket.flow - 1];
	for (int d = 0; d < 2 && before; d++) {
		flow->sum[d] += anew ? 0 : before->sum[d];
		flow->mean10[d] += before->mean10[d] * f->keep10;
		flow->mean60[d] += before->mean60[d] * f->keep60;
	}
	ended->socket.tx_rate += (float)((double)old->socket.tx_rate * share);
	ended->socket.rx_rate += (float)((double)old->socket.rx_rate * share);
	ended->socket.flags |= f->cur->interval > 0 ? SK_F_RATE : 0U;
	ended->closed += anew ? 0 : old->closed;
	ended->unknown += anew ? 0 : old->unknown;
	for (unsigned end = 0; end < SK_END_COUNT && !anew; end++)
		ended->ends[end] += old->ends[end];
	return 0;
}

static bool is_quiet(const struct settling *f, const struct sk_ended *ended)
{
	const struct sk_flow *flow = sk_flow_of(f->past, &ended->socket);

	return !ended->closed_now &&
	       (!flow || flow->mean60[SK_RX] + flow->mean60[SK_TX] < QUIET);
}

/* Where they are too many, quiet ones lose their ends. Those of nothing that is left go. */
static int carry_classes(struct settling *f)
{
	const struct sk_sample *past = f->past;
	bool many = past->n_ended >= SK_ENDED_MAX;
	int err = 0;

	for (uint32_t i = 0; i < past->n_ended && !err; i++) {
		const struct sk_ended *old = &past->ended[i];
		bool quiet = is_quiet(f, old);

		if (f->cur->sums_anew && quiet)
			continue;
		if (many && quiet)
			f->cur->sums_doubt |= SK_DOUBT_MERGED;
		err = carry_class(f, old, many && quiet);
	}
	return err;
}

/*
 * What was sampled before in another scope has not ended, but is not watched any more. Its
 * past goes to the ended classes, so that the sums keep it.
 */
static int take_leave(struct settling *f)
{
	const struct sk_sample *past = f->past;
	int err = 0;

	for (uint32_t i = 0; i < past->n_sockets && !err; i++) {
		struct sk_socket s = past->sockets[i];
		const struct sk_flow *before = sk_flow_of(past, &s);
		struct sk_ended *ended;
		struct sk_flow *to;

		if (!before)
			continue;
		err = carry_attrs(f, &s, &past->sockets[i]);
		if (!err)
			err = class_of(f, &s, &ended);
		if (err)
			break;
		to = &f->cur->flows[ended->socket.flow - 1];
		for (int d = 0; d < 2; d++) {
			to->sum[d] += f->cur->sums_anew ? 0 : before->sum[d];
			to->mean10[d] += before->mean10[d] * f->keep10;
			to->mean60[d] += before->mean60[d] * f->keep60;
		}
	}
	return err;
}

/* Gone without a word, or told by an event: both have ended. */
static int settle_ends(struct settling *f)
{
	struct sk_sample *cur = f->cur;
	int err = 0;

	for (uint32_t i = 0; i < cur->n_gone && !err; i++) {
		struct sk_socket *s = &cur->sockets[cur->n_sockets + i];
		struct sk_ended *ended;

		if (!s->flow)
			continue;
		err = class_of(f, s, &ended);
		if (!err)
			add_past(f, ended, s);
	}
	for (uint32_t i = cur->n_past_events; i < cur->n_events && !err; i++)
		err = settle_event(f, &cur->events[i]);
	for (uint32_t i = 0; i < cur->n_strays && !err; i++) {
		struct sk_ended *ended;

		if (!cur->strays[i].credit[SK_RX] && !cur->strays[i].credit[SK_TX])
			continue;
		err = class_of(f, &cur->strays[i].socket, &ended);
		if (!err)
			add_credit(f, ended, &cur->strays[i]);
	}
	for (uint32_t i = 0; i < cur->n_limbo && !err; i++) {
		struct sk_ended *ended;

		err = class_of(f, &cur->limbo[i], &ended);
		if (!err)
			ended->unsure++;
	}
	for (uint32_t i = 0; i < cur->n_ended; i++)
		cur->ended[i].socket.flags |= cur->interval > 0 ? SK_F_RATE : 0U;
	return err;
}

/* True if ends of connections may be missing that came since the last sample. */
static bool lost_events(const struct settling *f)
{
	return f->cur->losses.events_lost != (f->past ? f->past->losses.events_lost : 0) ||
	       sk_sample_is_cut(f->cur, SK_PART_BIT(SK_PART_EVENTS));
}

static void find_doubts(struct settling *f, bool compared)
{
	struct sk_sample *cur = f->cur;

	if (lost_events(f))
		cur->doubt |= SK_DOUBT_EVENTS;
	if (f->past && !compared)
		cur->doubt |= SK_DOUBT_SCOPE;
	cur->doubt_ns = cur->doubt ? cur->time_ns : f->past ? f->past->doubt_ns : 0;
	if (f->past && !cur->sums_anew)
		cur->sums_doubt |= f->past->sums_doubt;
	cur->sums_doubt |= cur->doubt;
}

/*
 * Where the kernel counts connections itself, no lost event makes the number too small. It counts
 * all of the own namespace.
 */
static void count_opened(const struct settling *f, bool compared)
{
	static const char *const names[] = { "ActiveOpens", "PassiveOpens" };
	struct sk_sample *cur = f->cur;
	uint64_t now, before, opened = 0;
	double rate = 0;

	if (!compared || !cur->whole_tcp || cur->n_netns)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (sk_sample_counter(cur, "Tcp", names[i], &now) ||
		    sk_sample_counter(f->past, "Tcp", names[i], &before) || now < before)
			return;
		opened += now - before;
	}
	for (uint32_t i = 0; i < cur->n_counters; i++) {
		const struct sk_counter *counter = &cur->counters[i];

		if (strcmp(counter->section, "Tcp") == 0 &&
		    (strcmp(counter->name, names[0]) == 0 || strcmp(counter->name, names[1]) == 0))
			rate += counter->rate;
	}
	cur->totals.n_opened = opened;
	if (!isnan(rate))
		cur->totals.opened = rate;
}

static void carry_sums(struct settling *f)
{
	const struct sk_sample *past = f->past;
	struct sk_sample *cur = f->cur;
	struct sk_flow_totals *totals = &cur->totals;

	cur->sums_since_ns = past && !cur->sums_anew ? past->sums_since_ns : cur->time_ns;
	if (cur->sums_anew) {
		totals->sum[SK_RX] = totals->sum[SK_TX] = 0;
		totals->n_opened = totals->n_closed = 0;
		memset(totals->n_end, 0, sizeof(totals->n_end));
	} else if (past) {
		totals->sum[SK_RX] += past->totals.sum[SK_RX];
		totals->sum[SK_TX] += past->totals.sum[SK_TX];
		totals->n_opened += past->totals.n_opened;
		totals->n_closed += past->totals.n_closed;
		for (unsigned end = 0; end < SK_END_COUNT; end++)
			totals->n_end[end] += past->totals.n_end[end];
	}
}

static struct settling begin(struct sk_differ *differ, const struct sk_sample *past,
			     struct sk_sample *cur, double span)
{
	return (struct settling){ .differ = differ,
				  .past = past,
				  .cur = cur,
				  .keep10 = (float)exp(-span / 10),
				  .keep60 = (float)exp(-span / 60) };
}

int sk_flows_carry(struct sk_differ *differ, const struct sk_sample *past, bool compared,
		   struct sk_sample *cur)
{
	double span = past && cur->time_ns > past->time_ns ?
			      (double)(cur->time_ns - past->time_ns) / 1e9 : 0;
	struct settling f = begin(differ, past, cur, span);
	int err = 0;

	find_doubts(&f, compared);
	count_opened(&f, compared);
	carry_sums(&f);
	if (!past)
		return 0;
	/* the numbers of owners are of that table */
	if (!cur->owners)
		cur->owners = sk_owners_ref(past->owners);
	err = set_slots(&f, 256);
	if (!err)
		err = carry_classes(&f);
	if (!err && !compared)
		err = take_leave(&f);
	return err;
}

int sk_flows_settle(struct sk_differ *differ, struct sk_sample *cur)
{
	struct settling f = begin(differ, NULL, cur, cur->span);
	uint32_t slots = 256;

	while (slots < cur->n_ended * 2)
		slots *= 2;
	/* a class has another owner's number by now where the table of owners is another one */
	return set_slots(&f, slots) ? -ENOMEM : settle_ends(&f);
}
