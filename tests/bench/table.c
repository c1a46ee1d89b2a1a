/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "machine.h"
#include "table.h"

#define FLAT_FROM 10000

static const struct {
	const char *name;
	const char *measure; /* "ms", or of what the numbers are */
	enum row unit;	     /* ratios are to this row; its own = none */
	const char *heading; /* printed before it */
} info[N_ROWS] = {
	[BARE_FAMILIES] = { "bare netlink dump, a walk a family", "ms", BARE,
			    "The limit and the cycle; ratios to the bare dump with one walk" },
	[BARE] = { "bare netlink dump, one walk", "ms", BARE, NULL },
	[NOTHING] = { "the same, before there are sockets", "ms", BARE, NULL },
	[CYCLE] = { "sktop, full cycle", "ms", BARE, NULL },
	[SAMPLE] = { "  dump and decode", "ms", BARE, NULL },
	[DIFF] = { "  diff", "ms", BARE, NULL },
	[GROUP] = { "  group by address", "ms", BARE, NULL },
	[SORT] = { "  sort by rate", "ms", BARE, NULL },
	[SORT_RTT] = { "sort by RTT", "ms", BARE, NULL },
	[CHOOSE] = { "filter", "ms", BARE, NULL },
	[JSON] = { "JSON, every column", "ms", BARE, NULL },
	[BY_SOCK_DIAG] = { "dump and decode, --no-bpf", "ms", BARE, NULL },
	[SS] = { "ss -tanOHi", "ms", BARE, NULL },
	[SS_PROCESSES] = { "ss -tanp", "ms", SS_PROCESSES,
			   "Whose they are; ratios to ss -tanp" },
	[NETSTAT] = { "netstat -tanp", "ms", SS_PROCESSES, NULL },
	[OWNERS_COLD] = { "sktop, the very first sight", "ms", SS_PROCESSES, NULL },
	[OWNERS_FIRST] = { "sktop, first attribution", "ms", SS_PROCESSES, NULL },
	[OWNERS_STILL] = { "sktop, tick, nothing happens", "ms", SS_PROCESSES, NULL },
	[OWNERS_CHURN] = { "sktop, tick, 1 % is new", "ms", SS_PROCESSES, NULL },
	[FIRST_FRAME] = { "first frame with rows", "ms", FIRST_FRAME,
			  "The program on a terminal of 200x60" },
	[FRAME] = { "a whole frame, CPU", "ms", FRAME, NULL },
	[TICK] = { "a tick, CPU of all threads", "ms", TICK, NULL },
	[TICK_SCREEN] = { "a tick, CPU of the screen's", "ms", TICK_SCREEN, NULL },
	[GIVEN] = { "a tick, waits (= wakeups)", "switches", GIVEN, NULL },
	[FORCED] = { "a tick, forced switches", "switches", FORCED, NULL },
	[STRETCHED] = { "ticks too short for a sample", "%", STRETCHED, NULL },
	[RSS] = { "resident", "KiB", RSS, NULL },
	[PEAK] = { "resident, at most", "KiB", PEAK, NULL },
	[BYTES_WHOLE] = { "the whole program", "bytes a socket", BYTES_WHOLE, NULL },
	[BYTES_ENGINE] = { "sampling, diff, sort, group", "bytes a socket", BYTES_ENGINE,
			   NULL },
};

/** A promise that a row has to keep. */
struct promise {
	const char *text;
	enum row row;
	bool ratio;   /* of the ratio, else of the value */
	double most;
	int from, to; /* so many sockets */
};

static const struct promise promises[] = {
	{ "a cycle costs at most 1.15 bare dumps", CYCLE, true, 1.15, 100000, INT_MAX },
	{ "at most 320 bytes a socket, sampling, diff, sort, group", BYTES_ENGINE, false, 320,
	  100000, INT_MAX },
	{ "at most 320 bytes a socket, the whole program", BYTES_WHOLE, false, 320, 100000,
	  INT_MAX },
	{ "first attribution at most 1/20 of ss -tanp", OWNERS_FIRST, true, 1.0 / 20, 100000,
	  100000 },
	{ "a tick with 1 % churn at most 1/200 of it", OWNERS_CHURN, true, 1.0 / 200, 100000,
	  100000 },
	{ "a tick's CPU at most 2 s, one core's", TICK, false, 2000, 1000000, INT_MAX },
	{ "every 2 s a whole sample: % without", STRETCHED, false, 0, 1000000, INT_MAX },
};

void table_add(struct table *table, enum row row, double value)
{
	machine_add(&table->series[row], value);
}

void table_leave_out(struct table *table, enum row row, const char *why)
{
	snprintf(table->why[row], WHY_LEN, "%s", why);
}

void table_add_run(struct table *table, enum row row, double ms)
{
	if (ms == 0)
		table_leave_out(table, row, "not installed");
	else
		table_add(table, row, ms < 0 ? -ms : ms);
	table->stopped[row] |= ms < 0;
}

void table_sum_up(const struct table *table, struct result *result)
{
	for (int row = 0; row < N_ROWS; row++) {
		const struct machine_series *series = &table->series[row];
		struct figure *figure = &result->rows[row];
		struct machine_series ratio;

		machine_ratio(series, &table->series[info[row].unit], &ratio);
		*figure = (struct figure){
			.n = series->n,
			.median = machine_quantile(series, 0.5),
			.least = machine_quantile(series, 0),
			.greatest = machine_quantile(series, 1),
			.ratio = machine_quantile(&ratio, 0.5),
			.ratio_least = machine_quantile(&ratio, 0),
			.ratio_greatest = machine_quantile(&ratio, 1),
			.stopped = table->stopped[row],
		};
		memcpy(figure->why, table->why[row], WHY_LEN);
	}
}

/* What a socket's cycle costs. */
enum price {
	AS_IT_IS,  /* by the source that sktop takes for so many */
	SOCK_DIAG, /* by the one that there is for any number: only that shows how it grows */
	NO_WALK,   /* that one without what the walk costs where there is nothing */
};

static double us_per_socket(const struct result *r, enum price price)
{
	double ms = r->rows[CYCLE].median;

	if (price != AS_IT_IS)
		ms += r->rows[BY_SOCK_DIAG].median - r->rows[SAMPLE].median;
	if (price == NO_WALK)
		ms -= r->rows[NOTHING].median;
	return r->sockets ? ms * 1e3 / r->sockets : 0;
}

/* Three digits and more: what is behind them is noise. */
static int decimals(double value)
{
	return value < 10 ? 2 : value < 100 ? 1 : 0;
}

static void print_row(const struct result *result, enum row row)
{
	const struct figure *figure = &result->rows[row];

	printf("%-36s ", info[row].name);
	if (!figure->n) {
		printf("       left out: %s\n", figure->why[0] ? figure->why : "not measured");
		return;
	}
	printf("%s%10.*f %s", figure->stopped ? ">" : " ", decimals(figure->median),
	       figure->median, info[row].measure);
	if (figure->n > 1)
		printf(" (%.*f to %.*f)", decimals(figure->least), figure->least,
		       decimals(figure->greatest), figure->greatest);
	if (figure->stopped)
		printf(", stopped");
	else if (info[row].unit != row && figure->ratio > 0)
		printf("  x %.3g (%.3g to %.3g)%s", figure->ratio, figure->ratio_least,
		       figure->ratio_greatest,
		       result->rows[info[row].unit].stopped ? " or less" : "");
	putchar('\n');
}

void result_print(const struct result *r)
{
	printf("\n== %u sockets of %d processes, listed by %s; built in %.1f s\n", r->sockets,
	       r->processes, r->by_bpf ? "BPF" : "sock_diag", r->build_ms / 1e3);
	printf("%ld TCP sockets of others on this machine are walked past each time\n",
	       r->others);
	printf("%d rounds: median (least to greatest). TIME_WAIT: %d at first, %d at the end, "
	       "%d made again\n", r->rounds, r->time_wait[0], r->time_wait[1], r->made_again);
	for (enum row row = 0; row < N_ROWS; row++) {
		if (info[row].heading)
			printf("-- %s\n", info[row].heading);
		print_row(r, row);
	}
	printf("%.3f us a socket in the cycle; every %g s on the terminal; without an owner: "
	       "%u at first, %u in the ticks with churn\n", us_per_socket(r, AS_IT_IS),
	       r->interval, r->no_owner, r->later);
	fflush(stdout);
}

static void print_cell(const struct result *result, enum row row)
{
	const struct figure *figure = &result->rows[row];
	char text[48];

	if (!figure->n)
		strcpy(text, "-");
	else if (info[row].unit == row || figure->stopped)
		snprintf(text, sizeof(text), "%s%.*f", figure->stopped ? "> " : "",
			 decimals(figure->median), figure->median);
	else
		snprintf(text, sizeof(text), "%.*f (%s%.2g)", decimals(figure->median),
			 figure->median, result->rows[info[row].unit].stopped ? "<" : "",
			 figure->ratio);
	printf(" %15s |", text);
}

void results_print_markdown(const struct result *results, int n)
{
	printf("\n| median (ratio to its limit), sockets        |");
	for (int i = 0; i < n; i++)
		printf(" %15u |", results[i].sockets);
	printf("\n|---------------------------------------------|");
	for (int i = 0; i < n; i++)
		printf("----------------:|");
	putchar('\n');
	for (enum row row = 0; row < N_ROWS; row++) {
		char name[64];

		snprintf(name, sizeof(name), "%s, %s", info[row].name + strspn(info[row].name, " "),
			 info[row].measure);
		printf("| %-43s |", name);
		for (int i = 0; i < n; i++)
			print_cell(&results[i], row);
		putchar('\n');
	}
	printf("| %-43s |", "the cycle, us a socket");
	for (int i = 0; i < n; i++)
		printf(" %15.3f |", us_per_socket(&results[i], AS_IT_IS));
	putchar('\n');
}

static double flatness(const struct result *results, int n, enum price price)
{
	double least = 0, greatest = 0;
	int counted = 0;

	for (int i = 0; i < n; i++) {
		double us = us_per_socket(&results[i], price);

		if (results[i].asked < FLAT_FROM || us <= 0)
			continue;
		least = counted && least < us ? least : us;
		greatest = greatest > us ? greatest : us;
		counted++;
	}
	return counted > 1 ? greatest / least : 0;
}

static void print_flatness(const char *what, const struct result *results, int n,
			   enum price price)
{
	double ratio = flatness(results, n, price);

	printf("%s:", what);
	for (int i = 0; i < n; i++)
		printf(" %.3f at %u%s", us_per_socket(&results[i], price),
		       results[i].sockets, i + 1 < n ? "," : "");
	if (ratio > 0)
		printf("; from %d on the greatest is %.2f times the least", FLAT_FROM, ratio);
	putchar('\n');
}

void results_print_flatness(const struct result *results, int n)
{
	putchar('\n');
	print_flatness("us a socket and cycle", results, n, AS_IT_IS);
	print_flatness("by sock_diag alone", results, n, SOCK_DIAG);
	print_flatness("that less the walk of nothing", results, n, NO_WALK);
}

static bool print_promise(const char *text, const char *where, double value, double most,
			  bool known)
{
	bool held = known && value <= most;

	printf("%-48s %-10s %10.4f of %.4f  %s\n", text, where, value, most,
	       held ? "held" : known ? "BROKEN" : "NOT MEASURED");
	return held;
}

int results_check(const struct result *results, int n)
{
	double ratio = flatness(results, n, AS_IT_IS);
	int broken = 0;

	printf("\npromise, at, measured, held or broken\n");
	for (size_t p = 0; p < sizeof(promises) / sizeof(promises[0]); p++) {
		for (int i = 0; i < n; i++) {
			const struct promise *promise = &promises[p];
			const struct figure *figure = &results[i].rows[promise->row];
			double value = promise->ratio ? figure->ratio : figure->median;
			char where[16];

			if (results[i].asked < promise->from || results[i].asked > promise->to)
				continue;
			snprintf(where, sizeof(where), "%d", results[i].asked);
			broken += !print_promise(promise->text, where, value, promise->most,
						 figure->n > 0 &&
							 (!promise->ratio || value > 0));
		}
	}
	if (ratio > 0)
		broken += !print_promise("a socket costs the same, within 20 %", "all", ratio,
					 1.2, true);
	return broken;
}
