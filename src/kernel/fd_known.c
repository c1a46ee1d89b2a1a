/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include "kernel/fd_known.h"

/* The place of a descriptor, or NULL without memory. */
static uint32_t *place(struct fd_process *p, uint32_t fd)
{
	uint32_t page = fd / FD_PAGE;

	if (page >= p->n_pages) {
		uint32_t n = page + 1 > p->n_pages * 2 ? page + 1 : p->n_pages * 2;
		struct fd_page **more = realloc(p->page, n * sizeof(struct fd_page *));

		if (!more)
			return NULL;
		memset(more + p->n_pages, 0, (n - p->n_pages) * sizeof(struct fd_page *));
		p->page = more;
		p->n_pages = n;
	}
	if (!p->page[page])
		p->page[page] = calloc(1, sizeof(struct fd_page));
	return p->page[page] ? &p->page[page]->fd[fd % FD_PAGE] : NULL;
}

void fd_note(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t what)
{
	struct fd_process *p = &scan->process[i];
	uint32_t before = fd_known(p, fd), *at;
	enum holding_before earlier;

	if (before == what || fd >= FDS_MAX)
		return;
	at = place(p, fd);
	if (!at) {
		scan->out_of_memory = true;
		return;
	}
	if (fd_is_socket(before)) {
		holdings_remove(&scan->map, before, i, fd);
		p->sockets--;
		scan->changes++;
	}
	*at = what;
	if (!fd_is_socket(what))
		return;
	if (holdings_add(&scan->map, what, i, fd, &earlier)) {
		scan->out_of_memory = true;
		*at = FD_CLOSED;
		return;
	}
	p->sockets++;
	scan->wanted -= earlier == HOLDING_WANTED && scan->wanted;
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

void fd_known_free(struct fd_process *p)
{
	for (uint32_t i = 0; i < p->n_pages; i++)
		free(p->page[i]);
	free(p->page);
	p->page = NULL;
	p->n_pages = 0;
}
