/* SPDX-License-Identifier: MIT */
/*
 * This header finds names for numbers: host names from the name server, user names from
 * the system's accounts, names of services and protocols from its files.
 *
 * Slow answers are waited for by other threads and become visible in sk_names_settle()
 * only, so between two settlings a number keeps its name, and the pointers handed out hold.
 * Several threads may look names up at once; sk_names_settle() and sk_names_set_hosts()
 * are for moments in which nobody else does.
 */
#ifndef SKTOP_NAMES_H
#define SKTOP_NAMES_H

#include <sktop/numbers.h>
#include <sktop/types.h>

/** The places where a filter may look for the addresses of a host name. */
enum sk_lookup {
	SK_LOOKUP_HOSTS, /* /etc/hosts: answers at once, else -EAGAIN */
	SK_LOOKUP_DNS,	 /* the system's resolver: may take seconds */
};

struct sk_names;

/** Kinds of names: what --numeric-... and the keys turn on and off. */
enum sk_names_kind {
	SK_NAMES_HOSTS = 1 << 0,
	SK_NAMES_SERVICES = 1 << 1, /* and IP protocols of raw sockets */
	SK_NAMES_USERS = 1 << 2,
};

/** The options say how names are found; all zero is right for the screen. */
struct sk_names_options {
	/** Users are looked up at once, in the calling thread: complete output. */
	bool wait_users;
	/** Name servers, "127.0.0.1:5353,[::1]:53"; NULL = those of the system. */
	const char *servers;
	/** Milliseconds a name server has for its first answer; 0 = 1500. */
	unsigned timeout_ms;
	/**
	 * Writes the name of a uid. Returns 0, -ENOENT (it has none) or -errno. Called
	 * in a thread of its own. NULL = getpwuid_r().
	 */
	int (*user)(uint32_t uid, char *name, size_t size);
};

/** Longest host name, NUL included (RFC 1035). */
#define SK_HOST_STRLEN 254

/**
 * Reads services and protocols once. options NULL = all zero; servers is copied.
 * Returns 0, -ENOMEM or -errno of eventfd(); files that are missing are no error.
 */
int sk_names_new(const struct sk_names_options *options, struct sk_names **out);

/** Ends the threads; never waits for an answer that is still out. */
void sk_names_free(struct sk_names *names);

/** True if this build can ask for host names (c-ares). */
bool sk_names_can_hosts(void);

/**
 * Turns host names on or off (off at first). Off cancels what is under way and closes
 * every socket to the name servers before it returns: nothing is sent from then on.
 * Answers got so far are kept for the next time. Returns 0, -ENOSYS without c-ares,
 * -ENOMEM or -EAGAIN (no thread).
 */
int sk_names_set_hosts(struct sk_names *names, bool on);
bool sk_names_hosts(const struct sk_names *names);

/**
 * Name of an address (v4-mapped: of the IPv4 one), or NULL: none, not known yet, or
 * hosts are off. ask = look it up when unknown: for rows that are shown. At most 64
 * questions are under way and 500 a second are begun; failures are remembered.
 * A name is letters, digits, '-', '_' and '.', and no address: any other answer
 * counts as none, so the address is shown instead.
 */
const char *sk_names_host(struct sk_names *names, const struct sk_addr *addr, bool ask);

/**
 * Returns the service name of a port, or NULL if it has none, or is in the ephemeral range
 * (net.ipv4.ip_local_port_range), where a name would be a lie. For raw sockets the port is
 * an IP protocol, and the name is that of the protocol.
 */
const char *sk_names_service(const struct sk_names *names, enum sk_proto proto,
			     uint16_t port);

/** Name of an IP protocol (/etc/protocols), printable; NULL when it has none. */
const char *sk_names_protocol(const struct sk_names *names, uint8_t protocol);

/** Names of tables, protocols and scopes of routing: for sk_numbers_name(). */
const struct sk_numbers *sk_names_numbers(const struct sk_names *names);

/** A port that a service has, and the protocols in which it has it. */
struct sk_service_port {
	uint32_t protos; /* mask of SK_PROTO_BIT() */
	uint16_t port;
};

/** TCP, UDP and SCTP each may have a port of their own. */
#define SK_SERVICE_PORTS 3

/**
 * The ports of a service name: one, unless transport protocols differ. Other protocols of
 * the file (AppleTalk's ddp) are no protocols of sockets. Returns how many, 0 = none.
 */
unsigned sk_names_ports(const char *service, size_t len,
			struct sk_service_port ports[SK_SERVICE_PORTS]);

/** User name of a uid, printable; NULL when there is none or it is not known yet. */
const char *sk_names_user(struct sk_names *names, uint32_t uid);

/** Readable when answers have come: sk_names_settle() then. Owned by names. */
int sk_names_fd(const struct sk_names *names);

/**
 * Takes the answers that have come, and forgets old names if there are too many. Names
 * that were returned before may be gone. Returns the kinds that have new names.
 */
unsigned sk_names_settle(struct sk_names *names);

/** Questions without an answer yet, as of the last settling. */
uint32_t sk_names_pending(const struct sk_names *names);

/**
 * True if addresses stay numbers because an answer is missing: it has not come yet, the
 * question failed, or there are too many addresses. "There is no name" is an answer.
 */
bool sk_names_lacks_hosts(const struct sk_names *names);

/** True if users stay numbers because a question for their names failed. */
bool sk_names_lacks_users(const struct sk_names *names);

/**
 * Returns the errno with which the list of services could not be read, so that ports
 * stay numbers; 0 = it was read.
 */
int sk_names_lost_services(const struct sk_names *names);

#endif
