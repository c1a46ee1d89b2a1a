/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/array.h>
#include <sktop/ascii.h>
#include "filter/filter.h"

static const struct {
	const char *text; /* longer ones first */
	enum token_kind kind;
	enum compare compare;
} symbols[] = {
	{ "&&", TOKEN_AND, 0 },		  { "||", TOKEN_OR, 0 },
	{ "==", TOKEN_COMPARE, COMPARE_EQ }, { "!=", TOKEN_COMPARE, COMPARE_NE },
	{ "<=", TOKEN_COMPARE, COMPARE_LE }, { ">=", TOKEN_COMPARE, COMPARE_GE },
	{ "!~", TOKEN_COMPARE, COMPARE_NOMATCH }, { "&", TOKEN_AND, 0 },
	{ "|", TOKEN_OR, 0 },		  { "=", TOKEN_COMPARE, COMPARE_EQ },
	{ "<", TOKEN_COMPARE, COMPARE_LT }, { ">", TOKEN_COMPARE, COMPARE_GT },
	{ "~", TOKEN_COMPARE, COMPARE_MATCH }, { "!", TOKEN_NOT, 0 },
	{ "(", TOKEN_OPEN, 0 },		  { ")", TOKEN_CLOSE, 0 },
	{ ",", TOKEN_COMMA, 0 },
};

static const struct {
	const char *word;
	enum compare compare;
} compare_words[] = {
	{ "eq", COMPARE_EQ },  { "ne", COMPARE_NE },  { "neq", COMPARE_NE },
	{ "lt", COMPARE_LT },  { "gt", COMPARE_GT },  { "le", COMPARE_LE },
	{ "leq", COMPARE_LE }, { "ge", COMPARE_GE },  { "geq", COMPARE_GE },
};

/* The quote that ends a string: two of them stand for one within it. */
static const char *closing_quote(const char *text)
{
	const char *end = strchr(text, '"');

	while (end && end[1] == '"')
		end = strchr(end + 2, '"');
	return end;
}

static struct token quoted(const char *text, size_t *offset)
{
	size_t begin = *offset + 1;
	const char *end = closing_quote(text + begin);
	struct token token = { .kind = TOKEN_BAD, .offset = *offset,
			       .text = text + begin, .len = strlen(text + begin) };

	*offset = begin + token.len;
	if (end) {
		token.kind = TOKEN_STRING;
		token.len = (size_t)(end - token.text);
		*offset = begin + token.len + 1;
	}
	return token;
}

struct token filter_next_token(const char *text, size_t *offset)
{
	struct token token = { .kind = TOKEN_END };

	*offset += strspn(text + *offset, " \t\r\n");
	token.offset = *offset;
	token.text = text + *offset;
	if (!text[*offset])
		return token;
	if (text[*offset] == '"')
		return quoted(text, offset);
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		size_t len = strlen(symbols[i].text);

		if (strncmp(token.text, symbols[i].text, len) == 0) {
			token.kind = symbols[i].kind;
			token.compare = symbols[i].compare;
			token.len = len;
			*offset += len;
			return token;
		}
	}
	token.len = strcspn(token.text, " \t\r\n()=!<>~&|,");
	*offset += token.len;
	token.kind = filter_word_is(&token, "and") ? TOKEN_AND :
		     filter_word_is(&token, "or")  ? TOKEN_OR :
		     filter_word_is(&token, "not") ? TOKEN_NOT :
						     TOKEN_WORD;
	return token;
}

bool filter_word_is(const struct token *token, const char *word)
{
	return token->len == strlen(word) && sk_ascii_begins(token->text, word, token->len);
}

bool filter_token_compare(const struct token *token, enum compare *compare)
{
	if (token->kind == TOKEN_COMPARE) {
		*compare = token->compare;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(compare_words); i++) {
		if (token->kind == TOKEN_WORD &&
		    filter_word_is(token, compare_words[i].word)) {
			*compare = compare_words[i].compare;
			return true;
		}
	}
	return false;
}
