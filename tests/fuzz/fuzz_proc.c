/* SPDX-License-Identifier: MIT */
/*
 * Any text as one of the files of /proc/net; the first byte chooses which.
 */
#include <math.h>
#include "fuzz.h"
#include "kernel/net/counters.h"
#include "kernel/netns/load.h"
#include "kernel/sockets/proc_net.h"

static void check(const struct sk_sample *sample)
{
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		require(s->cookie != 0 && (s->flags & SK_F_NO_COOKIE));
		require(s->state > 0 && s->state < SK_STATE_COUNT);
		require(s->timer < SK_TIMER_COUNT);
		require(!(s->flags & SK_F_OWNER) == (s->inode == 0));
	}
	for (uint32_t i = 0; i < sample->n_counters; i++) {
		const struct sk_counter *counter = &sample->counters[i];

		require(counter->section[0] && counter->name[0]);
		require(memchr(counter->name, '\0', sizeof(counter->name)) != NULL);
		require(isnan(counter->rate));
		require(sk_text_is_clean(counter->name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct netns_load load;
	struct sk_sample *sample;
	char *text;

	if (size < 1 || sk_sample_new(&sample))
		return 0;
	text = copy_text(data + 1, size - 1);
	switch (data[0] % 6) {
	case 0:
		counters_parse_pairs(text, sample);
		break;
	case 1:
		counters_parse_list(text, sample);
		break;
	case 2:
		counters_parse_sockstat(text, sample);
		break;
	case 5:
		netns_load_parse(text, text, text, &load);
		break;
	default:
		proc_net_parse(text, data[0] & 8 ? SK_PROTO_UDP : SK_PROTO_TCP,
			       data[0] % 6 == 4, &request, sample);
		break;
	}
	check(sample);
	free(text);
	sk_sample_unref(sample);
	return 0;
}
