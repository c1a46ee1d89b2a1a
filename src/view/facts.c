/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/column.h>
#include <sktop/event.h>
#include <sktop/facts.h>

/* A change per second below this is noise. */
#define GROWS 0.05

static __attribute__((format(printf, 4, 5))) struct sk_piece *
say(struct sk_fact *fact, enum sk_tone tone, unsigned omit, const char *format, ...)
{
	struct sk_piece *piece = &fact->piece[fact->n_pieces++];
	va_list args;

	*piece = (struct sk_piece){ .tone = tone, .omit = omit };
	va_start(args, format);
	vsnprintf(piece->text, sizeof(piece->text), format, args);
	va_end(args);
	return piece;
}

static void add_count(struct sk_fact *fact, const char *key, bool known, uint64_t n)
{
	fact->number[fact->n_numbers++] =
		(struct sk_number){ .key = key, .known = known, .whole = true, .n = n };
}

/* NaN is unknown. */
static void add_real(struct sk_fact *fact, const char *key, double real)
{
	fact->number[fact->n_numbers++] =
		(struct sk_number){ .key = key, .known = isfinite(real), .real = real };
}

struct sk_tw_forecast sk_tw_forecast(const struct sk_sample *sample)
{
	struct sk_tw_forecast f = {
		.knows_limit = sample->limits.known & SK_LIMIT_TW_BUCKETS,
		.limit = sample->limits.max_tw_buckets,
		.slope = sample->trend.buckets_slope,
		.full_in = NAN,
	};

	f.knows_count = sk_sample_tw_buckets(sample, &f.count);
	if (!f.knows_count || !f.knows_limit)
		return f;
	if (f.count >= f.limit)
		f.full_in = 0;
	else if (f.slope > GROWS)
		f.full_in = (f.limit - f.count) / f.slope;
	return f;
}

static void say_slope(const struct sk_tw_forecast *f, struct sk_fact *fact)
{
	char text[32];

	if (isnan(f->slope)) {
		say(fact, SK_TONE_DIM, SK_OMIT_SCREEN, ", the change is not known yet");
		return;
	}
	sk_unit_format(SK_UNIT_RATE, f->slope, 0, text, sizeof(text));
	say(fact, f->slope > GROWS ? SK_TONE_WARN : SK_TONE_DIM, 0, "  %s%s/s",
	    f->slope > 0 ? "+" : "", text);
	if (!(f->full_in > 0))
		return;
	sk_unit_format(SK_UNIT_SECONDS, f->full_in, 0, text, sizeof(text));
	say(fact, SK_TONE_WARN, 0, ", full in %s", text);
	say(fact, SK_TONE_WARN, SK_OMIT_NARROW, " at this pace");
}

static void say_time_wait(const struct sk_tw_forecast *f, struct sk_fact *fact)
{
	char n[32] = "-";

	if (f->knows_count)
		sk_thousands(f->count, n);
	say(fact, SK_TONE_VALUE, 0, " %s", n);
	say(fact, SK_TONE_DIM, 0, " of %s", sk_thousands(f->limit, n));
	say(fact, SK_TONE_DIM, SK_OMIT_NARROW, " (tcp_max_tw_buckets)");
	if (!f->limit)
		say(fact, SK_TONE_DIM, 0, ": none is kept");
	else if (f->knows_count && f->count >= f->limit)
		say(fact, SK_TONE_ERROR, 0, ": full, the next is not kept");
	say_slope(f, fact);
}

/* Counts what the limit counts: FIN_WAIT2 too, where nothing else is left of the socket. */
static void fact_time_wait(const struct sk_sample *sample, bool filtered,
			     struct sk_fact *fact)
{
	const struct sk_tw_forecast f = sk_tw_forecast(sample);
	const struct sk_summary *sum = &sample->summary;
	uint32_t mini = sum->mini[0] + sum->mini[1];
	uint32_t time_wait = sum->count[SK_PROTO_TCP][0][SK_STATE_TIME_WAIT] +
			     sum->count[SK_PROTO_TCP][1][SK_STATE_TIME_WAIT];
	char n[32];

	(void)filtered;
	fact->key = "time-wait";
	fact->title = "TIME_WAIT";
	add_count(fact, "buckets", f.knows_count, f.count);
	add_count(fact, "limit", f.knows_limit, f.limit);
	add_real(fact, "slope", f.slope);
	add_real(fact, "full-in", f.full_in);
	if (!f.knows_limit) {
		fact->note = sk_sample_netns_count(sample, SK_NETNS_SEEN) > 1 ?
				       "every namespace has a limit of its own" :
				       "tcp_max_tw_buckets cannot be read here";
		say(fact, SK_TONE_DIM, 0, "%s", fact->note);
		return;
	}
	if (isnan(f.slope))
		fact->note = "the change is not known yet";
	say_time_wait(&f, fact);
	if (mini > time_wait)
		say(fact, SK_TONE_DIM, 0, ", %s in FIN_WAIT2",
		    sk_thousands(mini - time_wait, n));
}

/* Why our sums and the kernel's cannot be compared, or NULL. */
static const char *incomparable(const struct sk_sample *sample, bool filtered,
				enum sk_tone *tone)
{
	*tone = SK_TONE_WARN;
	if (!(sample->protos & SK_PROTO_BIT(SK_PROTO_TCP)))
		return "TCP is not sampled";
	*tone = SK_TONE_DIM;
	if (!sample->whole_tcp)
		return "cannot be compared: not every socket is sampled";
	if (filtered)
		return "not compared: the counts above are filtered";
	*tone = SK_TONE_WARN;
	if (!sample->sockstat.valid)
		return "cannot be compared: /proc/net/sockstat is unreadable";
	return sk_sample_is_cut(sample, SK_PART_BIT(SK_PROTO_TCP)) ?
		       "cannot be compared: not every socket could be read" :
		       NULL;
}

/* Sockets that the kernel counts as "inuse": sockstat leaves out these two states. */
static uint32_t count_in_use(const struct sk_summary *sum, uint32_t mini)
{
	uint32_t live = 0;

	for (unsigned state = 1; state < SK_STATE_COUNT; state++) {
		if (state != SK_STATE_SYN_RECV && state != SK_STATE_CLOSE)
			live += sum->count[SK_PROTO_TCP][0][state] +
				sum->count[SK_PROTO_TCP][1][state];
	}
	return live - mini;
}

/* Do our sums and the kernel's own counts say the same? */
static void fact_sockstat(const struct sk_sample *sample, bool filtered,
			    struct sk_fact *fact)
{
	const struct sk_sockstat *stat = &sample->sockstat;
	uint32_t mini = sample->summary.mini[0] + sample->summary.mini[1];
	uint32_t in_use = count_in_use(&sample->summary, mini);
	uint32_t there = stat->tcp_inuse + stat->tcp6_inuse;
	enum sk_tone tone;
	const char *why = incomparable(sample, filtered, &tone);
	uint64_t off = (uint64_t)labs((long)in_use - (long)there) +
		       (uint64_t)labs((long)mini - (long)stat->tcp_tw);

	fact->key = "sockstat";
	fact->title = "sockstat";
	fact->note = why;
	add_count(fact, "in-use", stat->valid, there);
	add_count(fact, "waiting", stat->valid, stat->tcp_tw);
	add_count(fact, "sampled-in-use", !why, in_use);
	add_count(fact, "sampled-waiting", !why, mini);
	add_count(fact, "difference", !why, off);
	if (why)
		say(fact, tone, 0, "%s", why);
	if (why && !(sample->protos & SK_PROTO_BIT(SK_PROTO_TCP)))
		say(fact, tone, SK_OMIT_PRINT, ": o chooses protocols");
	if (why)
		return;
	if (!off)
		say(fact, SK_TONE_GOOD, 0, "agrees: %u in use, %u waiting",
		    in_use, mini);
	else
		say(fact, SK_TONE_WARN, 0,
		    "differs by %llu: %u in use here, %u there; %u waiting here, %u there "
		    "(sockets moved between the two readings)",
		    (unsigned long long)off, in_use, there, mini, stat->tcp_tw);
}

/* Counts of the whole namespace: the kernel keeps none of these for each listener. */
static const struct {
	const char *name; /* in TcpExt */
	const char *words;
	const char *key, *rate_key;
} overflows[] = {
	{ "ListenOverflows", "accept queue overflows", "accept-queue-overflows",
	  "accept-queue-overflows-rate" },
	{ "ListenDrops", "SYNs dropped", "syns-dropped", "syns-dropped-rate" },
	{ "SyncookiesSent", "SYN cookies", "syn-cookies", "syn-cookies-rate" },
	{ "TCPReqQFullDrop", "SYN queue full", "syn-queue-full", "syn-queue-full-rate" },
};

static const struct sk_counter *find_counter(const struct sk_sample *sample,
					     const char *name)
{
	for (uint32_t i = 0; i < sample->n_counters; i++) {
		const struct sk_counter *c = &sample->counters[i];

		if (strcmp(c->name, name) == 0 && strcmp(c->section, "TcpExt") == 0)
			return c;
	}
	return NULL;
}

static void say_counter(struct sk_fact *fact, const struct sk_counter *c,
			const char *words)
{
	bool now = c->rate > 0;
	char text[32];

	say(fact, now ? SK_TONE_ERROR : SK_TONE_VALUE, 0, "%s",
	    sk_thousands(c->value, text))->room = (uint8_t)(strlen(words) + 8);
	say(fact, SK_TONE_LABEL, 0, " %s", words);
	if (now) {
		sk_unit_format(SK_UNIT_RATE, c->rate, 0, text, sizeof(text));
		say(fact, SK_TONE_ERROR, 0, " +%s/s", text);
	}
	say(fact, SK_TONE_LABEL, 0, "   ");
}

static void fact_overflows(const struct sk_sample *sample, bool filtered,
			     struct sk_fact *fact)
{
	bool several = sk_sample_netns_count(sample, SK_NETNS_SEEN) > 1;

	(void)filtered;
	fact->key = "overflows";
	fact->title = "";
	fact->note = several ? "of the own network namespace" : NULL;
	say(fact, SK_TONE_DIM, SK_OMIT_NARROW | SK_OMIT_PRINT, "%s since boot: ",
	    several ? "Own namespace" : "All of them");
	say(fact, SK_TONE_DIM, SK_OMIT_SCREEN, "All listeners%s since boot: ",
	    several ? " of the own namespace" : "");
	for (size_t i = 0; i < ARRAY_SIZE(overflows); i++) {
		const struct sk_counter *c = find_counter(sample, overflows[i].name);

		add_count(fact, overflows[i].key, c != NULL, c ? c->value : 0);
		add_real(fact, overflows[i].rate_key, c ? c->rate : (double)NAN);
		if (c)
			say_counter(fact, c, overflows[i].words);
	}
}

/* How connections ended, since the sums began. */
static void fact_ends(const struct sk_sample *sample, bool filtered, struct sk_fact *fact)
{
	static const char *const keys[SK_END_COUNT] = {
		[SK_END_BY_US] = "closed-here",	   [SK_END_BY_PEER] = "closed-by-peer",
		[SK_END_RESET_RECEIVED] = "reset-by-peer", [SK_END_RESET_SENT] = "reset-here",
		[SK_END_TIMED_OUT] = "timed-out",  [SK_END_REFUSED] = "refused",
		[SK_END_GAVE_UP] = "gave-up",	   [SK_END_FAILED] = "failed",
	};
	bool traced = sample->traced & SK_TRACED_ENDS;
	const struct sk_flow_totals *totals = &sample->totals;
	unsigned any = 0;
	char text[32];

	(void)filtered;
	fact->key = "ends";
	fact->title = "ended";
	fact->note = traced ? "of all TCP connections; by tracepoints" :
			      "of all TCP connections; as far as the samples tell: the rest is "
			      "unknown";
	if (totals->n_closed)
		say(fact, SK_TONE_VALUE, 0, "%s", sk_thousands(totals->n_closed, text));
	for (unsigned end = 1; end < SK_END_COUNT; end++) {
		add_count(fact, keys[end], traced || totals->n_end[end], totals->n_end[end]);
		if (!totals->n_end[end])
			continue;
		say(fact, end <= SK_END_BY_PEER ? SK_TONE_LABEL : SK_TONE_WARN, 0, "%s%s%s %s", any++ ? ", " : ": ",
		    traced ? "" : ">", sk_thousands(totals->n_end[end], text), sk_end_name(end));
	}
}

size_t sk_pane_facts(enum sk_pane_id pane, const struct sk_sample *sample, bool filtered,
		       struct sk_fact out[SK_FACTS_MAX])
{
	static const struct {
		enum sk_pane_id pane;
		void (*make)(const struct sk_sample *sample, bool filtered,
			     struct sk_fact *fact);
	} builders[] = {
		{ SK_PANE_STATES, fact_time_wait },
		{ SK_PANE_STATES, fact_sockstat },
		{ SK_PANE_STATES, fact_ends },
		{ SK_PANE_LISTENERS, fact_overflows },
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(builders); i++) {
		if (builders[i].pane != pane)
			continue;
		out[n] = (struct sk_fact){ 0 };
		builders[i].make(sample, filtered, &out[n++]);
	}
	return n;
}

char *sk_fact_print(const struct sk_fact *fact, char *out, size_t size)
{
	bool titled = fact->title[0] != '\0';
	size_t begin = (size_t)snprintf(out, size, titled ? "%s " : "%s", fact->title);
	size_t len = begin;

	for (size_t i = 0; i < fact->n_pieces && len < size; i++) {
		const char *text = fact->piece[i].text;

		if (fact->piece[i].omit & SK_OMIT_PRINT)
			continue;
		if (len == begin)
			text += strspn(text, " ");
		len += (size_t)snprintf(out + len, size - len, "%s", text);
	}
	if (len >= size)
		len = size - 1;
	while (len && out[len - 1] == ' ')
		len--;
	out[len] = '\0';
	return out;
}
