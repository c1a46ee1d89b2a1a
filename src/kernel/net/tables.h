/* SPDX-License-Identifier: MIT */
/*
 * This header reads the network's tables besides sockets and interfaces, each from the best
 * interface that answers: rtnetlink or /proc/net, ctnetlink or /proc/net/nf_conntrack.
 */
#ifndef SKTOP_KERNEL_NET_TABLES_H
#define SKTOP_KERNEL_NET_TABLES_H

#include <sktop/source.h>

struct net_tables;

/** options are those of sk_live_source_new(). Nothing is opened before it is needed. */
int net_tables_new(unsigned options, struct net_tables **out); /* 0 or -ENOMEM */
void net_tables_free(struct net_tables *tables);

/** Closes everything. Later it is opened again in the network namespace of the calling thread. */
void net_tables_close(struct net_tables *tables);

/**
 * Appends the tables that the request needs. The interfaces from first_link on belong to this
 * namespace. If the kernel refuses a table, a loss is noted. Returns 0 or -ENOMEM.
 */
int net_tables_collect(struct net_tables *tables, const struct sk_request *request,
		       uint32_t first_link, struct sk_sample *sample);

/**
 * Finds the route that packets of a socket with IP addresses would take; see struct
 * sk_route_answer.
 */
void net_tables_lookup(struct net_tables *tables, const struct sk_detached *detached,
		       uint32_t mark, struct sk_route_answer *answer);

#endif
