/* SPDX-License-Identifier: MIT */
/*
 * This file parses addresses and ports in the many spellings of ss.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/ascii.h>
#include <sktop/names.h>
#include <sktop/text.h>
#include "filter/filter.h"

static bool word_in(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (sk_ascii_same(text, *words))
			return true;
	}
	return false;
}

/* Parses one to four parts from the left, decimal, octal or hex: 10, 192.168, 0xa.0.0.1 */
static int parse_v4(const char *text, uint8_t out[4], unsigned *parts)
{
	*parts = 0;
	memset(out, 0, 4);
	for (;;) {
		char *end;
		unsigned long value;

		if (*text < '0' || *text > '9' || *parts == 4)
			return -EINVAL;
		value = strtoul(text, &end, 0);
		if (value > 255 || end == text)
			return -EINVAL;
		out[(*parts)++] = (uint8_t)value;
		if (!*end)
			return 0;
		if (*end != '.')
			return -EINVAL;
		text = end + 1;
	}
}

/* "8", or a netmask such as 255.255.0.0. Returns the length or -EINVAL. */
static int parse_prefix_len(const char *text, bool v4)
{
	uint8_t mask[4];
	unsigned parts;
	uint32_t bits;
	char *end;
	long len;

	if (v4 && strchr(text, '.')) {
		if (parse_v4(text, mask, &parts) || parts != 4)
			return -EINVAL;
		memcpy(&bits, mask, 4);
		bits = ntohl(bits);
		if (~bits & (~bits + 1))
			return -EINVAL;
		return __builtin_popcount(bits);
	}
	len = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || len > (v4 ? 32 : 128))
		return -EINVAL;
	return (int)len;
}

/* Letters, digits, '-', '_' and '.', with a letter in front or no dotted number. */
static bool is_host_name(const char *text)
{
	size_t len = strlen(text), letters = 0;

	for (size_t i = 0; i < len; i++) {
		bool letter = (text[i] >= 'a' && text[i] <= 'z') ||
			      (text[i] >= 'A' && text[i] <= 'Z');

		if (!letter && !strchr("0123456789-_.", text[i]))
			return false;
		letters += letter;
	}
	return letters && len < 254 && !strchr("-.", text[0]) &&
	       !sk_ascii_begins(text, "0x", 2);
}

static int not_an_address(const char *text, bool slash, char *name, char *message,
			  size_t size)
{
	if (!is_host_name(text)) {
		snprintf(message, size, "'%.60s' is no address and no host name", text);
		return -EINVAL;
	}
	if (slash) {
		snprintf(message, size, "'%.60s' is a name; a prefix needs an address",
			 text);
		return -EINVAL;
	}
	snprintf(name, 256, "%s", text);
	return 1;
}

static int check_family(const char *text, const struct host *host, bool is_v4,
			char *message, size_t size)
{
	if (host->family != 4 || is_v4)
		return 0;
	snprintf(message, size, "'%.60s' is no IPv4 address", text);
	return -EINVAL;
}

static int parse_address(char *text, struct host *host, char *name, char *message,
			 size_t size)
{
	static const char *const any[] = { "", "*", "any", "all", "default", NULL };
	char *slash = strchr(text, '/');
	uint8_t v4[4];
	unsigned parts;
	int len = -1;
	bool is_v4;

	if (word_in(text, any))
		return 0;
	if (slash)
		*slash = '\0';
	is_v4 = parse_v4(text, v4, &parts) == 0;
	if (is_v4) {
		host->net = sk_addr_from_v4(v4);
	} else if (inet_pton(AF_INET6, text, host->net.b) != 1) {
		return not_an_address(text, slash != NULL, name, message, size);
	}
	if (check_family(text, host, is_v4, message, size))
		return -EINVAL;
	if (slash)
		len = parse_prefix_len(slash + 1, is_v4);
	if (slash && len < 0) {
		snprintf(message, size, "'/%.20s' is no prefix length of %s", slash + 1,
			 is_v4 ? "IPv4 (0 to 32)" : "IPv6 (0 to 128)");
		return -EINVAL;
	}
	if (len < 0)
		len = is_v4 ? 32 : 128;
	host->prefix_len = (uint8_t)(is_v4 ? len + 96 : len);
	/* also ::ffff:10.0.0.1, which no IPv4 socket has */
	if (!is_v4)
		host->family = 6;
	host->net = sk_addr_prefix(&host->net, host->prefix_len);
	return 0;
}

static int set_port(const char *text, struct host *host, char *message, size_t size)
{
	struct sk_service_port ports[SK_SERVICE_PORTS];
	uint16_t first, last;

	if (strcmp(text, "*") == 0 || !*text)
		return 0;
	if (filter_parse_ports(text, strlen(text), &first, &last) || first != last) {
		bool differs = sk_names_ports(text, strlen(text), ports) > 1;

		snprintf(message, size, differs ? "'%.40s' is another port in each protocol: "
			 "write its number, or use port = :NAME" :
			 "'%.40s' is no port and no service", text);
		return -EINVAL;
	}
	host->port = first;
	return 0;
}

/* "[addr]", "[addr]:port", "[addr]/len", "[addr]/len:port" */
static int parse_bracketed(char *text, struct host *host, char *name, char *message,
			   size_t size)
{
	char addr[SK_ADDR_STRLEN + 24];
	char *close = strchr(text, ']'), *colon;

	if (!close) {
		snprintf(message, size, "']' is missing");
		return -EINVAL;
	}
	*close = '\0';
	colon = strchr(close + 1, ':');
	if (colon)
		*colon = '\0';
	if (close[1] && close[1] != '/') {
		snprintf(message, size, "'%.20s' after ']' is neither /LEN nor :PORT",
			 close + 1);
		return -EINVAL;
	}
	if (snprintf(addr, sizeof(addr), "%s%s", text + 1, close + 1) >=
	    (int)sizeof(addr)) {
		snprintf(message, size, "the address is too long");
		return -EINVAL;
	}
	if (is_host_name(addr) || parse_address(addr, host, name, message, size)) {
		snprintf(message, size, "'%.60s' in brackets is no address", addr);
		return -EINVAL;
	}
	return colon ? set_port(colon + 1, host, message, size) : 0;
}

/*
 * Takes "%DEVICE" out of an address, wherever it stands: fe80::1%eth0, [fe80::1]%eth0:22.
 * *behind is what followed it, or NULL.
 */
static int take_device(char *text, struct host *host, char **behind, char *message,
		       size_t size)
{
	char *percent = strchr(text, '%');
	size_t len = percent ? strcspn(percent + 1, "]/:") : 0;

	*behind = percent;
	if (!percent)
		return 0;
	if (!len || len >= sizeof(host->device)) {
		snprintf(message, size, "'%%%.40s' is no device", percent + 1);
		return -EINVAL;
	}
	memcpy(host->device, percent + 1, len);
	host->device[len] = '\0';
	/* names of a sample are clean */
	if (!sk_text_is_clean(host->device))
		sk_text_clean(host->device, sizeof(host->device), percent + 1, len);
	memmove(percent, percent + 1 + len, strlen(percent + 1 + len) + 1);
	return 0;
}

/*
 * The colon before a port, or NULL. Colons of a bare IPv6 address, with or without a
 * length, are no port's; but netstat writes ::1:443 for port 443 of ::1, and ::/96, where
 * that would be an address, is in nobody's use (RFC 4291, 2.5.5.1).
 */
static char *port_colon(char *text)
{
	static const uint8_t zero[12];
	char *colon = strrchr(text, ':');
	uint8_t whole[16], before[16];
	bool is_address;

	if (!colon || strchr(colon, '/'))
		return NULL;
	if (inet_pton(AF_INET6, text, whole) != 1)
		return colon;
	*colon = '\0';
	is_address = inet_pton(AF_INET6, text, before) != 1 || memcmp(whole, zero, 12) != 0;
	*colon = ':';
	return is_address ? NULL : colon;
}

int filter_parse_host(const char *text, size_t len, struct host *host, char *name,
		      char *message, size_t size)
{
	char copy[256 + SK_ALTNAME_STRLEN];
	char *at = copy, *behind, *colon;

	*host = (struct host){ .port = -1 };
	if (len >= sizeof(copy)) {
		snprintf(message, size, "the address is too long");
		return -EINVAL;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sk_ascii_begins(at, "inet6:", 6)) {
		host->family = 6;
		at += 6;
	} else if (sk_ascii_begins(at, "inet:", 5)) {
		host->family = 4;
		at += 5;
	}
	if (take_device(at, host, &behind, message, size))
		return -EINVAL;
	if (*at == '[')
		return parse_bracketed(at, host, name, message, size);
	colon = behind && *behind == ':' ? behind : port_colon(at);
	if (colon) {
		*colon = '\0';
		if (set_port(colon + 1, host, message, size))
			return -EINVAL;
	}
	return parse_address(at, host, name, message, size);
}

/* A service that has one port in every protocol; others need the number. */
static int parse_service(const char *text, size_t len, uint16_t *port)
{
	struct sk_service_port ports[SK_SERVICE_PORTS];

	if (sk_names_ports(text, len, ports) != 1)
		return -EINVAL;
	*port = ports[0].port;
	return 0;
}

static int parse_port(const char *text, size_t len, uint16_t *port)
{
	char copy[64];
	char *end;
	unsigned long value;

	if (len == 0 || len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (*copy < '0' || *copy > '9')
		return parse_service(copy, len, port);
	value = strtoul(copy, &end, 10);
	if (*end || value > UINT16_MAX)
		return -EINVAL;
	*port = (uint16_t)value;
	return 0;
}

int filter_parse_ports(const char *text, size_t len, uint16_t *first, uint16_t *last)
{
	const char *dash;

	if (len && *text == ':') {
		text++;
		len--;
	}
	/* services have dashes in their names: "http-alt" is no range */
	if (parse_port(text, len, first) == 0) {
		*last = *first;
		return 0;
	}
	dash = len ? memchr(text, '-', len) : NULL;
	if (!dash || parse_port(text, (size_t)(dash - text), first) ||
	    parse_port(dash + 1, len - (size_t)(dash - text) - 1, last) || *first > *last)
		return -EINVAL;
	return 0;
}
