/* SPDX-License-Identifier: MIT */
/*
 * Each kind of socket without IP addresses has one struct that describes it. The same functions
 * read all these kinds.
 */
#ifndef SKTOP_KERNEL_SOCKETS_KIND_H
#define SKTOP_KERNEL_SOCKETS_KIND_H

#include <sktop/detail.h>
#include <sktop/source.h>
#include "kernel/netlink/netlink.h"
#include "kernel/sockets/pairs.h"

/** This is the place where one socket is written. tcp_ext, detail and pending may be NULL. */
struct kind_row {
	struct sk_sample *sample; /* keeps the texts */
	struct sk_socket *socket; /* zeroed; proto is set */
	struct sk_attrs *attrs;	  /* of the socket; zeroed */
	struct sk_tcp_ext *tcp_ext;
	struct sk_detail *detail;
	struct pairs *pending; /* unix: inode of a waiting client, name where it waits */
};

/** No kind has a larger request. */
#define KIND_REQUEST_MAX 32

struct socket_kind {
	enum sk_proto proto;
	/**
	 * Writes the payload of a dump request (KIND_REQUEST_MAX zeroed bytes) and returns its
	 * length. If `all` is true, it asks for everything that the detail view of one socket can
	 * show.
	 */
	size_t (*request)(void *payload, uint32_t needs, bool all);
	/**
	 * Reads the payload of one answer: len bytes with any content. Returns 0, -EBADMSG if it
	 * is not a sound message of this kind, or -ENOMEM.
	 */
	int (*decode)(const uint8_t *payload, size_t len, const struct kind_row *row);
	/** The fallback has a file, and a reader of one line of it. NULL = there is no fallback. */
	const char *path;
	int (*parse)(const char *line, const struct kind_row *row);
};

extern const struct socket_kind kind_unix, kind_packet, kind_netlink, kind_vsock,
	kind_xdp, kind_tipc;

/** Appends all sockets of a kind. Returns the same values as sock_diag_dump(). */
int kind_dump(const struct socket_kind *kind, struct netlink *netlink,
	      const struct sk_request *request, struct pairs *pending,
	      struct sk_sample *sample);

/**
 * Collects everything about the socket with this cookie. *detail is allocated with calloc().
 * Returns 0 or -errno.
 */
int kind_lookup(const struct socket_kind *kind, struct netlink *netlink,
		const struct sk_detached *wanted, struct sk_sample *sample,
		struct sk_detail **detail);

/**
 * Reads a /proc/net file of the kind (NUL-ended, with any content) and appends its sockets. Lines
 * that do not parse are counted as malformed. Returns 0 or -ENOMEM.
 */
int kind_parse(const struct socket_kind *kind, const char *text,
	       const struct sk_request *request, struct sk_sample *sample);

/** Keeps a name, which must be printable, for one end. Returns 0 or -ENOMEM. */
__attribute__((format(printf, 3, 4))) int kind_name(const struct kind_row *row,
						    uint32_t *text, const char *format,
						    ...);

/** Adds a line to the detail, if there is a detail and it has room. The line must be printable. */
__attribute__((format(printf, 4, 5))) void kind_line(const struct kind_row *row,
						     const char *label,
						     const char *help,
						     const char *format, ...);

/** Writes the printable name of an interface, or its number, or "*" for 0. Returns out. */
char *kind_device(uint32_t ifindex, char out[SK_DEVICE_STRLEN]);

/** Sets the owner: its inode, and its uid (SK_UID_UNKNOWN if the kernel did not send it). */
void kind_owner(const struct kind_row *row, uint32_t inode, uint32_t uid);

/** Copies memory counters (SK_MEMINFO_*, len bytes) to tcp_ext, and to the queues if wanted. */
void kind_memory(const struct kind_row *row, const void *data, size_t len,
		 bool queues);

/** Returns a cookie for a row of /proc. It is made of two values that differ from row to row. */
uint64_t kind_cookie(enum sk_proto proto, uint64_t a, uint64_t b);

#endif
