/* SPDX-License-Identifier: MIT */
#include <sktop/source.h>

#define NEW(name, letter, argument, help, create, ...) [SK_SOURCE_##name] = create,

int sk_source_new(enum sk_source_id id, const char *argument, unsigned options,
		  struct sk_source **out, char *error)
{
	static int (*const create[SK_SOURCE_COUNT])(const char *argument, unsigned options,
						    struct sk_source **out, char *error) = {
		SK_SOURCES(NEW)
	};

	if (id == SK_SOURCE_live)
		return sk_live_source_new(options, out, error);
	return create[id](argument, options, out, error);
}
