/* SPDX-License-Identifier: MIT */
/*
 * A source yields samples. The code that uses samples cannot tell which source they
 * come from.
 */
#ifndef SKTOP_SOURCE_H
#define SKTOP_SOURCE_H

#include <errno.h>
#include <sktop/bytecode.h>
#include <sktop/sample.h>

/**
 * A request says what the reader of samples wants to know. It is a plain value and is
 * copied.
 */
struct sk_request {
	uint32_t needs;	     /* enum sk_need */
	uint32_t protos;     /* mask of SK_PROTO_BIT() */
	uint32_t families;   /* mask: 1 = IPv4, 2 = IPv6 */
	uint32_t tcp_states; /* mask of SK_STATE_BIT() */
	uint32_t plain_states; /* likewise: those without SK_NEED_TCP_EXT, whatever needs says */
	/**
	 * Sockets that this bytecode refuses need not be listed. It is a hint that a
	 * source may ignore; /proc and the synthetic source do.
	 */
	struct sk_bytecode filter;
	bool bound;	     /* TCP sockets that are bound and nothing else (Linux
			      * 6.8), instead of tcp_states */
	bool bound_too;	     /* they as well, where tcp_states has CLOSE: the kernel walks
			      * another table for them */
	uint8_t kinds[SK_PROTO_COUNT]; /* unix, packet, vsock...: mask of 1 << SOCK_*
					* that are wanted; 0 = all */
	double interval;     /* seconds between samples, 0.1 to 3600 */
	uint32_t sums;	     /* another number than before begins the sums of flows anew */
	bool wants_detail;   /* look up the socket below: sk_sample.detail */
	struct sk_detached
		detached;    /* its 5-tuple, device, proto, flags and cookie matter */
	bool patient;	     /* the first sample waits until all owners are found */
	bool again;	     /* the instant of the last sample once more, since something
			      * else is asked of it; see sk_source_ops.repeats */
};

/** Everything, once a second. */
#define SK_REQUEST_DEFAULT                                                     \
	((struct sk_request){ .needs = SK_NEED_SOCKETS | SK_NEED_INFO |        \
				       SK_NEED_LINKS | SK_NEED_COUNTERS,       \
			      .protos = SK_PROTOS_DEFAULT,                     \
			      .families = 3,                                   \
			      .tcp_states = SK_STATES_ALL,                     \
			      .interval = 1.0 })

struct sk_source;

/** The answer of sk_source_collect() when there is nothing new yet: no sample, no error. */
#define SK_SOURCE_NOTHING 1

struct sk_source_ops {
	/**
	 * Fills an empty sample. Losses are put in sample->losses and are no
	 * error; only what leaves nothing to show is. The source sets sample->last when
	 * no other instant follows. Returns 0, SK_SOURCE_NOTHING, or -errno and then says
	 * why in sample->losses.note.
	 */
	int (*collect)(struct sk_source *source, const struct sk_request *request,
		       struct sk_sample *sample);
	/**
	 * Completes a sample after sk_diff_compute(), before it is published: what
	 * is slow to find and remembered from sample to sample (owners). May be NULL.
	 * Returns 0 or -errno.
	 */
	int (*complete)(struct sk_source *source, const struct sk_request *request,
			struct sk_sample *sample);
	/**
	 * Looks up one socket of a sample for all that its kernel tells of it, into
	 * *detail, which is for free(); names go into the text of the sample. May be NULL:
	 * the source knows no more than its samples. Returns 0, -ENOENT when the socket is
	 * gone, -EOPNOTSUPP when it cannot be looked up, or -errno.
	 */
	int (*look_up)(struct sk_source *source, const struct sk_detached *detached,
		       struct sk_sample *sample, struct sk_detail **detail);
	/**
	 * Works ahead for the next sample for at most budget_ns nanoseconds. May be
	 * NULL. Returns true when there is more to do.
	 */
	bool (*idle)(struct sk_source *source, const struct sk_request *request,
		     uint64_t budget_ns);
	void (*free)(struct sk_source *source);
	/**
	 * It can show its last instant again (sk_request.again), as often as it is asked: a
	 * key on the screen moves nothing on. The live kernel only has its present.
	 */
	bool repeats;
};

/** A source begins with this; each kind keeps its own data behind it. */
struct sk_source {
	const struct sk_source_ops *ops;
};

/**
 * All sources but the live kernel of the own namespace: the word of the option that
 * chooses it, its letter, its argument, a line of help, the function that makes it of that
 * argument and of a mask of enum sk_live_option, whether a wrong argument is wrong usage,
 * and whether its samples may have sockets of several network namespaces.
 */
#define SK_SOURCES(SOURCE)                                                                  \
	SOURCE(netns, 'N', "NS", "another network namespace: NAME, PID, PATH, or all",      \
	       sk_netns_source_new, false, true)                                            \
	SOURCE(synthetic, '\0', "SPEC", "made-up sockets: sockets=N,hosts=N,churn=N,...",   \
	       sk_synthetic_source_new, true, false)

#define SK_SOURCE_ID(name, ...) SK_SOURCE_##name,
enum sk_source_id { SK_SOURCE_live, SK_SOURCES(SK_SOURCE_ID) SK_SOURCE_COUNT };

enum sk_live_option {
	SK_LIVE_NO_SOCK_DIAG = 1 << 0, /* read /proc/net/{tcp,udp}{,6} instead */
	SK_LIVE_NO_RTNETLINK = 1 << 1, /* read /proc/net/dev instead */
	SK_LIVE_NO_BPF = 1 << 2,       /* no BPF: sock_diag and /proc alone */
	SK_LIVE_BPF = 1 << 3,	       /* BPF even when there is little to list */
	SK_LIVE_TINY_FEED = 1 << 4,    /* so small a queue of destroyed sockets that a burst of
					* them is lost */
};

/** True when BPF is built in; whether the kernel permits them shows later. */
bool sk_live_has_bpf(void);

/**
 * The kernel this runs on, in the calling thread's network namespace. options is
 * a mask of enum sk_live_option, 0 in earnest, else to test the fallbacks.
 * Returns 0 or -errno; error (SK_ERROR_LEN bytes) then says what failed.
 */
int sk_live_source_new(unsigned options, struct sk_source **out, char *error);

/**
 * The same kernel as seen from another network namespace, given by a name of `ip
 * netns`, the number of a process, or a path; "all" stands for every namespace,
 * searched again every few seconds. Names, services and owners stay those of the own
 * namespace, and so do the counters with "all". sk_sample.netns and netns_hidden list
 * refused and hidden namespaces, which are no error with "all". Returns 0 or -errno and
 * error text.
 */
int sk_netns_source_new(const char *what, unsigned options, struct sk_source **out,
			char *error);

/**
 * A generator for demos, tests and benchmarks. It yields the same samples for the same
 * spec: "sockets=N,hosts=N,churn=N,links=N,seed=N,freeze=N,netns=N,samples=N,gaps=N", all
 * optional. churn is connections closed and opened per sample; after freeze samples nothing
 * moves any more, and after samples there are none (0 = never); gaps is how often it answers
 * "nothing new yet" before each sample but the first. options are ignored. Returns 0 or
 * -errno and error text.
 */
int sk_synthetic_source_new(const char *spec, unsigned options, struct sk_source **out,
			    char *error);

/** Makes the source of an id; argument is NULL for the live one. 0 or -errno and error text. */
int sk_source_new(enum sk_source_id id, const char *argument, unsigned options,
		  struct sk_source **out, char *error);

/** Looks up one socket of a sample; see sk_source_ops. */
static inline int sk_source_look_up(struct sk_source *source,
				    const struct sk_detached *detached,
				    struct sk_sample *sample, struct sk_detail **detail)
{
	*detail = NULL;
	return source->ops->look_up ?
		       source->ops->look_up(source, detached, sample, detail) : -EOPNOTSUPP;
}

/**
 * Fills an empty sample, and its detail where the request wants it; see sk_source_ops.
 * Returns 0, SK_SOURCE_NOTHING or -errno.
 */
static inline int sk_source_collect(struct sk_source *source,
				    const struct sk_request *request,
				    struct sk_sample *sample)
{
	int err = source->ops->collect(source, request, sample);

	/* gone is an answer: the list says so as well */
	if (!err && request->wants_detail && (request->needs & SK_NEED_SOCKETS))
		sk_source_look_up(source, &request->detached, sample, &sample->detail);
	return err;
}

/** Completes a sample after its diff; see sk_source_ops. */
static inline int sk_source_complete(struct sk_source *source,
				     const struct sk_request *request,
				     struct sk_sample *sample)
{
	return source->ops->complete ? source->ops->complete(source, request, sample) : 0;
}

/** Frees a source of any kind. NULL is fine. */
static inline void sk_source_free(struct sk_source *source)
{
	if (source)
		source->ops->free(source);
}

#endif
