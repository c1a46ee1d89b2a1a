/* SPDX-License-Identifier: MIT */
/*
 * The values of a measurement, one for each round.
 */
#ifndef SKTOP_TESTS_SERIES_H
#define SKTOP_TESTS_SERIES_H

#define MACHINE_ROUNDS_MAX 1024

struct machine_series {
	double value[MACHINE_ROUNDS_MAX];
	int n;
};

void machine_add(struct machine_series *series, double value);

/** The value that a part of all, 0 to 1, does not exceed; 0.5 = the median. */
double machine_quantile(const struct machine_series *series, double part);

/** The ratios to another series, round by round. */
void machine_ratio(const struct machine_series *series, const struct machine_series *unit,
		   struct machine_series *ratio);

/** One line: median, least, greatest, and as a ratio to another series, in pairs. */
void machine_print(const char *what, const struct machine_series *series,
		   const struct machine_series *unit);

#endif
