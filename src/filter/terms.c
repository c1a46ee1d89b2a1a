/* SPDX-License-Identifier: MIT */
/*
 * The kernel walks instructions that only jump forward: to the next one when a
 * condition holds, else to `no`. The end of the code accepts a socket, four bytes
 * behind the end refuses it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "filter/terms.h"

/* The most that one node of a filter becomes: four conditions and what joins them. */
#define TERMS_PER_NODE 8

/** A place where a jump is filled in once its target is known. */
struct fixup {
	uint16_t at;	/* offset of the instruction */
	uint16_t label;
};

struct emitter {
	const struct terms *terms;
	uint8_t *code;
	uint16_t len;
	struct fixup *fixups;
	uint16_t *labels; /* offset of each */
	uint16_t n_fixups, n_labels;
	bool too_long;
};

/* As many as there can be instructions. */
#define MAX_LABELS (SK_BYTECODE_MAX / 4 + 1)
#define LABEL_REFUSE 0

int terms_init(struct terms *terms, uint16_t nodes)
{
	terms->capacity = (uint16_t)(TERM_FIRST + nodes * TERMS_PER_NODE);
	terms->n = TERM_FIRST;
	terms->term = calloc(terms->capacity, sizeof(*terms->term));
	return terms->term ? 0 : -ENOMEM;
}

void terms_free(struct terms *terms)
{
	free(terms->term);
}

uint16_t terms_add(struct terms *terms, const struct condition *condition, bool neg)
{
	terms->term[terms->n] = (struct term){ .kind = TERM_CONDITION, .neg = neg,
					       .condition = *condition };
	return terms->n++;
}

uint16_t terms_join(struct terms *terms, enum term_kind kind, uint16_t left,
		    uint16_t right)
{
	uint16_t absorbing = kind == TERM_AND ? TERM_FALSE : TERM_TRUE;

	if (left == absorbing || right == absorbing)
		return absorbing;
	if (left < TERM_FIRST)
		return right;
	if (right < TERM_FIRST)
		return left;
	terms->term[terms->n] = (struct term){ .kind = kind, .left = left,
					       .right = right };
	return terms->n++;
}

static uint16_t new_label(struct emitter *e)
{
	if (e->n_labels == MAX_LABELS) {
		e->too_long = true;
		return LABEL_REFUSE;
	}
	return e->n_labels++;
}

static void place_label(struct emitter *e, uint16_t label)
{
	e->labels[label] = e->len;
}

static void append(struct emitter *e, const void *data, size_t size)
{
	memcpy(e->code + e->len, data, size);
	e->len = (uint16_t)(e->len + size);
}

/* An instruction with its operand; where it does not hold it goes to the label. */
static void emit(struct emitter *e, enum bc_code code, const void *operand, size_t size,
		 uint16_t label)
{
	struct bc_op op = { .code = (uint8_t)code, .yes = (uint8_t)(sizeof(op) + size) };

	if (e->too_long || e->len + sizeof(op) + size > SK_BYTECODE_MAX ||
	    e->n_fixups == MAX_LABELS) {
		e->too_long = true;
		return;
	}
	e->fixups[e->n_fixups++] = (struct fixup){ e->len, label };
	append(e, &op, sizeof(op));
	if (size)
		append(e, operand, size);
}

static void emit_host(struct emitter *e, const struct condition *c, uint16_t label)
{
	struct {
		struct bc_host host;
		uint8_t addr[16];
	} operand = { .host = { .family = c->family, .prefix_len = c->prefix_len,
				.port = c->port } };
	size_t skip = c->family == AF_INET ? 12 : 0;
	size_t len = c->family == AF_UNSPEC ? 0 : sizeof(operand.addr) - skip;

	memcpy(operand.addr, c->addr.b + skip, len);
	emit(e, c->code, &operand, sizeof(operand.host) + len, label);
}

static void emit_condition(struct emitter *e, const struct condition *c, uint16_t label)
{
	const struct bc_op port = { .no = (uint16_t)c->port };
	const uint32_t index = (uint32_t)c->number;
	const uint32_t mark[2] = { (uint32_t)c->number, c->mask };

	switch (c->code) {
	case BC_S_COND:
	case BC_D_COND:
		emit_host(e, c, label);
		break;
	case BC_DEV_COND:
		emit(e, c->code, &index, sizeof(index), label);
		break;
	case BC_MARK_COND:
		emit(e, c->code, mark, sizeof(mark), label);
		break;
	case BC_CGROUP_COND:
		emit(e, c->code, &c->number, sizeof(c->number), label);
		break;
	default:
		emit(e, c->code, &port, sizeof(port), label);
	}
}

/* Code that goes on behind itself where the term holds, else to the label. */
static void emit_term(struct emitter *e, uint16_t i, uint16_t otherwise)
{
	const struct term *term = &e->terms->term[i];
	uint16_t done, second;

	switch (term->kind) {
	case TERM_AND:
		emit_term(e, term->left, otherwise);
		emit_term(e, term->right, otherwise);
		break;
	case TERM_OR:
		done = new_label(e);
		second = new_label(e);
		emit_term(e, term->left, second);
		emit(e, BC_JMP, NULL, 0, done);
		place_label(e, second);
		emit_term(e, term->right, otherwise);
		place_label(e, done);
		break;
	case TERM_CONDITION:
		if (!term->neg) {
			emit_condition(e, &term->condition, otherwise);
			break;
		}
		done = new_label(e);
		emit_condition(e, &term->condition, done);
		emit(e, BC_JMP, NULL, 0, otherwise);
		place_label(e, done);
		break;
	}
}

static void fill_jumps(struct emitter *e)
{
	e->labels[LABEL_REFUSE] = (uint16_t)(e->len + 4);
	for (uint16_t i = 0; i < e->n_fixups; i++) {
		const struct fixup *fixup = &e->fixups[i];
		uint16_t no = (uint16_t)(e->labels[fixup->label] - fixup->at);

		memcpy(e->code + fixup->at + offsetof(struct bc_op, no), &no, sizeof(no));
	}
}

int terms_emit(const struct terms *terms, uint16_t root, uint8_t *code, uint16_t *len)
{
	struct emitter e = { .terms = terms, .code = code, .n_labels = 1 };
	int err = 0;

	*len = 0;
	if (root == TERM_TRUE)
		return 0;
	e.fixups = calloc(MAX_LABELS, sizeof(*e.fixups));
	e.labels = calloc(MAX_LABELS, sizeof(*e.labels));
	if (!e.fixups || !e.labels) {
		err = -ENOMEM;
	} else {
		if (root == TERM_FALSE)
			emit(&e, BC_JMP, NULL, 0, LABEL_REFUSE);
		else
			emit_term(&e, root, LABEL_REFUSE);
		err = e.too_long ? -E2BIG : 0;
	}
	if (!err) {
		fill_jumps(&e);
		*len = e.len;
	}
	free(e.fixups);
	free(e.labels);
	return err;
}
