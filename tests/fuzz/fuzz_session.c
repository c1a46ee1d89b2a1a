/* SPDX-License-Identifier: MIT */
/*
 * Any text as SSH_CONNECTION, as the link of a descriptor, as the name of one, and as
 * mountinfo with namespaces in it; the first byte says which.
 */
#include <stdio.h>
#include <sktop/act.h>
#include "fuzz.h"
#include "kernel/owners/fd_look.h"
#include "kernel/netns/netns.h"

/* What is read can be written, and means the same then. */
static void fuzz_ssh(char *text)
{
	char line[2 * SK_ADDR_STRLEN + 32], local[SK_ADDR_STRLEN], remote[SK_ADDR_STRLEN];
	struct sk_ends ends, again;

	if (sk_session_parse_ssh(text, &ends))
		return;
	snprintf(line, sizeof(line), "%s %u %s %u",
		 sk_addr_format(&ends.remote, !sk_addr_is_v4(&ends.remote), remote), ends.rport,
		 sk_addr_format(&ends.local, !sk_addr_is_v4(&ends.local), local), ends.lport);
	require(sk_session_parse_ssh(line, &again) == 0);
	require(memcmp(&ends.remote, &again.remote, sizeof(ends.remote)) == 0 &&
		memcmp(&ends.local, &again.local, sizeof(ends.local)) == 0 &&
		ends.rport == again.rport && ends.lport == again.lport);
}

static void fuzz_link(char *text)
{
	uint32_t inode = fd_look_text(text);
	const char *digits = text + 8;

	require(inode != FD_CLOSED);
	if (inode == FD_OTHER)
		return;
	require(strncmp(text, "socket:[", 8) == 0 && strtoul(digits, NULL, 10) == inode);
	require(strcmp(digits + strspn(digits, "0123456789"), "]") == 0);
}

static void fuzz_name(char *text)
{
	int64_t number = fd_look_parse(text);

	require(number >= -1 && number < 10000000000);
	require((number >= 0) == (*text && !text[strspn(text, "0123456789")] &&
				  strlen(text) <= 10));
}

/* Nothing that is mounted is of this device: names are read, and nobody is met. */
static void fuzz_mounts(char *text)
{
	struct netns_list list = { .dev = UINT64_MAX };

	require(netns_parse_mounts(&list, text) == 0 && list.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(char *) = { fuzz_ssh, fuzz_link, fuzz_name,
						   fuzz_mounts };
	char *text;

	if (!size)
		return 0;
	text = copy_text(data + 1, size - 1);
	readers[data[0] % (sizeof(readers) / sizeof(readers[0]))](text);
	free(text);
	return 0;
}
