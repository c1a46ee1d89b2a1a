/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include "series.h"

void machine_add(struct machine_series *series, double value)
{
	if (series->n < MACHINE_ROUNDS_MAX)
		series->value[series->n++] = value;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

double machine_quantile(const struct machine_series *series, double part)
{
	struct machine_series sorted = *series;

	if (!sorted.n)
		return 0;
	qsort(sorted.value, (size_t)sorted.n, sizeof(sorted.value[0]), by_value);
	return sorted.value[(int)(part * (sorted.n - 1) + 0.5)];
}

void machine_ratio(const struct machine_series *series, const struct machine_series *unit,
		   struct machine_series *ratio)
{
	ratio->n = series->n < unit->n ? series->n : unit->n;
	for (int i = 0; i < ratio->n; i++)
		ratio->value[i] = series->value[i] / unit->value[i];
}

void machine_print(const char *what, const struct machine_series *series,
		   const struct machine_series *unit)
{
	struct machine_series ratio;

	machine_ratio(series, unit, &ratio);
	printf("%-26s %9.2f ms (%.2f to %.2f)  x %.3f (%.3f to %.3f)\n", what,
	       machine_quantile(series, 0.5), machine_quantile(series, 0),
	       machine_quantile(series, 1), machine_quantile(&ratio, 0.5),
	       machine_quantile(&ratio, 0), machine_quantile(&ratio, 1));
}
