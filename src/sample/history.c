/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/link_totals.h>
#include <sktop/history.h>

/** The two series of one interface, forgotten when it was not seen. */
struct link_history {
	char name[SK_DEVICE_STRLEN];
	uint32_t ifindex;
	uint16_t netns;
	uint64_t seen; /* seq of the newest sample that had it */
	struct sk_series tx, rx;
};

struct sk_history {
	struct sk_series state[SK_STATE_COUNT];
	struct sk_series total[2]; /* [tx] */
	struct link_history **link;
	size_t n_links, capacity;
	bool unsure;	       /* of the total: two that count may be one and the same */
	/* scratch of the total, with room for so many interfaces */
	bool *counted;
	const struct sk_link **by_index;
	uint32_t room;
};

int sk_history_new(struct sk_history **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
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
	free(history);
}

static void add_point(struct sk_series *series, double value)
{
	series->value[series->next] = (float)value;
	series->next = (series->next + 1) % SK_HISTORY_POINTS;
	series->n += series->n < SK_HISTORY_POINTS;
}

static struct link_history *find_link(const struct sk_history *history, uint16_t netns,
				      const char *name)
{
	for (size_t i = 0; i < history->n_links; i++) {
		struct link_history *link = history->link[i];

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

static void forget_links(struct sk_history *history, uint64_t seq)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->n_links; i++) {
		if (history->link[i]->seen == seq)
			history->link[kept++] = history->link[i];
		else
			free(history->link[i]);
	}
	history->n_links = kept;
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

static int add_totals(struct sk_history *history, const struct sk_sample *sample)
{
	double rate[2] = { 0, 0 };
	uint32_t unknown = 0, end;
	int err = make_room(history, sample->n_links);
	bool any = false;

	if (err)
		return err;
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
			rate[0] += (double)links[i].rate[SK_LINK_RX_BYTES];
			rate[1] += (double)links[i].rate[SK_LINK_TX_BYTES];
		}
	}
	add_point(&history->total[0], any ? rate[0] : (double)NAN);
	add_point(&history->total[1], any ? rate[1] : (double)NAN);
	history->unsure = unknown > 1;
	return 0;
}

bool sk_history_is_total_sure(const struct sk_history *history)
{
	return !history->unsure;
}

int sk_history_add(struct sk_history *history, const struct sk_sample *sample)
{
	for (unsigned state = 1; state < SK_STATE_COUNT; state++) {
		const uint32_t(*count)[SK_STATE_COUNT] =
			sample->summary.count[SK_PROTO_TCP];

		add_point(&history->state[state], count[0][state] + count[1][state]);
	}
	for (uint32_t i = 0; i < sample->n_links; i++) {
		const struct sk_link *link = &sample->links[i];
		struct link_history *memory = find_link(history, link->netns, link->name);
		bool rate = link->flags & SK_LINK_RATE;
		int err = memory ? 0 : new_link(history, link, &memory);

		if (err)
			return err;
		if (memory->ifindex != link->ifindex) {
			/* another interface under an old name: a past of its own */
			memory->ifindex = link->ifindex;
			memory->rx.n = memory->tx.n = 0;
		}
		memory->seen = sample->seq;
		add_point(&memory->rx,
			  rate ? (double)link->rate[SK_LINK_RX_BYTES] : (double)NAN);
		add_point(&memory->tx,
			  rate ? (double)link->rate[SK_LINK_TX_BYTES] : (double)NAN);
	}
	forget_links(history, sample->seq);
	return add_totals(history, sample);
}

const struct sk_series *sk_history_state(const struct sk_history *history,
					 enum sk_state state)
{
	return &history->state[(unsigned)state < SK_STATE_COUNT ? state : 0];
}

const struct sk_series *sk_history_link(const struct sk_history *history,
					uint16_t netns, const char *name, bool tx)
{
	const struct link_history *link = find_link(history, netns, name);

	return !link ? NULL : tx ? &link->tx : &link->rx;
}

const struct sk_series *sk_history_total(const struct sk_history *history, bool tx)
{
	return &history->total[tx];
}

double sk_series_slope(const struct sk_series *series, uint32_t points, double interval)
{
	double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, below;

	for (uint32_t i = 0; i < points && i < series->n; i++) {
		double y = (double)sk_series_back(series, i), x = -(double)i * interval;

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
