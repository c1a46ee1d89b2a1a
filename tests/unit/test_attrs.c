/* SPDX-License-Identifier: MIT */
/*
 * Users, cgroups and devices of sockets: whatever is put in comes out again, in the
 * sample where it was put and in those that remember it.
 */
#include "samples.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/event.h>
#include "attrs.h"

static bool same(const struct sk_attrs *a, const struct sk_attrs *b)
{
	return memcmp(&a->local, &b->local, sizeof(a->local)) == 0 &&
	       a->cgroup == b->cgroup && a->uid == b->uid && a->ifindex == b->ifindex;
}

/* One of `kinds` endpoint attributes, of which the first is all zero. */
static struct sk_attrs numbered(uint64_t i, uint64_t kinds)
{
	uint64_t k = i * 0x9e3779b97f4a7c15ULL >> 20;

	k %= kinds;
	return (struct sk_attrs){ .local = { { (uint8_t)(k / 7), [15] = (uint8_t)(k % 5) } },
				 .cgroup = k / 3 << (k & 32),
				 .uid = (uint32_t)(k % 1000) * 4099,
				 .ifindex = (uint32_t)(k / 1000) };
}

static struct sk_socket *add(struct sk_sample *sample, uint64_t cookie, struct sk_attrs attrs)
{
	struct sk_socket *s = add_socket(sample, (struct sk_socket){
		.cookie = cookie, .state = SK_STATE_ESTABLISHED,
		.flags = SK_F_OWNER | SK_F_CGROUP });

	set_attrs(sample, s, attrs);
	return s;
}

/* Few or many kinds, in any order, and again in memory that was used before. */
TEST(test_round_trip)
{
	static const uint64_t kinds[] = { 1, 2, 7, 3000, 200000, 5 };
	const uint64_t n = 30000;
	struct sk_sample *sample = new_sample(0, SK_NEED_EVENTS);

	for (size_t round = 0; round < sizeof(kinds) / sizeof(kinds[0]); round++) {
		sk_sample_reset(sample);
		assert_int_equal(sample->attrs_table.n, 0);
		for (uint64_t i = 0; i < n; i++)
			add(sample, i, numbered(i, kinds[round]));
		for (uint64_t i = 0; i < n; i++) {
			struct sk_attrs wanted = numbered(i, kinds[round]);

			assert_true(same(sk_attrs(sample, &sample->sockets[i]), &wanted));
		}
		assert_true(sample->attrs_table.n <= kinds[round] + 2);
	}
	sk_sample_unref(sample);
}

/* What is all zero takes no place; an index from elsewhere reads nothing it should not. */
TEST(test_none)
{
	struct sk_sample *sample = new_sample(0, SK_NEED_EVENTS);
	struct sk_socket stranger = { .attrs = SK_ATTRS_MAX - 1 };
	struct sk_attrs none = { 0 };
	struct sk_detached detached;

	assert_int_equal(add(sample, 1, none)->attrs, 0);
	assert_null(sample->attrs_table.at);
	assert_true(same(sk_attrs(sample, &stranger), &none));
	add(sample, 2, (struct sk_attrs){ .uid = 7 });
	assert_int_equal(add(sample, 3, none)->attrs, 0);
	assert_int_equal(sample->attrs_table.n, 3);
	assert_true(same(sk_attrs(sample, &stranger), &none));
	detached = sk_detached_of(sample, &sample->sockets[1]);
	sk_sample_unref(sample);
	assert_int_equal(detached.socket.cookie, 2);
	assert_int_equal(detached.attrs.uid, 7);
}

#define FEW 1000

/* More than an index can tell: the rest is unknown, and that is said. */
TEST(test_overflow)
{
	struct sk_sample *sample = new_sample(0, SK_NEED_EVENTS);
	struct sk_attrs attrs = { .ifindex = 1 };
	struct sk_socket *s = add(sample, 1, attrs);
	uint32_t n;

	for (uint32_t i = 0; i < FEW; i++) {
		attrs.cgroup = i + 1ULL;
		set_attrs(sample, s, attrs);
		assert_true(same(sk_attrs(sample, s), &attrs));
	}
	assert_true(s->flags & SK_F_CGROUP);
	assert_string_equal(sample->losses.note, "");
	/* as if all others were there, too: that would take 700 MB */
	n = sample->attrs_table.n;
	sample->attrs_table.n = SK_ATTRS_MAX;
	for (uint32_t i = 0; i < 3; i++) {
		s = add(sample, 2 + i, (struct sk_attrs){ .cgroup = ~0ULL - i, .uid = i });
		assert_int_equal(sk_attrs(sample, s)->uid, SK_UID_UNKNOWN);
		assert_int_equal(sk_attrs(sample, s)->cgroup, 0);
		assert_true(sk_addr_is_any(sk_local(sample, s)));
		assert_false(s->flags & SK_F_CGROUP);
	}
	assert_string_not_equal(sample->losses.note, "");
	/* those that are there are still found */
	attrs.cgroup = 5;
	set_attrs(sample, s, attrs);
	assert_true(same(sk_attrs(sample, s), &attrs));
	sample->attrs_table.n = n;
	sk_sample_unref(sample);
}

enum fate { STAYS, CLOSES, DIES, IS_TOLD, FATES };

/* Died, remembered and told of: all of them keep what they had, as indexes change. */
TEST(test_diff)
{
	const uint64_t n = 5000, kinds = 900;
	struct sk_sample *a = new_sample(0, SK_NEED_EVENTS),
			 *b = new_sample(1, SK_NEED_EVENTS),
			 *c = new_sample(2, SK_NEED_EVENTS);
	struct sk_differ *differ;
	struct sk_event *event;
	struct sk_socket *s;

	for (uint64_t i = 0; i < n; i++)
		add(a, i + 1, numbered(i, kinds));
	/* from behind, so that attributes are numbered otherwise */
	for (uint64_t i = n; i-- > 0;) {
		struct sk_attrs attrs = numbered(i, kinds);

		if (i % FATES == STAYS) {
			add(b, i + 1, attrs);
		} else if (i % FATES == CLOSES) {
			s = add(b, i + 1,
				(struct sk_attrs){ .local = attrs.local,
						   .ifindex = attrs.ifindex });
			s->flags = 0;
			s->state = SK_STATE_TIME_WAIT;
		} else if (i % FATES == IS_TOLD) {
			assert_int_equal(sk_sample_add_event(b, &event), 0);
			event->socket.cookie = i + 1;
			set_attrs(b, &event->socket,
				  (struct sk_attrs){ .local = attrs.local,
						     .ifindex = attrs.ifindex });
		}
	}
	assert_int_equal(sk_differ_new(&differ), 0);
	assert_int_equal(sk_diff_compute(differ, NULL, a), 0);
	assert_int_equal(sk_diff_compute(differ, a, b), 0);
	assert_int_equal(b->n_sockets, n / 2);
	assert_int_equal(b->n_gone, n / 2);
	assert_int_equal(b->n_events, n / 4);
	add(c, n + 1, (struct sk_attrs){ .cgroup = 1 });
	assert_int_equal(sk_diff_compute(differ, b, c), 0);
	assert_int_equal(c->n_gone, n / 2);
	assert_int_equal(c->n_events, n / 4);
	for (uint32_t i = 0; i < b->n_sockets + b->n_gone; i++) {
		struct sk_attrs attrs = numbered(b->sockets[i].cookie - 1, kinds);

		assert_true(same(sk_attrs(b, &b->sockets[i]), &attrs));
		assert_true(b->sockets[i].flags & SK_F_CGROUP);
	}
	for (uint32_t i = c->n_sockets; i < c->n_sockets + c->n_gone; i++) {
		struct sk_attrs attrs = numbered(c->sockets[i].cookie - 1, kinds);

		assert_true(same(sk_attrs(c, &c->sockets[i]), &attrs));
	}
	for (uint32_t i = 0; i < c->n_events; i++) {
		struct sk_attrs attrs = numbered(c->events[i].socket.cookie - 1, kinds);

		assert_true(same(sk_attrs(b, &b->events[i].socket), &attrs));
		assert_true(same(sk_attrs(c, &c->events[i].socket), &attrs));
	}
	sk_differ_free(differ);
	sk_sample_unref(a);
	sk_sample_unref(b);
	sk_sample_unref(c);
}

/* Milliseconds are cut at what the record holds, which is all that the kernel can tell. */
TEST(test_bounds)
{
	assert_int_equal(sk_timer_ms(2592000000), 2592000000); /* thirty days */
	assert_int_equal(sk_timer_ms(UINT32_MAX), UINT32_MAX);
	assert_int_equal(sk_timer_ms(1ULL << 60), UINT32_MAX);
}

/* A sample keeps the memory that it needs from tick to tick, not that of a burst. */
TEST(test_burst)
{
	struct sk_sample *sample = new_sample(0, SK_NEED_EVENTS);
	const struct sk_socket *kept;
	struct sk_event *event;

	for (uint64_t i = 0; i < 10000; i++) {
		add(sample, i, numbered(i, 3));
		assert_int_equal(sk_sample_add_event(sample, &event), 0);
	}
	kept = sample->sockets;
	sk_sample_reset(sample);
	assert_ptr_equal(sample->sockets, kept);
	assert_non_null(sample->events);
	for (uint64_t i = 0; i < 5000; i++)
		add(sample, i, numbered(i, 3));
	sk_sample_reset(sample);
	assert_ptr_equal(sample->sockets, kept);
	assert_null(sample->events);
	for (uint64_t i = 0; i < 100; i++)
		add(sample, i, numbered(i, 3));
	sk_sample_reset(sample);
	assert_null(sample->sockets);
	add(sample, 1, numbered(1, 3));
	assert_int_equal(sample->sockets[0].cookie, 1);
	sk_sample_unref(sample);
}
