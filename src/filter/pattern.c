/* SPDX-License-Identifier: MIT */
#include <fnmatch.h>
#include "filter/pattern.h"

locale_t filter_locale_new(void)
{
	return newlocale(LC_CTYPE_MASK | LC_COLLATE_MASK, "C.UTF-8", (locale_t)0);
}

/* uselocale() of (locale_t)0 changes nothing. */
int filter_regex_compile(locale_t locale, regex_t *regex, const char *pattern)
{
	locale_t before = uselocale(locale);
	int err = regcomp(regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);

	uselocale(before);
	return err;
}

bool filter_regex_match(locale_t locale, const regex_t *regex, const char *text)
{
	locale_t before = uselocale(locale);
	bool found = regexec(regex, text, 0, NULL, 0) == 0;

	uselocale(before);
	return found;
}

bool filter_glob_match(locale_t locale, const char *pattern, const char *text,
		       bool any_case)
{
	locale_t before = uselocale(locale);
	bool fits = fnmatch(pattern, text,
			    FNM_NOESCAPE | (any_case ? FNM_CASEFOLD : 0)) == 0;

	uselocale(before);
	return fits;
}
