/* SPDX-License-Identifier: MIT */
/*
 * The filter language is that of ss, repaired, and extended to every column.
 *
 *   state time-wait and dst 10.0.0.0/8
 *   sport = :https or dport in (80, 8000-8099)
 *   rtt > 100ms and not local = 127.0.0.1
 *
 * `not` binds tighter than `and`, and `and` tighter than `or`; two predicates side by
 * side mean `and`.
 */
#ifndef SKTOP_FILTER_H
#define SKTOP_FILTER_H

#include <stdio.h>
#include <sktop/bytecode.h>
#include <sktop/column.h>
#include <sktop/names.h>

/** A parsed filter; immutable, may be shared by threads. */
struct sk_filter;

/** The message of an error in a filter, and its place in the text. */
struct sk_filter_error {
	size_t offset;	    /* byte offset into the text */
	char message[160];  /* one line without position, printable */
};

/**
 * Parses text for rows of the given table (states, src, dst... only mean
 * something for connections; columns work everywhere). Empty text gives
 * *out = NULL, which matches all. Returns 0, -ENOMEM, -EINVAL with error filled, or
 * -EAGAIN with error filled: DNS has to be asked for a host name.
 */
int sk_filter_parse(const char *text, const struct sk_table *table,
		    struct sk_filter **out, struct sk_filter_error *error);

/**
 * The same, with a choice of where host names are looked up; sk_filter_parse() only
 * knows the names of /etc/hosts. All addresses of a name are ORed. Names that an
 * earlier filter has looked up are not looked up again; earlier may be NULL.
 */
int sk_filter_parse_names(const char *text, const struct sk_table *table,
			  enum sk_lookup lookup, const struct sk_filter *earlier,
			  struct sk_filter **out, struct sk_filter_error *error);

/** One more that has to call sk_filter_free(). Returns the filter; NULL is fine. */
struct sk_filter *sk_filter_ref(struct sk_filter *filter);

/** Drops a reference, and frees the filter with the last one. NULL is fine. */
void sk_filter_free(struct sk_filter *filter);

/** A filter that is being parsed in a thread of its own, because of its host names. */
struct sk_filter_job;

/** Begins with SK_LOOKUP_DNS. text is copied. Returns 0 or -errno. */
int sk_filter_job_new(const char *text, const struct sk_table *table,
		      struct sk_filter_job **out);

/** Becomes readable when the job is done. */
int sk_filter_job_fd(const struct sk_filter_job *job);

/**
 * As sk_filter_parse(), or -EINPROGRESS; *error only changes with -EINVAL. To be taken
 * once; *filter is the caller's.
 */
int sk_filter_job_take(struct sk_filter_job *job, struct sk_filter **filter,
		       struct sk_filter_error *error);

/** Never waits: an answer that is still out is dropped when it comes. NULL is fine. */
void sk_filter_job_free(struct sk_filter_job *job);

/**
 * The words of the command line and the rest of an open file as one filter: both have to
 * match. Lines of the file that begin with # are skipped. *out is the caller's to
 * free(), *offset is where the file's text begins in it. Returns 0, -ENOMEM, or
 * -EINVAL and error (SK_ERROR_LEN bytes) names the file by `name`.
 */
int sk_filter_compose(const char *words, FILE *file, const char *name, char **out,
		      size_t *offset, char *error);

/** True when the row matches; NULL matches all. A missing value matches nothing. */
bool sk_filter_match(const struct sk_filter *filter, const struct sk_context *context,
		     const void *row);

/** Returns the union of the needs of the columns that the filter names. */
uint32_t sk_filter_needs(const struct sk_filter *filter);

/** True when it compares that column. */
bool sk_filter_uses(const struct sk_filter *filter, const struct sk_column *column);

/**
 * True when it compares the cgroup of sockets by its id, and none of the sample's sockets tells
 * one: kernels before Linux 5.7, /proc and the synthetic source tell none.
 */
bool sk_filter_lacks_cgroups(const struct sk_filter *filter, const struct sk_sample *sample);

/**
 * Returns a name that the filter compares interfaces with and that no interface of the
 * sample has, or NULL. It is also NULL while the sample has no interfaces. The name
 * holds as long as the filter.
 */
const char *sk_filter_no_interface(const struct sk_filter *filter,
				   const struct sk_sample *sample);

/**
 * Returns the protocols that the filter names (src unix:PATH, proto = netlink):
 * SK_PROTO_BIT()s to ask for besides the usual ones.
 */
uint32_t sk_filter_protos(const struct sk_filter *filter);

/**
 * True if the filter wants only those TCP sockets that are bound and nothing else
 * (state bound-inactive). The kernel lists them only if it is asked to
 * (sk_request.bound).
 */
bool sk_filter_bound(const struct sk_filter *filter);

/**
 * True if the filter wants bound TCP sockets among others: by bound-inactive, or by
 * ss's groups of states `all` and `big` (sk_request.bound_too).
 */
bool sk_filter_bound_too(const struct sk_filter *filter);

enum sk_compile_flag {
	/**
	 * More than one sample is taken. The age and the owner of a socket are
	 * remembered from its earlier states, so the kernel may choose only by what
	 * stays the same over a socket's life: the addresses and ports of TCP.
	 */
	SK_COMPILE_SERIES = 1 << 0,
	/**
	 * Sockets of other network namespaces come too; there, the same index means
	 * another device.
	 */
	SK_COMPILE_ANY_NETNS = 1 << 1,
	/**
	 * Listeners are listed in any case, because sockets that are not yet accepted
	 * have the owner of their listener.
	 */
	SK_COMPILE_LISTENERS = 1 << 2,
};

/**
 * Compiles a filter of connections for the kernel; flags of enum sk_compile_flag.
 * NULL gives bytecode that lets all through. Returns 0 or -ENOMEM.
 */
int sk_filter_compile(const struct sk_filter *filter, unsigned flags,
		      struct sk_bytecode *out);

/** Writes the parsed filter with every parenthesis, for tests and for the screen. */
int sk_filter_print(const struct sk_filter *filter, char *out, size_t size);

/** Writes three lines: the message, the text, and a caret under the culprit. */
int sk_filter_error_format(const char *text, const struct sk_filter_error *error,
			   char *out, size_t size);

/**
 * Words that could stand at the end of text (cursor at its end): columns,
 * keywords, states. Writes up to max static strings; *start is where the word
 * being completed begins. Returns how many.
 */
size_t sk_filter_complete(const char *text, const struct sk_table *table,
			  const char **words, size_t max, size_t *start);

/** The page that --help=filter prints. */
extern const char *const sk_filter_help;

#endif
