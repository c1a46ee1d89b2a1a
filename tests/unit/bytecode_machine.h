/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side of inet_diag bytecode, from its documentation in linux/inet_diag.h
 * and its observed behaviour: what it refuses, and what it lets through.
 */
#ifndef BYTECODE_MACHINE_H
#define BYTECODE_MACHINE_H

#include <linux/inet_diag.h>
#include <sktop/filter.h>
#include <string.h>
#include <sys/socket.h>

struct machine_op {
	struct inet_diag_bc_op op;
	const uint8_t *operand;
};

static inline struct machine_op machine_fetch(const uint8_t *at)
{
	struct machine_op op = { .operand = at + sizeof(op.op) };

	memcpy(&op.op, at, sizeof(op.op));
	return op;
}

/* Bytes of an instruction, 0 = it does not fit or is none. */
static inline size_t machine_size(const uint8_t *at, size_t left)
{
	static const uint8_t address_sizes[] = { [AF_UNSPEC] = 0, [AF_INET] = 4,
						 [AF_INET6] = 16 };
	struct machine_op op;
	size_t size = sizeof(op.op);

	if (left < size)
		return 0;
	op = machine_fetch(at);
	switch (op.op.code) {
	case INET_DIAG_BC_NOP:
	case INET_DIAG_BC_JMP:
	case INET_DIAG_BC_AUTO:
		return size;
	case INET_DIAG_BC_DEV_COND:
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
		size += 4;
		break;
	case INET_DIAG_BC_MARK_COND:
	case INET_DIAG_BC_CGROUP_COND:
		size += 8;
		break;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		size += sizeof(struct inet_diag_hostcond);
		if (left < size || (op.operand[0] != AF_UNSPEC && op.operand[0] != AF_INET &&
				    op.operand[0] != AF_INET6) ||
		    op.operand[1] > 8 * address_sizes[op.operand[0]])
			return 0;
		size += address_sizes[op.operand[0]];
		break;
	default:
		return 0;
	}
	return size <= left ? size : 0;
}

/* True when offset is where an instruction begins, or the end. */
static inline bool machine_is_start(const struct sk_bytecode *bc, size_t offset)
{
	size_t at = 0;

	while (at < offset && at < bc->len)
		at += machine_fetch(bc->code + at).op.yes;
	return at == offset;
}

/* True if the kernel's audit would accept the code. */
static inline bool machine_audit(const struct sk_bytecode *bc)
{
	for (size_t at = 0; at < bc->len;) {
		size_t left = bc->len - at, size = machine_size(bc->code + at, left);
		struct machine_op op = machine_fetch(bc->code + at);

		if (!size || op.op.yes < size || op.op.yes > left + 4 || op.op.yes % 4 ||
		    op.op.no < size || op.op.no > left + 4 || op.op.no % 4)
			return false;
		if (op.op.no < left && !machine_is_start(bc, at + op.op.no))
			return false;
		if (op.op.yes > left)
			return false;
		at += op.op.yes;
	}
	return true;
}

static inline bool machine_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	for (unsigned i = 0; i < bits; i++) {
		if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	}
	return true;
}

static inline bool machine_host(const struct sk_socket *s, const struct sk_addr *local,
				bool source, const uint8_t *operand)
{
	const struct sk_addr *addr = source ? local : &s->remote;
	bool v6 = (s->flags & SK_F_V6) != 0;
	struct inet_diag_hostcond cond;

	memcpy(&cond, operand, sizeof(cond));
	operand += sizeof(cond);
	if (cond.port != -1 && cond.port != (source ? s->lport : s->rport))
		return false;
	if (cond.family == AF_UNSPEC)
		return true;
	if (cond.family == AF_INET6)
		return v6 && machine_prefix(addr->b, operand, cond.prefix_len);
	/* IPv4 is held v4-mapped here: the same test for both families */
	return sk_addr_is_v4(addr) && machine_prefix(addr->b + 12, operand, cond.prefix_len);
}

static inline bool machine_decide(const struct sk_detached *detached, uint32_t mark,
				  const struct machine_op *op)
{
	const struct sk_socket *s = &detached->socket;
	bool mini = s->state == SK_STATE_TIME_WAIT || s->state == SK_STATE_SYN_RECV;
	struct inet_diag_bc_op next;
	uint64_t wide;
	uint32_t word[2];

	memcpy(&next, op->operand, sizeof(next));
	switch (op->op.code) {
	case INET_DIAG_BC_S_GE:
		return s->lport >= next.no;
	case INET_DIAG_BC_S_LE:
		return s->lport <= next.no;
	case INET_DIAG_BC_D_GE:
		return s->rport >= next.no;
	case INET_DIAG_BC_D_LE:
		return s->rport <= next.no;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		return machine_host(s, &detached->attrs.local,
				    op->op.code == INET_DIAG_BC_S_COND, op->operand);
	case INET_DIAG_BC_DEV_COND:
		memcpy(word, op->operand, 4);
		return detached->attrs.ifindex == word[0];
	case INET_DIAG_BC_MARK_COND:
		memcpy(word, op->operand, 8);
		return (mark & word[1]) == word[0];
	case INET_DIAG_BC_CGROUP_COND:
		memcpy(&wide, op->operand, 8);
		return (mini ? 0 : detached->attrs.cgroup) == wide;
	default:
		return op->op.code != INET_DIAG_BC_JMP;
	}
}

/* What the kernel does with one socket; it only jumps forward. */
static inline bool machine_run(const struct sk_bytecode *bc,
			       const struct sk_detached *detached, uint32_t mark)
{
	size_t at = 0;

	if (!(bc->states & SK_STATE_BIT(detached->socket.state)))
		return false;
	while (at < bc->len) {
		struct machine_op op = machine_fetch(bc->code + at);

		at += machine_decide(detached, mark, &op) ? op.op.yes : op.op.no;
	}
	return at == bc->len;
}

#endif
