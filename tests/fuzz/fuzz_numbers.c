/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as rt_tables, and as what getservent() makes of /etc/services: what goes on to
 * the screen is clean text, and the names of iproute2 that are built in can be displaced,
 * not lost.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sktop/numbers.h>
#include <sktop/text.h>
#include "fuzz.h"
#include "names/services.h"

static char root[] = "/tmp/sktop-fuzz-XXXXXX";

/** What the entries of the databases are made of, in turn. */
static const uint8_t *left;
static size_t n_left;

static uint8_t take(void)
{
	n_left--;
	return *left++;
}

/* A name up to a NUL or the end. */
static char *take_name(char *room, size_t size)
{
	size_t n = 0;

	while (n_left && n + 1 < size && (room[n] = (char)take()))
		n++;
	room[n] = '\0';
	return room;
}

/* In place of the C library's. */
void setservent(int stay)
{
	(void)stay;
}

void endservent(void)
{
}

struct servent *getservent(void)
{
	static char protocols[][6] = { "tcp", "udp", "sctp", "dccp", "" };
	static char name[128];
	static struct servent entry;

	/* a byte ends the one list, and the other begins */
	if (n_left < 4 || *left == 0xff)
		return NULL;
	entry.s_proto = protocols[take() % 5];
	entry.s_port = htons((uint16_t)(take() << 8 | take()));
	entry.s_name = take_name(name, sizeof(name));
	return &entry;
}

void setprotoent(int stay)
{
	(void)stay;
}

void endprotoent(void)
{
}

struct protoent *getprotoent(void)
{
	static char name[128];
	static struct protoent entry;

	if (n_left < 2)
		return NULL;
	entry.p_proto = (int8_t)take() * 3;
	entry.p_name = take_name(name, sizeof(name));
	return &entry;
}

static void check_text(const char *text)
{
	require(!text || sk_text_is_clean(text));
}

static void fuzz_services(void)
{
	struct services services = { 0 };

	require(services_read(&services) == 0);
	for (unsigned port = 0; port < 256; port++) {
		check_text(services_find(&services, SK_PROTO_TCP, (uint16_t)port));
		check_text(services_find(&services, SK_PROTO_UDP, (uint16_t)(port * 256)));
		check_text(services.protocol[port]);
	}
	services_free(&services);
}

/* In memory: a disk would be waited for. */
static int open_table(void)
{
	int fd = memfd_create("rt_tables", MFD_CLOEXEC);
	char path[128], link[40];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	snprintf(path, sizeof(path), "%s/etc", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/etc/iproute2", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/etc/iproute2/rt_tables", root);
	require(fd >= 0 && symlink(link, path) == 0);
	return fd;
}

static void remove_table(void)
{
	static const char *const parts[] = { "/etc/iproute2/rt_tables", "/etc/iproute2", "/etc",
					     "" };
	char path[128];

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		remove(path);
	}
}

static void fuzz_tables(void)
{
	static int fd = -1;
	struct sk_numbers *numbers;

	if (fd < 0) {
		require(mkdtemp(root) != NULL);
		atexit(remove_table);
		fd = open_table();
	}
	require(ftruncate(fd, 0) == 0 && pwrite(fd, left, n_left, 0) == (ssize_t)n_left);
	require(sk_numbers_new(root, &numbers) == 0);
	for (uint32_t table = 250; table < 260; table++)
		check_text(sk_numbers_name(numbers, SK_NUMBER_TABLE, table));
	check_text(sk_numbers_name(numbers, SK_NUMBER_TABLE, UINT32_MAX));
	require(sk_numbers_name(numbers, SK_NUMBER_TABLE, 254) != NULL);
	require(strcmp(sk_numbers_name(numbers, SK_NUMBER_PROTOCOL, 2), "kernel") == 0);
	sk_numbers_free(numbers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	left = data + 1;
	n_left = size - 1;
	if (data[0] & 1)
		fuzz_services();
	else
		fuzz_tables();
	return 0;
}
