/* SPDX-License-Identifier: MIT */
/*
 * This file writes plans and their results in sentences.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sktop/act.h>
#include <sktop/array.h>
#include <sktop/owners.h>
#include <sktop/text.h>

/* A list of processes shows so many cells of each command line. */
#define COMMAND_CELLS 200

static const char *const refusals[SK_REFUSAL_COUNT] = {
	[SK_REFUSAL_SOURCE] = "not a socket of the running kernel",
	[SK_REFUSAL_GONE] = "already gone",
	[SK_REFUSAL_KIND] = "the kernel cannot close sockets of this kind",
	[SK_REFUSAL_NO_COOKIE] = "read from /proc: without a cookie nothing names it for "
				 "certain",
	[SK_REFUSAL_BOUND] = "bound but not connected: the kernel does not find it",
	[SK_REFUSAL_NETNS] = "its network namespace cannot be entered: needs "
			     "CAP_SYS_ADMIN and CAP_NET_ADMIN",
	[SK_REFUSAL_MPTCP] = "MPTCP is closed by its subflows: choose their tcp rows",
	[SK_REFUSAL_PROTO] = "the kernel cannot (CONFIG_INET_DIAG_DESTROY is missing, or "
			     "not for this protocol)",
	[SK_REFUSAL_PRIVILEGE] = "needs CAP_NET_ADMIN",
	[SK_REFUSAL_EXITED] = "the process has ended",
	[SK_REFUSAL_NOT_OURS] = "another user's process: needs CAP_KILL",
	[SK_REFUSAL_ELEVATED] = "sktop has file capabilities or setuid, which are not its user's "
			    "own rights",
	[SK_REFUSAL_NOT_HELD] = "the process holds none of them any more",
};

/** Says what closing does to sockets of a kind. People should know it before they agree. */
static const struct {
	bool udp;
	uint32_t states;
	const char *what;
} consequences[] = {
	{ false, SK_STATE_BIT(SK_STATE_LISTEN),
	  "Listeners end: nobody can connect there any more, accept() fails" },
	{ false, SK_STATE_BIT(SK_STATE_SYN_RECV),
	  "SYN_RECV is dropped without a word: the client believes it is connected" },
	{ true, SK_STATES_ALL,
	  "udp is disconnected and its owner told (ECONNABORTED); a port that the program "
	  "bound itself stays its own, others are freed" },
};

static struct sk_plan_line *add(struct sk_plan_line *lines, size_t *n,
				enum sk_plan_line_kind kind)
{
	struct sk_plan_line *line = &lines[*n < SK_PLAN_LINES ? (*n)++ : SK_PLAN_LINES - 1];

	line->kind = kind;
	line->text[0] = '\0';
	return line;
}

__attribute__((format(printf, 3, 4))) static void append(char *text, size_t size,
							  const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

/** Sockets that would be closed, by what they are. */
struct tally {
	uint32_t count[SK_PROTO_COUNT][2][SK_STATE_COUNT];
};

static const struct sk_socket *socket_of(const struct sk_plan *plan, uint32_t i)
{
	return &plan->sample->sockets[plan->targets[i].socket];
}

static void tally(const struct sk_plan *plan, struct tally *t)
{
	memset(t, 0, sizeof(*t));
	for (uint32_t i = 0; i < plan->n; i++) {
		const struct sk_socket *s = socket_of(plan, i);

		if (!plan->targets[i].refusal)
			t->count[s->proto][(s->flags & SK_F_V6) != 0][s->state]++;
	}
}

static void tell_kinds(const struct tally *t, char *text, size_t size)
{
	const char *separator = ": ";

	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		for (unsigned v6 = 0; v6 < 2; v6++) {
			for (unsigned state = 0; state < SK_STATE_COUNT; state++) {
				uint32_t n = t->count[proto][v6][state];

				if (!n)
					continue;
				if (strlen(text) + 60 > size) {
					append(text, size, " and others");
					return;
				}
				append(text, size, "%s%u %s %s", separator, n,
				       sk_proto_name(proto, v6),
				       sk_state_name(proto, state));
				separator = ", ";
			}
		}
	}
}

static void tell_signal(const struct sk_plan *plan, struct sk_plan_line *line)
{
	uint32_t n = plan->refused[SK_REFUSAL_NONE];

	if (n == 0)
		snprintf(line->text, sizeof(line->text), "Nobody to signal: %u %s chosen",
			 plan->chosen, plan->chosen == 1 ? "socket" : "sockets");
	else
		snprintf(line->text, sizeof(line->text),
			 "Send %s (%d) to %u process%s, for %u chosen socket%s",
			 sk_signal_name(plan->signal), plan->signal, n,
			 n == 1 ? "" : "es", plan->chosen, plan->chosen == 1 ? "" : "s");
}

static void tell_ownerless(const struct sk_plan *plan, struct sk_plan_line *lines,
			   size_t *n)
{
	struct sk_plan_line *line;

	if (!plan->ownerless)
		return;
	line = add(lines, n, SK_LINE_REFUSED);
	append(line->text, sizeof(line->text),
	       "%u socket%s no known process: closed by it already, not accepted, or "
	       "unreadable here", plan->ownerless, plan->ownerless == 1 ? " has" : "s have");
}

static void tell_head(const struct sk_plan *plan, const struct tally *t,
		      struct sk_plan_line *line)
{
	uint32_t n = plan->refused[SK_REFUSAL_NONE];
	char *text = line->text;

	if (n == 0)
		snprintf(text, sizeof(line->text), "Nothing to close: %u %s chosen", plan->n,
			 plan->n == 1 ? "socket" : "sockets");
	else if (n < plan->n)
		snprintf(text, sizeof(line->text), "Close %u of %u sockets", n, plan->n);
	else
		snprintf(text, sizeof(line->text), "Close %u socket%s", n, n == 1 ? "" : "s");
	tell_kinds(t, text, sizeof(line->text));
}

static bool has_consequence(const struct tally *t, size_t which)
{
	for (unsigned proto = 0; proto < SK_PROTO_COUNT; proto++) {
		bool udp = proto == SK_PROTO_UDP || proto == SK_PROTO_UDPLITE;

		for (unsigned state = 0; state < SK_STATE_COUNT; state++) {
			if (udp == consequences[which].udp &&
			    (consequences[which].states & SK_STATE_BIT(state)) &&
			    t->count[proto][0][state] + t->count[proto][1][state])
				return true;
		}
	}
	return false;
}

static void tell_consequences(const struct tally *t, struct sk_plan_line *lines, size_t *n)
{
	for (size_t i = 0; i < ARRAY_SIZE(consequences); i++) {
		if (has_consequence(t, i)) {
			struct sk_plan_line *line = add(lines, n, SK_LINE_NOTE);

			append(line->text, sizeof(line->text), "%s", consequences[i].what);
		}
	}
}

static void tell_refusals(const struct sk_plan *plan, struct sk_plan_line *lines,
			  size_t *n)
{
	for (unsigned i = 1; i < SK_REFUSAL_COUNT; i++) {
		struct sk_plan_line *line;

		if (!plan->refused[i])
			continue;
		line = add(lines, n, SK_LINE_REFUSED);
		append(line->text, sizeof(line->text), "%u refused: %s", plan->refused[i],
		       refusals[i]);
	}
}

static void tell_own(const struct sk_plan *plan, struct sk_plan_line *line)
{
	if (plan->act == SK_ACT_CLOSE)
		append(line->text, sizeof(line->text),
		       "%u of them carr%s your own session: you would be cut off", plan->own,
		       plan->own == 1 ? "ies" : "y");
	else
		append(line->text, sizeof(line->text),
		       "%u of them %s pid 1, sktop itself or what your session hangs on",
		       plan->own, plan->own == 1 ? "is" : "are");
}

static void tell_own_unknown(struct sk_plan_line *line)
{
	append(line->text, sizeof(line->text),
	       "Your own connection may be among them: SSH_CONNECTION does not name it, and "
	       "/proc does not show what sktop was started by, with its sockets");
}

size_t sk_plan_lines(const struct sk_plan *plan, struct sk_plan_line *lines)
{
	struct tally t;
	size_t n = 0;

	if (plan->act == SK_ACT_SIGNAL) {
		tell_signal(plan, add(lines, &n, SK_LINE_HEAD));
		tell_ownerless(plan, lines, &n);
	} else {
		tally(plan, &t);
		tell_head(plan, &t, add(lines, &n, SK_LINE_HEAD));
		tell_consequences(&t, lines, &n);
	}
	tell_refusals(plan, lines, &n);
	if (plan->own)
		tell_own(plan, add(lines, &n, SK_LINE_OWN));
	if (plan->own_unknown)
		tell_own_unknown(add(lines, &n, SK_LINE_OWN));
	return n;
}

static void append_column(const struct sk_plan *plan, const struct sk_socket *s,
			  const char *id, char *out, size_t size)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	const struct sk_column *column = sk_column_find(table, id, strlen(id));
	struct sk_context context = { .sample = plan->sample };
	char cell[SK_CELL_STRLEN];

	if (sk_value_format(&context, column, s, SK_FORMAT_JOIN_PORTS,
			    cell, sizeof(cell)) > 0)
		append(out, size, " %s", cell);
}

/* "nginx/812", "nginx/812 +3": the first of those who hold it. */
static void append_owner(const struct sk_plan *plan, const struct sk_socket *s, char *out,
			 size_t size)
{
	const struct sk_process *process = sk_owners_process(plan->sample->owners, s->owner,
							     0);
	uint32_t n = sk_owners_processes(plan->sample->owners, s->owner);

	if (!process)
		return;
	append(out, size, " %s/%u", process->name, process->pid);
	if (n > 1)
		append(out, size, " +%u", n - 1);
}

static void format_process(const struct sk_plan *plan, const struct sk_target *target,
			   char *out, size_t size)
{
	const struct sk_process *p = sk_owners_by_id(plan->sample->owners, target->process);

	snprintf(out, size, "%s/%u, %u socket%s", p ? p->name : "?", p ? p->pid : 0,
		 target->sockets, target->sockets == 1 ? "" : "s");
	if (p && p->command[0]) {
		size_t used, len = sk_text_fit(p->command, COMMAND_CELLS, &used);

		append(out, size, " (%.*s%s)", (int)len, p->command,
		       p->command[len] ? " ..." : "");
	}
}

/*
 * Writes a target for people, numeric and printable: "tcp 10.0.0.1:80 10.0.0.2:4000
 * ESTABLISHED nginx/812", or "nginx/812, 12 sockets".
 */
static char *format_target(const struct sk_plan *plan, const struct sk_target *target,
			   char *out, size_t size)
{
	const struct sk_socket *s = &plan->sample->sockets[target->socket];

	if (target->process) {
		format_process(plan, target, out, size);
		return out;
	}
	snprintf(out, size, "%s", sk_proto_name(s->proto, s->flags & SK_F_V6));
	append_column(plan, s, "local", out, size);
	append_column(plan, s, "remote", out, size);
	append(out, size, " %s", sk_state_name(s->proto, s->state));
	/* the same ends may be there in another namespace, too */
	if (s->netns || sk_sample_netns_count(plan->sample, SK_NETNS_SEEN) > 1)
		append(out, size, " netns %s",
		       sk_sample_netns_name(plan->sample, s->netns));
	append_owner(plan, s, out, size);
	return out;
}

const char *sk_target_word(const struct sk_target *target)
{
	static const char *const words[2][SK_OUTCOME_COUNT] = {
		[SK_ACT_CLOSE] = { "close", "closed", "kept", "gone", "failed",
				    "refused", "left", "spared" },
		[SK_ACT_SIGNAL] = { "signal", "signalled", "kept", "gone", "failed",
				     "refused", "left", "spared" },
	};

	return words[target->process ? SK_ACT_SIGNAL : SK_ACT_CLOSE][target->outcome];
}

/** The words for errors, in [SK_ACT_SIGNAL] for signals; other errors have their usual words. */
static const struct {
	int error;
	const char *words[2];
} failures[] = {
	{ EPERM,
	  { "Operation not permitted: needs CAP_NET_ADMIN over the network namespace",
	    "Operation not permitted: another user's process, needs CAP_KILL" } },
	{ EOPNOTSUPP, { "Operation not supported: the kernel cannot close those", NULL } },
	{ EEXIST, { "the kernel finds another socket of its port first (SO_REUSEPORT)", NULL } },
};

static const char *explain(const struct sk_target *target)
{
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		const char *words = failures[i].words[target->process ? SK_ACT_SIGNAL :
									SK_ACT_CLOSE];

		if (failures[i].error == -target->error && words)
			return words;
	}
	return strerror(-target->error);
}

const char *sk_target_reason(const struct sk_target *target)
{
	if (target->outcome == SK_OUTCOME_REFUSED)
		return refusals[target->refusal];
	if (target->outcome == SK_OUTCOME_LEFT)
		return "it was stopped before";
	if (target->outcome == SK_OUTCOME_KEPT)
		return "its owner was told; the port that it bound stays bound";
	if (target->outcome == SK_OUTCOME_GONE)
		return target->error == -EBADF ? refusals[SK_REFUSAL_NOT_HELD] :
						 "it had ended meanwhile";
	if (target->outcome == SK_OUTCOME_FAILED)
		return explain(target);
	if (!target->own || target->outcome == SK_OUTCOME_DONE)
		return "";
	return target->process ? "pid 1, sktop itself or what your session hangs on" :
				 "carries your own session";
}

char *sk_target_line(const struct sk_plan *plan, const struct sk_target *target,
		     char *out, size_t size)
{
	const char *reason = sk_target_reason(target);

	snprintf(out, size, "%s ", sk_target_word(target));
	format_target(plan, target, out + strlen(out), size - strlen(out));
	if (*reason)
		append(out, size, ": %s", reason);
	return out;
}

char *sk_plan_sum(const struct sk_plan *plan, char *out, size_t size)
{
	static const struct {
		enum sk_outcome outcome;
		const char *words[2];
	} parts[] = {
		{ SK_OUTCOME_DONE, { "closed", "signalled" } },
		{ SK_OUTCOME_KEPT, { "kept their port", NULL } },
		{ SK_OUTCOME_GONE, { "already gone", "already gone" } },
		{ SK_OUTCOME_FAILED, { "failed", "failed" } },
		{ SK_OUTCOME_REFUSED, { "refused", "refused" } },
		{ SK_OUTCOME_SPARED, { "spared", "spared" } },
		{ SK_OUTCOME_LEFT, { "not tried", "not tried" } },
		{ SK_OUTCOME_WAITING, { "to come", "to come" } },
	};

	snprintf(out, size, "%u %s", plan->outcome[SK_OUTCOME_DONE],
		 parts[0].words[plan->act]);
	for (size_t i = 1; i < ARRAY_SIZE(parts); i++) {
		if (plan->outcome[parts[i].outcome])
			append(out, size, ", %u %s", plan->outcome[parts[i].outcome],
			       parts[i].words[plan->act]);
	}
	return out;
}
