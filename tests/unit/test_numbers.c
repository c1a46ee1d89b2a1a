/* SPDX-License-Identifier: MIT */
/*
 * Names of routing tables, protocols and scopes from files of any content.
 */
#include "../testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sktop/numbers.h>
#include "shown.h"

static char root[64];

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/etc/iproute2/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	static const char *const parts[] = { "/etc", "/etc/iproute2",
					     "/etc/iproute2/rt_tables.d" };
	char path[256];

	(void)state;
	strcpy(root, "/tmp/sktop-numbers-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	static const char *const parts[] = { "/etc/iproute2/rt_tables.d/vpn.conf",
					     "/etc/iproute2/rt_tables.d/vpn.txt",
					     "/etc/iproute2/rt_tables",
					     "/etc/iproute2/rt_tables.d", "/etc/iproute2",
					     "/etc", "" };
	char path[256];

	(void)state;
	for (int i = 0; i < 7; i++) {
		snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		remove(path);
	}
	return 0;
}

TEST(builtin)
{
	struct sk_numbers *numbers;

	assert_int_equal(sk_numbers_new("/nonexistent", &numbers), 0);
	assert_string_equal(sk_numbers_name(numbers, SK_NUMBER_TABLE, 254), "main");
	assert_string_equal(sk_numbers_name(numbers, SK_NUMBER_PROTOCOL, 4), "static");
	assert_string_equal(sk_numbers_name(numbers, SK_NUMBER_SCOPE, 253), "link");
	assert_null(sk_numbers_name(numbers, SK_NUMBER_TABLE, 4));
	assert_null(sk_numbers_name(NULL, SK_NUMBER_TABLE, 254));
	sk_numbers_free(numbers);
}

FRESH(files)
{
	struct sk_numbers *numbers;

	write_file("rt_tables", "# comment\n254\tmain\n0x64 \tvpn\n7 a\033[2Jb\n-3 minus\n"
				"8\n99999999999 big\n9 # no name\n254 other\n");
	write_file("rt_tables.d/vpn.conf", "101 second\n");
	write_file("rt_tables.d/vpn.txt", "102 ignored\n");
	assert_int_equal(sk_numbers_new(root, &numbers), 0);
	assert_string_equal(sk_numbers_name(numbers, SK_NUMBER_TABLE, 100), "vpn");
	assert_string_equal(sk_numbers_name(numbers, SK_NUMBER_TABLE, 101), "second");
	assert_string_equal(shown(sk_numbers_name(numbers, SK_NUMBER_TABLE, 7)), "a?[2Jb");
	assert_string_equal(sk_numbers_name(numbers, SK_NUMBER_TABLE, 254), "main");
	assert_null(sk_numbers_name(numbers, SK_NUMBER_TABLE, 102));
	assert_null(sk_numbers_name(numbers, SK_NUMBER_TABLE, 8));
	assert_null(sk_numbers_name(numbers, SK_NUMBER_TABLE, 9));
	sk_numbers_free(numbers);
}
