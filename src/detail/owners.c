/* SPDX-License-Identifier: MIT */
/*
 * This section lists all processes that hold the socket.
 */
#include <stdio.h>
#include <string.h>
#include <sktop/owners.h>
#include <sktop/text.h>
#include "columns/owners.h"
#include "detail/detail.h"

#define SHOWN 64 /* holders: a shared listener may have thousands */
#define LONGEST 2000 /* cells of a command line */
#define SHORT 200    /* bytes of one that may stand there again and again */

static void add_holder(struct detail_writer *w, const struct sk_process *p, int32_t fd)
{
	char text[32] = "no descriptor";

	if (fd >= 0)
		snprintf(text, sizeof(text), "descriptor %d", fd);
	detail_add(w, "process", "A process that holds this socket", "%s, pid %u, %s",
		   p->name, p->pid, text);
}

/* These texts may be of any length; the columns have them whole. */
static void add_long(struct detail_writer *w, const char *label, const char *help,
		     const char *text)
{
	size_t used, len = sk_text_fit(text, LONGEST, &used);

	detail_add(w, label, help, "%.*s%s", (int)len, text, text[len] ? " ..." : "");
}

/*
 * Once for a process, however many descriptors of it are the socket. Workers that were
 * forked have the command line of the one before, which fills the window if it is long.
 */
static void add_process(struct detail_writer *w, const struct sk_process *p,
			const struct sk_process *before)
{
	bool again = before && strlen(p->command) > SHORT &&
		     strcmp(p->command, before->command) == 0;

	if (p->command[0])
		add_long(w, "command", "Its command line",
			 again ? "as above" : p->command);
	if (p->tids[0])
		add_long(w, "threads", "Its thread ids", p->tids);
	if (p->unit[0])
		detail_add(w, "unit", "systemd unit or container of the process", "%s",
			   p->unit);
}

static void add_holders(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	const struct sk_owners *owners = w->sample->owners;
	uint32_t n = sk_owners_count(owners, s->owner);
	const struct sk_process *before = NULL;
	uint32_t shown = n < SHOWN ? n : SHOWN;

	for (uint32_t i = 0; i < shown; i++) {
		const struct sk_process *p = sk_owners_process(owners, s->owner, i);
		const struct sk_process *next = sk_owners_process(owners, s->owner, i + 1);

		add_holder(w, p,
			   s->fd == SK_FD_NONE ? -1 :
				       s->fd + sk_owners_holder(owners, s->owner, i)->fd);
		if (p != next) {
			add_process(w, p, before);
			before = p;
		}
	}
	if (n > shown)
		detail_add_number(w, "more holders", "Descriptors of it that are not listed",
				  n - shown);
}

static void add_group(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;
	const struct sk_cgroup *group = NULL;

	if (s->flags & SK_F_CGROUP)
		group = sk_owners_cgroup(w->sample->owners, w->attrs->cgroup);
	if (!group)
		return;
	detail_add(w, "cgroup", "Control group of the socket, by its id", "%s",
		   group->path);
	if (group->unit[0])
		detail_add(w, "socket's unit", "systemd unit or container of the socket",
			   "%s", group->unit);
}

void detail_owners(struct detail_writer *w)
{
	const struct sk_socket *s = w->socket;

	if (!w->sample->owners)
		return;
	if (s->flags & SK_F_QUEUED)
		detail_add(w, "accept queue", "Nobody has accepted it: it is its listener's",
			   "waits for accept()");
	if (s->flags & SK_F_PRESUMED)
		detail_add(w, "presumed", "Nobody was seen to hold it",
			   "accepted on the port where this process listens");
	add_holders(w);
	if (!s->owner) {
		detail_add(w, "process", "Why no process is known", "- (%s)",
			   columns_no_process(w->context, s));
		detail_set_unknown(w, columns_no_process(w->context, s));
	}
	add_group(w);
}
