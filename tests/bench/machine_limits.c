/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "machine_limits.h"

/* Of a socket with its descriptor, and what sktop and ss hold of it. */
#define KIB_PER_SOCKET 4
#define FILES_BESIDE 1000

/* The first number of a file; -1 = there is none. */
static long number_in(const char *path)
{
	char text[64];
	FILE *file = fopen(path, "r");
	long value = -1;

	if (file && fgets(text, sizeof(text), file) && strspn(text, "0123456789"))
		value = strtol(text, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static long available_kib(void)
{
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "MemAvailable: %ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

/** The memory controller of both versions of control groups. */
static const struct {
	const char *line; /* of /proc/self/cgroup, up to the path */
	const char *mount, *max, *used;
} controllers[] = {
	{ "0::", "/sys/fs/cgroup", "memory.max", "memory.current" },
	{ ":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
	  "memory.usage_in_bytes" },
};

/* What the groups from path up leave; path is cut. LONG_MAX = all there is. */
static long group_kib(size_t controller, char *path)
{
	long least = LONG_MAX;
	char file[400], *end = path + strlen(path);

	for (;;) {
		const char *mount = controllers[controller].mount;
		long max, used;

		*end = '\0';
		snprintf(file, sizeof(file), "%s%s/%s", mount, path,
			 controllers[controller].max);
		max = number_in(file);
		snprintf(file, sizeof(file), "%s%s/%s", mount, path,
			 controllers[controller].used);
		used = number_in(file);
		if (max >= 0 && used >= 0 && (max - used) / 1024 < least)
			least = (max - used) / 1024;
		end = strrchr(path, '/');
		if (!end)
			return least;
	}
}

static long cgroup_kib(void)
{
	char line[256], *at;
	FILE *file = fopen("/proc/self/cgroup", "r");
	long least = LONG_MAX;

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
			long left;

			at = strstr(line, controllers[i].line);
			if (!at)
				continue;
			left = group_kib(i, at + strlen(controllers[i].line));
			least = left < least ? left : least;
		}
	}
	if (file)
		fclose(file);
	return least;
}

void limits_check(int n, int processes)
{
	long want = (long)n * KIB_PER_SOCKET, left = available_kib(), group = cgroup_kib();
	long each = (long)n / processes + FILES_BESIDE;
	long file_max = number_in("/proc/sys/fs/file-max");
	long nr_open = number_in("/proc/sys/fs/nr_open");
	struct rlimit limit = { (rlim_t)each, (rlim_t)each }, have;

	if (left >= 0 && left < want)
		errx(1, "%d sockets want %ld MiB of memory, and %ld are available", n,
		     want / 1024, left / 1024);
	if (group < want)
		errx(1, "%d sockets want %ld MiB of memory, and the control groups of this "
			"process leave %ld", n, want / 1024, group / 1024);
	if (file_max >= 0 && file_max < (long)n + FILES_BESIDE)
		errx(1, "%d sockets want more open files than fs.file-max = %ld", n, file_max);
	if (nr_open >= 0 && nr_open < each)
		errx(1, "a process has to hold %ld files, and fs.nr_open = %ld", each, nr_open);
	if (getrlimit(RLIMIT_NOFILE, &have) == 0 && have.rlim_cur < limit.rlim_cur) {
		if (have.rlim_max > limit.rlim_max)
			limit.rlim_max = have.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit))
			err(1, "a process has to hold %ld files: ulimit -n", each);
	}
}

static void set(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		warn("%s = %s; is /proc/sys writable? Sockets may be fewer than planned",
		     path, value);
	if (fd >= 0)
		close(fd);
}

void limits_enter_namespace(void)
{
	long places = number_in("/proc/sys/net/ipv4/tcp_ehash_entries");
	struct ifreq ifr = { .ifr_name = "lo" };
	char text[24];
	int fd;

	if (unshare(CLONE_NEWNET))
		err(1, "a network namespace: unshare (run as root)");
	/* a table as large as the host's, but its own: Linux 6.1 */
	snprintf(text, sizeof(text), "%ld", places);
	if (places > 0) {
		set("tcp_child_ehash_entries", text);
		if (unshare(CLONE_NEWNET))
			err(1, "a network namespace with a table of its own: unshare");
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
	set("tcp_max_tw_buckets", "2000000");
	/* a new connection would end one in TIME_WAIT: over loopback that is usual */
	set("tcp_tw_reuse", "0");
	set("ip_local_port_range", "10000 65000");
}

long limits_others(void)
{
	/* a table that is shared is told by a minus */
	return number_in("/proc/sys/net/ipv4/tcp_ehash_entries") > 0 ?
		       0 :
		       limits_sockstat("TCP:", " alloc ");
}

bool limits_have_ipv6(void)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool have = fd >= 0 && bind(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0;

	if (fd >= 0)
		close(fd);
	return have;
}

long limits_sockstat(const char *line, const char *word)
{
	FILE *file = fopen("/proc/net/sockstat", "r");
	char text[256], *at;
	long value = 0;

	while (file && fgets(text, sizeof(text), file)) {
		at = strncmp(text, line, strlen(line)) == 0 ? strstr(text, word) : NULL;
		if (at)
			value = strtol(at + strlen(word), NULL, 10);
	}
	if (file)
		fclose(file);
	return value;
}

void limits_tell(void)
{
	long tracked = number_in("/proc/sys/net/netfilter/nf_conntrack_count");
	long pages = limits_sockstat("TCP:", " mem "), low, pressure = 0;
	FILE *file = fopen("/proc/sys/net/ipv4/tcp_mem", "r");

	if (tracked > 0)
		warnx("connection tracking is on in this namespace (%ld entries): building is "
		      "slower, and nf_conntrack_max may limit it", tracked);
	if (file && fscanf(file, "%ld %ld", &low, &pressure) == 2 && pages > pressure)
		warnx("TCP uses %ld pages, beyond the second number of net.ipv4.tcp_mem (%ld): "
		      "the kernel saves memory", pages, pressure);
	if (file)
		fclose(file);
}
