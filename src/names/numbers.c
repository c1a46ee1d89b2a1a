/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/numbers.h>
#include <sktop/text.h>

#define NAME_MAX_BYTES 63

/* Tables of a router with a VRF for each customer have thousands of names. */
#define NAMES_MAX 65536

struct name {
	uint32_t kind, number;
	uint32_t rank; /* the first to name a number wins */
	char text[SK_TEXT_ROOM(NAME_MAX_BYTES)];
};

struct sk_numbers {
	struct name *names; /* by kind, number, rank */
	size_t n, capacity;
};

/* linux/rtnetlink.h, and what iproute2 has called them for twenty years */
static const struct {
	enum sk_number_kind kind;
	uint32_t number;
	const char *text;
} builtin[] = {
	{ SK_NUMBER_PROTOCOL, 0, "unspec" },
	{ SK_NUMBER_TABLE, 253, "default" },	{ SK_NUMBER_TABLE, 254, "main" },
	{ SK_NUMBER_TABLE, 255, "local" },	{ SK_NUMBER_PROTOCOL, 1, "redirect" },
	{ SK_NUMBER_PROTOCOL, 2, "kernel" },	{ SK_NUMBER_PROTOCOL, 3, "boot" },
	{ SK_NUMBER_PROTOCOL, 4, "static" },	{ SK_NUMBER_PROTOCOL, 8, "gated" },
	{ SK_NUMBER_PROTOCOL, 9, "ra" },	{ SK_NUMBER_PROTOCOL, 11, "zebra" },
	{ SK_NUMBER_PROTOCOL, 12, "bird" },	{ SK_NUMBER_PROTOCOL, 16, "dhcp" },
	{ SK_NUMBER_PROTOCOL, 18, "keepalived" }, { SK_NUMBER_PROTOCOL, 42, "babel" },
	{ SK_NUMBER_PROTOCOL, 186, "bgp" },	{ SK_NUMBER_PROTOCOL, 187, "isis" },
	{ SK_NUMBER_PROTOCOL, 188, "ospf" },	{ SK_NUMBER_PROTOCOL, 189, "rip" },
	{ SK_NUMBER_PROTOCOL, 192, "eigrp" },	{ SK_NUMBER_SCOPE, 0, "global" },
	{ SK_NUMBER_SCOPE, 200, "site" },	{ SK_NUMBER_SCOPE, 253, "link" },
	{ SK_NUMBER_SCOPE, 254, "host" },	{ SK_NUMBER_SCOPE, 255, "nowhere" },
};

static const char *const files[SK_NUMBER_KINDS] = {
	[SK_NUMBER_TABLE] = "rt_tables",
	[SK_NUMBER_PROTOCOL] = "rt_protos",
	[SK_NUMBER_SCOPE] = "rt_scopes",
};

static int add(struct sk_numbers *numbers, enum sk_number_kind kind, uint32_t number,
	       const char *text)
{
	struct name *name;

	if (SK_ARRAY_ROOM(numbers->names, numbers->n, numbers->capacity, 64))
		return -ENOMEM;
	name = &numbers->names[numbers->n];
	*name = (struct name){ kind, number, (uint32_t)numbers->n, "" };
	sk_text_clean(name->text, sizeof(name->text), text, strlen(text));
	numbers->n++;
	return 0;
}

/* "254 main" or "0xfe main", and comments. */
static int read_file(struct sk_numbers *numbers, enum sk_number_kind kind,
		     const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256], text[64];
	bool begins = true; /* of a line, and not the middle of a long one */
	int err = 0;

	if (!file)
		return 0;
	while (!err && numbers->n < NAMES_MAX && fgets(line, sizeof(line), file)) {
		bool whole = begins;
		unsigned long number;
		char *end;

		begins = strchr(line, '\n') != NULL;
		errno = 0;
		number = strtoul(line, &end, 0);
		if (!whole || end == line || errno || number > UINT32_MAX ||
		    !isdigit((unsigned char)line[strspn(line, " \t")]) ||
		    sscanf(end, " %63s", text) != 1 || text[0] == '#')
			continue;
		err = add(numbers, kind, (uint32_t)number, text);
	}
	fclose(file);
	return err;
}

/* rt_tables.d/NAME.conf: a file of a program each */
static int read_directory(struct sk_numbers *numbers, enum sk_number_kind kind,
			  const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int err = 0;

	if (!directory)
		return 0;
	while (!err && (entry = readdir(directory))) {
		size_t len = strlen(entry->d_name);
		char file[512];

		if (len < 6 || strcmp(entry->d_name + len - 5, ".conf") != 0 ||
		    snprintf(file, sizeof(file), "%s/%s", path, entry->d_name) >=
			    (int)sizeof(file))
			continue;
		err = read_file(numbers, kind, file);
	}
	closedir(directory);
	return err;
}

static int compare(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static int read_all(struct sk_numbers *numbers, const char *root)
{
	static const char *const places[] = { "/etc/iproute2", "/usr/share/iproute2" };
	char path[256];
	int err = 0;

	for (unsigned kind = 0; kind < SK_NUMBER_KINDS; kind++) {
		for (size_t i = 0; i < 2 && !err; i++) {
			snprintf(path, sizeof(path), "%s%s/%s", root, places[i],
				 files[kind]);
			err = read_file(numbers, kind, path);
			snprintf(path, sizeof(path), "%s%s/%s.d", root, places[i],
				 files[kind]);
			if (!err)
				err = read_directory(numbers, kind, path);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(builtin) && !err; i++)
		err = add(numbers, builtin[i].kind, builtin[i].number, builtin[i].text);
	return err;
}

int sk_numbers_new(const char *root, struct sk_numbers **out)
{
	struct sk_numbers *numbers = calloc(1, sizeof(*numbers));
	int err = numbers ? read_all(numbers, root) : -ENOMEM;

	if (err) {
		sk_numbers_free(numbers);
		return err;
	}
	qsort(numbers->names, numbers->n, sizeof(*numbers->names), compare);
	*out = numbers;
	return 0;
}

void sk_numbers_free(struct sk_numbers *numbers)
{
	if (!numbers)
		return;
	free(numbers->names);
	free(numbers);
}

const char *sk_numbers_name(const struct sk_numbers *numbers, enum sk_number_kind kind,
			    uint32_t number)
{
	size_t first = 0, behind = numbers ? numbers->n : 0;
	const struct name key = { .kind = kind, .number = number };

	while (first < behind) {
		size_t middle = first + (behind - first) / 2;

		if (compare(&numbers->names[middle], &key) < 0)
			first = middle + 1;
		else
			behind = middle;
	}
	if (!numbers || first >= numbers->n || numbers->names[first].kind != kind ||
	    numbers->names[first].number != number)
		return NULL;
	return numbers->names[first].text;
}
