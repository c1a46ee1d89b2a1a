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
#include "kernel/net/link_speed.h"
#include "kernel/net/links.h"

/* Behind the head come three masks of up to 127 words (a signed byte). */
union settings {
	struct ethtool_link_settings head;
	uint8_t room[sizeof(struct ethtool_link_settings) + 3 * 127 * 4];
};

static int ask(int fd, const struct sk_link *link, union settings *settings, int8_t words)
{
	struct ifreq request = { .ifr_data = (void *)settings };

	memset(settings, 0, sizeof(*settings));
	settings->head.cmd = ETHTOOL_GLINKSETTINGS;
	settings->head.link_mode_masks_nwords = words;
	links_kernel_name(link, request.ifr_name);
	return ioctl(fd, SIOCETHTOOL, &request);
}

/* Returns 0, or -errno, which most often means that there is no speed. */
static int read_one(int fd, struct sk_link *link)
{
	union settings settings;

	/* the first answer is how many words a mask has, as a negative number */
	if (ask(fd, link, &settings, 0))
		return -errno;
	if (settings.head.link_mode_masks_nwords >= 0)
		return 0;
	if (ask(fd, link, &settings, (int8_t)-settings.head.link_mode_masks_nwords))
		return -errno;
	if (settings.head.speed != (uint32_t)SPEED_UNKNOWN)
		link->speed = settings.head.speed;
	link->duplex = settings.head.duplex == DUPLEX_FULL ? 2 :
		       settings.head.duplex == DUPLEX_HALF ? 1 : 0;
	return 0;
}

/* What no driver means by "there is none". */
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
		/* a link that is down has none, and its driver may take its time to say */
		int err = sample->links[i].ifi_flags & IFF_RUNNING ?
				  read_one(fd, &sample->links[i]) : 0;

		if (is_fault(err))
			sk_sample_lose(sample, SK_PART_SPEEDS, SK_LOSS_SOME, err);
	}
	close(fd);
}
