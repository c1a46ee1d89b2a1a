/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "names/text.h"
#include "names/thread.h"
#include "names/users.h"

struct user_resolver {
	pthread_t thread;
	struct mailbox *box;
};

/** The thread alone owns this, even after its resolver has ended. */
struct work {
	user_lookup *look_up;
	struct mailbox *box;
};

int users_from_system(uint32_t uid, char *name, size_t size)
{
	char buffer[4096];
	struct passwd entry, *found = NULL;
	int err = getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found);

	if (err || !found)
		return err == 0 || err == ENOENT || err == ESRCH ? -ENOENT : -err;
	snprintf(name, size, "%s", found->pw_name);
	return 0;
}

enum name_outcome users_look_up(user_lookup *look_up, uint32_t uid, char *name)
{
	char raw[TEXT_NAME_MAX + 1] = "";
	int err = look_up(uid, raw, sizeof(raw));
	char *clean = err || !raw[0] ? NULL : text_printable(raw);

	if (clean)
		strcpy(name, clean);
	free(clean);
	return clean ? NAME_KNOWN : err && err != -ENOENT ? NAME_FAILED : NAME_NONE;
}

static void *run(void *arg)
{
	struct work work = *(struct work *)arg;
	struct pollfd wake = { .fd = mailbox_fd(work.box), .events = POLLIN };
	struct sk_addr key;

	free(arg);
	while (!mailbox_closed(work.box)) {
		poll(&wake, 1, -1);
		mailbox_clear(work.box);
		while (mailbox_next(work.box, &key)) {
			char name[TEXT_NAME_STRLEN] = "";
			enum name_outcome outcome;
			uint32_t uid;

			memcpy(&uid, key.b, sizeof(uid));
			outcome = users_look_up(work.look_up, uid, name);
			mailbox_answer(work.box, &key, outcome, name);
			mailbox_ring(work.box, true);
		}
	}
	mailbox_unref(work.box);
	return NULL;
}

int user_resolver_start(user_lookup *look_up, struct mailbox *box,
			struct user_resolver **out)
{
	struct user_resolver *resolver = malloc(sizeof(*resolver));
	struct work *work = malloc(sizeof(*work));
	int err = resolver && work ? 0 : -ENOMEM;

	if (!err) {
		*work = (struct work){ look_up, mailbox_ref(box) };
		err = thread_start(&resolver->thread, run, work);
		if (err)
			mailbox_unref(box);
	}
	if (err) {
		free(resolver);
		free(work);
		return err;
	}
	resolver->box = mailbox_ref(box);
	*out = resolver;
	return 0;
}

void user_resolver_stop(struct user_resolver *resolver)
{
	if (!resolver)
		return;
	mailbox_close(resolver->box);
	thread_end(resolver->thread);
	mailbox_unref(resolver->box);
	free(resolver);
}
