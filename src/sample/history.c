/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/history.h>
#include <sktop/link_totals.h>

/* The newest points, from which slopes come: of what happens now, and of a forecast. */
#define NOW_POINTS 10
#define FORECAST_POINTS 30

/** Values of one series; all series have the point of one sample at the same place. */
struct ring {
	float value[SK_HISTORY_POINTS];
	uint32_t n;
};

/** The two series of one interface, forgotten when it was not seen. */
struct link_history {
	char name[SK_DEVICE_STRLEN];
	uint32_t ifindex;
	uint16_t netns;
	bool seen; /* by the newest sample */
	struct ring rate[2]; /* [tx] */
};

struct sk_history {
	pthread_mutex_t lock; /* of all that readers copy: the series and their times */
	uint64_t time_ns[SK_HISTORY_POINTS];
	uint32_t at; /* place of the newest point */
	uint64_t scope; /* scope_of() the newest sample */
	bool again;  /* the point that is being added replaces one of the same time */
	struct ring state[SK_STATE_COUNT];
	struct ring total[2]; /* [tx] */
	struct ring buckets; /* sk_sample_tw_buckets() */
	struct link_history **link;
	size_t n_links, capacity;
	/* for the total, with room for so many interfaces */
	bool *counted;
	const struct sk_link **by_index;
	uint32_t room;
};

int sk_history_new(struct sk_history **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	pthread_mutex_init(&(*out)->lock, NULL);
	return 0;
}

void sk_history_free(struct sk_history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < history->n_links; i++)
		free(history->link[i]);
	free(history->link);
	free(history->counted);
	free(history->by_index);
	pthread_mutex_destroy(&history->lock);
	free(history);
}

/* The point belongs to the sample that is being added. */
static void add_point(const struct sk_history *history, struct ring *ring, double value)
{
	ring->value[history->at] = (float)value;
	if (!ring->n || (!history->again && ring->n < SK_HISTORY_POINTS))
		ring->n++;
}

/* Interfaces mostly stand where they stood the last time: it begins there. */
static struct link_history *find_link(const struct sk_history *history, uint16_t netns,
				      const char *name, size_t first)
{
	for (size_t i = 0; i < history->n_links; i++) {
		struct link_history *link = history->link[(first + i) % history->n_links];

		if (link->netns == netns && strcmp(link->name, name) == 0)
			return link;
	}
	return NULL;
}

static int new_link(struct sk_history *history, const struct sk_link *link,
		    struct link_history **out)
{
	if (SK_ARRAY_ROOM(history->link, history->n_links, history->capacity, 8))
		return -ENOMEM;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	strcpy((*out)->name, link->name);
	(*out)->netns = link->netns;
	history->link[history->n_links++] = *out;
	return 0;
}

static void forget_links(struct sk_history *history)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->n_links; i++) {
		if (history->link[i]->seen)
			history->link[kept++] = history->link[i];
		else
			free(history->link[i]);
	}
	history->n_links = kept;
}

/* Finds the series of each interface, or begins them. */
static int meet_links(struct sk_history *history, const struct sk_sample *sample)
{
	for (size_t i = 0; i < history->n_links; i++)
		history->link[i]->seen = false;
	for (uint32_t i = 0; i < sample->n_links; i++) {
		const struct sk_link *link = &sample->links[i];
		struct link_history *known = find_link(history, link->netns, link->name, i);
		int err = known ? 0 : new_link(history, link, &known);

		if (err)
			return err;
		if (known->ifindex != link->ifindex) {
			/* another interface under an old name: a past of its own */
			known->ifindex = link->ifindex;
			known->rate[false].n = known->rate[true].n = 0;
		}
		known->seen = true;
	}
	forget_links(history);
	return 0;
}

/* Traffic of other namespaces passes through ours, or stays inside the machine. */
static bool is_ours(const struct sk_sample *sample, const struct sk_link *link)
{
	return link->netns == 0 || sample->netns[0].state != SK_NETNS_SEEN;
}

static int make_room(struct sk_history *history, uint32_t n)
{
	uint32_t room = n + 64;
	bool *counted;
	const struct sk_link **by_index;

	if (n <= history->room)
		return 0;
	counted = realloc(history->counted, room * sizeof(bool));
	if (!counted)
		return -ENOMEM;
	history->counted = counted;
	by_index = realloc(history->by_index, room * sizeof(struct sk_link *));
	if (!by_index)
		return -ENOMEM;
	history->by_index = by_index;
	history->room = room;
	return 0;
}

/* The bytes/s of those interfaces that sk_links_count_once() chooses. */
static void find_totals(struct sk_history *history, const struct sk_sample *sample,
			struct sk_trend *trend)
{
	double rate[2] = { 0, 0 };
	uint32_t unknown = 0, end;
	bool any = false, loopback = false;

	for (uint32_t first = 0; first < sample->n_links; first = end) {
		const struct sk_link *links = sample->links;

		for (end = first + 1; end < sample->n_links &&
				      links[end].netns == links[first].netns; end++)
			;
		if (!is_ours(sample, &links[first]))
			continue;
		sk_links_count_once(links + first, end - first, history->by_index,
				    history->counted + first);
		for (uint32_t i = first; i < end; i++) {
			if (!history->counted[i] || !(links[i].flags & SK_LINK_RATE))
				continue;
			unknown += !(links[i].flags & SK_LINK_TIES);
			any = true;
			loopback |= (links[i].ifi_flags & IFF_LOOPBACK) != 0;
			rate[false] += (double)links[i].rate[SK_LINK_RX_BYTES];
			rate[true] += (double)links[i].rate[SK_LINK_TX_BYTES];
		}
	}
	trend->rate[false] = any ? rate[false] : (double)NAN;
	trend->rate[true] = any ? rate[true] : (double)NAN;
	trend->rate_unsure = unknown > 1;
	trend->rate_of_loopback = loopback;
}

/* Each of them has a place now. */
static void add_links(struct sk_history *history, const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_links; i++) {
		const struct sk_link *link = &sample->links[i];
		struct link_history *known = find_link(history, link->netns, link->name, i);
		bool rate = link->flags & SK_LINK_RATE;

		add_point(history, &known->rate[false],
			  rate ? (double)link->rate[SK_LINK_RX_BYTES] : (double)NAN);
		add_point(history, &known->rate[true],
			  rate ? (double)link->rate[SK_LINK_TX_BYTES] : (double)NAN);
	}
}

/* Changes with the namespaces that are seen: a count of others is no change of the count. */
static uint64_t scope_of(const struct sk_sample *sample)
{
	uint64_t scope = 0;

	for (uint32_t i = 0; i < sample->n_netns; i++) {
		if (sample->netns[i].state == SK_NETNS_SEEN)
			scope += sample->netns[i].inode * 0x9e3779b97f4a7c15ULL;
	}
	return scope;
}

static void follow_scope(struct sk_history *history, const struct sk_sample *sample)
{
	uint64_t scope = scope_of(sample);

	if (scope != history->scope) {
		for (unsigned state = 0; state < SK_STATE_COUNT; state++)
			history->state[state].n = 0;
		history->buckets.n = 0;
	}
	history->scope = scope;
}

static void add_points(struct sk_history *history, const struct sk_sample *sample)
{
	const uint32_t(*count)[SK_STATE_COUNT] = sample->summary.count[SK_PROTO_TCP];
	bool tcp = (sample->protos & SK_PROTO_BIT(SK_PROTO_TCP)) &&
		   !sk_sample_is_cut(sample, SK_PART_BIT(SK_PROTO_TCP));
	uint32_t buckets;

	/* a source may show an instant again, since a key asks more of it */
	history->again = history->total[0].n && history->time_ns[history->at] == sample->time_ns;
	history->at = (history->at + !history->again) % SK_HISTORY_POINTS;
	history->time_ns[history->at] = sample->time_ns;
	follow_scope(history, sample);
	for (unsigned state = 1; state < SK_STATE_COUNT; state++)
		add_point(history, &history->state[state],
			  tcp ? count[0][state] + count[1][state] : (double)NAN);
	for (int tx = 0; tx < 2; tx++)
		add_point(history, &history->total[tx], sample->trend.rate[tx]);
	add_point(history, &history->buckets,
		  sk_sample_tw_buckets(sample, &buckets) ? buckets : (double)NAN);
	add_links(history, sample);
}

static void copy(const struct sk_history *history, const struct ring *ring,
		 const struct sk_sample *until, struct sk_series *out)
{
	out->n = 0;
	for (uint32_t i = 0; i < ring->n; i++) {
		uint32_t at = (history->at + SK_HISTORY_POINTS - i) % SK_HISTORY_POINTS;

		if (history->time_ns[at] > until->time_ns)
			continue;
		out->time_ns[out->n] = history->time_ns[at];
		out->value[out->n++] = ring->value[at];
	}
}

static void find_slopes(const struct sk_history *history, struct sk_sample *sample)
{
	struct sk_series series;

	copy(history, &history->buckets, sample, &series);
	sample->trend.buckets_slope = sk_series_slope(&series, FORECAST_POINTS);
	copy(history, &history->state[SK_STATE_TIME_WAIT], sample, &series);
	sample->trend.time_wait_slope = sk_series_slope(&series, NOW_POINTS);
}

int sk_history_add(struct sk_history *history, struct sk_sample *sample)
{
	int err = make_room(history, sample->n_links);

	if (err)
		return err;
	find_totals(history, sample, &sample->trend);
	pthread_mutex_lock(&history->lock);
	err = meet_links(history, sample);
	if (!err)
		add_points(history, sample);
	pthread_mutex_unlock(&history->lock);
	if (!err)
		find_slopes(history, sample);
	return err;
}

static void read_ring(struct sk_history *history, const struct ring *ring,
		      const struct sk_sample *until, struct sk_series *out)
{
	pthread_mutex_lock(&history->lock);
	copy(history, ring, until, out);
	pthread_mutex_unlock(&history->lock);
}

void sk_history_state(struct sk_history *history, const struct sk_sample *until,
		      enum sk_state state, struct sk_series *out)
{
	read_ring(history, &history->state[(unsigned)state < SK_STATE_COUNT ? state : 0],
		  until, out);
}

void sk_history_total(struct sk_history *history, const struct sk_sample *until, bool tx,
		      struct sk_series *out)
{
	read_ring(history, &history->total[tx], until, out);
}

void sk_history_link(struct sk_history *history, const struct sk_sample *until,
		     const struct sk_link *link, bool tx, struct sk_series *out)
{
	const struct link_history *known;

	out->n = 0;
	pthread_mutex_lock(&history->lock);
	known = find_link(history, link->netns, link->name, 0);
	if (known)
		copy(history, &known->rate[tx], until, out);
	pthread_mutex_unlock(&history->lock);
}

double sk_series_slope(const struct sk_series *series, uint32_t points)
{
	double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, below;

	for (uint32_t i = 0; i < points && i < series->n; i++) {
		double y = (double)series->value[i];
		double x = (double)(int64_t)(series->time_ns[i] - series->time_ns[0]) / 1e9;

		if (isnan(y))
			continue;
		n++;
		sx += x;
		sy += y;
		sxx += x * x;
		sxy += x * y;
	}
	below = n * sxx - sx * sx;
	return n < 2 || below <= 0 ? (double)NAN : (n * sxy - sx * sy) / below;
}
