/* SPDX-License-Identifier: MIT */
/*
 * The live source reads each kind of data by the best interface that answers.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/retry.h"
#include "base/clock.h"
#include "kernel/net/counters.h"
#include "kernel/sockets/lists.h"
#include "kernel/events.h"
#include "kernel/file.h"
#include "kernel/net/ethtool.h"
#include "kernel/net/links.h"
#include "kernel/live.h"
#include "kernel/net/tables.h"
#include "kernel/owners/owners.h"
#include "kernel/act/privilege.h"
#include "names/lookup.h"
#include "kernel/uid_map.h"

#define OWNER_NEEDS (SK_NEED_OWNERS | SK_NEED_CGROUPS)

struct live {
	struct sk_source source;
	unsigned options; /* enum sk_live_option */
	struct socket_lists lists; /* sockets of every kind */
	struct links *links;	/* NULL: the kernel refused */
	int no_links;		/* -errno of the last try to open links */
	struct retry links_retry, diag_retry;
	struct proc_file dev;	/* the fallback of links */
	struct counters *counters;
	struct net_tables *tables; /* routes, neighbours... */
	struct owners *owners;	/* NULL until the caller needs owners */
	uint32_t attributed;	/* patient requests so far */
	struct destroy *feed;	/* of destroyed sockets */
	bool shares_feed;	/* it is the caller's, who takes its events */
	uint16_t place;		/* index of the namespace where it collects */
	uint32_t missing; /* enum sk_missing */
	uint32_t overflow_uid; /* uid_map_overflow() */
};

/* Opens links, if it may. If the kernel refuses, links stays NULL. Returns 0 or -ENOMEM. */
static int open_links(struct live *live)
{
	int err = 0;

	if (!live->links && !(live->options & SK_LIVE_NO_RTNETLINK) &&
	    retry_due(&live->links_retry))
		err = live->no_links = links_open(&live->links);
	if (err != -ENOMEM)
		return 0;
	live->links_retry.due_ns = 0;
	return err;
}

static int collect_links(struct live *live, struct sk_sample *sample)
{
	uint32_t begin = sample->n_links;
	int err = open_links(live), proc_err;

	if (err)
		return err;
	err = live->no_links;
	if (live->links) {
		err = links_dump(live->links, sample);
		if (errno_is_refusal(err)) {
			links_close(live->links);
			live->links = NULL;
			live->no_links = err;
		}
	}
	if (!err || err == -ENOMEM)
		return err;
	sample->n_links = begin;
	proc_err = proc_file_read(&live->dev, "/proc/thread-self/net/dev");
	if (!proc_err)
		proc_err = links_parse_proc(live->dev.text, sample);
	if (!proc_err)
		link_kind_read(sample, begin);
	if (proc_err == -ENOMEM)
		return proc_err;
	sk_sample_lose(sample, SK_PART_LINKS, proc_err ? SK_LOSS_ALL : SK_LOSS_FALLBACK,
		       err);
	return 0;
}

static int live_look_up(struct sk_source *source, const struct sk_detached *detached,
			struct sk_sample *sample, struct sk_detail **detail)
{
	struct live *live = (struct live *)source;
	int err = socket_lists_lookup(&live->lists, detached, sample, detail);

	if (!err && sk_proto_has_ip(detached->socket.proto) &&
	    !sk_addr_is_any(&detached->socket.remote)) {
		net_tables_lookup(live->tables, &(*detail)->detached, (*detail)->tcp_ext.mark,
				  &(*detail)->route);
		(*detail)->has_route = true;
	}
	return err;
}

bool live_wants_events(const struct sk_request *request)
{
	const uint32_t told = SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_UDP);

	return (request->needs & (SK_NEED_EVENTS | SK_NEED_BYTES)) ||
	       ((request->needs & SK_NEED_FLOWS) && (request->protos & told));
}

void live_watch(struct sk_source *source, const struct sk_request *request,
		struct sk_sample *sample)
{
	struct live *live = (struct live *)source;
	int err = live_wants_events(request) ? destroy_watch(live->feed, live->place) : 0;

	if (err)
		sk_sample_lose(sample, SK_PART_EVENTS,
			       errno_is_passing(err) ? SK_LOSS_SOME : SK_LOSS_ALL, err);
}

/* Clears the refusals of netlink, so that it is asked again, because the reason may have passed. */
static void ask_again(struct live *live)
{
	struct socket_lists *lists = &live->lists;

	if ((lists->diag && !lists->from_proc && !lists->unavailable) ||
	    !retry_due(&live->diag_retry))
		return;
	lists->from_proc = lists->unavailable = 0;
	memset(lists->refusal, 0, sizeof(lists->refusal));
	if (!lists->diag && !(live->options & SK_LIVE_NO_SOCK_DIAG) &&
	    socket_lists_open(lists))
		lists->diag = NULL;
}

/*
 * The kernel shows different users without a number in our user namespace as one user, so their
 * number is set to unknown. Endpoint attributes before `first` have been done already.
 */
static void forget_unmapped(const struct live *live, uint32_t first, struct sk_sample *sample)
{
	if (live->overflow_uid == SK_UID_UNKNOWN)
		return;
	for (uint32_t i = first ? first : 1; i < sample->attrs_table.n; i++) {
		if (sample->attrs_table.at[i].uid == live->overflow_uid)
			sample->attrs_table.at[i].uid = SK_UID_UNKNOWN;
	}
}

static void set_machine(struct sk_machine *machine)
{
	char host[SK_MACHINE_STRLEN] = "";

	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	machine->live = true;
	machine->interface = names_of_interface;
	sk_text_clean(machine->host, sizeof(machine->host), host, strlen(host));
}

static int live_collect(struct sk_source *source, const struct sk_request *request,
			struct sk_sample *sample)
{
	struct live *live = (struct live *)source;
	uint32_t first_link = sample->n_links, first_attrs = sample->attrs_table.n;
	int err = 0;

	if (!live->shares_feed)
		destroy_want(live->feed, request);
	sample->source = "live";
	set_machine(&sample->machine);
	sample->needs = request->needs;
	sample->time_ns = now_ns();
	sample->wall_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	if (!live->shares_feed)
		live_watch(source, request, sample);
	if (request->needs & SK_NEED_SOCKETS) {
		ask_again(live);
		err = socket_lists_collect(&live->lists, request, sample);
		forget_unmapped(live, first_attrs, sample);
	}
	if (!err && (request->needs & SK_NEED_LINKS))
		err = collect_links(live, sample);
	if (!err && (request->needs & SK_NEED_COUNTERS))
		err = counters_read(live->counters, sample);
	if (!err && !live->shares_feed && live_wants_events(request))
		err = destroy_take(live->feed, sample);
	if (!err)
		err = net_tables_collect(live->tables, request, first_link, sample);
	sample->losses.missing |= live->missing;
	sample->duration_ns = now_ns() - sample->time_ns;
	return err;
}

int live_join(struct sk_source *source, struct sk_sample *sample)
{
	return socket_lists_join(&((struct live *)source)->lists, sample, 0);
}

struct sock_counts *live_counts(struct sk_source *source)
{
	return ((struct live *)source)->lists.bpf.counts;
}

void live_close(struct sk_source *source)
{
	struct live *live = (struct live *)source;

	socket_lists_close(&live->lists);
	links_close(live->links);
	live->links = NULL;
	proc_file_close(&live->dev);
	counters_free(live->counters);
	live->counters = NULL;
	net_tables_close(live->tables);
}

void live_set_place(struct sk_source *source, uint16_t netns)
{
	((struct live *)source)->place = netns;
}

static void live_free(struct sk_source *source)
{
	struct live *live = (struct live *)source;

	live_close(source);
	net_tables_free(live->tables);
	/* Owners belong to the machine, not to a namespace, so live_close() leaves them. */
	owners_free(live->owners);
	sock_bpf_free(&live->lists.bpf);
	if (!live->shares_feed)
		destroy_free(live->feed);
	free(source);
}

/*
 * The screen must not wait for a walk through all descriptors, so a sample is delayed only a
 * little, and the rest of the search runs between two samples. If the request is patient, the
 * first sample waits for all owners, and later samples wait for a third of the interval at most.
 */
static uint64_t owners_budget(struct live *live, const struct sk_request *request)
{
	uint64_t interval = (uint64_t)(request->interval * 1e9);

	if (!request->patient)
		return interval / 50;
	if (live->attributed++)
		return interval / 3;
	return 0;
}

static int live_complete(struct sk_source *source, const struct sk_request *request,
			 struct sk_sample *sample)
{
	struct live *live = (struct live *)source;
	uint64_t begin = now_ns();
	int err = 0;

	if (!(request->needs & OWNER_NEEDS) || !(request->needs & SK_NEED_SOCKETS))
		return 0;
	if (!live->owners)
		err = owners_new("/proc", "/proc/self/mountinfo", live->options,
				 &live->owners);
	if (!err)
		err = owners_attribute(live->owners, request, sample,
				       owners_budget(live, request));
	sample->duration_ns += now_ns() - begin;
	return err;
}

static bool live_idle(struct sk_source *source, const struct sk_request *request,
		      uint64_t budget_ns)
{
	struct live *live = (struct live *)source;

	return (request->needs & SK_NEED_OWNERS) && live->owners &&
	       owners_search(live->owners, budget_ns);
}

static const struct sk_source_ops live_ops = { .collect = live_collect,
					       .complete = live_complete,
					       .look_up = live_look_up,
					       .idle = live_idle,
					       .free = live_free };

/*
 * Opens sock_diag, or checks that /proc answers. Returns 0, or -errno and writes to error how to
 * help.
 */
static int open_sockets(struct live *live, char *error)
{
	int err = -EOPNOTSUPP, proc_err;

	if (!(live->options & SK_LIVE_NO_SOCK_DIAG))
		err = socket_lists_open(&live->lists);
	if (!err)
		return 0;
	if (err == -ENOMEM) {
		snprintf(error, SK_ERROR_LEN, "sock_diag: %s", strerror(-err));
		return err;
	}
	proc_err = access("/proc/thread-self/net/tcp", R_OK) ? -errno : 0;
	if (proc_err) {
		char why[64];

		snprintf(why, sizeof(why), "%s", strerror(-err));
		snprintf(error, SK_ERROR_LEN,
			 "cannot list sockets: NETLINK_SOCK_DIAG: %s, /proc/net/tcp: "
			 "%s; "
			 "mount /proc or allow netlink sockets",
			 why, strerror(-proc_err));
	}
	return proc_err;
}

int live_open(struct sk_source *source, char *error)
{
	struct live *live = (struct live *)source;
	int err = counters_new(&live->counters);

	live->missing &= ~(uint32_t)SK_MISSING_NET_ADMIN;
	if (!privilege_has(CAP_NET_ADMIN) || !privilege_owns_network())
		live->missing |= SK_MISSING_NET_ADMIN;
	if (err)
		snprintf(error, SK_ERROR_LEN, "%s", strerror(-err));
	else
		err = open_sockets(live, error);
	if (err)
		return err;
	live->links_retry.due_ns = 0;
	live->no_links = live->options & SK_LIVE_NO_RTNETLINK ? -EOPNOTSUPP : 0;
	return 0;
}

int live_new(unsigned options, struct destroy *feed, struct sk_source **out)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return -ENOMEM;
	live->feed = feed;
	live->shares_feed = feed != NULL;
	if ((!feed && destroy_new(options & SK_LIVE_TINY_FEED,
				 !(options & SK_LIVE_NO_BPF), &live->feed)) ||
	    net_tables_new(options, &live->tables)) {
		if (!feed)
			destroy_free(live->feed);
		free(live);
		return -ENOMEM;
	}
	live->source.ops = &live_ops;
	live->options = options;
	live->dev = PROC_FILE_CLOSED;
	live->overflow_uid = uid_map_overflow();
	sock_bpf_init(&live->lists.bpf, options);
	*out = &live->source;
	return 0;
}

int sk_live_source_new(unsigned options, struct sk_source **out, char *error)
{
	int err = live_new(options, NULL, out);

	if (err) {
		snprintf(error, SK_ERROR_LEN, "%s", strerror(-err));
		return err;
	}
	err = live_open(*out, error);
	if (err)
		live_free(*out);
	return err;
}
