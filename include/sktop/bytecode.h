/* SPDX-License-Identifier: MIT */
/*
 * This is a filter as the kernel runs it: the bytecode of inet_diag, which knows
 * addresses, ports, devices, marks and cgroups, and a mask of states beside it.
 *
 * The bytecode may let more sockets through than the filter, never fewer. Conditions
 * that the kernel cannot decide are left out, and the filter itself checks every socket
 * that comes back.
 */
#ifndef SKTOP_BYTECODE_H
#define SKTOP_BYTECODE_H

#include <sktop/types.h>

/** Most bytes of code; a filter that needs more is left to the evaluator. */
#define SK_BYTECODE_MAX 4096

/** A plain value that may be copied. All zero stands for every socket of every protocol. */
struct sk_bytecode {
	uint32_t protos; /* SK_PROTO_BIT()s that it is for; 0 = none */
	uint32_t states; /* SK_STATE_BIT()s that can match, of those protocols */
	bool exact;	 /* what the kernel lets through is what the filter does */
	uint16_t len;	 /* bytes of code in use; 0 = every socket of those states */
	uint8_t code[SK_BYTECODE_MAX]; /* payload of INET_DIAG_REQ_BYTECODE */
};

#endif
