/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/loss.h>
#include <sktop/rows.h>

/** For each kind of data its name, its interface in the kernel, and what its loss means. */
static const struct {
	const char *name;     /* JSON */
	const char *title;
	const char *source;
	const char *fallback; /* where it comes from then, and what is missing there */
	uint32_t by_fallback; /* enum sk_missing that says so */
	uint32_t by_loss;     /* likewise, when some of it is lost or all */
	uint32_t by_end;      /* likewise, only when all is lost */
	uint32_t panes;	      /* that show it */
} parts[SK_PART_COUNT] = {
#define PANE(pane) (1U << SK_PANE_##pane)
#define OF_SOCKETS (PANE(DASHBOARD) | PANE(CONNECTIONS) | PANE(HOSTS) | PANE(STATES) | \
		    PANE(PROCESSES) | PANE(LISTENERS))
#define SOCKETS { .name = "sockets", .source = "sock_diag",                          \
		  .fallback = "from /proc/net, without rates, RTT and limits of queues", \
		  .panes = OF_SOCKETS | PANE(EVENTS) }
	[SK_PROTO_TCP] = SOCKETS,
	[SK_PROTO_UDP] = SOCKETS,
	[SK_PROTO_UDPLITE] = SOCKETS,
	[SK_PROTO_SCTP] = SOCKETS,
	[SK_PROTO_MPTCP] = SOCKETS,
	[SK_PROTO_RAW] = SOCKETS,
	[SK_PROTO_PING] = SOCKETS,
	[SK_PROTO_UNIX] = SOCKETS,
	[SK_PROTO_PACKET] = SOCKETS,
	[SK_PROTO_NETLINK] = SOCKETS,
	[SK_PROTO_VSOCK] = SOCKETS,
	[SK_PROTO_XDP] = SOCKETS,
	[SK_PROTO_TIPC] = SOCKETS,
#undef SOCKETS
	/* others get the names of interfaces elsewhere, if need be */
	[SK_PART_LINKS] = { "interfaces", "interfaces", "rtnetlink",
			    "from /proc/net/dev, without MTU, flags and state",
			    SK_MISSING_RTNETLINK, 0, SK_MISSING_LINKS,
			    PANE(INTERFACES) },
	[SK_PART_ADDRESSES] = { "addresses", "addresses of interfaces", "rtnetlink",
				NULL, 0, SK_MISSING_RTNETLINK, 0, PANE(INTERFACES) },
	[SK_PART_SPEEDS] = { "speeds", "speeds of interfaces", "ethtool", NULL, 0, 0, 0,
			     PANE(INTERFACES) },
	[SK_PART_COUNTERS] = { "counters", "protocol counters", "/proc/net", NULL, 0,
			       SK_MISSING_COUNTERS, 0, OF_SOCKETS | PANE(PROTOCOLS) },
	[SK_PART_LIMITS] = { "limits", "limits of the kernel", "/proc/sys", NULL, 0, 0,
			     0, OF_SOCKETS },
	[SK_PART_ROUTES] = { "routes", "routes", "rtnetlink",
			     "from /proc/net, of IPv4 the main table alone, without "
			     "types "
			     "and protocols",
			     SK_MISSING_RTNETLINK, 0, 0, PANE(ROUTES) },
	[SK_PART_RULES] = { "rules", "rules", "rtnetlink", NULL, 0,
			    SK_MISSING_RTNETLINK, 0, PANE(RULES) },
	[SK_PART_NEIGHBOURS] = { "neighbours", "neighbours", "rtnetlink",
				 "from /proc/net/arp, IPv4 only", SK_MISSING_RTNETLINK,
				 0, 0, PANE(NEIGHBOURS) },
	[SK_PART_MULTICAST] = { "groups", "multicast groups", "/proc/net", NULL, 0, 0,
				0, PANE(GROUPS) },
	[SK_PART_NAT] = { "nat", "tracked connections", "nfnetlink",
			  "from /proc/net/nf_conntrack", 0, 0, 0, PANE(NAT) },
	[SK_PART_OWNERS] = { "processes", "processes", "/proc", NULL, 0, 0,
			     SK_MISSING_PROC, OF_SOCKETS | PANE(EVENTS) },
	[SK_PART_CGROUPS] = { "cgroups", "paths of cgroups", "/proc", NULL, 0, 0, 0,
			      OF_SOCKETS | PANE(EVENTS) },
	[SK_PART_EVENTS] = { "events", "destroyed sockets", "sock_diag", NULL, 0, 0, 0,
			     PANE(EVENTS) | PANE(HOSTS) | PANE(STATES) | PANE(PROCESSES) },
#undef OF_SOCKETS
#undef PANE
};
_Static_assert(SK_PART_COUNT <= 32, "parts fit a mask");

const char *sk_part_name(unsigned part)
{
	return parts[part].name;
}

const char *sk_loss_kind_name(enum sk_loss_kind kind)
{
	static const char *const names[] = { [SK_LOSS_NONE] = "none",
					     [SK_LOSS_FALLBACK] = "fallback",
					     [SK_LOSS_SOME] = "some",
					     [SK_LOSS_ALL] = "all" };

	return names[kind];
}

const char *sk_loss_reason(int error)
{
	return error == ESTALE ? "it changed while it was read" : strerror(error);
}

void sk_sample_lose(struct sk_sample *sample, unsigned part, enum sk_loss_kind kind,
		    int err)
{
	struct sk_losses *losses = &sample->losses;
	struct sk_loss *loss = &losses->part[part];
	bool socket = part < SK_PROTO_COUNT, fallback = kind == SK_LOSS_FALLBACK;

	if (kind > loss->kind)
		*loss = (struct sk_loss){ .kind = (uint8_t)kind, .error = -err };
	losses->missing |= fallback ? parts[part].by_fallback : parts[part].by_loss;
	losses->missing |= kind == SK_LOSS_ALL ? parts[part].by_end : 0;
	if (fallback)
		return;
	losses->dump_errors += socket;
	sk_loss_describe(sample, SK_PART_BIT(part), losses->note, sizeof(losses->note));
}

uint32_t sk_sample_lost(const struct sk_sample *sample)
{
	uint32_t lost = 0;

	for (unsigned i = 0; i < SK_PART_COUNT; i++)
		lost |= sample->losses.part[i].kind ? SK_PART_BIT(i) : 0;
	return lost;
}

bool sk_sample_is_cut(const struct sk_sample *sample, uint32_t of)
{
	for (unsigned i = 0; i < SK_PART_COUNT; i++) {
		if ((of & SK_PART_BIT(i)) && sample->losses.part[i].kind >= SK_LOSS_SOME)
			return true;
	}
	return false;
}

uint32_t sk_pane_losses(enum sk_pane_id pane, const struct sk_sample *sample)
{
	uint32_t lost = sk_sample_lost(sample);

	for (unsigned i = 0; i < SK_PART_COUNT; i++) {
		if (!(parts[i].panes & (1U << pane)))
			lost &= ~SK_PART_BIT(i);
	}
	return lost;
}

/* True if one line can report both losses. */
static bool alike(const struct sk_sample *sample, unsigned a, unsigned b)
{
	const struct sk_loss *x = &sample->losses.part[a], *y = &sample->losses.part[b];

	return parts[a].source == parts[b].source &&
	       parts[a].fallback == parts[b].fallback && x->kind == y->kind &&
	       x->netns == y->netns && x->error == y->error;
}

/* "tcp, udp": the first of these parts and those that are like it. Returns these. */
static uint32_t list(const struct sk_sample *sample, uint32_t of, unsigned first, char *out,
		     size_t size)
{
	uint32_t listed = 0;
	size_t len = 0;

	for (unsigned i = first; i < SK_PART_COUNT; i++) {
		const char *title = i < SK_PROTO_COUNT ? sk_proto_name(i, false) :
							 parts[i].title;

		if (!(of & SK_PART_BIT(i)) || !alike(sample, first, i))
			continue;
		if (len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s",
						listed ? ", " : "", title);
		listed |= SK_PART_BIT(i);
	}
	return listed;
}

uint32_t sk_loss_describe(const struct sk_sample *sample, uint32_t of, char *out,
			  size_t size)
{
	char titles[160], where[SK_NETNS_STRLEN + 16] = "";
	const struct sk_loss *loss;
	const char *why;
	unsigned first = 0;
	uint32_t listed;

	out[0] = '\0';
	of &= sk_sample_lost(sample);
	while (first < SK_PART_COUNT && !(of & SK_PART_BIT(first)))
		first++;
	if (first == SK_PART_COUNT)
		return 0;
	loss = &sample->losses.part[first];
	why = sk_loss_reason(loss->error);
	listed = list(sample, of, first, titles, sizeof(titles));
	if (loss->netns && loss->netns < sample->n_netns)
		snprintf(where, sizeof(where), " in namespace %s",
			 sk_sample_netns_name(sample, loss->netns));
	if (loss->kind == SK_LOSS_FALLBACK)
		snprintf(out, size, "%s%s: %s (%s: %s)", titles, where,
			 parts[first].fallback, parts[first].source, why);
	else
		snprintf(out, size, "%s%s: %s: %s: %s", titles, where,
			 loss->kind == SK_LOSS_SOME ? "not all could be read" :
						      "cannot be read",
			 parts[first].source, why);
	return of & ~listed;
}

/**
 * The rights that would make other users' processes readable; the first row of which
 * all is missing holds.
 */
static const struct {
	uint32_t missing; /* enum sk_missing */
	const char *words; /* behind "processes unreadable" */
	const char *why;   /* of one process */
} rights[] = {
	{ SK_MISSING_PTRACE | SK_MISSING_DAC,
	  ": needs root (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH)",
	  "its process is unreadable without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, or none "
	  "has it" },
	{ SK_MISSING_PTRACE, ": needs CAP_SYS_PTRACE",
	  "its process is unreadable without CAP_SYS_PTRACE, or none has it" },
	{ SK_MISSING_DAC, ": needs CAP_DAC_READ_SEARCH",
	  "its process is unreadable without CAP_DAC_READ_SEARCH, or none has it" },
	{ SK_MISSING_USERNS, ": not of our user namespace",
	  "its process is unreadable from our user namespace, or none has it" },
	{ SK_MISSING_TRUST, " even for root (a security module)",
	  "its process is unreadable by order of a security module, or none has it" },
};

/* Returns the number of rights where nothing is missing. */
static size_t find_rights(const struct sk_losses *losses)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(rights) &&
	       (losses->missing & rights[i].missing) != rights[i].missing)
		i++;
	return i;
}

const char *sk_losses_why_unreadable(const struct sk_losses *losses)
{
	size_t i = find_rights(losses);

	return i < ARRAY_SIZE(rights) ? rights[i].why : NULL;
}

size_t sk_losses_of_owners(const struct sk_losses *losses, char *out, size_t size)
{
	const char *hidden = losses->missing & SK_MISSING_HIDDEN ?
				     "others' processes hidden (hidepid)" : "";
	size_t right = find_rights(losses);
	const char *needed = right < ARRAY_SIZE(rights) ? rights[right].words : NULL;
	/* a sample that asked for no owners keeps the number of one that did */
	uint32_t n = needed ? losses->unreadable_processes : 0;
	char count[40] = "";
	int len;

	out[0] = '\0';
	/* that nothing of /proc can be read is a loss of SK_PART_OWNERS */
	if ((losses->missing & SK_MISSING_PROC) || (!n && !*hidden))
		return 0;
	if (n)
		snprintf(count, sizeof(count), "%u process%s unreadable", n, n == 1 ? "" : "es");
	len = snprintf(out, size, "%s%s%s%s", hidden, *hidden && n ? ", " : "", count,
		       needed ? needed : "");
	return len < 0 ? 0 : (size_t)len < size ? (size_t)len : size - 1;
}
