/* SPDX-License-Identifier: MIT */
/*
 * This file derives the systemd unit or the container from the names that init systems
 * and container runtimes give to the directories of a control group.
 */
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include "kernel/owners/process.h"
#include "kernel/text.h"

#define HEX_ID 64    /* digits of a container's id */
#define SHORT_ID 12  /* docker ps shows as many */

/* These are directories of one container: PREFIX + 64 hex digits + SUFFIX. */
static const struct {
	const char *prefix, *suffix, *label;
} containers[] = {
	{ "docker-", ".scope", "docker" },
	{ "libpod-conmon-", ".scope", "conmon" },
	{ "libpod-", ".scope", "podman" },
	{ "libpod-", "", "podman" },
	{ "cri-containerd-", ".scope", "containerd" },
	{ "crio-conmon-", ".scope", "conmon" },
	{ "crio-", ".scope", "crio" },
	{ "crio-", "", "crio" },
	{ "nerdctl-", ".scope", "containerd" },
	{ "", "", "" }, /* the parent directory names the runtime */
};

/* In these directories, containers are named by their ids alone. */
static const struct {
	const char *name, *label;
} parents[] = {
	{ "docker", "docker" },	  { "libpod_parent", "podman" }, { "k8s.io", "k8s" },
	{ "kubepods", "k8s" },	  { "burstable", "k8s" },	 { "besteffort", "k8s" },
	{ "guaranteed", "k8s" },  { "actions_job", "docker" },	 { "garden", "garden" },
	{ "buildkit", "buildkit" },
};

/* These directories are named after a container: PREFIX + NAME. */
static const struct {
	const char *prefix, *label;
} named[] = {
	{ "lxc.payload.", "lxc" },
	{ "lxc.monitor.", "lxc-monitor" },
};

static const char *const unit_suffixes[] = { ".service", ".scope", ".slice" };

static bool ends_in(const char *part, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && memcmp(part + len - n, suffix, n) == 0;
}

static bool is_hex(const char *part, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr("0123456789abcdef", part[i]))
			return false;
	}
	return len == HEX_ID;
}

static const char *parent_label(const char *parent, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
		if (strlen(parents[i].name) == len &&
		    memcmp(parents[i].name, parent, len) == 0)
			return parents[i].label;
	}
	/* The path is kubepods/burstable/pod1234-.../ID. */
	return len > 3 && memcmp(parent, "pod", 3) == 0 ? "k8s" : "container";
}

/** This is one directory of a path. */
struct part {
	const char *text;
	size_t len;
};

static void name_it(char *out, const char *label, const char *text, size_t len)
{
	size_t n = (size_t)snprintf(out, PROCESS_UNIT, "%s:", label);

	text_part(out + n, PROCESS_UNIT - n, text, len);
}

static bool name_container(struct part part, struct part parent, char *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(containers); i++) {
		size_t before = strlen(containers[i].prefix);
		size_t after = strlen(containers[i].suffix);
		const char *label = containers[i].label;

		if (part.len != before + HEX_ID + after ||
		    memcmp(part.text, containers[i].prefix, before) != 0 ||
		    !is_hex(part.text + before, HEX_ID) ||
		    memcmp(part.text + before + HEX_ID, containers[i].suffix, after) != 0)
			continue;
		if (!*label)
			label = parent_label(parent.text, parent.len);
		snprintf(out, PROCESS_UNIT, "%s:%.*s", label, SHORT_ID,
			 part.text + before);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		size_t before = strlen(named[i].prefix);

		if (part.len > before && memcmp(part.text, named[i].prefix, before) == 0) {
			name_it(out, named[i].label, part.text + before,
				part.len - before);
			return true;
		}
	}
	if (parent.len == 3 && memcmp(parent.text, "lxc", 3) == 0) {
		name_it(out, "lxc", part.text, part.len);
		return true;
	}
	return false;
}

/* Takes the name of a unit. A service or scope is better than a slice, even than a deeper one. */
static void name_unit(struct part part, bool *slice, char *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(unit_suffixes); i++) {
		bool is_slice = i == 2;

		if (!ends_in(part.text, part.len, unit_suffixes[i]) ||
		    (is_slice && out[0] && !*slice))
			continue;
		text_part(out, PROCESS_UNIT, part.text, part.len);
		*slice = is_slice;
	}
}

void process_unit(const char *path, char out[PROCESS_UNIT])
{
	struct part parent = { "", 0 };
	bool slice = false;

	/*
	 * The deepest name counts. But a unit inside a container is part of the container, so the
	 * search ends there.
	 */
	out[0] = '\0';
	while (*path) {
		struct part part;

		path += strspn(path, "/");
		part = (struct part){ path, strcspn(path, "/") };
		if (part.len && name_container(part, parent, out))
			return;
		if (part.len)
			name_unit(part, &slice, out);
		parent = part;
		path += part.len;
	}
}
