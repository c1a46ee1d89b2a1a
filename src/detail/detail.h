/* SPDX-License-Identifier: MIT */
/*
 * Inside the detail view. A section is a row in the table of detail.c and a function
 * that adds rows with detail_add(), in a file of its own.
 */
#ifndef SKTOP_DETAIL_DETAIL_H
#define SKTOP_DETAIL_DETAIL_H

#include <sktop/column.h>
#include <sktop/detail.h>

/** Everything that rows are made from, and where they go. */
struct detail_writer {
	const struct sk_context *context; /* names: may be NULL in it */
	const struct sk_sample *sample;
	const struct sk_socket *socket;
	const struct sk_attrs *attrs;	/* of the socket */
	const struct sk_tcp_ext *tcp_ext; /* NULL = not known */
	struct sk_tcp_ext changed;	/* more is this, if there is a before */
	const struct sk_detail *detail; /* NULL = not known */
	const struct sk_detail *before; /* of the same socket; NULL = not known */
	double interval;		/* seconds since before, or sample->interval */
	const char *section;		/* that rows are added to now */
	struct sk_detail_rows *rows;
	int err;			/* -ENOMEM: the rest is not added */
};

/**
 * Adds a row to the section. label and help are static, the value is as long as it
 * has to be and must be printable: what comes from outside was cleaned where it was read.
 */
__attribute__((format(printf, 4, 5))) void detail_add(struct detail_writer *w,
						      const char *label, const char *help,
						      const char *format, ...);

/** The last row that was added is this number, in bytes, seconds, bytes a second... */
void detail_set_number(struct detail_writer *w, double number);

/** The last row that was added is not known; why is static. */
void detail_set_unknown(struct detail_writer *w, const char *why);

/** Adds "-", of which the help line says why. */
void detail_add_unknown(struct detail_writer *w, const char *label, const char *why);

/** Adds a number as it is. */
void detail_add_number(struct detail_writer *w, const char *label, const char *help,
		       uint64_t value);

/** Adds "12.3M (12345678)". */
void detail_add_exact(struct detail_writer *w, const char *label, const char *help,
		      enum sk_unit unit, uint64_t value);

/** Adds "12.3M bytes/s (98.4M bit/s)". */
void detail_add_rate(struct detail_writer *w, const char *label, const char *help,
		     double bytes);

/** Adds "25.0ms". */
void detail_add_seconds(struct detail_writer *w, const char *label, const char *help,
			double seconds);

/* The sections; each adds nothing when the socket is not of its kind. */
void detail_why(struct detail_writer *w);
void detail_identity(struct detail_writer *w);
void detail_relatives(struct detail_writer *w);
void detail_owners(struct detail_writer *w);
void detail_traffic(struct detail_writer *w);
void detail_rtt(struct detail_writer *w);
void detail_congestion(struct detail_writer *w);
void detail_queues(struct detail_writer *w);
void detail_loss(struct detail_writer *w);
void detail_bottlenecks(struct detail_writer *w);
void detail_options(struct detail_writer *w);
void detail_route(struct detail_writer *w);
void detail_upper(struct detail_writer *w);
void detail_md5(struct detail_writer *w);

/** The rows of a section that are plain numbers of tcp_info. */
void detail_tcp_fields(struct detail_writer *w, enum sk_tcp_section section);

/** A number of tcp_info. False: the kernel did not send it. */
bool detail_number(const struct sk_detail *detail, enum sk_tcp_field_id id, uint64_t *value);
uint64_t detail_number_or_zero(const struct sk_detail *detail, enum sk_tcp_field_id id);

/** "25.0ms" */
void detail_format_seconds(double seconds, char *out, size_t size);

#endif
