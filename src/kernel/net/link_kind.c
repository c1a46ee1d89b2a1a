/* SPDX-License-Identifier: MIT */
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/net/link_kind.h"
#include "kernel/net/links.h"
#include "kernel/text.h"

/* Drivers that call themselves something else than rtnetlink does. */
static const struct {
	const char *driver, *kind;
} names[] = {
	{ "bonding", "bond" },
	{ "802.1Q VLAN Support", "vlan" },
};

static void read_one(int fd, struct sk_link *link)
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
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(info.driver, names[i].driver, sizeof(info.driver)) == 0)
			kind = names[i].kind;
	}
	/* a device has a place on a bus; tun calls its own "tun" or "tap" */
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
		read_one(fd, &sample->links[i]);
	close(fd);
}
