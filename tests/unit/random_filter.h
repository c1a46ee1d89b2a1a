/* SPDX-License-Identifier: MIT */
/* Random filters: every kind of leaf that the kernel knows, and some that it does not. */
#ifndef RANDOM_FILTER_H
#define RANDOM_FILTER_H

#include <stdio.h>
#include <stdlib.h>

/** Where the leaves take their values from. */
struct leaf_kind {
	const char *format; /* one %s */
	const char *const *values;
};

static const char *const random_hosts[] = {
	"127.0.0.1", "127.0.0.2", "127.0.0.0/30", "127/8", "0.0.0.0", "0/0", "::1", "::/0",
	"::", "::ffff:127.0.0.1", "[::1]:5002", "127.0.0.1:5001", "*:5003", ":5001", "any",
	"inet:*", "inet6:*", "inet:127/8", "inet6:127.0.0.3", "10.0.0.0/9", "fe80::/10",
	"127.0.0.3:*", NULL,
};
static const char *const random_prefixes[] = { "127.0.0.2", "127/8", "::1/127", "inet6:*",
					       NULL };
static const char *const random_ports[] = { "5001", "5002", "0", "65535", "6003", "1024",
					    "32768", NULL };
static const char *const random_ranges[] = { "5001-5002", "0-5001", "5002-65535",
					     "0-65535", "6001-6003,5001", "1-1", NULL };
static const char *const random_states[] = {
	"established", "time-wait", "listen", "connected", "big", "bucket", "close-wait",
	"fin-wait-2", "syn-recv", "close", "all", "bound-inactive", "synchronized", NULL,
};
static const char *const random_marks[] = { "0", "7", "0x7/0xf", "0x17", "0/1", "0x10/0x8",
					    NULL };
static const char *const random_devs[] = { "lo", "1", "2", "nosuch0", "l*", NULL };
static const char *const random_cgroups[] = { "1", "42", "0", NULL };
static const char *const random_plain[] = {
	"recv-q > 0", "uid = 0", "proto = tcp6", "proto = udp", "inode > 1", "user = root",
	"timer = timewait", "autobound", "lport > 5001", "rport = 0", "local ~ :", NULL,
};

static const struct leaf_kind leaf_kinds[] = {
	{ "src %s", random_hosts },	 { "dst %s", random_hosts },
	{ "src != %s", random_hosts },	 { "dst != %s", random_hosts },
	{ "local = %s", random_prefixes }, { "remote != %s", random_prefixes },
	{ "sport = %s", random_ports },	 { "dport != %s", random_ports },
	{ "sport < %s", random_ports },	 { "dport > %s", random_ports },
	{ "sport >= %s", random_ports }, { "dport <= %s", random_ports },
	{ "port = %s", random_ports },	 { "port != %s", random_ports },
	{ "port > %s", random_ports },	 { "sport = %s", random_ranges },
	{ "port != %s", random_ranges }, { "dport in (%s)", random_ranges },
	{ "state %s", random_states },	 { "exclude %s", random_states },
	{ "state != %s", random_states }, { "mark = %s", random_marks },
	{ "mark != %s", random_marks },	 { "dev = %s", random_devs },
	{ "dev != %s", random_devs },	 { "cgroup = %s", random_cgroups },
	{ "cgroup != %s", random_cgroups }, { "%s", random_plain },
};

static inline const char *random_of(unsigned *seed, const char *const *values)
{
	size_t n = 0;

	while (values[n])
		n++;
	return values[(size_t)rand_r(seed) % n];
}

static inline void random_leaf(unsigned *seed, char *out, size_t size)
{
	size_t n = sizeof(leaf_kinds) / sizeof(leaf_kinds[0]);
	const struct leaf_kind *kind = &leaf_kinds[(size_t)rand_r(seed) % n];
	const char *hole = strstr(kind->format, "%s");

	snprintf(out, size, "%.*s%s%s", (int)(hole - kind->format), kind->format,
		 random_of(seed, kind->values), hole + 2);
}

static inline void random_filter(unsigned *seed, int depth, char *out, size_t size)
{
	char a[1000], b[1000];

	if (depth == 0 || rand_r(seed) % 4 == 0) {
		random_leaf(seed, out, size);
		return;
	}
	random_filter(seed, depth - 1, a, sizeof(a));
	random_filter(seed, depth - 1, b, sizeof(b));
	if (rand_r(seed) % 3 == 0)
		snprintf(out, size, "not (%.480s)", a);
	else
		snprintf(out, size, "(%.480s) %s (%.480s)", a,
			 rand_r(seed) % 2 ? "and" : "or", b);
}

#endif
