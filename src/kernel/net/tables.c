/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sktop/array.h>
#include "kernel/retry.h"
#include "kernel/net/conntrack.h"
#include "kernel/file.h"
#include "kernel/net/ethtool.h"
#include "kernel/net/mcast.h"
#include "kernel/net/neighbours.h"
#include "kernel/net/tables.h"
#include "kernel/net/routes.h"

#define BUFFER_SIZE (1 << 16)

/** These are files of /proc/net. They are read if netlink does not have the data. */
enum file { FILE_ROUTE, FILE_ROUTE6, FILE_ARP, FILE_IGMP, FILE_IGMP6, FILE_CONNTRACK,
	    FILES };

struct net_tables {
	unsigned options;	  /* enum sk_live_option */
	struct netlink route;	  /* NETLINK_ROUTE; closed while buffer is NULL */
	struct netlink netfilter; /* NETLINK_NETFILTER; closed while buffer is NULL */
	struct proc_file file[FILES];
};

int net_tables_new(unsigned options, struct net_tables **out)
{
	struct net_tables *tables = calloc(1, sizeof(*tables));

	if (!tables)
		return -ENOMEM;
	tables->options = options;
	for (unsigned i = 0; i < FILES; i++)
		tables->file[i] = PROC_FILE_CLOSED;
	*out = tables;
	return 0;
}

void net_tables_close(struct net_tables *tables)
{
	netlink_close(&tables->route);
	netlink_close(&tables->netfilter);
	for (unsigned i = 0; i < FILES; i++)
		proc_file_close(&tables->file[i]);
}

void net_tables_free(struct net_tables *tables)
{
	if (!tables)
		return;
	net_tables_close(tables);
	free(tables);
}

/*
 * Makes the kernel check requests strictly. It does so from Linux 4.20 on, and older kernels
 * ignore the option.
 */
static void be_strict(struct netlink *netlink)
{
	int on = 1;

	netlink_set_option(netlink, NETLINK_GET_STRICT_CHK, on);
}

static int open_route(struct net_tables *tables)
{
	int err;

	if (tables->options & SK_LIVE_NO_RTNETLINK)
		return -EOPNOTSUPP;
	if (tables->route.buffer)
		return 0;
	err = netlink_open(&tables->route, NETLINK_ROUTE, BUFFER_SIZE);
	if (!err)
		be_strict(&tables->route);
	return err;
}

static int read_file(struct net_tables *tables, enum file which)
{
	static const char *const paths[FILES] = {
		[FILE_ROUTE] = "/proc/thread-self/net/route",
		[FILE_ROUTE6] = "/proc/thread-self/net/ipv6_route",
		[FILE_ARP] = "/proc/thread-self/net/arp",
		[FILE_IGMP] = "/proc/thread-self/net/igmp",
		[FILE_IGMP6] = "/proc/thread-self/net/igmp6",
		[FILE_CONNTRACK] = "/proc/thread-self/net/nf_conntrack",
	};

	return proc_file_read(&tables->file[which], paths[which]);
}

/*
 * Notes a loss, after netlink refused a table with err: either the table was read from /proc, or
 * it is missing. The other tables are still shown. Returns 0 or -ENOMEM.
 */
static int note(struct sk_sample *sample, enum sk_part part, int err, int proc_err)
{
	if (proc_err == -ENOMEM)
		return proc_err;
	/* The parser of /proc noted an error of its own, but the first reason was netlink's. */
	if (sample->losses.part[part].kind == SK_LOSS_SOME)
		sample->losses.part[part].error = -err;
	sk_sample_lose(sample, part, proc_err ? SK_LOSS_ALL : SK_LOSS_FALLBACK, err);
	return 0;
}

/* Collects rules, which /proc does not have. Returns 0 or -ENOMEM. */
static int collect_rules(struct net_tables *tables, uint32_t families, int err,
			 struct sk_sample *sample)
{
	uint32_t begin = sample->n_rules;

	if (!err)
		err = rules_dump(&tables->route, families, sample);
	if (err && err != -ENOMEM)
		sk_sample_lose(sample, SK_PART_RULES,
			       sample->n_rules > begin ? SK_LOSS_SOME : SK_LOSS_ALL, err);
	return err == -ENOMEM ? err : 0;
}

static int collect_routes(struct net_tables *tables, uint32_t families,
			  struct sk_sample *sample)
{
	uint32_t begin = sample->n_routes;
	int err = open_route(tables), proc_err;

	if (collect_rules(tables, families, err, sample))
		return -ENOMEM;
	if (!err)
		err = routes_dump(&tables->route, families, sample);
	if (!err || err == -ENOMEM)
		return err;
	sample->n_routes = begin;
	proc_err = families & 1 ? read_file(tables, FILE_ROUTE) : 0;
	if (!proc_err && families & 1)
		proc_err = routes_parse_proc4(tables->file[FILE_ROUTE].text, sample);
	if (!proc_err && families & 2)
		proc_err = read_file(tables, FILE_ROUTE6);
	if (!proc_err && families & 2)
		proc_err = routes_parse_proc6(tables->file[FILE_ROUTE6].text, sample);
	else if (proc_err == -ENOENT && families & 1 && sample->n_routes > begin)
		proc_err = 0; /* without IPv6 there is no such file */
	return note(sample, SK_PART_ROUTES, err, proc_err);
}

static int collect_neighbours(struct net_tables *tables, uint32_t families,
			      struct sk_sample *sample)
{
	uint32_t begin = sample->n_neighbours;
	int err = open_route(tables), proc_err;

	if (!err)
		err = neighbours_dump(&tables->route, families, sample);
	if (!err || err == -ENOMEM)
		return err;
	sample->n_neighbours = begin;
	proc_err = families & 1 ? read_file(tables, FILE_ARP) : -EOPNOTSUPP;
	if (!proc_err)
		proc_err = neighbours_parse_proc(tables->file[FILE_ARP].text, sample);
	return note(sample, SK_PART_NEIGHBOURS, err, proc_err);
}

/*
 * Returns true if the kernel does not have the file, because it has no multicast or no IPv6. If
 * /proc itself is missing, the result is false.
 */
static bool is_absent(int err)
{
	return err == -ENOENT && access("/proc/thread-self/net", F_OK) == 0;
}

static int read_multicast(struct net_tables *tables, enum file which,
			  int (*parse)(const char *text, struct sk_sample *sample),
			  struct sk_sample *sample)
{
	int err = read_file(tables, which);

	if (!err)
		err = parse(tables->file[which].text, sample);
	return is_absent(err) ? 0 : err;
}

static int collect_multicast(struct net_tables *tables, uint32_t families,
			     struct sk_sample *sample)
{
	uint32_t begin = sample->n_memberships;
	int err = 0, err6 = 0;

	if (families & 1)
		err = read_multicast(tables, FILE_IGMP, mcast_parse_igmp, sample);
	if (families & 2)
		err6 = read_multicast(tables, FILE_IGMP6, mcast_parse_igmp6, sample);
	if (err == -ENOMEM || err6 == -ENOMEM)
		return -ENOMEM;
	if (err || err6)
		sk_sample_lose(sample, SK_PART_MULTICAST,
			       sample->n_memberships > begin ? SK_LOSS_SOME : SK_LOSS_ALL,
			       err ? err : err6);
	return 0;
}

static int ask_conntrack(struct net_tables *tables, uint32_t families,
			 struct sk_sample *sample)
{
	int err = 0;

	if (!tables->netfilter.buffer)
		err = netlink_open(&tables->netfilter, NETLINK_NETFILTER, BUFFER_SIZE);
	return err ? err : conntrack_dump(&tables->netfilter, families, sample);
}

static const char *why_no_nats(int err)
{
	return err == -EPERM || err == -EACCES ?
		       "the NAT table needs root (CAP_NET_ADMIN)" :
		       "connection tracking is not loaded here (nf_conntrack, "
		       "nf_conntrack_netlink)";
}

static int collect_nats(struct net_tables *tables, uint32_t families,
			struct sk_sample *sample)
{
	uint32_t begin = sample->n_nats;
	int err = ask_conntrack(tables, families, sample), file_err;

	if (!err || err == -ENOMEM)
		return err;
	sample->n_nats = begin;
	file_err = read_file(tables, FILE_CONNTRACK);
	if (!file_err)
		file_err = conntrack_parse_proc(tables->file[FILE_CONNTRACK].text, families,
						sample);
	if (!file_err || file_err == -ENOMEM || !errno_is_refusal(err))
		return note(sample, SK_PART_NAT, err, file_err);
	sample->no_nats = why_no_nats(err);
	return 0;
}

/*
 * Reads every address, even if the request asks for one family only, because addresses
 * belong to the interface.
 */
static int collect_addresses(struct net_tables *tables, uint32_t first_link,
			     struct sk_sample *sample)
{
	uint32_t begin = sample->n_addresses;
	int err = open_route(tables);

	link_speed_read(sample, first_link);
	if (!err)
		err = addresses_dump(&tables->route, sample);
	if (!err)
		return sk_sample_join_addresses(sample, begin, first_link);
	sample->n_addresses = begin;
	if (err != -ENOMEM)
		sk_sample_lose(sample, SK_PART_ADDRESSES, SK_LOSS_ALL, err);
	return err == -ENOMEM ? err : 0;
}

int net_tables_collect(struct net_tables *tables, const struct sk_request *request,
		       uint32_t first_link, struct sk_sample *sample)
{
	static const struct {
		uint32_t need;
		int (*collect)(struct net_tables *tables, uint32_t families,
			       struct sk_sample *sample);
	} parts[] = {
		{ SK_NEED_ROUTES, collect_routes },
		{ SK_NEED_NEIGHBOURS, collect_neighbours },
		{ SK_NEED_MULTICAST, collect_multicast },
		{ SK_NEED_NAT, collect_nats },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts) && !err; i++) {
		if (request->needs & parts[i].need)
			err = parts[i].collect(tables, request->families, sample);
	}
	if (!err && (request->needs & SK_NEED_ADDRESSES))
		err = collect_addresses(tables, first_link, sample);
	return err;
}

void net_tables_lookup(struct net_tables *tables, const struct sk_detached *detached,
		       uint32_t mark, struct sk_route_answer *answer)
{
	int err = open_route(tables);

	*answer = (struct sk_route_answer){ .error = err };
	if (!err)
		routes_lookup(&tables->route, detached, mark, answer);
}
