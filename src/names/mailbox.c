/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "names/mailbox.h"

#define RING_MS 50

struct mailbox {
	atomic_int refs;
	int bell, wake;
	pthread_mutex_t lock; /* of all below */
	bool closed, unreported;
	int64_t rung_ms;
	uint32_t first, n; /* the ring of questions */
	struct sk_addr question[MAILBOX_QUESTIONS];
	struct mail *answers;
};

int mailbox_new(int bell, struct mailbox **out)
{
	struct mailbox *box = calloc(1, sizeof(*box));
	int err;

	if (!box)
		return -ENOMEM;
	box->bell = fcntl(bell, F_DUPFD_CLOEXEC, 0);
	box->wake = box->bell < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (box->wake < 0) {
		err = -errno;
		if (box->bell >= 0)
			close(box->bell);
		free(box);
		return err;
	}
	atomic_init(&box->refs, 1);
	pthread_mutex_init(&box->lock, NULL);
	*out = box;
	return 0;
}

struct mailbox *mailbox_ref(struct mailbox *box)
{
	atomic_fetch_add(&box->refs, 1);
	return box;
}

static void free_mails(struct mail *mail)
{
	while (mail) {
		struct mail *next = mail->next;

		free(mail);
		mail = next;
	}
}

void mailbox_unref(struct mailbox *box)
{
	if (!box || atomic_fetch_sub(&box->refs, 1) != 1)
		return;
	free_mails(box->answers);
	pthread_mutex_destroy(&box->lock);
	close(box->bell);
	close(box->wake);
	free(box);
}

/* A counter that is full has long been readable: nothing is lost. */
static void signal_fd(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
}

static void add_answer(struct mailbox *box, const struct sk_addr *key,
		       enum name_outcome outcome, const char *text)
{
	size_t len = outcome == NAME_KNOWN ? strlen(text) : 0;
	struct mail *mail = malloc(sizeof(*mail) + len + 1);

	if (!mail)
		return; /* the question is asked again when its time is over */
	mail->key = *key;
	mail->outcome = outcome;
	memcpy(mail->text, len ? text : "", len);
	mail->text[len] = '\0';
	mail->next = box->answers;
	box->answers = mail;
	box->unreported = true;
}

void mailbox_ask(struct mailbox *box, const struct sk_addr *key)
{
	pthread_mutex_lock(&box->lock);
	if (box->n == MAILBOX_QUESTIONS) {
		add_answer(box, &box->question[box->first], NAME_UNKNOWN, "");
		box->first = (box->first + 1) % MAILBOX_QUESTIONS;
		box->n--;
	}
	box->question[(box->first + box->n++) % MAILBOX_QUESTIONS] = *key;
	pthread_mutex_unlock(&box->lock);
	signal_fd(box->wake);
}

struct mail *mailbox_take(struct mailbox *box)
{
	struct mail *answers;

	pthread_mutex_lock(&box->lock);
	answers = box->answers;
	box->answers = NULL;
	box->unreported = false;
	pthread_mutex_unlock(&box->lock);
	return answers;
}

void mailbox_close(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	box->closed = true;
	pthread_mutex_unlock(&box->lock);
	signal_fd(box->wake);
}

int mailbox_fd(const struct mailbox *box)
{
	return box->wake;
}

void mailbox_clear(struct mailbox *box)
{
	uint64_t count;
	ssize_t n = read(box->wake, &count, sizeof(count));

	(void)n;
}

bool mailbox_closed(struct mailbox *box)
{
	bool closed;

	pthread_mutex_lock(&box->lock);
	closed = box->closed;
	pthread_mutex_unlock(&box->lock);
	return closed;
}

bool mailbox_next(struct mailbox *box, struct sk_addr *key)
{
	bool found;

	pthread_mutex_lock(&box->lock);
	found = box->n > 0 && !box->closed;
	if (found)
		*key = box->question[(box->first + --box->n) % MAILBOX_QUESTIONS];
	pthread_mutex_unlock(&box->lock);
	return found;
}

void mailbox_answer(struct mailbox *box, const struct sk_addr *key,
		    enum name_outcome outcome, const char *text)
{
	pthread_mutex_lock(&box->lock);
	add_answer(box, key, outcome, text);
	pthread_mutex_unlock(&box->lock);
}

int mailbox_ring(struct mailbox *box, bool now)
{
	int wait = -1;
	int64_t time = now_ms();

	pthread_mutex_lock(&box->lock);
	if (box->unreported && !now && time - box->rung_ms < RING_MS) {
		wait = (int)(RING_MS - (time - box->rung_ms));
	} else if (box->unreported && !box->closed) {
		box->unreported = false;
		box->rung_ms = time;
		signal_fd(box->bell);
	}
	pthread_mutex_unlock(&box->lock);
	return wait;
}
