/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include "kernel/owners/fd_known.h"

/* Returns the page of a descriptor, or NULL if there is no memory. */
static struct fd_page *page_of(struct fd_scan *scan, uint32_t i, uint32_t fd)
{
	struct fd_process *p = &scan->process[i];
	uint32_t page = fd / FD_PAGE;

	if (page >= p->n_pages) {
		uint32_t n = page + 1 > p->n_pages * 2 ? page + 1 : p->n_pages * 2;
		struct fd_page **more;

		if (n > FDS_MAX / FD_PAGE)
			n = FDS_MAX / FD_PAGE;
		more = realloc(p->page, n * sizeof(struct fd_page *));
		if (!more)
			return NULL;
		memset(more + p->n_pages, 0, (n - p->n_pages) * sizeof(struct fd_page *));
		p->page = more;
		p->n_pages = n;
	}
	if (!p->page[page])
		p->page[page] = holdings_add_page(&scan->map, i, page * FD_PAGE);
	return p->page[page];
}

void fd_note(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t what)
{
	struct fd_process *p = &scan->process[i];
	uint32_t before = fd_known(p, fd), at = fd % FD_PAGE;
	enum holding_before earlier;
	struct fd_page *page;

	if (before == what || fd >= FDS_MAX)
		return;
	page = page_of(scan, i, fd);
	if (!page) {
		scan->out_of_memory = true;
		return;
	}
	if (fd_is_socket(before)) {
		holdings_remove(&scan->map, page, at);
		p->sockets--;
		scan->changes++;
	}
	page->fd[at] = what;
	page->sampled[at / 64] &= ~(UINT64_C(1) << (at % 64));
	if (!fd_is_socket(what))
		return;
	if (holdings_add(&scan->map, page, at, &earlier)) {
		scan->out_of_memory = true;
		page->fd[at] = FD_CLOSED;
		return;
	}
	p->sockets++;
	scan->wanted -= earlier == HOLDING_WANTED && scan->wanted;
	scan->hits += earlier == HOLDING_WANTED;
	scan->found |= earlier != HOLDING_HELD;
	scan->changes += earlier == HOLDING_HELD;
}

void fd_note_closed(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t end)
{
	struct fd_process *p = &scan->process[i];

	if (end > p->n_pages * FD_PAGE)
		end = p->n_pages * FD_PAGE;
	while (fd < end) {
		if (!p->page[fd / FD_PAGE]) {
			fd = (fd / FD_PAGE + 1) * FD_PAGE;
			continue;
		}
		fd_note(scan, i, fd++, FD_CLOSED);
	}
}

void fd_known_free(struct fd_scan *scan, uint32_t i)
{
	struct fd_process *p = &scan->process[i];

	for (uint32_t n = 0; n < p->n_pages; n++) {
		if (p->page[n])
			holdings_free_page(&scan->map, p->page[n]);
	}
	free(p->page);
	p->page = NULL;
	p->n_pages = 0;
}
