/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <sktop/diff.h>
#include <sktop/source.h>
#include "kernel/owners/owners.h"
#include "machine.h"
#include "owner_ticks.h"

#define TICK_NS 20000000U /* a fiftieth of a second, as the screen takes */

static void count(struct owner_ticks *ticks, const struct sk_sample *sample)
{
	ticks->n = ticks->unknown = 0;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		ticks->n += s->inode != 0;
		ticks->unknown += s->inode && !s->owner;
	}
}

static double tick(struct owner_ticks *ticks, uint64_t budget_ns)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;
	double begin, took;

	request.needs |= SK_NEED_OWNERS;
	request.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	if (sk_sample_new(&sample) ||
	    sk_source_collect(ticks->source, &request, sample) ||
	    sk_diff_compute(ticks->differ, ticks->previous, sample))
		errx(1, "owners: no sample");
	begin = machine_clock_ms();
	if (owners_attribute(ticks->owners, &request, sample, budget_ns))
		errx(1, "owners_attribute");
	took = machine_clock_ms() - begin;
	sk_sample_unref(ticks->previous);
	ticks->previous = sample;
	count(ticks, sample);
	return took;
}

void owner_ticks_open(struct owner_ticks *ticks)
{
	char error[SK_ERROR_LEN];

	if (sk_live_source_new(0, &ticks->source, error))
		errx(1, "owners: %s", error);
	if (sk_differ_new(&ticks->differ))
		errx(1, "out of memory");
}

void owner_ticks_close(struct owner_ticks *ticks)
{
	sk_sample_unref(ticks->previous);
	owners_free(ticks->owners);
	sk_differ_free(ticks->differ);
	sk_source_free(ticks->source);
	*ticks = (struct owner_ticks){ 0 };
}

double owner_ticks_first(struct owner_ticks *ticks)
{
	owners_free(ticks->owners);
	if (owners_new("/proc", "/proc/self/mountinfo", ticks->options, &ticks->owners))
		errx(1, "out of memory");
	return tick(ticks, 0);
}

double owner_ticks_next(struct owner_ticks *ticks)
{
	return tick(ticks, TICK_NS);
}
