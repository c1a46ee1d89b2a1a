/* SPDX-License-Identifier: MIT */
/*
 * Whatever a name server or an account database says, only what is harmless goes on.
 */
#include <stdlib.h>
#include <string.h>
#include <sktop/names.h>
#include "names/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_."
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *text = malloc(size + 1), *printable;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (text_is_host(text) &&
	    (strlen(text) > SK_HOST_STRLEN || strspn(text, allowed) != strlen(text) ||
	     strstr(text, "..")))
		abort();
	printable = text_printable(text);
	if (printable && strlen(printable) >= TEXT_NAME_STRLEN)
		abort();
	if (printable && !sk_text_is_clean(printable))
		abort();
	free(printable);
	free(text);
	return 0;
}
