/* SPDX-License-Identifier: MIT */
#include <sktop/filter.h>
#include "fuzz.h"
#include "../unit/bytecode_machine.h"

/* Whatever was parsed, the kernel takes its bytecode, and loses no socket by it. */
static void check_bytecode(const struct sk_filter *filter, bool matches,
			   const struct sk_detached *detached)
{
	for (unsigned flags = 0; flags < 8; flags++) {
		struct sk_bytecode bc;

		require(!sk_filter_compile(filter, flags, &bc) && machine_audit(&bc) &&
			(!matches || machine_run(&bc, detached, 0)));
	}
}

/* Any text: parses or is refused with an offset inside it; what parses prints, and
 * what is printed parses to the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sk_table *table = sk_table(size ? data[0] % SK_TABLE_COUNT : 0);
	char *text = copy_text(data, size);
	struct sk_filter_error error;
	struct sk_filter *filter, *again;
	struct sk_detached detached = { .socket = { .proto = SK_PROTO_TCP,
					  .state = SK_STATE_LISTEN } };
	struct sk_sample sample = { .source = "fuzz" };
	struct sk_context context = { .sample = &sample };
	static char once[1 << 20], twice[1 << 20];
	const char *words[8];
	size_t start;

	sk_filter_complete(text, table, words, 8, &start);
	require(start <= strlen(text));
	if (sk_filter_parse(text, table, &filter, &error)) {
		require(error.offset <= strlen(text));
		sk_filter_error_format(text, &error, once, sizeof(once));
	} else if (filter) {
		sk_filter_print(filter, once, sizeof(once));
		if (table == sk_table(SK_TABLE_CONNECTIONS))
			check_bytecode(filter, sk_filter_match(filter, &context, &detached.socket),
				       &detached);
		if (strlen(once) < 4000 && !sk_filter_parse(once, table, &again, &error)) {
			sk_filter_print(again, twice, sizeof(twice));
			require(strcmp(once, twice) == 0);
			sk_filter_free(again);
		}
		sk_filter_free(filter);
	}
	free(text);
	return 0;
}
