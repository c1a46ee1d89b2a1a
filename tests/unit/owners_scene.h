/* SPDX-License-Identifier: MIT */
/* Owners of made-up samples, looked for in a /proc that is made up, too. */
#ifndef OWNERS_SCENE_H
#define OWNERS_SCENE_H

#include <errno.h>
#include "fake_proc.h"
#include <sktop/diff.h>
#include <sktop/owners.h>
#include "kernel/owners/owners.h"

#define NEEDS (SK_NEED_SOCKETS | SK_NEED_OWNERS | SK_NEED_CGROUPS)

struct fixture {
	struct fake_proc fake;
	struct owners *owners;
	struct sk_differ *differ;
	struct sk_sample *sample; /* the last one */
	uint32_t needs;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->needs = NEEDS;
	fake_proc_make(&f->fake);
	assert_int_equal(owners_new(f->fake.root, "/nonexistent", 0, &f->owners), 0);
	assert_int_equal(sk_differ_new(&f->differ), 0);
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	fake_proc_remove(f->fake.root);
	sk_sample_unref(f->sample);
	sk_differ_free(f->differ);
	owners_free(f->owners);
	free(f);
	return 0;
}

/* A sample of ESTABLISHED sockets with these inodes; its cookies are 1000 + inode. */
static inline void sample_inodes(struct fixture *f, const uint32_t *inodes, uint32_t n,
				 uint64_t budget)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	request.needs = f->needs;
	assert_int_equal(sk_sample_new(&sample), 0);
	sample->needs = f->needs;
	sample->time_ns = f->sample ? f->sample->time_ns + 1000000000U : 1000000000U;
	for (uint32_t i = 0; i < n; i++) {
		struct sk_socket *s;

		assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
		*s = (struct sk_socket){ .cookie = 1000 + inodes[i], .inode = inodes[i],
					 .flags = SK_F_OWNER, .proto = SK_PROTO_TCP,
					 .state = SK_STATE_ESTABLISHED };
	}
	assert_int_equal(sk_diff_compute(f->differ, f->sample, sample), 0);
	assert_int_equal(owners_attribute(f->owners, &request, sample, budget), 0);
	sk_sample_unref(f->sample);
	f->sample = sample;
}

#define SAMPLE(f, ...)                                                                \
	sample_inodes(f, (const uint32_t[]){ __VA_ARGS__ },                           \
		      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), 0)

static inline const struct sk_socket *find(const struct fixture *f, uint32_t inode)
{
	for (uint32_t i = 0; i < f->sample->n_sockets; i++) {
		if (f->sample->sockets[i].cookie == 1000U + inode)
			return &f->sample->sockets[i];
	}
	fail_msg("no socket %u", inode);
	return NULL;
}

/* "name/pid:fd name/pid:fd" of a socket. */
static inline const char *owners_of(const struct fixture *f, uint32_t inode)
{
	static char text[512];
	const struct sk_socket *s = find(f, inode);
	const struct sk_owners *owners = f->sample->owners;
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < sk_owners_count(owners, s->owner); i++) {
		const struct sk_process *p = sk_owners_process(owners, s->owner, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s/%u:%d",
					i ? " " : "", p->name, p->pid,
					s->fd + sk_owners_holder(owners, s->owner, i)->fd);
	}
	return text;
}

#endif
