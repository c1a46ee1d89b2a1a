/* SPDX-License-Identifier: MIT */
/*
 * What a sample could not read: the worse loss stays, one line for what is alike, and each
 * pane hears of what it shows.
 */
#include "samples.h"
#include <errno.h>
#include <string.h>
#include <sktop/rows.h>

SAMPLE(worse_stays)
{
	struct sk_sample *sample = *state;
	const struct sk_loss *loss = &sample->losses.part[SK_PROTO_TCP];

	assert_int_equal(sk_sample_lost(sample), 0);
	sk_sample_lose(sample, SK_PROTO_TCP, SK_LOSS_FALLBACK, -EPERM);
	assert_false(sk_sample_is_cut(sample, ~0U));
	assert_int_equal(sample->losses.dump_errors, 0);
	sk_sample_lose(sample, SK_PROTO_TCP, SK_LOSS_ALL, -EIO);
	sk_sample_lose(sample, SK_PROTO_TCP, SK_LOSS_SOME, -ENOBUFS);
	assert_int_equal(loss->kind, SK_LOSS_ALL);
	assert_int_equal(loss->error, EIO);
	assert_int_equal(sample->losses.dump_errors, 2);
	assert_true(sk_sample_is_cut(sample, SK_PARTS_SOCKETS));
	assert_false(sk_sample_is_cut(sample, SK_PART_BIT(SK_PART_ROUTES)));
	assert_int_equal(sk_sample_lost(sample), SK_PART_BIT(SK_PROTO_TCP));
}

SAMPLE(one_line_for_what_is_alike)
{
	struct sk_sample *sample = *state;
	char words[256];
	uint32_t left;

	sk_sample_lose(sample, SK_PROTO_TCP, SK_LOSS_FALLBACK, -EPERM);
	sk_sample_lose(sample, SK_PROTO_UDP, SK_LOSS_FALLBACK, -EPERM);
	sk_sample_lose(sample, SK_PROTO_UNIX, SK_LOSS_ALL, -EIO);
	sk_sample_lose(sample, SK_PART_ROUTES, SK_LOSS_SOME, -ESTALE);
	left = sk_loss_describe(sample, sk_sample_lost(sample), words, sizeof(words));
	assert_string_equal(words, "tcp, udp: from /proc/net, without rates, RTT and limits of "
				   "queues (sock_diag: Operation not permitted)");
	left = sk_loss_describe(sample, left, words, sizeof(words));
	assert_string_equal(words, "unix: cannot be read: sock_diag: Input/output error");
	left = sk_loss_describe(sample, left, words, sizeof(words));
	assert_string_equal(words, "routes: not all could be read: rtnetlink: it changed while "
				   "it was read");
	assert_int_equal(left, 0);
	assert_int_equal(sk_loss_describe(sample, 0, words, sizeof(words)), 0);
	assert_string_equal(words, "");
}

SAMPLE(says_the_namespace)
{
	struct sk_sample *sample = *state;
	struct sk_netns *netns;
	char words[256];

	assert_int_equal(sk_sample_add_netns(sample, &netns), 0);
	assert_int_equal(sk_sample_add_netns(sample, &netns), 0);
	strcpy(netns->name, "blue");
	sk_sample_lose(sample, SK_PROTO_TCP, SK_LOSS_ALL, -EMFILE);
	sample->losses.part[SK_PROTO_TCP].netns = 1;
	sk_loss_describe(sample, ~0U, words, sizeof(words));
	assert_string_equal(words, "tcp in namespace blue: cannot be read: sock_diag: Too many "
				   "open files");
}

SAMPLE(panes_hear_of_what_they_show)
{
	static const enum sk_pane_id all[] = { SK_PANE_CONNECTIONS, SK_PANE_ROUTES,
					       SK_PANE_RULES, SK_PANE_INTERFACES };
	static const uint32_t hears[] = { 0, SK_PART_BIT(SK_PART_ROUTES),
					  SK_PART_BIT(SK_PART_RULES),
					  SK_PART_BIT(SK_PART_LINKS) };
	struct sk_sample *sample = *state;
	const uint32_t three = SK_PART_BIT(SK_PART_ROUTES) | SK_PART_BIT(SK_PART_RULES) |
			       SK_PART_BIT(SK_PART_LINKS);

	for (unsigned part = SK_PART_LINKS; part < SK_PART_COUNT; part++) {
		if (three & SK_PART_BIT(part))
			sk_sample_lose(sample, part, SK_LOSS_ALL, -EIO);
	}
	for (size_t i = 0; i < 4; i++) {
		uint32_t lost = sk_pane_losses(all[i], sample);

		assert_int_equal(lost & hears[i], hears[i]);
		if (all[i] == SK_PANE_ROUTES || all[i] == SK_PANE_RULES)
			assert_int_equal(lost, hears[i]);
	}
}

SAMPLE(bits_of_missing)
{
	struct sk_sample *sample = *state;

	sk_sample_lose(sample, SK_PART_LINKS, SK_LOSS_FALLBACK, -EPERM);
	/* one process that could not be read is not /proc, nor a cut list no interface */
	sk_sample_lose(sample, SK_PART_LINKS, SK_LOSS_SOME, -ESTALE);
	sk_sample_lose(sample, SK_PART_OWNERS, SK_LOSS_SOME, -EMFILE);
	assert_int_equal(sample->losses.missing, SK_MISSING_RTNETLINK);
	sk_sample_lose(sample, SK_PART_LINKS, SK_LOSS_ALL, -EPERM);
	sk_sample_lose(sample, SK_PART_COUNTERS, SK_LOSS_SOME, -EMFILE);
	sk_sample_lose(sample, SK_PART_OWNERS, SK_LOSS_ALL, -ENOENT);
	assert_int_equal(sample->losses.missing,
			 SK_MISSING_RTNETLINK | SK_MISSING_LINKS | SK_MISSING_COUNTERS |
				 SK_MISSING_PROC);
	assert_int_equal(sample->losses.dump_errors, 0);
}

/* Each has its words: nobody prints (null). */
SAMPLE(all_have_words)
{
	struct sk_sample *sample = *state;
	char words[256];

	for (unsigned part = 0; part < SK_PART_COUNT; part++) {
		assert_non_null(sk_part_name(part));
		memset(&sample->losses, 0, sizeof(sample->losses));
		sk_sample_lose(sample, part, SK_LOSS_ALL, -EIO);
		assert_int_equal(sk_loss_describe(sample, ~0U, words, sizeof(words)), 0);
		assert_non_null(strstr(words, "cannot be read: "));
		assert_null(strstr(words, "null"));
	}
}
