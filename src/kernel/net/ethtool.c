/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sktop/array.h>
#include "kernel/net/ethtool.h"
#include "kernel/net/links.h"
#include "kernel/text.h"

/* These drivers have other names than rtnetlink uses. */
static const struct {
	const char *driver, *kind;
} names[] = {
	{ "bonding", "bond" },
	{ "802.1Q VLAN Support", "vlan" },
};

static void read_kind(int fd, struct sk_link *link)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_flags = 0 };
	const char *kind = info.driver;

	links_kernel_name(link, request.ifr_name);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return;
	link->ifi_flags = (uint16_t)request.ifr_flags;
	request.ifr_data = (void *)&info;
	if (link->ifi_flags & IFF_LOOPBACK) {
		link->flags |= SK_LINK_TIES;
		return;
	}
	if (ioctl(fd, SIOCETHTOOL, &request))
		return;
	link->flags |= SK_LINK_TIES;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strncmp(info.driver, names[i].driver, sizeof(info.driver)) == 0)
			kind = names[i].kind;
	}
	/*
	 * A device has a place on a bus, so only software has a kind. tun says "tun" or "tap" as
	 * its bus.
	 */
	if (!info.bus_info[0] || strcmp(info.bus_info, "N/A") == 0 ||
	    strcmp(info.driver, "tun") == 0)
		text_copy(link->kind, sizeof(link->kind), kind, sizeof(info.driver));
}

void link_kind_read(struct sk_sample *sample, uint32_t first)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	for (uint32_t i = first; i < sample->n_links; i++)
		read_kind(fd, &sample->links[i]);
	close(fd);
}

/* Three masks of up to 127 words (a signed byte) follow the head. */
union settings {
	struct ethtool_link_settings head;
	uint8_t room[sizeof(struct ethtool_link_settings) + 3 * 127 * 4];
};

static int ask_settings(int fd, const struct sk_link *link, union settings *settings, int8_t words)
{
	struct ifreq request = { .ifr_data = (void *)settings };

	memset(settings, 0, sizeof(*settings));
	settings->head.cmd = ETHTOOL_GLINKSETTINGS;
	settings->head.link_mode_masks_nwords = words;
	links_kernel_name(link, request.ifr_name);
	return ioctl(fd, SIOCETHTOOL, &request);
}

/* Returns 0, or -errno. An error most often means that there is no speed. */
static int read_speed(int fd, struct sk_link *link)
{
	union settings settings;

	/* The first answer says how many words a mask has, as a negative number. */
	if (ask_settings(fd, link, &settings, 0))
		return -errno;
	if (settings.head.link_mode_masks_nwords >= 0)
		return 0;
	if (ask_settings(fd, link, &settings, (int8_t)-settings.head.link_mode_masks_nwords))
		return -errno;
	if (settings.head.speed != (uint32_t)SPEED_UNKNOWN)
		link->speed = settings.head.speed;
	link->duplex = settings.head.duplex == DUPLEX_FULL ? 2 :
		       settings.head.duplex == DUPLEX_HALF ? 1 : 0;
	return 0;
}

/* Returns true for errors that do not mean "there is none". */
static bool is_fault(int err)
{
	return err == -EIO || err == -ENOMEM || err == -ENOBUFS;
}

void link_speed_read(struct sk_sample *sample, uint32_t first)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		sk_sample_lose(sample, SK_PART_SPEEDS, SK_LOSS_ALL, -errno);
		return;
	}
	for (uint32_t i = first; i < sample->n_links; i++) {
		/* A link that is down has no speed, and its driver may need time to answer. */
		int err = sample->links[i].ifi_flags & IFF_RUNNING ?
				  read_speed(fd, &sample->links[i]) : 0;

		if (is_fault(err))
			sk_sample_lose(sample, SK_PART_SPEEDS, SK_LOSS_SOME, err);
	}
	close(fd);
}
