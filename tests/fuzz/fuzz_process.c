/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of /proc/PID, the path of a control group or mountinfo; the first
 * byte chooses which. What comes out is printable, whatever went in.
 */
#include "fuzz.h"
#include "kernel/owners/cgroups.h"
#include "kernel/owners/process.h"

static void require_printable(const char *text, size_t room)
{
	require(strnlen(text, room) < room && sk_text_is_clean(text));
}

static void fuzz_stat(const char *text, size_t len)
{
	struct process_stat stat;

	if (process_parse_stat(text, len, &stat) == 0)
		require_printable(stat.name, sizeof(stat.name));
}

static void fuzz_command(const char *text, size_t len)
{
	struct process_texts texts = { 0 };
	char *copy = copy_text((const uint8_t *)text, len);
	bool cut;

	if (process_parse_command(copy, len, &texts.command, &cut) == 0)
		require_printable(texts.command.text, texts.command.room);
	free(copy);
	process_texts_free(&texts);
}

static void fuzz_cgroup(const char *text, size_t len)
{
	char path[PROCESS_CGROUP], unit[PROCESS_UNIT];

	(void)len;
	process_parse_cgroup(text, path);
	require_printable(path, sizeof(path));
	process_unit(path, unit);
	require_printable(unit, sizeof(unit));
}

static void fuzz_unit(const char *text, size_t len)
{
	char path[PROCESS_CGROUP], unit[PROCESS_UNIT];

	/* paths were cleaned where they were read */
	sk_text_clean(path, sizeof(path), text, len);
	process_unit(path, unit);
	require_printable(unit, sizeof(unit));
}

static void fuzz_mounts(const char *text, size_t len)
{
	char path[64];

	(void)len;
	require(!cgroups_parse_mounts(text, path, sizeof(path)) ||
		strnlen(path, sizeof(path)) < sizeof(path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(const char *, size_t) = {
		fuzz_stat, fuzz_command, fuzz_cgroup, fuzz_unit, fuzz_mounts,
	};
	char *text;

	if (size < 1)
		return 0;
	text = copy_text(data + 1, size - 1);
	parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))](text, size - 1);
	free(text);
	return 0;
}
