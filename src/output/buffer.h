/* SPDX-License-Identifier: MIT */
/*
 * A buffer collects bytes on their way to a file. A sample of a busy machine has ten
 * million numbers, so they are written without printf.
 */
#ifndef SKTOP_OUTPUT_BUFFER_H
#define SKTOP_OUTPUT_BUFFER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BUFFER_SIZE 65536

struct buffer {
	FILE *file;
	size_t n; /* bytes that wait */
	int err;  /* -errno of the first write that failed */
	bool no_memory; /* something could not be written for want of it */
	char bytes[BUFFER_SIZE];
};

/** Makes an empty one in place; its bytes are not cleared. */
static inline void buffer_init(struct buffer *buffer, FILE *file)
{
	buffer->file = file;
	buffer->n = 0;
	buffer->err = 0;
	buffer->no_memory = false;
}

/** Writes out what waits. */
void buffer_empty(struct buffer *buffer);

/** Writes all out. Returns 0, or -errno (of the first failure) if anything was ever lost. */
int buffer_finish(struct buffer *buffer);

void buffer_bytes(struct buffer *buffer, const char *bytes, size_t len);

static inline void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_bytes(buffer, text, strlen(text));
}

static inline void buffer_char(struct buffer *buffer, char c)
{
	if (buffer->n == BUFFER_SIZE)
		buffer_empty(buffer);
	buffer->bytes[buffer->n++] = c;
}

/** So many times the same. */
void buffer_repeat(struct buffer *buffer, char c, size_t n);

void buffer_uint(struct buffer *buffer, uint64_t number);
void buffer_hex(struct buffer *buffer, uint64_t number);

/** A finite number as "%.9g" writes it. */
void buffer_real(struct buffer *buffer, double number);

/** A time in seconds with its milliseconds, from nanoseconds since the epoch. */
void buffer_time(struct buffer *buffer, int64_t ns);

#endif
