/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sktop/filter.h>
#include <sktop/source.h>
#include "bare.h"
#include "machine.h"
#include "mix.h"

/** The same request answered in three ways. */
struct ways {
	struct sk_source *netlink, *bpf; /* bpf NULL: not built in */
	struct sk_sample *sample;
};

static const struct {
	const char *name;
	uint32_t protos;
	unsigned bare;
	/* parts of a hundred */
	int pairs, time_wait, listening, udp;
} kinds[MIX_KINDS] = {
	{ "nothing", SK_PROTOS_DEFAULT, BARE_TCP_ONE_WALK | BARE_UDP, 0, 0, 0, 0 },
	{ "ESTABLISHED", SK_PROTO_BIT(SK_PROTO_TCP), BARE_TCP_ONE_WALK, 50, 0, 0, 0 },
	{ "TIME_WAIT", SK_PROTO_BIT(SK_PROTO_TCP), BARE_TCP_ONE_WALK, 0, 100, 0, 0 },
	{ "LISTEN", SK_PROTO_BIT(SK_PROTO_TCP), BARE_TCP_ONE_WALK, 0, 0, 100, 0 },
	{ "UDP", SK_PROTO_BIT(SK_PROTO_UDP), BARE_UDP, 0, 0, 0, 100 },
	{ "all", SK_PROTOS_DEFAULT, BARE_TCP_ONE_WALK | BARE_UDP, 42, 10, 3, 3 },
};

/** These filters choose among the clients that machine_build() puts there. */
static const struct {
	const char *share, *text;
} filters[] = {
	{ "1 %", "src 127.1.0.0/24 or dst 127.1.0.0/24" },
	{ "10 %", "src 127.1.0.0/20 or dst 127.1.0.0/20" },
	{ "50 %", "src 127.1.0.0/18 or dst 127.1.0.0/18" },
	{ "100 %", "src 127.1.0.0/16 or dst 127.1.0.0/16" },
};

static void open_ways(struct ways *ways)
{
	char error[SK_ERROR_LEN];

	if (sk_live_source_new(SK_LIVE_NO_BPF, &ways->netlink, error))
		errx(1, "%s", error);
	if (sk_live_has_bpf() && sk_live_source_new(SK_LIVE_BPF, &ways->bpf, error))
		errx(1, "%s", error);
	if (sk_sample_new(&ways->sample))
		errx(1, "out of memory");
}

static void close_ways(struct ways *ways)
{
	sk_sample_unref(ways->sample);
	sk_source_free(ways->netlink);
	sk_source_free(ways->bpf);
}

/* Milliseconds; *by_bpf: the answer came from BPF. */
static double collect(struct ways *ways, struct sk_source *source,
		      const struct sk_request *request, bool *by_bpf)
{
	double begin;

	sk_sample_reset(ways->sample);
	begin = machine_clock_ms();
	if (sk_source_collect(source, request, ways->sample))
		errx(1, "collect: %s", ways->sample->losses.note);
	*by_bpf = strcmp(ways->sample->source, "bpf") == 0;
	return machine_clock_ms() - begin;
}

/* A cell: in all, for each socket when their number is given, and the ratio. */
static void print_cell(const struct machine_series *series, const struct machine_series *unit,
		       double sockets)
{
	double ms = machine_quantile(series, 0.5);
	struct machine_series ratio;
	char text[80];
	int len = snprintf(text, sizeof(text), "%8.2f ms", ms);

	machine_ratio(series, unit, &ratio);
	if (sockets > 0)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " %6.3f us",
				ms * 1e3 / sockets);
	if (series != unit)
		snprintf(text + len, sizeof(text) - (size_t)len, " x %.2f (%.2f to %.2f)",
			 machine_quantile(&ratio, 0.5), machine_quantile(&ratio, 0),
			 machine_quantile(&ratio, 1));
	printf("  %-*s", series == unit ? 21 : 43, text);
}

void mix_print_head(void)
{
	printf("\n== one kind only: dump and decode, in all and for each socket; ratios to the "
	       "bare dump\n");
	printf("%-12s %8s  %-21s  %-43s  %s\n", "kind", "sockets", "bare netlink dump",
	       "sktop by sock_diag", "sktop by BPF");
}

void mix_measure(int kind, int n, int rounds)
{
	struct machine_plan plan = { .processes = machine_processes(n),
				     .pairs = n / 100 * kinds[kind].pairs,
				     .time_wait = n / 100 * kinds[kind].time_wait,
				     .listening = n / 100 * kinds[kind].listening,
				     .udp = n / 100 * kinds[kind].udp };
	struct sk_request request = SK_REQUEST_DEFAULT;
	static struct machine_series bare, netlink, bpf;
	struct ways ways = { 0 };
	bool by_bpf = false;
	double sockets;
	int fd;

	machine_build(&plan);
	fd = bare_open();
	open_ways(&ways);
	request.protos = kinds[kind].protos;
	request.needs = SK_NEED_SOCKETS | SK_NEED_INFO;
	collect(&ways, ways.netlink, &request, &by_bpf);
	for (int i = 0; i < rounds; i++) {
		machine_add(&bare, bare_dump(fd, kinds[kind].bare));
		machine_add(&netlink, collect(&ways, ways.netlink, &request, &by_bpf));
		if (ways.bpf)
			machine_add(&bpf, collect(&ways, ways.bpf, &request, &by_bpf));
	}
	sockets = kind ? ways.sample->n_sockets : 0;
	printf("%-12s %8u", kinds[kind].name, ways.sample->n_sockets);
	print_cell(&bare, &bare, sockets);
	print_cell(&netlink, &bare, sockets);
	if (by_bpf)
		print_cell(&bpf, &bare, sockets);
	else
		printf("  left out: not built in, or refused");
	putchar('\n');
	close_ways(&ways);
}

static void compile(const char *text, struct sk_request *request)
{
	struct sk_filter_error wrong;
	struct sk_filter *filter;

	if (sk_filter_parse(text, sk_table(SK_TABLE_CONNECTIONS), &filter, &wrong) ||
	    sk_filter_compile(filter, 0, &request->filter) || !request->filter.len)
		errx(1, "no bytecode of the filter: %s", text);
	sk_filter_free(filter);
}

static void measure_filter(struct ways *ways, int which, int rounds)
{
	static struct machine_series whole, netlink, bpf_whole, bpf;
	struct sk_request all = SK_REQUEST_DEFAULT, some;
	bool by_bpf = false;
	uint32_t chosen = 0;

	all.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	all.needs = SK_NEED_SOCKETS | SK_NEED_INFO;
	some = all;
	compile(filters[which].text, &some);
	whole.n = netlink.n = bpf_whole.n = bpf.n = 0;
	for (int i = 0; i < rounds; i++) {
		machine_add(&whole, collect(ways, ways->netlink, &all, &by_bpf));
		machine_add(&netlink, collect(ways, ways->netlink, &some, &by_bpf));
		chosen = ways->sample->n_sockets;
		if (!ways->bpf)
			continue;
		machine_add(&bpf_whole, collect(ways, ways->bpf, &all, &by_bpf));
		machine_add(&bpf, collect(ways, ways->bpf, &some, &by_bpf));
	}
	printf("%-12s %8u", filters[which].share, chosen);
	print_cell(&whole, &whole, 0);
	print_cell(&netlink, &whole, 0);
	if (ways->bpf) {
		print_cell(&bpf_whole, &bpf_whole, 0);
		print_cell(&bpf, &bpf_whole, 0);
		printf("%s", by_bpf ? "" : " (sock_diag)");
	}
	putchar('\n');
}

void mix_measure_filters(int n, int rounds)
{
	struct machine_plan plan = { .processes = machine_processes(n), .pairs = n / 2 };
	struct ways ways = { 0 };

	machine_build(&plan);
	open_ways(&ways);
	printf("\n== filters in the kernel, over %d ends of connections: all of them, and those "
	       "that match; ratios to all\n", n / 2 * 2);
	printf("%-12s %8s  %-21s  %-43s  %-21s  %s\n", "share", "come", "sock_diag, all",
	       "filtered", "BPF, all", "filtered");
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		measure_filter(&ways, (int)i, rounds);
	close_ways(&ways);
}
