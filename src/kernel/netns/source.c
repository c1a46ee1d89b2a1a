/* SPDX-License-Identifier: MIT */
/*
 * This source reads the live kernel as seen from one other network namespace, or from all. The
 * sampling thread enters each namespace in turn, opens sockets and files there, reads and closes
 * them, and comes back. That takes some 60 us. The counters of a namespace say if the host's hash
 * has to be walked for it. One socket stays open in each, which receives the sockets that the
 * kernel destroys there. It would keep the namespace alive, so it is closed in the first sample
 * in which nothing else leads to the namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/detail.h>
#include <sktop/event.h>
#include "base/clock.h"
#include "kernel/file.h"
#include "kernel/events.h"
#include "kernel/live.h"
#include "kernel/netns/netns.h"
#include "kernel/netns/load.h"
#include "kernel/act/privilege.h"

/* A search for new namespaces begins after this time, and looks at so many processes a sample. */
#define SEARCH_NS 3000000000U
#define SEARCH_PROCESSES 4000
/* These needs are read in our own namespace, or in the only one, and not in every namespace. */
#define NEEDS_OF_ONE SK_NEED_COUNTERS

struct namespaces {
	struct sk_source source;
	struct sk_source *own;	/* source of our own namespace; stays open */
	struct sk_source *away; /* source of other namespaces; open while we are in one */
	struct destroy *feed;	/* of destroyed sockets, in all of them */
	struct netns_list list;
	int own_fd;		/* our own namespace, to come back */
	bool all;
	bool port_ranges;	/* the port range of each namespace is wanted */
	uint32_t only;		/* if not all: index of the wanted namespace */
	char what[80];		/* its name as the user gave it, printable */
	uint64_t search_ns;	/* start of the last search */
	bool lost;		/* the thread could not come back to our own namespace */
};

/** These are the arrays with a namespace in each row. */
#define ARRAYS(X)                                                        \
	X(sockets)                                                       \
	X(links)                                                         \
	X(addresses)                                                     \
	X(routes)                                                        \
	X(rules)                                                         \
	X(neighbours)                                                    \
	X(memberships)                                                   \
	X(nats)

/* This is the number of rows of each array before more are added. */
struct marks {
#define FIELD(array) uint32_t array;
	ARRAYS(FIELD)
#undef FIELD
	uint32_t counters, parent_links;
};

static struct marks set_marks(const struct sk_sample *sample)
{
	return (struct marks){
#define COUNT(array) sample->n_##array,
		ARRAYS(COUNT)
#undef COUNT
		sample->n_counters, sample->n_parent_links,
	};
}

static void stamp(struct sk_sample *sample, const struct marks *from, uint16_t index)
{
#define STAMP(array)                                            \
	for (uint32_t i = from->array; i < sample->n_##array; i++) \
		sample->array[i].netns = index;
	ARRAYS(STAMP)
#undef STAMP
	/* The namespace is part of sk_socket_id(). */
	for (uint32_t i = from->parent_links; i < sample->n_parent_links; i++) {
		sample->parent_links[i].child ^= (uint64_t)index << 48;
		sample->parent_links[i].parent ^= (uint64_t)index << 48;
	}
	sk_sample_sort_parent_links(sample, from->parent_links);
}

/* Drops rows that were added since. */
static void go_back(struct sk_sample *sample, const struct marks *to)
{
#define FORGET(array) sample->n_##array = to->array;
	ARRAYS(FORGET)
#undef FORGET
	sample->n_counters = to->counters;
	sample->n_parent_links = to->parent_links;
}

static void add_sockstat(struct sk_sample *sample, const struct netns_load *load)
{
	struct sk_sockstat *stat = &sample->sockstat;

	stat->valid &= load->valid;
	stat->tcp_inuse += (uint32_t)load->tcp;
	stat->tcp6_inuse += (uint32_t)load->tcp6;
	stat->tcp_tw += (uint32_t)load->tcp_wait;
}

/* Reads the range of ephemeral ports of the namespace where the thread is. */
static void read_port_range(struct netns *netns)
{
	unsigned long range[2];

	netns->port_first = netns->port_last = 0;
	if (proc_read_numbers("/proc/sys/net/ipv4/ip_local_port_range", range, 2) ||
	    range[0] > range[1] || range[1] > UINT16_MAX)
		return;
	netns->port_first = (uint16_t)range[0];
	netns->port_last = (uint16_t)range[1];
}

/* Reads the namespace where the thread is. */
static int collect_here(struct namespaces *namespaces, struct netns *netns,
			const struct sk_request *request, struct sk_sample *sample)
{
	struct marks from = set_marks(sample);
	struct sk_request narrow = *request;
	struct netns_load load;
	char error[SK_ERROR_LEN];
	bool listen_only;
	int err = live_open(namespaces->away, error);

	netns_load_read(&load);
	if (namespaces->port_ranges)
		read_port_range(netns);
	live_set_place(namespaces->away, (uint16_t)(netns - namespaces->list.at));
	/* the narrow request may leave out TCP where there is none yet */
	live_watch(namespaces->away, request, sample);
	memcpy(live_counts(namespaces->away), netns->counts, sizeof(netns->counts));
	netns_load_narrow(&load, &netns->memory, &narrow, &listen_only);
	if (!err)
		err = sk_source_collect(namespaces->away, &narrow, sample);
	if (!err && !netns_load_check(&load, &narrow, listen_only, sample, from.sockets,
				      &netns->memory)) {
		go_back(sample, &from);
		err = sk_source_collect(namespaces->away, request, sample);
	}
	memcpy(netns->counts, live_counts(namespaces->away), sizeof(netns->counts));
	live_close(namespaces->away);
	if (!err && namespaces->all)
		add_sockstat(sample, &load);
	stamp(sample, &from, (uint16_t)(netns - namespaces->list.at));
	return err;
}

/* Returns to our own namespace. If that fails, the next sample tries it again. */
static int come_back(struct namespaces *namespaces, struct sk_sample *sample)
{
	int err = setns(namespaces->own_fd, CLONE_NEWNET) ? -errno : 0;

	namespaces->lost = err != 0;
	if (err)
		snprintf(sample->losses.note, sizeof(sample->losses.note),
			 "cannot return to the own network namespace: %s",
			 strerror(-err));
	return err;
}

/*
 * Takes the thread into a namespace. The caller must call come_back() afterwards. Returns 0 or
 * -errno.
 */
static int enter(struct namespaces *namespaces, struct netns *netns)
{
	int fd = netns_open(&namespaces->list, netns), err;

	if (fd < 0)
		return fd;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return err;
}

/*
 * Enters a namespace, reads it and comes back. *inside says if we could enter. *lost says that
 * the thread cannot come back, and this ends the sample.
 */
static int visit(struct namespaces *namespaces, struct netns *netns,
		 const struct sk_request *request, struct sk_sample *sample, bool *inside,
		 bool *lost)
{
	int err, back;

	*inside = *lost = false;
	err = enter(namespaces, netns);
	if (err)
		return err;
	*inside = true;
	err = collect_here(namespaces, netns, request, sample);
	back = come_back(namespaces, sample);
	*lost = back != 0;
	return back ? back : err;
}

static void lose_sockets(struct sk_sample *sample, const struct sk_request *request, int err)
{
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		if (request->needs & SK_NEED_SOCKETS && request->protos & SK_PROTO_BIT(proto))
			sk_sample_lose(sample, proto, SK_LOSS_ALL, err);
	}
}

/* Marks the losses that this namespace added with its index. */
static void place_losses(struct sk_sample *sample, const struct sk_loss *before,
			 uint32_t index)
{
	for (unsigned i = 0; i < SK_PART_COUNT; i++) {
		if (sample->losses.part[i].kind > before[i].kind)
			sample->losses.part[i].netns = (uint16_t)index;
	}
}

static int search(struct namespaces *namespaces, uint64_t now)
{
	int err = 0;

	if (namespaces->list.proc || now - namespaces->search_ns >= SEARCH_NS) {
		if (!namespaces->list.proc)
			namespaces->search_ns = now;
		err = netns_list_search(&namespaces->list, SEARCH_PROCESSES);
	}
	return err == -ENOMEM ? err : 0; /* without /proc the list stays as it is */
}

/*
 * Visits a namespace. If the process that led there has ended, other processes may lead there,
 * too. They are searched for at once, so that its sockets are not missing in this sample.
 */
static int visit_or_search(struct namespaces *namespaces, uint32_t index,
			   const struct sk_request *request, struct sk_sample *sample,
			   bool *inside, bool *lost)
{
	struct netns_list *list = &namespaces->list;
	int err = visit(namespaces, &list->at[index], request, sample, inside, lost);
	/* a process that is ending refuses what it let us have before */
	bool ended = err == -ENOENT || err == -ESRCH ||
		     (err == -EACCES && list->at[index].since && !list->at[index].file);

	if (!ended || *inside)
		return err;
	namespaces->search_ns = 0;
	err = search(namespaces, now_ns());
	return err ? err : visit(namespaces, &list->at[index], request, sample, inside, lost);
}

/* Collects one namespace that is not our own. */
static int visit_one(struct namespaces *namespaces, uint32_t index,
		     const struct sk_request *request, struct sk_sample *sample)
{
	struct sk_request here = *request;
	struct sk_sample before = *sample;
	struct netns *netns;
	bool inside, lost;
	int err;

	here.needs &= ~(uint32_t)NEEDS_OF_ONE;
	err = visit_or_search(namespaces, index, &here, sample, &inside, &lost);
	netns = &namespaces->list.at[index];
	sample->time_ns = before.time_ns;
	sample->wall_ns = before.wall_ns;
	sample->needs = before.needs;
	sample->source = before.source;
	if (lost || err == -ENOMEM)
		return err;
	if (inside) {
		netns->state = SK_NETNS_SEEN;
		if (!netns->since)
			netns->since = sample->seq;
		if (err) {
			/* The source may have noted already which parts it could not read. */
			if (sample->losses.dump_errors == before.losses.dump_errors)
				lose_sockets(sample, request, err);
			snprintf(sample->losses.note, sizeof(sample->losses.note),
				 "%.60s: %s", netns->name, strerror(-err));
		}
	} else if (err == -ENOENT) {
		netns->state = SK_NETNS_GONE;
		namespaces->search_ns = 0; /* only the known process or file may be gone */
	} else if (err != -EPERM && err != -EACCES) {
		lose_sockets(sample, request, err); /* the next sample tries again */
	} else {
		netns->state = SK_NETNS_REFUSED;
		netns->refused = namespaces->list.round;
	}
	if (netns->state == SK_NETNS_GONE || netns->state == SK_NETNS_REFUSED)
		destroy_unwatch(namespaces->feed, (uint16_t)index);
	place_losses(sample, before.losses.part, index);
	return 0;
}

/* Lets the namespaces end that only the feed holds, before their places are given to others. */
static void unwatch_ended(struct namespaces *namespaces)
{
	const struct netns_list *list = &namespaces->list;

	for (uint32_t i = 1; i < list->n; i++) {
		if (!list->at[i].inode || list->at[i].state == SK_NETNS_GONE)
			destroy_unwatch(namespaces->feed, (uint16_t)i);
	}
}

static uint8_t shown_state(const struct namespaces *namespaces, uint32_t index)
{
	if (namespaces->all || index == namespaces->only)
		return namespaces->list.at[index].state;
	return index ? SK_NETNS_NONE : SK_NETNS_SKIPPED;
}

/* Copies the list to the sample. */
static int tell_list(const struct namespaces *namespaces, struct sk_sample *sample)
{
	const struct netns_list *list = &namespaces->list;

	for (uint32_t i = 0; i < list->n; i++) {
		const struct netns *netns = &list->at[i];
		struct sk_netns *out;
		int err = sk_sample_add_netns(sample, &out);

		if (err)
			return err;
		out->inode = netns->inode;
		out->port_first = netns->port_first;
		out->port_last = netns->port_last;
		out->since = netns->since;
		out->state = shown_state(namespaces, i);
		if (i || netns->rank == NETNS_BY_NAME)
			memcpy(out->name, netns->name, sizeof(out->name));
	}
	if (sk_sample_netns_count(sample, SK_NETNS_REFUSED)) {
		sample->losses.missing |= SK_MISSING_NETNS;
		sample->netns_refused_lack = (uint8_t)privilege_lack(CAP_SYS_ADMIN);
	}
	sample->netns_hidden = namespaces->all ? list->hidden : 0;
	if (sample->netns_hidden) {
		sample->losses.missing |= SK_MISSING_NETNS;
		sample->netns_hidden_lack = (uint8_t)privilege_lack(CAP_SYS_PTRACE);
	}
	return 0;
}

static int collect_own(struct namespaces *namespaces, const struct sk_request *request,
		       struct sk_sample *sample)
{
	live_watch(namespaces->own, request, sample);
	return sk_source_collect(namespaces->own, request, sample);
}

static int collect_all(struct namespaces *namespaces, const struct sk_request *request,
		       struct sk_sample *sample)
{
	int err = collect_own(namespaces, request, sample);

	if (!namespaces->list.at[0].since)
		namespaces->list.at[0].since = sample->seq;
	for (uint32_t i = 1; i < namespaces->list.n && !err; i++) {
		const struct netns *netns = &namespaces->list.at[i];

		if (netns->inode && netns->state != SK_NETNS_GONE &&
		    netns->refused != namespaces->list.round)
			err = visit_one(namespaces, i, request, sample);
	}
	if (!err && (request->protos & SK_PROTO_BIT(SK_PROTO_UNIX)))
		err = live_join(namespaces->own, sample);
	sk_sample_sort_parent_links(sample, 0);
	return err;
}

static int collect_only(struct namespaces *namespaces, const struct sk_request *request,
			struct sk_sample *sample)
{
	struct netns *netns = &namespaces->list.at[namespaces->only];
	bool inside, lost;
	int err = visit(namespaces, netns, request, sample, &inside, &lost);

	if (!netns->since)
		netns->since = sample->seq;
	if (!err || lost || inside)
		return err;
	destroy_unwatch(namespaces->feed, (uint16_t)namespaces->only);
	snprintf(sample->losses.note, sizeof(sample->losses.note), "-N %.60s: %s",
		 namespaces->what,
		 err == -ENOENT ? "the network namespace is gone" : strerror(-err));
	return err == -ENOENT ? -ENODEV : err;
}

static int namespaces_collect(struct sk_source *source,
			      const struct sk_request *request,
			      struct sk_sample *sample)
{
	struct namespaces *namespaces = (struct namespaces *)source;
	struct sk_request each = *request;
	uint64_t begin = now_ns();
	int err = namespaces->lost ? come_back(namespaces, sample) : 0;

	if (err)
		return err;
	destroy_want(namespaces->feed, request);
	each.wants_detail = false; /* sk_source_collect() asks us, not each namespace */
	err = search(namespaces, begin);
	unwatch_ended(namespaces);
	netns_list_tick(&namespaces->list);
	/* Limits belong to one namespace, but each namespace has a port range of its own. */
	namespaces->port_ranges = request->needs & SK_NEED_COUNTERS;
	if (!err && namespaces->all)
		err = collect_all(namespaces, &each, sample);
	else if (!err && namespaces->only)
		err = collect_only(namespaces, &each, sample);
	else if (!err)
		err = collect_own(namespaces, &each, sample);
	if (!err && live_wants_events(&each))
		err = destroy_take(namespaces->feed, sample);
	if (!err)
		err = tell_list(namespaces, sample);
	/* The limit of one namespace says nothing about the sum of all. */
	if (sk_sample_netns_count(sample, SK_NETNS_SEEN) > 1)
		sample->limits.known &= ~(uint32_t)SK_LIMIT_TW_BUCKETS;
	sample->duration_ns = now_ns() - begin;
	return err;
}

/* Looks a socket up in the namespace where the thread is. */
static int look_up_here(struct namespaces *namespaces, const struct sk_detached *detached,
			struct sk_sample *sample, struct sk_detail **detail)
{
	char error[SK_ERROR_LEN];
	int err = live_open(namespaces->away, error);

	if (!err)
		err = sk_source_look_up(namespaces->away, detached, sample, detail);
	if (*detail)
		(*detail)->detached.socket.netns = detached->socket.netns;
	live_close(namespaces->away);
	return err;
}

static int namespaces_look_up(struct sk_source *source, const struct sk_detached *detached,
			      struct sk_sample *sample, struct sk_detail **detail)
{
	struct namespaces *namespaces = (struct namespaces *)source;
	const uint32_t index = detached->socket.netns;
	int err;

	/* In another namespace, the same address belongs to another socket. */
	if (namespaces->lost && come_back(namespaces, sample))
		return -EIO;
	if (index == 0)
		return sk_source_look_up(namespaces->own, detached, sample, detail);
	if (index >= namespaces->list.n)
		return -ENOENT;
	err = enter(namespaces, &namespaces->list.at[index]);
	if (err)
		return err;
	err = look_up_here(namespaces, detached, sample, detail);
	return come_back(namespaces, sample) ? -EIO : err;
}

static void namespaces_free(struct sk_source *source)
{
	struct namespaces *namespaces = (struct namespaces *)source;

	sk_source_free(namespaces->own);
	sk_source_free(namespaces->away);
	destroy_free(namespaces->feed);
	netns_list_free(&namespaces->list);
	if (namespaces->own_fd >= 0)
		close(namespaces->own_fd);
	free(namespaces);
}

/* Searches owners in /proc, which is the same for all namespaces. */
static int namespaces_complete(struct sk_source *source,
			       const struct sk_request *request,
			       struct sk_sample *sample)
{
	return sk_source_complete(((struct namespaces *)source)->own, request, sample);
}

static bool namespaces_idle(struct sk_source *source, const struct sk_request *request,
			    uint64_t budget_ns)
{
	struct sk_source *own = ((struct namespaces *)source)->own;

	return own->ops->idle(own, request, budget_ns);
}

static const struct sk_source_ops namespaces_ops = { .collect = namespaces_collect,
						 .complete = namespaces_complete,
						 .look_up = namespaces_look_up,
						 .idle = namespaces_idle,
						 .free = namespaces_free };

/* Checks that we can enter the namespace, before there is a screen. */
static int try_to_enter(struct namespaces *namespaces, char *error)
{
	int fd = netns_open(&namespaces->list, &namespaces->list.at[namespaces->only]),
	    err;

	if (!namespaces->only) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	err = fd < 0 ? fd : setns(fd, CLONE_NEWNET) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (!err && setns(namespaces->own_fd, CLONE_NEWNET))
		err = -errno;
	if (err)
		snprintf(error, SK_ERROR_LEN, "-N %s: cannot enter the network namespace: "
			 "%s%s%s%s", namespaces->what, strerror(-err), err == -EPERM ? " (" : "",
			 err == -EPERM ? sk_lack_words(privilege_lack(CAP_SYS_ADMIN),
						       "needs CAP_SYS_ADMIN") : "",
			 err == -EPERM ? ")" : "");
	return err;
}

static int find_namespaces(struct namespaces *namespaces, const char *what, char *error)
{
	int err = netns_list_init(&namespaces->list);

	namespaces->own_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (!err && namespaces->own_fd < 0)
		err = -errno;
	while (!err)
		err = netns_list_search(&namespaces->list, UINT32_MAX);
	namespaces->search_ns = now_ns();
	if (err < 0) {
		snprintf(error, SK_ERROR_LEN, "-N: searching /proc: %s", strerror(-err));
		return err;
	}
	if (namespaces->all)
		return 0;
	err = netns_list_resolve(&namespaces->list, what, &namespaces->only, error);
	return err ? err : try_to_enter(namespaces, error);
}

int sk_netns_source_new(const char *what, unsigned options, struct sk_source **out,
			char *error)
{
	struct namespaces *namespaces = calloc(1, sizeof(*namespaces));
	int err = namespaces ? destroy_new(options & SK_LIVE_TINY_FEED,
					   !(options & SK_LIVE_NO_BPF), &namespaces->feed) :
			       -ENOMEM;

	if (!err)
		err = live_new(options, namespaces->feed, &namespaces->own);
	if (!err)
		err = live_new(options, namespaces->feed, &namespaces->away);
	if (err) {
		snprintf(error, SK_ERROR_LEN, "%s", strerror(-err));
		if (namespaces) {
			sk_source_free(namespaces->own);
			destroy_free(namespaces->feed);
		}
		free(namespaces);
		return err;
	}
	namespaces->source.ops = &namespaces_ops;
	namespaces->all = strcmp(what, "all") == 0;
	sk_text_clean(namespaces->what, sizeof(namespaces->what), what, strlen(what));
	namespaces->own_fd = -1;
	err = find_namespaces(namespaces, what, error);
	if (!err && (namespaces->all || !namespaces->only))
		err = live_open(namespaces->own, error);
	if (err) {
		namespaces_free(&namespaces->source);
		return err;
	}
	*out = &namespaces->source;
	return 0;
}
