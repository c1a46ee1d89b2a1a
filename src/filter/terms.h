/* SPDX-License-Identifier: MIT */
/*
 * These are the instructions of inet_diag's bytecode, and boolean terms of them. The
 * numbers and layouts are the kernel's ABI (linux/inet_diag.h, which the model does not
 * include).
 */
#ifndef SKTOP_FILTER_TERMS_H
#define SKTOP_FILTER_TERMS_H

#include "filter/filter.h"

/** enum of INET_DIAG_BC_*. */
enum bc_code {
	BC_NOP,
	BC_JMP,
	BC_S_GE,
	BC_S_LE,
	BC_D_GE,
	BC_D_LE,
	BC_AUTO,
	BC_S_COND,
	BC_D_COND,
	BC_DEV_COND,  /* Linux 4.3 */
	BC_MARK_COND, /* Linux 4.7, wants CAP_NET_ADMIN */
	BC_S_EQ,
	BC_D_EQ,
	BC_CGROUP_COND, /* Linux 5.8 */
};

/** struct inet_diag_bc_op. */
struct bc_op {
	uint8_t code;
	uint8_t yes; /* bytes to the next instruction when it holds */
	uint16_t no; /* when it does not; of the port comparisons' operand: the port */
};

/** struct inet_diag_hostcond, without the address behind it. */
struct bc_host {
	uint8_t family; /* AF_UNSPEC, AF_INET, AF_INET6 */
	uint8_t prefix_len;
	uint16_t unused;
	int32_t port; /* -1 = any */
};

/** One instruction that decides something. */
struct condition {
	enum bc_code code;
	uint8_t family, prefix_len; /* S_COND, D_COND */
	int32_t port;		    /* those, and the port comparisons */
	struct sk_addr addr;	    /* S_COND, D_COND */
	uint64_t number;	    /* DEV, MARK, CGROUP */
	uint32_t mask;		    /* MARK */
};

enum term_kind { TERM_CONDITION, TERM_AND, TERM_OR };

struct term {
	enum term_kind kind;
	uint16_t left, right; /* AND, OR */
	bool neg;	      /* CONDITION: holds when the instruction does not */
	struct condition condition;
};

/** Terms by number; the first two are constants. */
enum { TERM_FALSE, TERM_TRUE, TERM_FIRST };

struct terms {
	struct term *term;
	uint16_t n, capacity;
};

/** Makes room for the terms of so many nodes. Returns 0 or -ENOMEM. */
int terms_init(struct terms *terms, uint16_t nodes);
void terms_free(struct terms *terms);

/** Appends a condition, or its negation. */
uint16_t terms_add(struct terms *terms, const struct condition *condition, bool neg);

/** Joins two terms by TERM_AND or TERM_OR; constants vanish. */
uint16_t terms_join(struct terms *terms, enum term_kind kind, uint16_t left,
		    uint16_t right);

/**
 * Writes the code of a term, at most SK_BYTECODE_MAX bytes; *len = 0 when it is true
 * for all. Returns 0, -E2BIG or -ENOMEM.
 */
int terms_emit(const struct terms *terms, uint16_t root, uint8_t *code, uint16_t *len);

#endif
