/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/counter_help.h>
#include "kernel/net/counters.h"
#include "kernel/field.h"
#include "kernel/file.h"
#include "kernel/text.h"

/*
 * Limits and missing files are read again only once in so many samples, because a limit changes
 * when an administrator types, and a missing file comes with a module.
 */
#define LIMITS_EVERY 10

#define SOCKSTAT "/proc/thread-self/net/sockstat"
enum { AT_SOCKSTAT = 6 }; /* its index in files */

static const struct {
	const char *path;
	int (*parse)(const char *text, struct sk_sample *sample);
	bool optional; /* some machines lack it: IPv6, SCTP, TLS, IPsec */
} files[] = {
	{ "/proc/thread-self/net/snmp", counters_parse_pairs, false },
	{ "/proc/thread-self/net/netstat", counters_parse_pairs, false },
	{ "/proc/thread-self/net/snmp6", counters_parse_list, true },
	{ "/proc/thread-self/net/sctp/snmp", counters_parse_list, true },
	{ "/proc/thread-self/net/tls_stat", counters_parse_list, true },
	{ "/proc/thread-self/net/xfrm_stat", counters_parse_list, true },
	[AT_SOCKSTAT] = { SOCKSTAT, counters_parse_sockstat, false },
	{ "/proc/thread-self/net/sockstat6", counters_parse_sockstat, true },
};
#define N_FILES (ARRAY_SIZE(files))

/**
 * These are the names of a counter, and whether it is a gauge. They stay the same from sample to
 * sample.
 */
struct known {
	char section[sizeof(((struct sk_counter *)0)->section)];
	char name[sizeof(((struct sk_counter *)0)->name)];
	bool gauge;
};

struct counters {
	struct proc_file file[N_FILES];
	bool absent[N_FILES]; /* this kernel does not have the file */
	struct known *known; /* in the order of the sample's counters */
	size_t n_known;
	struct sk_limits limits;
	int no_limits; /* -errno of a limit that could not be read */
	unsigned until_limits;
};

int counters_new(struct counters **out)
{
	struct counters *counters = calloc(1, sizeof(*counters));

	if (!counters)
		return -ENOMEM;
	for (size_t i = 0; i < N_FILES; i++)
		counters->file[i] = PROC_FILE_CLOSED;
	*out = counters;
	return 0;
}

void counters_free(struct counters *counters)
{
	if (!counters)
		return;
	for (size_t i = 0; i < N_FILES; i++)
		proc_file_close(&counters->file[i]);
	free(counters->known);
	free(counters);
}

/** This is a word of a line. It is not NUL-ended. */
struct word {
	const char *text;
	size_t len;
};

/* Returns the next word before the end of the line. Its length is 0 if there is none. */
static struct word next_word(const char **at)
{
	struct word word;

	*at += strspn(*at, " \t");
	word.text = *at;
	word.len = strcspn(*at, " \t\n");
	*at += word.len;
	return word;
}

/* Reads a number, which may be below 0: Tcp.MaxConn is -1 for "no limit". */
static bool read_value(struct word word, uint64_t *value)
{
	bool negative = word.len && word.text[0] == '-';
	const char *digits = word.text + negative;

	if (!field_number(&digits, 10, ' ', negative ? INT64_MAX : UINT64_MAX, value))
		return false;
	*value = negative ? 0 - *value : *value;
	return digits == word.text + word.len;
}

/* Adds a counter. If its value is not a number, it is counted in losses.malformed instead. */
static int add_counter(struct sk_sample *sample, struct word section, struct word name,
		       struct word value, bool gauge)
{
	struct sk_counter *counter;
	uint64_t number;
	int err;

	if (section.len == 0 || name.len == 0 || !read_value(value, &number) ||
	    section.len >= sizeof(counter->section) ||
	    name.len >= sizeof(counter->name)) {
		sample->losses.malformed++;
		return 0;
	}
	err = sk_sample_add_counter(sample, &counter);
	if (err)
		return err;
	text_copy(counter->section, sizeof(counter->section), section.text,
		  section.len);
	text_copy(counter->name, sizeof(counter->name), name.text, name.len);
	counter->value = number;
	counter->gauge = gauge;
	return 0;
}

/* Returns true if a line of names and a line of as many values begin with the same section. */
static bool is_pair(const char *names, const char *values)
{
	struct word section = next_word(&names), again = next_word(&values);
	struct word name = next_word(&names), value = next_word(&values);
	bool named = true, numbers = !value.len;
	uint64_t unused;

	if (section.len < 2 || section.text[section.len - 1] != ':' ||
	    section.len != again.len || memcmp(section.text, again.text, section.len) != 0)
		return false;
	for (; name.len && value.len; name = next_word(&names), value = next_word(&values)) {
		named &= !read_value(name, &unused);
		numbers |= read_value(value, &unused);
	}
	return named && numbers && !name.len && !value.len;
}

static int parse_pair(const char *names, const char *values, struct sk_sample *sample)
{
	struct word section = next_word(&names), name;
	int err = 0;

	next_word(&values);
	section.len--; /* without the colon */
	while (!err && (name = next_word(&names)).len)
		err = add_counter(sample, section, name, next_word(&values), false);
	return err;
}

/* A line without its other half is counted as malformed, and the next line may begin a pair. */
int counters_parse_pairs(const char *text, struct sk_sample *sample)
{
	const char *values;

	for (; text && *text; text = values) {
		int err = 0;

		values = text_next_line(text);
		if (!values || !is_pair(text, values)) {
			sample->losses.malformed++;
			continue;
		}
		err = parse_pair(text, values, sample);
		if (err)
			return err;
		values = text_next_line(values);
	}
	return 0;
}

/*
 * Returns the length of the section's name at the begin of a counter's name, or 0 if there is
 * none.
 */
static size_t section_prefix(struct word whole)
{
	static const char *const sections[] = { "Sctp", "Tls", "Xfrm" };
	const char *six;

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		size_t len = strlen(sections[i]);

		if (whole.len > len && memcmp(whole.text, sections[i], len) == 0)
			return len;
	}
	six = memchr(whole.text, '6', whole.len);
	return six ? (size_t)(six - whole.text) + 1 : 0;
}

int counters_parse_list(const char *text, struct sk_sample *sample)
{
	while (*text) {
		struct word whole = next_word(&text), value = next_word(&text);
		size_t prefix = section_prefix(whole);
		int err;

		if (prefix) {
			struct word section = { whole.text, prefix };
			struct word name = { whole.text + prefix, whole.len - prefix };

			err = add_counter(sample, section, name, value, false);
			if (err)
				return err;
		} else if (whole.len) {
			sample->losses.malformed++;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

/*
 * Adds a counter: "TCP", "inuse" becomes "sockstat.TCP", "inuse". If the head is too long for a
 * section ("sockets", "UDPLITE6"), it moves into the name: "sockstat", "sockets.used".
 */
static int add_sockstat(struct sk_sample *sample, struct word head, struct word name,
			struct word value)
{
	char section[sizeof(((struct sk_counter *)0)->section)];
	char both[sizeof(((struct sk_counter *)0)->name)];
	struct word in = { section, 0 };
	int len = snprintf(section, sizeof(section), "sockstat.%.*s", (int)head.len,
			   head.text);

	if (len >= (int)sizeof(section)) {
		len = snprintf(both, sizeof(both), "%.*s.%.*s", (int)head.len,
			       head.text, (int)name.len, name.text);
		name = (struct word){ both, (size_t)len };
		len = (int)strlen("sockstat");
	}
	in.len = (size_t)len;
	return add_counter(sample, in, name, value, true);
}

int counters_parse_sockstat(const char *text, struct sk_sample *sample)
{
	while (*text) {
		struct word head = next_word(&text);
		bool sound =
			head.len > 1 && head.len < 32 && head.text[head.len - 1] == ':';

		head.len -= sound;
		while (sound) {
			struct word name = next_word(&text), value = next_word(&text);
			int err;

			if (!name.len)
				break;
			err = add_sockstat(sample, head, name, value);
			if (err)
				return err;
		}
		if (!sound && *text)
			sample->losses.malformed++;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

static void fill_sockstat(struct sk_sample *sample)
{
	struct sk_sockstat *stat = &sample->sockstat;
	const struct {
		const char *section, *name;
		uint32_t *to;
		bool needed;
	} fields[] = {
		{ "sockstat.TCP", "inuse", &stat->tcp_inuse, true },
		{ "sockstat.TCP", "tw", &stat->tcp_tw, true },
		{ "sockstat.TCP6", "inuse", &stat->tcp6_inuse, false },
	};

	stat->valid = true;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		uint64_t value = 0;

		if (sk_sample_counter(sample, fields[i].section, fields[i].name,
				      &value))
			stat->valid &= !fields[i].needed;
		*fields[i].to = (uint32_t)value;
	}
}

static bool is_known(const struct known *known, const struct sk_counter *counter)
{
	return strcmp(known->name, counter->name) == 0 &&
	       strcmp(known->section, counter->section) == 0;
}

/* Marks gauges. The table of meanings is searched only for counters that are new in their place. */
static int mark_gauges(struct counters *counters, struct sk_sample *sample)
{
	if (sample->n_counters > counters->n_known) {
		struct known *known =
			realloc(counters->known, sample->n_counters * sizeof(*known));

		if (!known)
			return -ENOMEM;
		memset(known + counters->n_known, 0,
		       (sample->n_counters - counters->n_known) * sizeof(*known));
		counters->known = known;
		counters->n_known = sample->n_counters;
	}
	for (uint32_t i = 0; i < sample->n_counters; i++) {
		struct sk_counter *counter = &sample->counters[i];
		struct known *known = &counters->known[i];
		const struct sk_counter_help *help;

		if (!is_known(known, counter)) {
			help = sk_counter_help(counter->section, counter->name);
			memcpy(known->section, counter->section,
			       sizeof(known->section));
			memcpy(known->name, counter->name, sizeof(known->name));
			known->gauge = help && help->gauge;
		}
		counter->gauge |= known->gauge;
	}
	return 0;
}

/*
 * Reads the limits. Some of them exist only in the first network namespace, so elsewhere they are
 * unknown. If one is missing for another reason, that -errno is returned, else 0.
 */
static int read_limits(struct sk_limits *limits)
{
	const struct {
		const char *path;
		uint32_t *first, *second;
		enum sk_limit limit;
	} numbers[] = {
		{ "/proc/sys/net/ipv4/tcp_max_tw_buckets", &limits->max_tw_buckets,
		  NULL, SK_LIMIT_TW_BUCKETS },
		{ "/proc/sys/net/ipv4/ip_local_port_range", &limits->port_first,
		  &limits->port_last, SK_LIMIT_PORTS },
	};
	int lost = 0;

	limits->known = 0;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		unsigned long value[2] = { 0 };
		int n = numbers[i].second ? 2 : 1;
		int err = proc_read_numbers(numbers[i].path, value, n);

		if (err)
			value[0] = value[1] = 0;
		else
			limits->known |= numbers[i].limit;
		lost = err && err != -ENOENT ? err : lost;
		*numbers[i].first = (uint32_t)value[0];
		if (numbers[i].second)
			*numbers[i].second = (uint32_t)value[1];
	}
	return lost;
}

int counters_read(struct counters *counters, struct sk_sample *sample)
{
	bool anew = counters->until_limits-- == 0;
	int lost = 0;

	if (anew)
		counters->until_limits = LIMITS_EVERY - 1;
	for (size_t i = 0; i < N_FILES; i++) {
		bool absent = files[i].optional && counters->absent[i] && !anew;
		int err = absent ? -ENOENT :
				   proc_file_read(&counters->file[i], files[i].path);

		counters->absent[i] = err == -ENOENT;
		if (!err)
			err = files[i].parse(counters->file[i].text, sample);
		if (err == -ENOMEM)
			return err;
		if (err && !(files[i].optional && err == -ENOENT))
			lost = lost ? lost : err;
	}
	if (lost)
		sk_sample_lose(sample, SK_PART_COUNTERS,
			       sample->n_counters ? SK_LOSS_SOME : SK_LOSS_ALL, lost);
	fill_sockstat(sample);
	if (mark_gauges(counters, sample))
		return -ENOMEM;
	if (anew)
		counters->no_limits = read_limits(&counters->limits);
	if (counters->no_limits)
		sk_sample_lose(sample, SK_PART_LIMITS, SK_LOSS_SOME, counters->no_limits);
	sample->limits = counters->limits;
	return 0;
}
