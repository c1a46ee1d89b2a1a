/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "columns/columns.h"

#define TABLE(id, name, digit, make, help) [SK_TABLE_##id] = &sk_table_##name,
static const struct sk_table *const tables[SK_TABLE_COUNT] = { SK_PANES(TABLE) };

const struct sk_table *sk_table(enum sk_table_id id)
{
	return tables[id];
}

static bool same_id(const char *id, const char *text, size_t len)
{
	if (strlen(id) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i] == '_' ? '-' : text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (c != id[i])
			return false;
	}
	return true;
}

const struct sk_column *sk_column_find(const struct sk_table *table, const char *id,
				       size_t len)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		if (same_id(table->columns[i].id, id, len))
			return &table->columns[i];
	}
	return NULL;
}

void sk_column_list_default(const struct sk_table *table, bool all,
			    struct sk_column_list *list)
{
	list->n = 0;
	for (size_t i = 0; i < table->n_columns && list->n < SK_COLUMNS_MAX; i++) {
		if (all || (table->columns[i].flags & SK_COL_DEFAULT))
			list->column[list->n++] = &table->columns[i];
	}
}

static bool has_column(const struct sk_column_list *list,
		       const struct sk_column *column)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->column[i] == column)
			return true;
	}
	return false;
}

static void remove_column(struct sk_column_list *list, const struct sk_column *column)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (list->column[i] != column)
			list->column[n++] = list->column[i];
	}
	list->n = n;
}

/* The culprit comes from outside and goes to a terminal. */
static int unknown_column(const struct sk_table *table, const char *word, size_t len,
			  char *error)
{
	char shown[SK_TEXT_ROOM(40)];

	sk_text_clean(shown, sizeof(shown), word, len < 40 ? len : 40);
	snprintf(error, SK_ERROR_LEN,
		 "'%s' is no column of %s; --help=columns lists them", shown,
		 table->name);
	return -EINVAL;
}

static int apply_word(const struct sk_table *table, const char *word, size_t len,
		      struct sk_column_list *list, char *error)
{
	char sign = len && (word[0] == '+' || word[0] == '-') ? word[0] : '\0';
	const struct sk_column *column;

	word += sign != '\0';
	len -= sign != '\0';
	if (sign != '-' && len == 3 && memcmp(word, "all", 3) == 0) {
		sk_column_list_default(table, true, list);
		return 0;
	}
	column = sk_column_find(table, word, len);
	if (!column)
		return unknown_column(table, word, len, error);
	if (sign == '-')
		remove_column(list, column);
	else if (!has_column(list, column) && list->n < SK_COLUMNS_MAX)
		list->column[list->n++] = column;
	return 0;
}

int sk_column_list_parse(const struct sk_table *table, const char *spec,
			 struct sk_column_list *list, char *error)
{
	if (*spec != '+' && *spec != '-')
		list->n = 0;
	for (;;) {
		size_t len = strcspn(spec, ",");
		int err = apply_word(table, spec, len, list, error);

		if (err)
			return err;
		if (!spec[len])
			break;
		spec += len + 1;
	}
	if (list->n)
		return 0;
	snprintf(error, SK_ERROR_LEN, "no column of %s is left to show", table->name);
	return -EINVAL;
}

uint32_t sk_column_list_needs(const struct sk_column_list *list)
{
	uint32_t needs = 0;

	for (size_t i = 0; i < list->n; i++)
		needs |= list->column[i]->needs;
	return needs;
}
