/* SPDX-License-Identifier: MIT */
/*
 * Parsers of the hostile texts in /proc and the cgroup tree that describe a process.
 */
#include "../testing.h"
#include <stdlib.h>
#include <string.h>
#include "kernel/owners/cgroups.h"
#include "kernel/owners/process.h"
#include "shown.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define STAT_TAIL " S 7 1 1 0 -1 4194560 1 0 0 0 1 2 3 4 20 0 31 0 8675309 5 6\n"

static int parse_stat(const char *text, struct process_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	return process_parse_stat(text, strlen(text), stat);
}

TEST(test_stat)
{
	struct process_stat stat;

	assert_int_equal(parse_stat("12 (nginx)" STAT_TAIL, &stat), 0);
	assert_string_equal(stat.name, "nginx");
	assert_int_equal(stat.ppid, 7);
	assert_int_equal(stat.threads, 31);
	assert_int_equal(stat.start, 8675309);
	assert_int_equal(stat.state, 'S');
	assert_false(stat.kernel);
	assert_int_equal(parse_stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 "
				    "1 0 4 0 0", &stat), 0);
	assert_true(stat.kernel);
}

TEST(test_stat_hostile)
{
	static const char *const broken[] = {
		"", "12", "12 (nginx", "12 nginx) S 1", ") (", "12 (x)", "12 (x) S 1 2 3",
		"12 (x) S a b c d e f g h i j k l m n o p q r s t",
	};
	struct process_stat stat;

	assert_int_equal(parse_stat("12 (a) R 1 (b)" STAT_TAIL, &stat), 0);
	assert_string_equal(stat.name, "a) R 1 (b");
	assert_int_equal(stat.start, 8675309);
	assert_int_equal(parse_stat("12 (\x1b[31m\n\xff)" STAT_TAIL, &stat), 0);
	assert_string_equal(shown(stat.name), "?[31m??");
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_not_equal(parse_stat(broken[i], &stat), 0);
}

static bool parse_command(const char *bytes, size_t len, struct process_text *out)
{
	char *copy = malloc(len + 1);
	bool cut;

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	assert_int_equal(process_parse_command(copy, len, out, &cut), 0);
	free(copy);
	return cut;
}

TEST(test_command)
{
	struct process_texts texts = { 0 };
	struct process_text *out = &texts.command;
	char *huge = malloc(SK_COMMAND_MAX + 10);

	assert_false(parse_command("nginx\0-g\0daemon off;\0", 21, out));
	assert_string_equal(out->text, "nginx -g daemon off;");
	assert_false(parse_command("nginx: worker process\0\0\0\0", 25, out));
	assert_string_equal(out->text, "nginx: worker process");
	assert_false(parse_command("", 0, out));
	assert_string_equal(out->text, "");
	assert_false(parse_command("a\n\x1b]0;x\x07\xc3\x28", 10, out));
	assert_string_equal(shown(out->text), "a?" "?]0;x?" "?(");
	memset(huge, 'a', SK_COMMAND_MAX + 10);
	assert_true(parse_command(huge, SK_COMMAND_MAX + 10, out));
	assert_int_equal(strlen(out->text), SK_COMMAND_MAX + strlen(SK_COMMAND_CUT));
	assert_string_equal(out->text + SK_COMMAND_MAX, SK_COMMAND_CUT);
	assert_false(parse_command(huge, SK_COMMAND_MAX, out));
	assert_int_equal(strlen(out->text), SK_COMMAND_MAX);
	memcpy(huge + SK_COMMAND_MAX - 1, "\xc3\xa9", 2); /* is not cut in two */
	assert_true(parse_command(huge, SK_COMMAND_MAX + 10, out));
	assert_string_equal(out->text + SK_COMMAND_MAX - 1, SK_COMMAND_CUT);
	process_texts_free(&texts);
	free(huge);
}

TEST(test_cgroup_file)
{
	static const struct {
		const char *text, *path;
	} files[] = {
		{ "0::/system.slice/ssh.service\n", "/system.slice/ssh.service" },
		{ "2:cpu:/\n1:name=systemd:/user.slice/a.scope\n0::/\n",
		  "/user.slice/a.scope" },
		{ "4:memory:/docker/" HEX "\n1:name=systemd:/docker/" HEX "\n",
		  "/docker/" HEX },
		{ "1:name=systemd:/a/b\n0::/c/d\n", "/c/d" },
		{ "0::/\n", "/" },
		{ "", "" },
		{ "rubbish\n:\n::\n", "" },
		{ "0::/a\x1b[m\xff/b\n", "/a?[m?/b" },
	};
	char path[PROCESS_CGROUP];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		process_parse_cgroup(files[i].text, path);
		assert_string_equal(shown(path), files[i].path);
	}
}

TEST(test_units)
{
	static const struct {
		const char *path, *unit;
	} units[] = {
		{ "/", "" },
		{ "", "" },
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/system.slice/system-getty.slice/getty@tty1.service",
		  "getty@tty1.service" },
		{ "/system.slice", "system.slice" },
		{ "/user.slice/user-1000.slice/session-2.scope", "session-2.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "app-firefox-12.scope", "app-firefox-12.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope" },
		{ "/system.slice/docker-" HEX ".scope", "docker:0123456789ab" },
		{ "/docker/" HEX, "docker:0123456789ab" },
		{ "/docker/" HEX "/system.slice/cron.service", "docker:0123456789ab" },
		{ "/machine.slice/libpod-" HEX ".scope/container", "podman:0123456789ab" },
		{ "/machine.slice/libpod-conmon-" HEX ".scope", "conmon:0123456789ab" },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/"
		  "cri-containerd-" HEX ".scope", "containerd:0123456789ab" },
		{ "/kubepods/burstable/pod1234/" HEX, "k8s:0123456789ab" },
		{ "/lxc/web", "lxc:web" },
		{ "/lxc.payload.web/system.slice/a.service", "lxc:web" },
		{ "/machine.slice/machine-vm.scope", "machine-vm.scope" },
		{ "/some/thing", "" },
		{ "/../../system.slice/a.service", "a.service" },
		{ "/.service", "" },
		{ "/" HEX, "container:0123456789ab" },
	};
	char unit[PROCESS_UNIT];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		process_unit(units[i].path, unit);
		assert_string_equal(unit, units[i].unit);
	}
}

TEST(test_mounts)
{
	char path[64];

	assert_true(cgroups_parse_mounts(
		"22 1 0:20 / /proc rw - proc proc rw\n"
		"31 23 0:26 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw\n",
		path, sizeof(path)));
	assert_string_equal(path, "/sys/fs/cgroup/unified");
	assert_true(cgroups_parse_mounts("1 2 0:3 / /a\\040b rw - cgroup2 none rw\n", path,
					 sizeof(path)));
	assert_string_equal(path, "/a b");
	assert_false(cgroups_parse_mounts("31 23 0:26 / /cg rw - cgroup cgroup rw,cpu\n",
					  path, sizeof(path)));
	assert_false(cgroups_parse_mounts("", path, sizeof(path)));
	assert_false(cgroups_parse_mounts("- cgroup2 ", path, sizeof(path)));
}
