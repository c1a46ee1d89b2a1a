/* SPDX-License-Identifier: MIT */
/*
 * The options that the command line asked for. The screen begins with them.
 */
#ifndef SKTOP_OPTIONS_H
#define SKTOP_OPTIONS_H

#include <sktop/rows.h>
#include <sktop/source.h>

/** Whether tracepoints count the bytes of sockets that have no counters: UDP, unix... */
enum sk_bytes {
	SK_BYTES_AUTO, /* while a view shows them */
	SK_BYTES_ALL,  /* while sockets are sampled */
	SK_BYTES_OFF,
};

struct sk_options {
	struct sk_request request; /* protos, families, states, interval */
	bool protos_chosen; /* -t, -u...: the first of them drops the default */
	uint32_t protos_asked; /* of them, those named one by one: SK_PROTO_BIT() */
	enum sk_pane_id pane;
	enum sk_pane_id also[SK_PANE_COUNT]; /* --pane A,B: those after the first, printed */
	unsigned n_also;
	bool pane_chosen;    /* -i, -r, --pane...: not the default */
	enum sk_group_key group;
	bool listening;	     /* -l: only LISTEN and unconnected sockets */
	bool all;	     /* -a: zero counters too */
	unsigned numeric;    /* enum sk_names_kind shown as numbers: -n, --resolve */
	bool wide;	     /* -W */
	bool once, batch;
	bool printed;	     /* --format: no screen */
	bool details;	     /* --details: each socket in full, once */
	long count;	     /* of --batch; 0 = until killed */
	bool header;	     /* false with -H */
	const char *format;  /* "text", "json", "csv" */
	const char *columns; /* --columns, or NULL */
	bool extended;	     /* -e: +user +inode +cookie... */
	bool timers;	     /* -o: +timer +tries */
	bool memory;	     /* -m: the skmem columns */
	bool info;	     /* --info: the tcp_info columns */
	bool tos;	     /* --tos: +tos +tclass +class-id */
	bool inet_sockopt;   /* --inet-sockopt: +sockopt */
	bool cgroup;	     /* --cgroup: +cgroup */
	bool cache;	     /* -C: the neighbours, whatever -r says */
	bool no_queues;	     /* -Q: -recv-q -send-q */
	bool processes;	     /* -p: +process +pid +fd */
	bool threads;	     /* -T: +threads */
	const char *sort;    /* "KEY" or "KEY:desc", ":asc"; NULL */
	char *filter;	     /* joined arguments, owned; NULL = none */
	const char *filter_file; /* --filter-file, already part of filter; or NULL */
	size_t filter_file_offset; /* where its text begins there */
	enum sk_source_id source; /* of -N, --synthetic... */
	const char *source_argument; /* NULL for the live one */
	bool source_usage;   /* a wrong argument of the source is wrong usage */
	bool many_netns;     /* samples may have several network namespaces */
	enum sk_bytes bytes; /* --bytes */
	unsigned live;	     /* enum sk_live_option, for tests */
	bool kill;	     /* -K: close what the filter chooses */
	int signal;	     /* with it: signal the holders instead; 0 = close */
	bool dry_run;	     /* with it: only say what would be done */
	bool yes;	     /* with it: do not ask */
	bool with_own;	     /* with --yes: our own ssh connection too */
};

#endif
