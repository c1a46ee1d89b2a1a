/* SPDX-License-Identifier: MIT */
/*
 * Any text as the argument of an option: lists of columns, of kinds of sockets, SPEC, and
 * single words; the first byte says which. It is taken or refused, and a refusal says why.
 */
#include <stdio.h>
#include <sktop/act.h>
#include <sktop/group.h>
#include <sktop/output.h>
#include <sktop/rows.h>
#include <sktop/source.h>

/* What it says about each of two hundred thousand is written nowhere. */
static FILE *quiet;
#define fputs(text, file) fputs(text, quiet)
#define fprintf(file, ...) fprintf(quiet, __VA_ARGS__)
#include "fuzz.h"
#include "program/cli_sockets.c"
#undef fputs
#undef fprintf

#define SOCKETS_MAX 4 /* digits: more would only take memory */

static void fuzz_columns(const char *text, uint8_t choice)
{
	const struct sk_table *table = sk_table(choice % SK_TABLE_COUNT);
	char error[SK_ERROR_LEN] = "";
	struct sk_column_list list;
	int err;

	sk_column_list_default(table, choice & 64, &list);
	err = sk_column_list_parse(table, text, &list, error);
	require(list.n <= SK_COLUMNS_MAX);
	require(err ? error[0] != '\0' : list.n > 0);
	for (size_t i = 0; i < list.n; i++) {
		const char *id = list.column[i]->id;

		require(sk_column_find(table, id, strlen(id)) == list.column[i]);
	}
}

static void fuzz_query(const char *text, uint8_t choice)
{
	struct sk_options options = { .request = SK_REQUEST_DEFAULT };

	if (choice & 1)
		cli_read_bound(&options, NULL, 0);
	if (cli_read_query(&options, text, 0) != CLI_RUN)
		return;
	require(options.request.protos && options.protos_chosen);
	require(!(options.request.protos & ~ALL_PROTOS));
}

static void fuzz_synthetic(const char *text, uint8_t choice)
{
	char error[SK_ERROR_LEN] = "";
	struct sk_source *source = NULL;
	int err;

	(void)choice;
	for (const char *at = text; (at = strstr(at, "sockets=")); at++) {
		if (strspn(at + 8, "0123456789") > SOCKETS_MAX)
			return;
	}
	err = sk_synthetic_source_new(text, 0, &source, error);
	require(err ? error[0] != '\0' && !source : source != NULL);
	if (!err)
		sk_source_free(source);
}

static void fuzz_word(const char *text, uint8_t choice)
{
	struct sk_options options = { .request = SK_REQUEST_DEFAULT };
	enum sk_group_key key;
	enum sk_pane_id pane;
	int signal;

	(void)choice;
	cli_read_family_name(&options, text, 0);
	if (sk_group_key_parse(text, &key) == 0)
		require(sk_group_key_needs(key) < UINT32_MAX);
	if (sk_pane_find(text, &pane) == 0)
		require(pane < SK_PANE_COUNT && sk_pane_info(pane)->name[0]);
	if (sk_signal_parse(text, &signal) == 0)
		require(signal > 0 && *sk_signal_name(signal) != '?');
	sk_sink_find(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const char *, uint8_t) = { fuzz_columns, fuzz_query,
								  fuzz_synthetic, fuzz_word };
	char *text;

	if (!quiet)
		quiet = fopen("/dev/null", "we");
	if (!size || !quiet)
		return 0;
	text = copy_text(data + 1, size - 1);
	readers[data[0] % 4](text, (uint8_t)(data[0] / 4));
	free(text);
	return 0;
}
