/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include "view/view.h"

/* Memory up to so many bytes is kept, because giving it back gains nothing. */
#define KEPT (128 << 10)

void sk_view_free(struct sk_view *view)
{
	free(view->index);
	free(view->scratch);
	*view = (struct sk_view){ 0 };
}

void sk_view_end(struct sk_view *view)
{
	if (view->scratch_size > KEPT) {
		free(view->scratch);
		view->scratch = NULL;
		view->scratch_size = 0;
	}
}

void sk_view_release(struct sk_view *view)
{
	sk_view_end(view);
	if (view->capacity * sizeof(*view->index) > KEPT) {
		free(view->index);
		view->index = NULL;
		view->n = view->capacity = 0;
	}
}

/* Room for a few rows more than there are: numbers go up and down. */
static size_t with_slack(size_t n)
{
	return n + n / 32;
}

static int reserve_index(struct sk_view *view, uint32_t n)
{
	uint32_t *bigger;

	if (n <= view->capacity)
		return 0;
	bigger = realloc(view->index, with_slack(n) * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	view->index = bigger;
	view->capacity = (uint32_t)with_slack(n);
	return 0;
}

int view_reserve_scratch(struct sk_view *view, size_t size)
{
	if (size <= view->scratch_size)
		return 0;
	free(view->scratch);
	view->scratch_size = 0;
	view->scratch = malloc(size);
	if (!view->scratch)
		return -ENOMEM;
	view->scratch_size = size;
	return 0;
}

int sk_view_add(struct sk_view *view, uint32_t index)
{
	int err = view->n < view->capacity ? 0 : reserve_index(view, view->n * 2 + 64);

	if (!err)
		view->index[view->n++] = index;
	return err;
}

int sk_view_filter(struct sk_view *view, const struct sk_rows *rows,
		   const struct sk_filter *filter, const struct sk_context *context)
{
	struct sk_context whole = *context;
	int err = reserve_index(view, rows->n);

	if (err)
		return err;
	/* "user = root" means root, whether names are shown or not */
	whole.numeric = 0;
	whole.ask_hosts = false;
	view->n = 0;
	for (uint32_t i = 0; i < rows->n; i++) {
		if (sk_context_cancelled(context, i))
			return -EINTR;
		if (!filter || sk_filter_match(filter, &whole, sk_rows_at(rows, i)))
			view->index[view->n++] = i;
	}
	return 0;
}

int sk_view_keep(struct sk_view *view, const struct sk_rows *rows,
		 bool (*keep)(const void *row, void *arg), void *arg,
		 const struct sk_context *context)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < view->n; i++) {
		if (sk_context_cancelled(context, i))
			return -EINTR;
		if (keep(sk_rows_at(rows, view->index[i]), arg))
			view->index[n++] = view->index[i];
	}
	view->n = n;
	return 0;
}

int sk_view_find(const struct sk_view *view, const struct sk_rows *rows, uint64_t row_id,
		 uint32_t near, const struct sk_context *context, int64_t *at)
{
	uint32_t below = near < view->n ? near : view->n, above = below;

	*at = -1;
	for (uint32_t i = 0; i < view->n; i++) {
		bool down = below < view->n && (above == 0 || i % 2 == 0);
		uint32_t here = down ? below++ : --above;

		if (sk_context_cancelled(context, i))
			return -EINTR;
		if (rows->table->row_id(context->sample,
					sk_rows_at(rows, view->index[here])) != row_id)
			continue;
		*at = here;
		break;
	}
	return 0;
}
