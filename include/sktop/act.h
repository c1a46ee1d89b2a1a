/* SPDX-License-Identifier: MIT */
/*
 * This header closes sockets (SOCK_DESTROY) and signals the processes that hold them. A
 * plan says what would be done, to which sockets or processes, and what cannot be done
 * and why. If the user agrees, an actor carries the plan out step by step and notes the
 * results in it. The screen and the command line use the same plans. Nothing is
 * remembered or logged.
 */
#ifndef SKTOP_ACT_H
#define SKTOP_ACT_H

#include <sktop/column.h>

enum sk_act { SK_ACT_CLOSE, SK_ACT_SIGNAL };

/** The reasons why an action is not even tried. */
enum sk_refusal {
	SK_REFUSAL_NONE,
	SK_REFUSAL_SOURCE,    /* the sample is not of the running kernel */
	SK_REFUSAL_GONE,      /* it died before the plan was made */
	SK_REFUSAL_KIND,      /* unix, netlink...: the kernel has no such request */
	SK_REFUSAL_NO_COOKIE, /* a row of /proc: nothing names it for certain */
	SK_REFUSAL_BOUND,     /* TCP, bound and no more: the kernel does not find it */
	SK_REFUSAL_NETNS,     /* its network namespace cannot be entered */
	SK_REFUSAL_MPTCP,     /* is closed by its subflows */
	SK_REFUSAL_PROTO,     /* the kernel cannot destroy those of the protocol */
	SK_REFUSAL_PRIVILEGE, /* CAP_NET_ADMIN over the namespace is missing */
	SK_REFUSAL_EXITED,    /* the process has ended, or its number is another's */
	SK_REFUSAL_NOT_OURS,  /* the process is another user's: CAP_KILL */
	SK_REFUSAL_ELEVATED,  /* our rights are not our user's: sk_privilege_is_elevated() */
	SK_REFUSAL_NOT_HELD,  /* the process holds none of the sockets any more */
	SK_REFUSAL_COUNT,
};

enum sk_outcome {
	SK_OUTCOME_WAITING, /* not tried yet */
	SK_OUTCOME_DONE,    /* closed, or signalled */
	SK_OUTCOME_KEPT,    /* UDP: disconnected, its owner told, but its port is bound */
	SK_OUTCOME_GONE,    /* it had died meanwhile: nothing was left to do */
	SK_OUTCOME_FAILED,  /* tried; sk_target.error says why */
	SK_OUTCOME_REFUSED, /* sk_target.refusal says why */
	SK_OUTCOME_LEFT,    /* it was stopped before this one's turn came */
	SK_OUTCOME_SPARED,  /* of our own session, and that was not confirmed */
	SK_OUTCOME_COUNT,
};

/** One thing of a plan: a socket to close, or a process to signal. */
struct sk_target {
	uint32_t socket;  /* index into the plan's sample->sockets; 0 of a process */
	uint32_t process; /* its number in the table of owners, from 1; 0: it is a socket */
	uint32_t sockets; /* chosen sockets that the process holds; of a listener's queue
			   * the listener */
	int32_t error;	  /* FAILED: -errno; GONE: -EBADF when it lives, and holds none */
	uint8_t refusal;  /* enum sk_refusal */
	uint8_t outcome;  /* enum sk_outcome */
	bool own;	  /* carries our session, or is a part of it, or is pid 1 */
};

/** A claim is the statement of a sample that a process holds a socket. */
struct sk_claim {
	uint32_t process; /* its number in the table of owners */
	uint32_t inode;	  /* of the socket; of its listener, while that has it queued */
	int32_t fd;	  /* where it was held; -1 = not known */
};

/** The ends of a connection. */
struct sk_ends {
	struct sk_addr local, remote; /* IPv4 v4-mapped */
	uint16_t lport, rport;	      /* host order */
};

#define SK_SESSION_PIDS 256
#define SK_SESSION_INODES 4096

/**
 * A session is what carries the terminal that we run on: our ancestors and the sockets
 * that they hold. If a terminal multiplexer is among them, so are the processes of all
 * multiplexers, with their ancestors.
 */
struct sk_session {
	bool has_ssh;	    /* SSH_CONNECTION was set and sound */
	bool unknown;	    /* not every ancestor is known, with all its sockets: /proc is
			     * not there, hides some or refuses them */
	struct sk_ends ssh; /* what it says, as this machine's socket has it */
	uint32_t n_pids, n_inodes;
	uint32_t pids[SK_SESSION_PIDS];
	uint32_t inodes[SK_SESSION_INODES]; /* of their sockets; both lists ascend */
};

/** Reads SSH_CONNECTION's "client port server port". Returns 0 or -EINVAL. */
int sk_session_parse_ssh(const char *text, struct sk_ends *ends);

/**
 * The powers say what may and can be done here. They are found out before anything is
 * promised.
 */
struct sk_powers {
	bool real;	 /* the sample is of the running kernel */
	bool elevated;	 /* sk_privilege_is_elevated(): nothing may be done, nor is the rest set */
	bool privileged; /* CAP_NET_ADMIN, effective, over the network namespace */
	int destroy[SK_PROTO_COUNT]; /* 0 = the kernel can; else -errno of its answer */
	/**
	 * By sk_socket.netns: 0 = entered, with the privilege there; else -errno. [0] is
	 * our own, which `privileged` is about. Part of the powers' memory.
	 */
	const int *netns;
	uint32_t n_netns;
	/**
	 * Returns 0 if this process could be signalled, -ESRCH if it is no longer the
	 * same process, or -EPERM. NULL: none could.
	 */
	int (*may_signal)(uint32_t pid, uint64_t start);
	/**
	 * Counts how many of n claims, in ascending order of their inodes, are true of
	 * the process now. Returns 0 or -errno. NULL: none are.
	 */
	int (*count_held)(uint32_t pid, const struct sk_claim *claims, uint32_t n,
			  uint32_t *held);
	struct sk_session session;
};

/**
 * Finds out the powers without closing or signalling anything: it reads capabilities
 * and our ancestors, and for each protocol of the sample asks the kernel to destroy a
 * socket that cannot exist. Freed with free(). Returns 0 or -errno.
 */
int sk_powers_new(const struct sk_sample *sample, struct sk_powers **out);

struct sk_plan {
	enum sk_act act;
	int signal;		  /* SIGNAL: which */
	struct sk_sample *sample; /* a reference of its own */
	struct sk_target *targets;
	uint32_t n;
	struct sk_claim *claims;  /* SIGNAL: by process, then by inode */
	uint32_t n_claims;
	uint32_t chosen;	  /* sockets it was made from */
	uint32_t ownerless;	  /* SIGNAL: of them, those with no known process */
	uint32_t own;		  /* targets of our own session, not refused */
	bool own_unknown;	  /* CLOSE: nothing tells which carry it: it may be any */
	uint32_t refused[SK_REFUSAL_COUNT]; /* targets by refusal; [0] = to be done */
	uint32_t outcome[SK_OUTCOME_COUNT]; /* targets by outcome */
	uint32_t next;		  /* first that is still to be tried */
	bool with_own;		  /* those of our own session too; off until confirmed */
};

/**
 * Plans to close n sockets, given as indexes into sample->sockets; sockets that are
 * gone are allowed. Returns 0 or -ENOMEM.
 */
int sk_plan_close(struct sk_sample *sample, const uint32_t *sockets, uint32_t n,
		  const struct sk_powers *powers, struct sk_plan **out);

/**
 * False for a socket that its process has closed: a remembered owner does not hold it
 * any more.
 */
static inline bool sk_may_be_held(const struct sk_socket *socket)
{
	return !(socket->flags & (SK_F_REMEMBERED | SK_F_GONE));
}

/**
 * Returns the claims of a process in the plan, which are the reason to signal it; *n is
 * their number.
 */
const struct sk_claim *sk_plan_claims(const struct sk_plan *plan, uint32_t process,
				      uint32_t *n);

/**
 * Plans to signal the processes that hold sockets, or of them just one: `process` is
 * its number in the table of owners, 0 = all. Each process is checked again, and
 * refused if it holds none of the sockets any more. Returns 0 or -ENOMEM.
 */
int sk_plan_signal(struct sk_sample *sample, const uint32_t *sockets, uint32_t n,
		   uint32_t process, int signal, const struct sk_powers *powers,
		   struct sk_plan **out);

void sk_plan_free(struct sk_plan *plan); /* NULL is fine */

struct sk_signal {
	int number;
	const char *name; /* "SIGTERM" */
};

/** The signals that can be sent, SIGTERM first. */
extern const struct sk_signal sk_signals[];
extern const size_t sk_signal_count;

/** Reads "15", "SIGTERM", "term". Returns 0 or -EINVAL. */
int sk_signal_parse(const char *text, int *number);

/** "SIGTERM"; "?" for a number that is none. */
const char *sk_signal_name(int number);

enum sk_plan_line_kind {
	SK_LINE_HEAD,	 /* what would be done */
	SK_LINE_NOTE,	 /* what comes with it */
	SK_LINE_REFUSED, /* what will not be done, and why */
	SK_LINE_OWN,	 /* our own session is among it */
};

struct sk_plan_line {
	enum sk_plan_line_kind kind;
	char text[240]; /* printable */
};

#define SK_PLAN_LINES 24

/** The plan in sentences, at most SK_PLAN_LINES; returns how many. */
size_t sk_plan_lines(const struct sk_plan *plan, struct sk_plan_line *lines);

/** Room for the text of a target: both ends may be names of unix sockets. */
#define SK_TARGET_STRLEN 1536

/** "closed", "kept", "gone", "failed", "refused", "left", "spared"; untried: "close". */
const char *sk_target_word(const struct sk_target *target);

/**
 * Says in words why a target failed, was refused or spared; "" = nothing to say. Static
 * text.
 */
const char *sk_target_reason(const struct sk_target *target);

/**
 * Writes the outcome, the target and the reason in one line, without a newline. Returns
 * out.
 */
char *sk_target_line(const struct sk_plan *plan, const struct sk_target *target,
		     char *out, size_t size);

/** "12 closed, 1 already gone, 2 failed" Returns out. */
char *sk_plan_sum(const struct sk_plan *plan, char *out, size_t size);

/** Rows: struct sk_target; the context's sample must be the plan's. */
extern const struct sk_table sk_table_actions;

/** Carries a plan out. */
struct sk_actor;

/** The plan must outlive it. Returns 0, -ENOMEM, or -EPERM where rights are lent. */
int sk_actor_new(struct sk_plan *plan, struct sk_actor **out);
void sk_actor_free(struct sk_actor *actor); /* NULL is fine */

/**
 * Carries the plan on for about budget_ns nanoseconds (UINT64_MAX: to the end). Each
 * socket is named by its cookie, so a socket that died meanwhile is found gone, and its
 * successor is never closed. Returns true while there is more.
 */
bool sk_actor_step(struct sk_actor *actor, uint64_t budget_ns);

/** Stops the actor early: targets that were not tried are left. */
void sk_actor_stop(struct sk_actor *actor);

#endif
