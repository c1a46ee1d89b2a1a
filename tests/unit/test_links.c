/* SPDX-License-Identifier: MIT */
/*
 * Interfaces: rtnetlink's messages, a dump that was interrupted, /proc/net/dev.
 */
#include "../testing.h"
#include <net/if.h>
#include "fixtures.h"
#include "fake_netlink.h"
#include "kernel/net/links.c"
#include "shown.h"

#define ATTEMPTS 4 /* of a dump that is interrupted again and again */

struct fixture {
	struct links *links;
	struct sk_sample *sample;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || links_open(&f->links) || sk_sample_new(&f->sample))
		return -1;
	fake_reset();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	links_close(f->links);
	sk_sample_unref(f->sample);
	free(f);
	return 0;
}

static void answer_link(uint16_t flags)
{
	fake_message(fake_answer(0), RTM_NEWLINK, (uint16_t)(NLM_F_MULTI | flags),
		     link_loopback + NLMSG_HDRLEN, sizeof(link_loopback) - NLMSG_HDRLEN,
		     0);
}

TEST(captured)
{
	_Alignas(8) uint8_t bytes[sizeof(link_loopback)];
	struct sk_link link = { 0 };

	memcpy(bytes, link_loopback, sizeof(bytes));
	assert_int_equal(links_decode((void *)bytes, sizeof(bytes), &link), 0);
	assert_string_equal(link.name, "lo");
	assert_int_equal(link.ifindex, 1);
	assert_int_equal(link.mtu, 65536);
	assert_int_equal(link.txqlen, 1000);
	assert_int_equal(link.address_len, 6);
	assert_true(link.ifi_flags & IFF_LOOPBACK);
	assert_int_equal(link.n_stats, SK_LINK_STAT_COUNT);
	assert_true(link.stat[SK_LINK_RX_BYTES] > 0);
	assert_true(link.stat[SK_LINK_RX_PACKETS] == link.stat[SK_LINK_TX_PACKETS]);
}

TEST(every_prefix)
{
	for (size_t len = 0; len < sizeof(link_loopback); len++) {
		uint8_t *bytes = malloc(len + !len);
		struct sk_link link = { 0 };

		assert_non_null(bytes);
		memcpy(bytes, link_loopback, len);
		assert_int_equal(links_decode((void *)bytes, len, &link), -EBADMSG);
		if (len >= sizeof(struct nlmsghdr)) {
			memcpy(bytes, &(uint32_t){ (uint32_t)len }, 4);
			memset(&link, 0, sizeof(link));
			links_decode((void *)bytes, len, &link);
			assert_true(strlen(link.name) < sizeof(link.name));
		}
		free(bytes);
	}
}

/* An older kernel tells fewer statistics, and a name may hold anything. */
TEST(short_stats)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
		struct nlattr name_head;
		char name[8];
		struct nlattr stats_head;
		uint64_t stats[3];
	} __attribute__((packed, aligned(4))) m = {
		.head.nlmsg_len = sizeof(m) - 4, /* half of the last number */
		.name_head = { sizeof(struct nlattr) + 8, IFLA_IFNAME },
		.name = "a\033[1mb",
		.stats_head = { sizeof(struct nlattr) + 20, IFLA_STATS64 },
		.stats = { 1, 2, 3 },
	};
	struct sk_link link = { 0 };

	assert_int_equal(links_decode(&m.head, sizeof(m), &link), 0);
	assert_string_equal(shown(link.name), "a?[1mb");
	assert_int_equal(link.n_stats, 2);
	assert_int_equal(link.stat[0], 1);
	assert_int_equal(link.stat[2], 0);
}

FRESH(dump)
{
	struct fixture *f = *state;

	answer_link(0);
	fake_done(0);
	assert_int_equal(links_dump(f->links, f->sample), 0);
	assert_int_equal(f->sample->n_links, 1);
	assert_int_equal(fake.sent_type[0], RTM_GETLINK);
}

/* The kernel takes any bytes for an alternative name: those that are no text grow. */
FRESH(alternative_names)
{
	struct fixture *f = *state;
	struct {
		struct ifinfomsg info;
		struct nlattr name_head;
		char name[4];
		struct nlattr list_head;
		struct {
			struct nlattr head;
			char text[128]; /* ALTIFNAMSIZ */
		} name_of[3];
	} m = {
		.name_head = { sizeof(struct nlattr) + sizeof(m.name), IFLA_IFNAME },
		.name = "v0",
		.list_head = { sizeof(struct nlattr) + sizeof(m.name_of),
			       IFLA_PROP_LIST | NLA_F_NESTED },
	};
	char wanted[3 * SK_TEXT_ROOM(128)];
	size_t n = 0;

	for (int i = 0; i < 3; i++) {
		char *text = m.name_of[i].text;

		m.name_of[i].head = (struct nlattr){ sizeof(m.name_of[i]), IFLA_ALT_IFNAME };
		memset(text, 0xff, 127);
		if (n)
			wanted[n++] = '\n';
		n += sk_text_clean(wanted + n, sizeof(wanted) - n, text, 127);
	}
	fake_message(fake_answer(0), RTM_NEWLINK, NLM_F_MULTI, &m, sizeof(m), 0);
	fake_done(0);
	assert_int_equal(links_dump(f->links, f->sample), 0);
	assert_int_equal(f->sample->n_links, 1);
	assert_string_equal(sk_sample_text(f->sample, f->sample->links[0].altnames), wanted);
}

FRESH(interrupted_once)
{
	struct fixture *f = *state;

	answer_link(NLM_F_DUMP_INTR);
	fake_done(0);
	answer_link(0);
	fake_done(0);
	assert_int_equal(links_dump(f->links, f->sample), 0);
	assert_int_equal(f->sample->n_links, 1);
	assert_int_equal(f->sample->losses.interrupted, 1);
}

FRESH(interrupted_for_ever)
{
	struct fixture *f = *state;

	for (int i = 0; i < 8; i++) {
		answer_link(NLM_F_DUMP_INTR);
		fake_done(0);
	}
	assert_int_equal(links_dump(f->links, f->sample), 0);
	assert_int_equal(f->sample->n_links, 1);
	assert_int_equal(f->sample->losses.interrupted, ATTEMPTS);
}

FRESH(refused)
{
	struct fixture *f = *state;

	fake_error(-EPERM);
	assert_int_equal(links_dump(f->links, f->sample), -EPERM);
	assert_int_equal(f->sample->n_links, 0);
}

FRESH(proc)
{
	static const char text[] = "Inter-|   Receive                                  "
				   "              |  Transmit\n"
				   " face |bytes    packets errs drop fifo frame "
				   "compressed multicast|bytes    "
				   "packets errs drop fifo colls carrier compressed\n"
				   "    lo:    1500      10    0    0    0     0       "
				   "   0         0     1500"
				   "      10    0    0    0     0       0          0\n"
				   "eth0:123 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n"
				   "broken 1 2\n"
				   "few: 1 2 3\n";
	struct fixture *f = *state;
	const struct sk_link *link;

	assert_int_equal(links_parse_proc(text, f->sample), 0);
	assert_int_equal(f->sample->n_links, 2);
	assert_int_equal(f->sample->losses.malformed, 2);
	link = &f->sample->links[1];
	assert_string_equal(link->name, "eth0");
	assert_int_equal(link->stat[SK_LINK_RX_BYTES], 123);
	assert_int_equal(link->stat[SK_LINK_RX_FRAME_ERRORS], 8);
	assert_int_equal(link->stat[SK_LINK_MULTICAST], 10);
	assert_int_equal(link->stat[SK_LINK_TX_BYTES], 11);
	assert_int_equal(link->stat[SK_LINK_COLLISIONS], 16);
	assert_int_equal(link->stat[SK_LINK_TX_COMPRESSED], 18);
	assert_true(link->flags & SK_LINK_FROM_PROC);
	assert_int_equal(link->n_stats, SK_LINK_COLLISIONS + 1);
}
