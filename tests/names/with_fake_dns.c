/* SPDX-License-Identifier: MIT */
/*
 * with_fake_dns COUNT PROGRAM [ARGUMENT...]: runs a program where the only name server
 * is ours, in network and mount namespaces of its own. The file COUNT holds how many
 * questions came, as a number. Skips (status 77) where no namespace can be made.
 */
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>
#include "names/fake_dns.h"

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

static void enter_namespaces(void)
{
	char map[64];
	uid_t uid = getuid();
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS)) {
			puts("SKIPPED: no namespaces here");
			exit(77);
		}
		snprintf(map, sizeof(map), "0 %u 1", uid);
		write_file("/proc/self/uid_map", map);
	}
	if (mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		err(1, "mount");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(1, "lo up");
	close(fd);
}

static void replace_file(const char *path, const char *text)
{
	char copy[] = "/tmp/sktop-fake-XXXXXX";
	int fd = mkstemp(copy);

	if (fd < 0)
		err(1, "mkstemp");
	close(fd);
	write_file(copy, text);
	if (chmod(copy, 0644) || mount(copy, path, NULL, MS_BIND, NULL))
		err(1, "mount %s", path);
	unlink(copy);
}

static void serve(int fd, const char *count_file)
{
	unsigned count = 0;
	int counter = open(count_file, O_WRONLY | O_CLOEXEC);

	for (;;) {
		uint8_t query[1024], reply[1024];
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, query, sizeof(query), 0,
				     (struct sockaddr *)&from, &from_len);
		char text[16];
		size_t len;

		if (n < 0)
			_exit(1);
		/* never empty, not even for a moment: it only grows */
		snprintf(text, sizeof(text), "%u", ++count);
		if (pwrite(counter, text, strlen(text), 0) < 0)
			_exit(1);
		len = fake_reply(query, (size_t)n, reply);
		if (len)
			sendto(fd, reply, len, 0, (struct sockaddr *)&from, from_len);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(53) };
	pid_t parent = getpid();
	int fd;

	if (argc < 3)
		errx(2, "usage: with_fake_dns COUNT PROGRAM [ARGUMENT...]");
	write_file(argv[1], "0");
	enter_namespaces();
	replace_file("/etc/resolv.conf", "nameserver 127.0.0.1\n");
	replace_file("/etc/hosts", "127.0.0.1 localhost\n10.66.9.9 from-hosts-file\n");
	replace_file("/etc/nsswitch.conf", "passwd: files\nhosts: files dns\n"
					   "services: files\nprotocols: files\n");
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "bind port 53");
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		for (int i = 0; i < 3; i++)
			close(i);
		serve(fd, argv[1]);
	}
	execvp(argv[2], argv + 2);
	err(127, "%s", argv[2]);
}
