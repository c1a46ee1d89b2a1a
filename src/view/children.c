/* SPDX-License-Identifier: MIT */
/*
 * This file puts sockets of a view behind their parents.
 */
#include <stdlib.h>
#include <sktop/identity.h>
#include "view/view.h"

static uint64_t id_of(const struct sk_sample *sample, const struct sk_socket *socket)
{
	return sk_socket_id(socket, sk_attrs(sample, socket));
}

/** A child that is in the view, and the place it has there. */
struct child {
	uint64_t parent;
	uint32_t at;
	uint32_t row;
	bool claimed; /* its parent is in the view too */
	bool placed;
};

static int compare_children(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The first of a parent's children, or n. */
static uint32_t first_child(const struct child *children, uint32_t n, uint64_t parent)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (children[middle].parent < parent)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && children[low].parent == parent ? low : n;
}

static uint32_t find_children(const struct sk_view *view, const struct sk_sample *sample,
			      struct child *children)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < view->n && n < sample->n_parent_links; i++) {
		const struct sk_socket *s = &sample->sockets[view->index[i]];
		const struct sk_parent_link *parent_link = sk_sample_parent(sample, s);

		if (parent_link)
			children[n++] = (struct child){ .parent = parent_link->parent,
							.at = i,
							.row = view->index[i] };
	}
	qsort(children, n, sizeof(*children), compare_children);
	return n;
}

/* Writes the new order; every row once: children behind their parent, if it is there. */
static void reorder(struct sk_view *view, const struct sk_sample *sample,
		    struct child *children, uint32_t n, uint32_t *old)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < view->n; i++) {
		const struct sk_socket *s = &sample->sockets[old[i] = view->index[i]];
		uint64_t id = id_of(sample, s);
		uint32_t c = s->flags & SK_F_SUBFLOW ? n : first_child(children, n, id);

		for (; c < n && children[c].parent == id; c++)
			children[c].claimed = true;
	}
	for (uint32_t i = 0; i < view->n; i++) {
		const struct sk_socket *s = &sample->sockets[old[i]];
		const struct sk_parent_link *parent_link = sk_sample_parent(sample, s);
		uint32_t c =
			parent_link ? first_child(children, n, parent_link->parent) : n;
		uint64_t id;

		if (c < n && children[c].claimed)
			continue;
		view->index[out++] = old[i];
		if (s->flags & SK_F_SUBFLOW)
			continue;
		id = id_of(sample, s);
		for (c = first_child(children, n, id); c < n && children[c].parent == id; c++) {
			if (!children[c].placed)
				view->index[out++] = children[c].row;
			children[c].placed = true;
		}
	}
	view->n = out;
}

int sk_view_place_children(struct sk_view *view, const struct sk_sample *sample)
{
	struct child *children;
	uint32_t n;
	int err;

	if (!sample->n_parent_links || view->n < 2)
		return 0;
	err = view_reserve_scratch(view, sample->n_parent_links * sizeof(*children) +
						 view->capacity * sizeof(uint32_t));
	if (err)
		return err;
	children = view->scratch;
	n = find_children(view, sample, children);
	if (n)
		reorder(view, sample, children, n, (uint32_t *)(children + n));
	return 0;
}
