/* SPDX-License-Identifier: MIT */
/*
 * This file reads packet sockets, from packet_diag or /proc/net/packet.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/packet_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sktop/array.h>
#include "kernel/netlink/attr.h"
#include "kernel/sockets/kind.h"
#include "kernel/field.h"

static size_t request(void *payload, uint32_t needs, bool all)
{
	struct packet_diag_req *req = payload;

	(void)needs; /* the memory counters contain the queues */
	req->sdiag_family = AF_PACKET;
	req->pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_MEMINFO |
			  (all ? PACKET_SHOW_RING_CFG | PACKET_SHOW_FANOUT |
					 PACKET_SHOW_MCLIST | PACKET_SHOW_FILTER :
				 0);
	return sizeof(*req);
}

/* Names protocols as tcpdump and ss do. Other protocols are shown as a number. */
static int name_end(const struct kind_row *row, uint32_t protocol, uint32_t ifindex)
{
	static const struct {
		uint16_t number;
		const char *name;
	} names[] = {
		{ ETH_P_ALL, "*" },	   { ETH_P_IP, "ip" },
		{ ETH_P_ARP, "arp" },	   { ETH_P_RARP, "rarp" },
		{ ETH_P_IPV6, "ipv6" },	   { ETH_P_8021Q, "802.1Q" },
		{ ETH_P_8021AD, "802.1ad" }, { ETH_P_PPP_DISC, "ppp_disc" },
		{ ETH_P_PPP_SES, "ppp_ses" }, { ETH_P_MPLS_UC, "mpls_uc" },
		{ ETH_P_PAE, "802_1x" },   { ETH_P_LLDP, "LLDP" },
		{ ETH_P_AOE, "aoe" },	   { ETH_P_TIPC, "tipc" },
	};
	char device[SK_DEVICE_STRLEN], number[16];
	const char *name = number;

	snprintf(number, sizeof(number), "[%u]", protocol);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].number == protocol)
			name = names[i].name;
	}
	row->attrs->ifindex = ifindex;
	row->attrs->local_name.id = ifindex;
	row->attrs->local_name.extra = protocol;
	return kind_name(row, &row->attrs->local_name.text, "%s:%s", name,
			 kind_device(ifindex, device));
}

static void decode_info(const struct kind_row *row, const struct attr *attr)
{
	static const char *const names[] = { "running", "auxdata", "origdev", "vnethdr",
					     "loss" };
	uint32_t flags = attr_u32(attr, 20);
	char text[64] = "";

	for (size_t i = 0; i < 5; i++) {
		if (flags >> i & 1)
			strcat(strcat(text, *text ? " " : ""), names[i]);
	}
	kind_line(row, "flags", "What the socket wants of each packet", "%s",
		  *text ? text : "none");
	kind_line(row, "ring version", "TPACKET version of its rings, 0 = V1", "%u",
		  attr_u32(attr, 4));
	kind_line(row, "reserve", "Bytes of headroom in each frame", "%u",
		  attr_u32(attr, 8));
	kind_line(row, "copy threshold", "Packets larger are also queued whole", "%u",
		  attr_u32(attr, 12));
	kind_line(row, "time stamps", "Source of the rings' time stamps", "%u",
		  attr_u32(attr, 16));
}

/*
 * Shows a classic BPF program as ss -b writes it: for each instruction its code, jump if true,
 * jump if false, and operand. Without CAP_NET_ADMIN the program is empty. Not all instructions
 * are shown, because other lines need room, too.
 */
static void decode_filter(const struct kind_row *row, const struct attr *attr)
{
	enum { INSTRUCTION = 8, A_LINE = 4, MOST = 32 * A_LINE };
	size_t n = attr->len / INSTRUCTION, shown = n < MOST ? n : MOST;

	if (n)
		kind_line(row, "filter", "Classic BPF program on the socket",
			  "%zu instruction%s%s", n, n == 1 ? "" : "s",
			  n > shown ? ", these are the first" : "");
	for (size_t i = 0; i < shown; i += A_LINE) {
		char text[112] = "";
		size_t len = 0;

		for (size_t k = i; k < i + A_LINE && k < shown; k++) {
			size_t at = k * INSTRUCTION;

			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%s0x%02x %u %u %#x", k > i ? ", " : "",
						attr_u16(attr, at), attr_u8(attr, at + 2),
						attr_u8(attr, at + 3), attr_u32(attr, at + 4));
		}
		kind_line(row, "filter code",
			  "Instructions: code, jump if true, jump if false, operand", "%s",
			  text);
	}
}

static void decode_ring(const struct kind_row *row, const struct attr *attr, bool rx)
{
	kind_line(row, rx ? "receive ring" : "send ring",
		  "Memory shared with the application",
		  "%u blocks of %u bytes, %u frames of %u, timeout %u ms, private %u, "
		  "features %#x",
		  attr_u32(attr, 4), attr_u32(attr, 0), attr_u32(attr, 12),
		  attr_u32(attr, 8), attr_u32(attr, 16), attr_u32(attr, 20),
		  attr_u32(attr, 24));
}

static void decode_fanout(const struct kind_row *row, const struct attr *attr)
{
	static const char *const types[] = { "hash", "load balance", "cpu", "rollover",
					     "random", "queue mapping", "cBPF", "eBPF" };
	uint32_t word = attr_u32(attr, 0), type = word >> 16 & 0xff;

	if (attr->len < sizeof(word))
		return;
	kind_line(row, "fanout", "Group of sockets that share the packets",
		  "group %u by %s", word & 0xffff, type < 8 ? types[type] : "?");
}

static void decode_groups(const struct kind_row *row, const struct attr *attr)
{
	static const char *const types[] = { "multicast", "promiscuous", "all multicast",
					     "unicast" };
	const size_t size = sizeof(struct packet_diag_mclist);
	char device[SK_DEVICE_STRLEN];

	for (size_t at = 0; at + size <= attr->len; at += size) {
		struct packet_diag_mclist m;
		char address[97] = "";

		memcpy(&m, attr->data + at, size);
		for (size_t i = 0; i < m.pdmc_alen && i < sizeof(m.pdmc_addr); i++)
			snprintf(address + 3 * i, 4, "%s%02x", i ? ":" : " ",
				 m.pdmc_addr[i]);
		kind_line(row, "membership", "What the device was asked to receive",
			  "%s on %s%s", m.pdmc_type < 4 ? types[m.pdmc_type] : "?",
			  kind_device(m.pdmc_index, device), address);
	}
}

static void decode_attr(const struct kind_row *row, const struct attr *attr,
			uint32_t *ifindex)
{
	switch (attr->type) {
	case PACKET_DIAG_INFO:
		*ifindex = attr_u32(attr, 0);
		decode_info(row, attr);
		break;
	case PACKET_DIAG_MCLIST:
		decode_groups(row, attr);
		break;
	case PACKET_DIAG_RX_RING:
	case PACKET_DIAG_TX_RING:
		decode_ring(row, attr, attr->type == PACKET_DIAG_RX_RING);
		break;
	case PACKET_DIAG_FANOUT:
		decode_fanout(row, attr);
		break;
	case PACKET_DIAG_UID:
		if (attr->len >= sizeof(uint32_t))
			row->attrs->uid = attr_u32(attr, 0);
		break;
	case PACKET_DIAG_MEMINFO:
		kind_memory(row, attr->data, attr->len, true);
		row->socket->send_q = 0; /* packets on the way out belong to the device */
		break;
	case PACKET_DIAG_FILTER:
		decode_filter(row, attr);
		break;
	default:
		break;
	}
}

static int decode(const uint8_t *payload, size_t len, const struct kind_row *row)
{
	struct packet_diag_msg m;
	struct attrs attrs = { payload + sizeof(m), len - sizeof(m) };
	struct sk_socket *s = row->socket;
	uint32_t ifindex = 0;
	struct attr attr;

	if (len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, payload, sizeof(m));
	if (m.pdiag_family != AF_PACKET)
		return -EBADMSG;
	s->cookie = (uint64_t)m.pdiag_cookie[1] << 32 | m.pdiag_cookie[0];
	s->state = SK_STATE_CLOSE;
	row->attrs->local_name.kind = m.pdiag_type;
	row->attrs->uid = SK_UID_UNKNOWN;
	while (attr_next(&attrs, &attr))
		decode_attr(row, &attr, &ifindex);
	kind_owner(row, m.pdiag_ino, row->attrs->uid);
	return name_end(row, m.pdiag_num, ifindex);
}

static int parse(const char *line, const struct kind_row *row)
{
	struct sk_socket *s = row->socket;
	uint64_t address, kind, protocol, ifindex, rmem, uid, inode;

	if (!field_number(&line, 16, ' ', UINT64_MAX, &address) || !field_skip(&line) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &kind) ||
	    !field_number(&line, 16, ' ', UINT16_MAX, &protocol) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &ifindex) || !field_skip(&line) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &rmem) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &uid) ||
	    !field_number(&line, 10, ' ', UINT32_MAX, &inode))
		return -EINVAL;
	s->state = SK_STATE_CLOSE;
	row->attrs->local_name.kind = (uint32_t)kind;
	s->recv_q = (uint32_t)rmem;
	kind_owner(row, (uint32_t)inode, (uint32_t)uid);
	s->cookie = kind_cookie(SK_PROTO_PACKET, inode, inode ? 0 : address);
	return name_end(row, (uint16_t)protocol, (uint32_t)ifindex);
}

const struct socket_kind kind_packet = { SK_PROTO_PACKET, request, decode,
				      "/proc/thread-self/net/packet", parse };
