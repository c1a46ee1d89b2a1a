/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sktop/array.h>
#include <sktop/event.h>
#include "base/clock.h"
#include "kernel/act/privilege.h"
#include "kernel/bpf/trace.h"
#include "kernel/traced_bytes.h"
#include "kernel/tracing.h"

/* So many ends wait for their events. Who was reset ends when its owner closes it. */
#define PENDING_MAX 16384U

struct tracing {
	bool off;    /* not built in, not permitted, or not wanted */
	const char *why; /* in words */
	bool waited; /* tracing_want() was called */
	bool bytes;  /* the request needs them */
	uint32_t whole;	   /* as in struct traced_scope */
	uint64_t begin_ns; /* likewise */
	struct trace *trace; /* NULL = not loaded */
	uint64_t *netns;     /* inode of each namespace by its index; 0 = not watched */
	uint32_t n_netns, netns_capacity;
	struct trace_ends_list ends; /* of the last read */
	struct trace_end *pending;   /* without an event yet, by cookie and namespace */
	uint32_t n_pending, pending_capacity;
	struct trace_bytes_list read; /* of the last read */
	struct traced_bytes *traced;  /* what was read in all */
	uint64_t bytes_lost;	      /* trace_losses.bytes, so far */
};

int tracing_new(bool off, struct tracing **out)
{
	struct tracing *tracing = calloc(1, sizeof(*tracing));

	if (!tracing || traced_bytes_new(&tracing->traced)) {
		free(tracing);
		return -ENOMEM;
	}
	tracing->off = off;
	tracing->why = off ? "--no-bpf" : NULL;
	*out = tracing;
	return 0;
}

void tracing_free(struct tracing *tracing)
{
	if (!tracing)
		return;
	trace_close(tracing->trace);
	trace_ends_free(&tracing->ends);
	trace_bytes_free(&tracing->read);
	traced_bytes_free(tracing->traced);
	free(tracing->netns);
	free(tracing->pending);
	free(tracing);
}

void tracing_watch(struct tracing *tracing, uint16_t netns)
{
	struct stat file;

	if (tracing->off || (netns < tracing->n_netns && tracing->netns[netns]) ||
	    stat("/proc/thread-self/ns/net", &file))
		return;
	while (tracing->n_netns <= netns) {
		if (SK_ARRAY_ROOM(tracing->netns, tracing->n_netns, tracing->netns_capacity, 16))
			return;
		tracing->netns[tracing->n_netns++] = 0;
	}
	tracing->netns[netns] = file.st_ino;
	if (tracing->trace)
		trace_watch(tracing->trace, file.st_ino);
}

void tracing_unwatch(struct tracing *tracing, uint16_t netns)
{
	if (netns >= tracing->n_netns || !tracing->netns[netns])
		return;
	if (tracing->trace)
		trace_unwatch(tracing->trace, tracing->netns[netns]);
	tracing->netns[netns] = 0;
}

static void load(struct tracing *tracing)
{
	if (!sk_live_has_bpf())
		tracing->why = "this build has no BPF";
	else if (!privilege_has_bpf())
		tracing->why = "they need root, or CAP_BPF and CAP_PERFMON";
	else if (trace_open(TRACE_ENDS | TRACE_RESETS, &tracing->trace))
		tracing->why = "the kernel refuses the programs, or is too old for them";
	tracing->off = !tracing->trace;
	if (tracing->off)
		return;
	for (uint32_t i = 0; i < tracing->n_netns; i++) {
		if (tracing->netns[i])
			trace_watch(tracing->trace, tracing->netns[i]);
	}
}

/* Kinds of sockets that the request asks for without any choice among them. */
static uint32_t whole_kinds(const struct sk_request *request)
{
	const uint8_t all = 1 << SOCK_STREAM | 1 << SOCK_DGRAM | 1 << SOCK_RAW |
			    1 << SOCK_SEQPACKET;
	uint32_t whole = request->protos;

	if (!(request->needs & SK_NEED_SOCKETS) || request->families != 3 ||
	    request->tcp_states != SK_STATES_ALL)
		return 0;
	if (request->filter.len || request->filter.protos)
		whole &= ~request->filter.protos;
	for (unsigned i = 0; i < SK_PROTO_COUNT; i++) {
		if (request->kinds[i] && (request->kinds[i] & all) != all)
			whole &= ~SK_PROTO_BIT(i);
	}
	return whole;
}

/* Attaches the programs that count bytes, or detaches them. */
static void set_bytes(struct tracing *tracing)
{
	unsigned parts = TRACE_ENDS | TRACE_RESETS;

	if (tracing->bytes == ((trace_parts(tracing->trace) & TRACE_BYTES) != 0))
		return;
	trace_set(tracing->trace, parts | (tracing->bytes ? TRACE_BYTES : 0U));
	traced_bytes_forget(tracing->traced);
}

void tracing_want(struct tracing *tracing, const struct sk_request *request)
{
	tracing->bytes = request->needs & SK_NEED_BYTES;
	tracing->whole = whole_kinds(request);
	if (!tracing->off && !tracing->trace &&
	    (tracing->waited || (request->patient && tracing->bytes)))
		load(tracing);
	tracing->waited = true;
	if (tracing->trace)
		set_bytes(tracing);
	tracing->begin_ns = clock_ns(CLOCK_BOOTTIME);
}

static int compare(const void *a, const void *b)
{
	const struct trace_end *x = a, *y = b;

	if (x->cookie != y->cookie)
		return x->cookie < y->cookie ? -1 : 1;
	return (x->netns > y->netns) - (x->netns < y->netns);
}

/* Puts what was read beside what waits; where it is too much, the oldest goes. */
static int add_pending(struct tracing *tracing)
{
	for (uint32_t i = 0; i < tracing->ends.n; i++) {
		if (tracing->ends.at[i].flags & TRACE_END_ONLY_RESET)
			continue;
		if (SK_ARRAY_ROOM(tracing->pending, tracing->n_pending,
				  tracing->pending_capacity, 256))
			return -ENOMEM;
		tracing->pending[tracing->n_pending++] = tracing->ends.at[i];
	}
	if (tracing->n_pending)
		qsort(tracing->pending, tracing->n_pending, sizeof(*tracing->pending), compare);
	return 0;
}

static enum sk_end end_of(const struct trace_end *end)
{
	static const enum sk_end ends[] = {
		[TRACE_REASON_UNKNOWN] = SK_END_UNKNOWN,
		[TRACE_REASON_RESET_RECEIVED] = SK_END_RESET_RECEIVED,
		[TRACE_REASON_RESET_SENT] = SK_END_RESET_SENT,
		[TRACE_REASON_TIMED_OUT] = SK_END_TIMED_OUT,
		[TRACE_REASON_REFUSED] = SK_END_REFUSED,
		[TRACE_REASON_GAVE_UP] = SK_END_GAVE_UP,
		[TRACE_REASON_CLOSED_BY_US] = SK_END_BY_US,
		[TRACE_REASON_CLOSED_BY_PEER] = SK_END_BY_PEER,
		[TRACE_REASON_FAILED] = SK_END_FAILED,
	};

	return ends[trace_reason(end)];
}

static void complete(struct sk_event *event, const struct trace_end *end)
{
	const struct trace_process *p = &end->maker;

	event->end = (uint8_t)end_of(end);
	event->traced = true;
	event->fin_came = end->flags & TRACE_END_FIN_RECEIVED;
	if (!(p->flags & TRACE_PROCESS_KNOWN) || !p->tgid)
		return;
	event->maker = (struct sk_maker){ .start = trace_start_ticks(p),
					  .cgroup = p->cgroup,
					  .pid = p->tgid };
	sk_text_clean(event->maker.name, sizeof(event->maker.name), p->comm,
		      strnlen(p->comm, sizeof(p->comm)));
}

/*
 * Takes what waits under a key, and returns the newest, or NULL. A socket that was connected again
 * has more than one end, and one event.
 */
static const struct trace_end *take(struct tracing *tracing, const struct trace_end *key)
{
	struct trace_end *last = tracing->pending + tracing->n_pending, *newest;
	struct trace_end *end = bsearch(key, tracing->pending, tracing->n_pending, sizeof(*end),
					compare);

	if (!end)
		return NULL;
	while (end > tracing->pending && compare(end - 1, key) == 0)
		end--;
	for (newest = end; end < last && compare(end, key) == 0; end++) {
		end->taken = 1;
		if (end->time_ns > newest->time_ns)
			newest = end;
	}
	return newest;
}

/* Gives each event its end; an end that has its event waits no longer. */
static void join(struct tracing *tracing, uint32_t begin, struct sk_sample *sample)
{
	uint32_t n = 0;

	for (uint32_t i = begin; i < sample->n_events && tracing->n_pending; i++) {
		struct sk_event *event = &sample->events[i];
		uint16_t netns = event->socket.netns;
		const struct trace_end key = {
			.cookie = event->socket.cookie,
			.netns = netns < tracing->n_netns ? (uint32_t)tracing->netns[netns] : 0,
		};
		const struct trace_end *end;

		if (event->socket.proto != SK_PROTO_TCP)
			continue;
		end = take(tracing, &key);
		if (end)
			complete(event, end);
	}
	for (uint32_t i = 0; i < tracing->n_pending; i++) {
		if (!tracing->pending[i].taken)
			tracing->pending[n++] = tracing->pending[i];
	}
	tracing->n_pending = n;
}

static int by_age(const void *a, const void *b)
{
	const struct trace_end *x = a, *y = b;

	return (x->time_ns < y->time_ns) - (x->time_ns > y->time_ns);
}

static void forget_oldest(struct tracing *tracing)
{
	if (tracing->n_pending <= PENDING_MAX)
		return;
	qsort(tracing->pending, tracing->n_pending, sizeof(*tracing->pending), by_age);
	tracing->n_pending = PENDING_MAX / 2;
}

/* All changes of state in the namespaces that are watched. */
static void read_edges(const struct tracing *tracing, struct sk_sample *sample)
{
	bool all = true;

	for (uint32_t i = 0; i < tracing->n_netns; i++) {
		uint64_t n[TRACE_STATES][TRACE_STATES];

		if (!tracing->netns[i])
			continue;
		all = all && trace_transitions_read(tracing->trace, tracing->netns[i], n) == 0;
		for (unsigned from = 0; from < TRACE_STATES && all; from++) {
			for (unsigned to = 0; to < TRACE_STATES; to++)
				sample->edges[from][to] += n[from][to];
		}
	}
	sample->traced |= all ? SK_TRACED_STATES : 0;
}

static void find_losses(struct tracing *tracing, struct sk_sample *sample)
{
	struct trace_losses losses;

	trace_losses(tracing->trace, &losses);
	if (losses.bytes != tracing->bytes_lost)
		sample->doubt |= SK_DOUBT_BYTES;
	tracing->bytes_lost = losses.bytes;
}

/* Gives the sockets their bytes. A list that broke off is completed by the next one. */
static int take_bytes(struct tracing *tracing, uint32_t begin, struct sk_sample *sample)
{
	struct traced_scope scope = { .begin_ns = tracing->begin_ns,
				      .netns = tracing->netns,
				      .n_netns = tracing->n_netns };
	int err;

	if (!(trace_parts(tracing->trace) & TRACE_BYTES))
		return 0;
	for (unsigned i = 0; i < SK_PROTO_COUNT; i++) {
		if ((tracing->whole & SK_PROTO_BIT(i)) && !sk_sample_is_cut(sample, SK_PART_BIT(i)))
			scope.whole |= SK_PROTO_BIT(i);
	}
	err = trace_bytes_read(tracing->trace, &tracing->read);
	if (err == -ENOMEM)
		return err;
	if (traced_bytes_note(tracing->traced, &tracing->read, !err) ||
	    traced_bytes_give(tracing->traced, &scope, begin, sample))
		return -ENOMEM;
	find_losses(tracing, sample);
	sample->traced |= SK_TRACED_BYTES;
	return 0;
}

static int take_ends(struct tracing *tracing, uint32_t begin, struct sk_sample *sample)
{
	int err;

	if (!(trace_parts(tracing->trace) & TRACE_ENDS))
		return 0;
	sample->traced |= SK_TRACED_ENDS;
	if (trace_ends_read(tracing->trace, &tracing->ends) == -ENOMEM)
		return -ENOMEM;
	err = add_pending(tracing);
	if (err)
		return err;
	join(tracing, begin, sample);
	forget_oldest(tracing);
	read_edges(tracing, sample);
	return 0;
}

int tracing_take(struct tracing *tracing, uint32_t begin, struct sk_sample *sample)
{
	int err;

	sample->no_traced = tracing->why;
	err = tracing->trace ? take_ends(tracing, begin, sample) : 0;

	return err || !tracing->trace ? err : take_bytes(tracing, begin, sample);
}
