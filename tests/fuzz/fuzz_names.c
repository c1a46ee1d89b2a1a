/* SPDX-License-Identifier: MIT */
/*
 * Whatever a name server or an account database says, only what is harmless goes on.
 */
#include <sktop/names.h>
#include "fuzz.h"
#include "names/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_."
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char *text = copy_text(data, size), *printable = text_printable(text);

	require(!text_is_host(text) ||
		(strlen(text) <= SK_HOST_STRLEN && strspn(text, allowed) == strlen(text) &&
		 !strstr(text, "..")));
	require(!printable ||
		(strlen(printable) < TEXT_NAME_STRLEN && sk_text_is_clean(printable)));
	free(printable);
	free(text);
	return 0;
}
