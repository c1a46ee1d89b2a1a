/* SPDX-License-Identifier: MIT */
/*
 * A loss says which kind of data a sample could not read, how much of it is missing,
 * and why. The code that reads the kernel notes it with sk_sample_lose(). The screen,
 * JSON and stderr take their words from one table in src/sample/loss.c.
 */
#ifndef SKTOP_LOSS_H
#define SKTOP_LOSS_H

#include <sktop/types.h>

struct sk_sample;

/**
 * Each part is a kind of data that is read separately. The sockets of each protocol are
 * one: enum sk_proto.
 */
enum sk_part {
	SK_PART_LINKS = SK_PROTO_COUNT,
	SK_PART_ADDRESSES, /* of the interfaces */
	SK_PART_SPEEDS,	   /* of the interfaces, and duplex */
	SK_PART_COUNTERS,  /* /proc/net: snmp, netstat, sockstat... */
	SK_PART_LIMITS,	   /* /proc/sys */
	SK_PART_ROUTES,
	SK_PART_RULES,
	SK_PART_NEIGHBOURS,
	SK_PART_MULTICAST, /* multicast memberships */
	SK_PART_NAT,
	SK_PART_OWNERS,	   /* processes that hold the sockets */
	SK_PART_CGROUPS,   /* their paths */
	SK_PART_EVENTS,	   /* destroyed sockets */
	SK_PART_COUNT,
};

/** Bit of one part in a mask of parts. */
#define SK_PART_BIT(part) (1U << (part))
/** The sockets of all protocols. */
#define SK_PARTS_SOCKETS (SK_PART_BIT(SK_PROTO_COUNT) - 1)

enum sk_loss_kind {
	SK_LOSS_NONE,
	SK_LOSS_FALLBACK, /* read from /proc, which tells less */
	SK_LOSS_SOME,	  /* it broke off: what came is there */
	SK_LOSS_ALL,	  /* nothing of it could be read */
};

struct sk_loss {
	uint8_t kind;	/* enum sk_loss_kind; the worst of all namespaces */
	uint16_t netns; /* index of the namespace where it was met */
	int32_t error;	/* errno, positive; ESTALE = it changed while it was read */
};

/**
 * Notes a loss; of two losses of one part the worse one stays. err is -errno. Sets the
 * bits of losses.missing that stand for it too, and losses.note. Of losses that are no
 * fallback, those of sockets count in losses.dump_errors.
 */
void sk_sample_lose(struct sk_sample *sample, unsigned part, enum sk_loss_kind kind,
		    int err);

/** The parts that lost something: mask of SK_PART_BIT(). */
uint32_t sk_sample_lost(const struct sk_sample *sample);

/** True if one of these parts lost rows, so that the answer is not complete. */
bool sk_sample_is_cut(const struct sk_sample *sample, uint32_t parts);

/**
 * One line about the first of these parts and all others that lost the same for the same
 * reason. Returns the parts that are left.
 */
uint32_t sk_loss_describe(const struct sk_sample *sample, uint32_t parts, char *out,
			  size_t size);

/** The part's word and the kind's as JSON writes them. */
const char *sk_part_name(unsigned part);
const char *sk_loss_kind_name(enum sk_loss_kind kind);

/** Says in words why nothing came: an errno of struct sk_loss. */
const char *sk_loss_reason(int error);

#endif
