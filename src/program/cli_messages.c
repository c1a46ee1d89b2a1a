/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/text.h>
#include "program/cli_messages.h"

enum cli_result cli_say(const char *format, ...)
{
	char text[640];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	fputs("sktop: ", stderr);
	for (char *line = text, *end; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		sk_text_put(stderr, line);
		fputc('\n', stderr);
	}
	return CLI_USAGE;
}

void cli_say_losses(const struct sk_sample *sample, uint32_t parts)
{
	char words[256];

	while (parts & sk_sample_lost(sample)) {
		parts = sk_loss_describe(sample, parts, words, sizeof(words));
		cli_say("%s", words);
	}
}

bool cli_say_unreadable(const struct sk_losses *losses)
{
	char words[160];

	if (!sk_losses_of_owners(losses, words, sizeof(words)))
		return false;
	cli_say("%s", words);
	return true;
}

int cli_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return errno ? -errno : -EIO;
}

static const char no_family[] = "this family of sockets is left out";

static const struct {
	char letter; /* '\0' = none, or sktop's own */
	const char *word, *why;
} left_out[] = {
	{ 'Z', "context", "security contexts (SELinux) are left out" },
	{ 'z', "contexts", "security contexts (SELinux) are left out" },
	{ 'D', "diag", "there are no raw dumps; -b -j keeps samples" },
	{ '\0', "bpf", "packet filters stand in the details: -0, Enter (-b is --batch here)" },
	{ '\0', "bpf-maps", "socket storage of BPF is left out" },
	{ '\0', "bpf-map-id", "socket storage of BPF is left out" },
	{ '\0', "dccp", "Linux 6.16 gave up DCCP, and so do we (-d is --delay here)" },
	{ '\0', "tipcinfo", "details of TIPC are left out" },
	{ 'I', "interface", "write -i interface = NAME" },
	{ '\0', "symbolic", "names of hardware types are left out (-N is --netns here)" },
	{ '2', "l2cap", no_family },
	{ '\0', "rfcomm", no_family },
	{ '\0', "bluetooth", no_family },
	{ '\0', "ax25", no_family },
	{ '\0', "x25", no_family },
	{ '\0', "ipx", no_family },
	{ '\0', "netrom", no_family },
	{ '\0', "rose", no_family },
	{ '\0', "ddp", no_family },
	{ '\0', "appletalk", no_family },
	{ '\0', "ash", no_family },
};

const char *cli_left_out(int letter, const char *word)
{
	size_t len;

	word += strspn(word, "-");
	len = strcspn(word, "=");
	for (size_t i = 0; i < ARRAY_SIZE(left_out); i++) {
		if (letter ? left_out[i].letter == letter :
			     strlen(left_out[i].word) == len &&
				     memcmp(left_out[i].word, word, len) == 0)
			return left_out[i].why;
	}
	return NULL;
}
