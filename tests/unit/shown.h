/* SPDX-License-Identifier: MIT */
#ifndef SKTOP_TESTS_SHOWN_H
#define SKTOP_TESTS_SHOWN_H

#include <sktop/text.h>
#include <string.h>

/** A clean text as it is shown; in the C locale '?' is the replacement. Of the last one. */
static inline const char *shown(const char *text)
{
	static char out[8192];

	if (!sk_text_is_clean(text))
		return "(not clean)";
	sk_text_show(out, sizeof(out), text);
	return out;
}

#endif
