/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/act.h>
#include <sktop/array.h>
#include <sktop/filter.h>
#include <sktop/output.h>
#include <sktop/privilege.h>
#include <sktop/ui.h>
#include "program/cli.h"
#include "program/cli_sockets.h"
#include "program/cli_messages.h"

/** Reads one option. Returns CLI_RUN to go on. */
typedef enum cli_result option_fn(struct sk_options *o, const char *arg, int value);

struct option_row {
	char letter; /* '\0' = long only */
	const char *name;
	const char *arg; /* name of its argument; "[X]" = optional; NULL = none */
	const char *help; /* NULL = not in --help */
	option_fn *read;
	int value;
};

static enum cli_result read_flag(struct sk_options *o, const char *arg, int offset)
{
	(void)arg;
	*((bool *)((char *)o + offset)) = true;
	return CLI_RUN;
}

static enum cli_result read_text(struct sk_options *o, const char *arg, int offset)
{
	*((const char **)((char *)o + offset)) = arg;
	return CLI_RUN;
}

static enum cli_result read_nothing(struct sk_options *o, const char *arg, int value)
{
	(void)o;
	(void)arg;
	(void)value;
	return CLI_RUN;
}

static enum cli_result read_no_header(struct sk_options *o, const char *arg, int value)
{
	(void)arg;
	(void)value;
	o->header = false;
	return CLI_RUN;
}

static enum cli_result read_live(struct sk_options *o, const char *arg, int option)
{
	(void)arg;
	o->live |= (unsigned)option;
	return CLI_RUN;
}

#define SOURCE_NAME(name, ...) [SK_SOURCE_##name] = #name,
#define SOURCE_USAGE(name, letter, argument, help, create, usage, many) \
	[SK_SOURCE_##name] = { usage, many },

static enum cli_result read_source(struct sk_options *o, const char *arg, int source)
{
	static const char *const names[] = { SK_SOURCES(SOURCE_NAME) };
	static const struct {
		bool usage, many;
	} traits[] = { SK_SOURCES(SOURCE_USAGE) };

	if (o->source != SK_SOURCE_live && o->source != (enum sk_source_id)source)
		return cli_say("--%s and --%s exclude each other", names[o->source],
			       names[source]);
	o->source = (enum sk_source_id)source;
	o->source_argument = arg;
	o->source_usage = traits[source].usage;
	o->many_netns = traits[source].many;
	return CLI_RUN;
}

#define SOURCE_OPTION(name, letter, argument, help, ...) \
	{ letter, #name, argument, help, read_source, SK_SOURCE_##name },

/* Two different panes in one command line are a mistake, as in netstat. */
static enum cli_result choose_pane(struct sk_options *o, enum sk_pane_id pane)
{
	if (o->pane_chosen && o->pane != pane)
		return cli_say("%s and %s are two panes; choose one", sk_pane_info(o->pane)->name,
			       sk_pane_info(pane)->name);
	o->pane = pane;
	o->pane_chosen = true;
	return CLI_RUN;
}

static enum cli_result read_pane_option(struct sk_options *o, const char *arg, int pane)
{
	(void)arg;
	if (o->cache && pane == SK_PANE_ROUTES) /* -rC and -Cr are the same */
		return CLI_RUN;
	return choose_pane(o, (enum sk_pane_id)pane);
}

/* netstat -rC showed the cache of routes; what is learnt now is neighbours. */
static enum cli_result read_cache(struct sk_options *o, const char *arg, int value)
{
	(void)arg;
	(void)value;
	cli_say("-C: Linux has had no route cache since 3.6; here are the neighbours");
	if (o->pane_chosen && o->pane == SK_PANE_ROUTES)
		o->pane = SK_PANE_NEIGHBOURS;
	o->cache = true;
	return choose_pane(o, SK_PANE_NEIGHBOURS);
}

/* Another one beside those chosen, to be printed. */
static enum cli_result add_pane(struct sk_options *o, enum sk_pane_id pane)
{
	bool twice = pane == o->pane;

	for (unsigned i = 0; i < o->n_also; i++)
		twice |= pane == o->also[i];
	if (twice)
		return cli_say("--pane: %s is there twice", sk_pane_info(pane)->name);
	o->also[o->n_also++] = pane;
	return CLI_RUN;
}

/* NAME or NAME,NAME... */
static enum cli_result read_pane(struct sk_options *o, const char *arg, int value)
{
	bool first = true;
	char name[64], names[256];

	(void)value;
	do {
		size_t len = strcspn(arg, ",");
		enum sk_pane_id pane;
		enum cli_result result;

		snprintf(name, sizeof(name), "%.*s", (int)len, arg);
		if (sk_pane_find(name, &pane))
			return cli_say("--pane: '%.60s' is none of %s", name,
				       sk_pane_names(names, sizeof(names)));
		result = first ? choose_pane(o, pane) : add_pane(o, pane);
		if (result != CLI_RUN)
			return result;
		first = false;
		arg += len;
	} while (*arg++ == ',');
	return CLI_RUN;
}

static enum cli_result read_group(struct sk_options *o, const char *arg, int value)
{
	(void)value;
	if (sk_group_key_parse(arg, &o->group))
		return cli_say("--group: '%.60s' is none of ip, prefix, port, state, user, "
			       "proto, process, cgroup, netns", arg);
	return choose_pane(o, SK_PANE_HOSTS);
}

static enum cli_result read_bytes(struct sk_options *o, const char *arg, int value)
{
	static const char *const words[] = { [SK_BYTES_AUTO] = "auto",
					     [SK_BYTES_ALL] = "all",
					     [SK_BYTES_OFF] = "off" };

	(void)value;
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(arg, words[i]) == 0) {
			o->bytes = (enum sk_bytes)i;
			return CLI_RUN;
		}
	}
	return cli_say("--bytes: '%.60s' is none of all, auto, off", arg);
}

static enum cli_result read_delay(struct sk_options *o, const char *arg, int value)
{
	char *end;
	double delay = strtod(arg, &end);

	(void)value;
	if (end == arg || *end || !(delay >= 0.1 && delay <= 3600)) {
		return cli_say("--delay: '%.60s' is not a number of seconds from 0.1 to 3600", arg);
	}
	o->request.interval = delay;
	return CLI_RUN;
}

static enum cli_result read_count(struct sk_options *o, const char *arg, int value)
{
	char *end;

	(void)value;
	errno = 0;
	o->count = strtol(arg, &end, 10);
	if (end == arg || *end || errno || o->count < 1) {
		return cli_say("--count: '%.60s' is not a number from 1 on", arg);
	}
	o->batch = true;
	return CLI_RUN;
}

static enum cli_result read_format(struct sk_options *o, const char *arg, int value)
{
	char names[80];

	(void)value;
	o->format = arg ? arg : "json";
	if (!sk_sink_find(o->format)) {
		return cli_say("--format: '%.60s' is none of %s", arg,
			       sk_sink_names(names, sizeof(names)));
	}
	o->printed = true;
	return CLI_RUN;
}

static enum cli_result read_version(struct sk_options *o, const char *arg, int value)
{
	(void)o;
	(void)arg;
	(void)value;
	printf("sktop " SKTOP_VERSION "\n"
	       "features: +libmnl +ncursesw +jansson %cc-ares %cbpf\n"
	       "MIT License, the sktop authors\n",
	       sk_names_can_hosts() ? '+' : '-', sk_live_has_bpf() ? '+' : '-');
	return CLI_DONE;
}

/* The last word holds: -n --resolve names hosts only. */
static enum cli_result read_numeric(struct sk_options *o, const char *arg, int kinds)
{
	(void)arg;
	o->numeric |= (unsigned)kinds;
	return CLI_RUN;
}

static enum cli_result read_resolve(struct sk_options *o, const char *arg, int value)
{
	(void)arg;
	(void)value;
	o->numeric &= ~(unsigned)SK_NAMES_HOSTS;
	if (!sk_names_can_hosts())
		cli_say("--resolve: this sktop was built without c-ares; addresses stay numbers");
	return CLI_RUN;
}

static enum cli_result read_signal(struct sk_options *o, const char *arg, int value)
{
	(void)value;
	if (sk_signal_parse(arg, &o->signal) == 0)
		return CLI_RUN;
	return cli_say("--signal: '%.60s' is no signal; TERM, HUP, 9 and so on", arg);
}

static enum cli_result read_help(struct sk_options *o, const char *arg, int value);

#define FLAG(member) read_flag, offsetof(struct sk_options, member)
#define TEXT(member) read_text, offsetof(struct sk_options, member)

static const struct option_row rows[] = {
	{ '\0', NULL, NULL, "Which sockets (default: all of TCP and UDP, every state)",
	  NULL, 0 },
	{ 't', "tcp", NULL, "TCP", cli_read_proto, SK_PROTO_TCP },
	{ 'u', "udp", NULL, "UDP", cli_read_proto, SK_PROTO_UDP },
	{ 'U', "udplite", NULL, "UDP-Lite", cli_read_proto, SK_PROTO_UDPLITE },
	{ 'S', "sctp", NULL, "SCTP, associations under their sockets", cli_read_proto,
	  SK_PROTO_SCTP },
	{ 'M', "mptcp", NULL, "MPTCP; with -t each with its subflows", cli_read_proto,
	  SK_PROTO_MPTCP },
	{ 'w', "raw", NULL, "raw IP", cli_read_proto, SK_PROTO_RAW },
	{ '\0', "ping", NULL, "unprivileged ICMP", cli_read_proto, SK_PROTO_PING },
	{ 'x', "unix", NULL, "unix", cli_read_proto, SK_PROTO_UNIX },
	{ '0', "packet", NULL, "packet, as tcpdump's", cli_read_proto, SK_PROTO_PACKET },
	{ '\0', "netlink", NULL, "netlink", cli_read_proto, SK_PROTO_NETLINK },
	{ '\0', "vsock", NULL, "between virtual machines and host", cli_read_proto,
	  SK_PROTO_VSOCK },
	{ '\0', "xdp", NULL, "AF_XDP", cli_read_proto, SK_PROTO_XDP },
	{ '\0', "tipc", NULL, "TIPC", cli_read_proto, SK_PROTO_TIPC },
	{ 'A', "query", "LIST", "by ss's words: inet, u_str, p_raw, nl...; !word takes away",
	  cli_read_query, 0 },
	{ '\0', "socket", "LIST", NULL, cli_read_query, 0 },
	{ 'f', "family", "NAME", "inet, inet6, link, unix, netlink, vsock, xdp, tipc",
	  cli_read_family_name, 0 },
	{ '\0', "all-families", NULL, "every kind of socket", cli_read_all_families, 0 },
	{ '\0', "protocol", "NAME", NULL, cli_read_family_name, 0 },
	{ '4', "ipv4", NULL, "of those with IP addresses, IPv4", cli_read_family, 1 },
	{ '6', "ipv6", NULL, "of those with IP addresses, IPv6", cli_read_family, 2 },
	{ '\0', "inet", NULL, NULL, cli_read_family, 1 },
	{ '\0', "ip", NULL, NULL, cli_read_family, 1 },
	{ '\0', "tcpip", NULL, NULL, cli_read_family, 1 },
	{ '\0', "inet6", NULL, NULL, cli_read_family, 2 },
	{ '\0', "ip6", NULL, NULL, cli_read_family, 2 },
	{ 'B', "bound-inactive", NULL,
	  "TCP that is bound and neither listens nor connects", cli_read_bound, 0 },
	{ 'F', "filter-file", "FILE", "FILTER from a file, - for stdin; # lines are skipped",
	  TEXT(filter_file) },
	{ 'l', "listening", NULL, "only listening and unconnected ones",
	  FLAG(listening) },
	{ 'a', "all", NULL, "TCP that is only bound, too (Linux 6.8); zero counters", FLAG(all) },
	{ '\0', NULL, NULL, "What about them", NULL, 0 },
	{ 'p', "processes", NULL, "process, pid and fd (also --program)", FLAG(processes) },
	{ 'T', "threads", NULL, "-p, and the thread ids", FLAG(threads) },
	{ 'e', "extended", NULL, "user, uid, inode, cookie, mark, cgroup, v6only, device",
	  FLAG(extended) },
	{ 'o', "timers", NULL, "timers and their tries", FLAG(timers) },
	{ '\0', "options", NULL, NULL, FLAG(timers) },
	{ 'm', "memory", NULL, "memory of the socket buffers, drops", FLAG(memory) },
	{ '\0', "info", NULL, "everything of tcp_info, as ss -i (-i is --interfaces here)",
	  FLAG(info) },
	{ '\0', "tos", NULL, "type of service, traffic class, class or priority",
	  FLAG(tos) },
	{ '\0', "inet-sockopt", NULL, "socket options that are set", FLAG(inet_sockopt) },
	{ '\0', "cgroup", NULL, "control group", FLAG(cgroup) },
	{ 'Q', "no-queues", NULL, "without Recv-Q and Send-Q", FLAG(no_queues) },
	{ 'W', "wide", NULL, "accepted: printed text is never cut", FLAG(wide) },
	{ '\0', "notrim", NULL, NULL, FLAG(wide) },
	{ 'O', "oneline", NULL, "accepted: a socket is one line", read_nothing, 0 },
	{ 'n', "numeric", NULL, "numbers instead of names of hosts, services and users",
	  read_numeric, SK_NAMES_HOSTS | SK_NAMES_SERVICES | SK_NAMES_USERS },
	{ '\0', "numeric-hosts", NULL, "addresses stay numbers (the default)",
	  read_numeric, SK_NAMES_HOSTS },
	{ '\0', "numeric-ports", NULL, "ports stay numbers", read_numeric,
	  SK_NAMES_SERVICES },
	{ '\0', "numeric-users", NULL, "users stay numbers", read_numeric,
	  SK_NAMES_USERS },
	{ '\0', "resolve", NULL, "host names instead of addresses", read_resolve, 0 },
	{ '\0', "columns", "LIST", "A,B exactly these; +C,-D more or less; all",
	  TEXT(columns) },
	{ '\0', "sort", "KEY", "sort by a column; KEY:desc or KEY:asc", TEXT(sort) },
	{ '\0', NULL, NULL, "Which pane", NULL, 0 },
	{ '\0', "pane", "NAME,...",
	  "connections, hosts, nat... (a wrong one lists all); print several",
	  read_pane, 0 },
	{ 'r', "route", NULL, "--pane routes; -a with those of own addresses",
	  read_pane_option, SK_PANE_ROUTES },
	{ '\0', "fib", NULL, NULL, read_nothing, 0 },
	{ 'C', "cache", NULL, "with -r: --pane neighbours (Linux has no route cache)",
	  read_cache, 0 },
	{ 'g', "groups", NULL, "--pane groups: multicast memberships", read_pane_option,
	  SK_PANE_GROUPS },
	{ '\0', "nat", NULL, "--pane nat: translated connections; -a all tracked",
	  read_pane_option, SK_PANE_NAT },
	{ '\0', "masquerade", NULL, NULL, read_pane_option, SK_PANE_NAT },
	{ '\0', "group", "KEY", "ip, prefix, port, state, user, proto, process, cgroup, netns",
	  read_group, 0 },
	{ 'i', "interfaces", NULL, "--pane interfaces (ss -i is --info)", read_pane_option,
	  SK_PANE_INTERFACES },
	{ 's', "statistics", NULL, "--pane protocols", read_pane_option,
	  SK_PANE_PROTOCOLS },
	{ '\0', "summary", NULL, NULL, read_pane_option, SK_PANE_PROTOCOLS },
	{ 'E', "events", NULL, "--pane events: sockets as they are destroyed",
	  read_pane_option, SK_PANE_EVENTS },
	{ '\0', NULL, NULL, "How (default: full screen; once if stdout is no terminal)",
	  NULL, 0 },
	{ '1', "once", NULL, "print one sample and end", FLAG(once) },
	{ '\0', "details", NULL, "all that is known of each socket, and why it is slow",
	  FLAG(details) },
	{ 'b', "batch", NULL, "print samples until interrupted", FLAG(batch) },
	{ '\0', "count", "N", "with --batch: end after N samples", read_count, 0 },
	{ 'd', "delay", "S", "seconds between samples, 0.1 to 3600 (1)", read_delay, 0 },
	{ '\0', "bytes", "WHEN", "count bytes of UDP, unix...: auto (while shown), all, off",
	  read_bytes, 0 },
	{ '\0', "format", "F", "text, json (a line a sample) or csv", read_format, 0 },
	{ 'j', "json", NULL, "--format json", read_format, 0 },
	{ 'H', "no-header", NULL, "no headings", read_no_header, 0 },
	{ 'c', "continuous", NULL, "accepted: the full screen is", read_nothing, 0 },
	{ 'v', "verbose", NULL, "accepted: what is not available is always said",
	  read_nothing, 0 },
	{ '\0', NULL, NULL, "Where from (default: the running kernel)", NULL, 0 },
	SK_SOURCES(SOURCE_OPTION)
	{ '\0', "net", "NS", NULL, read_source, SK_SOURCE_netns },
	{ '\0', NULL, NULL, "Act", NULL, 0 },
	{ 'K', "kill", NULL, "close the sockets that FILTER chooses; shows them and asks",
	  FLAG(kill) },
	{ '\0', "signal", "SIG", "-K: signal the processes that hold them instead",
	  read_signal, 0 },
	{ '\0', "dry-run", NULL, "-K: only show what would be closed", FLAG(dry_run) },
	{ '\0', "yes", NULL, "-K: do not ask; your own ssh connection is spared",
	  FLAG(yes) },
	{ '\0', "including-my-ssh", NULL, "-K --yes: not even that is spared",
	  FLAG(with_own) },
	{ '\0', NULL, NULL, "Help", NULL, 0 },
	{ 'h', "help", "[TOPIC]", "this page; --help=columns, filter or keys", read_help,
	  0 },
	{ 'V', "version", NULL, "version and features", read_version, 0 },
	{ '\0', "no-sock-diag", NULL, NULL, read_live, SK_LIVE_NO_SOCK_DIAG },
	{ '\0', "no-rtnetlink", NULL, NULL, read_live, SK_LIVE_NO_RTNETLINK },
	{ '\0', "no-bpf", NULL, NULL, read_live, SK_LIVE_NO_BPF },
	{ '\0', "bpf", NULL, NULL, read_live, SK_LIVE_BPF },
	{ '\0', "tiny-feed", NULL, NULL, read_live, SK_LIVE_TINY_FEED },
	{ '\0', "program", NULL, NULL, FLAG(processes) },
};
#define N_ROWS (ARRAY_SIZE(rows))

static void print_options(void)
{
	puts("sktop [OPTIONS] [FILTER]   top for sockets");
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct option_row *row = &rows[i];
		char name[40];

		if (!row->help)
			continue;
		if (!row->read) {
			printf("\n%s\n", row->help);
			continue;
		}
		snprintf(name, sizeof(name), "--%s%s%s", row->name,
			 !row->arg ? "" : row->arg[0] == '[' ? "" : " ",
			 row->arg ? row->arg : "");
		printf("  %c%c %-18s %s\n", row->letter ? '-' : ' ',
		       row->letter ? row->letter : ' ', name, row->help);
	}
	puts("\nFILTER: state time-wait and dst 10/8, sport = :https, rtt > 100ms ...\n"
	     "Exit status: 0 fine, 1 failure, 2 usage.");
}

static void print_columns(void)
{
	sk_output_columns_help(stdout);
}

static void print_filter(void)
{
	fputs(sk_filter_help, stdout);
}

static enum cli_result read_help(struct sk_options *o, const char *arg, int value)
{
	static const struct {
		const char *topic;
		void (*print)(void);
	} topics[] = { { "columns", print_columns },
		       { "filter", print_filter },
		       { "keys", sk_ui_print_keys } };

	(void)o;
	(void)value;
	if (!arg) {
		print_options();
		return CLI_DONE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++) {
		if (strcmp(arg, topics[i].topic) == 0) {
			topics[i].print();
			return CLI_DONE;
		}
	}
	return cli_say("--help: '%.60s' is none of columns, filter, keys", arg);
}

/* getopt's own tables, made from ours; val of a long option is its row + 256. */
static void build_getopt(char *letters, struct option *longs)
{
	size_t n = 0;

	*letters++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < N_ROWS; i++) {
		bool optional = rows[i].arg && rows[i].arg[0] == '[';

		if (!rows[i].read)
			continue;
		if (rows[i].letter) {
			*letters++ = rows[i].letter;
			if (rows[i].arg && !optional)
				*letters++ = ':';
		}
		if (rows[i].name)
			longs[n++] = (struct option){ rows[i].name,
						      !rows[i].arg ? no_argument :
						      optional ? optional_argument :
								 required_argument,
						      NULL, (int)i + 256 };
	}
	*letters = '\0';
	longs[n] = (struct option){ 0 };
}

static const struct option_row *find_row(int code)
{
	if (code >= 256)
		return &rows[code - 256];
	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].read && rows[i].letter == code)
			return &rows[i];
	}
	return NULL;
}

static enum cli_result refuse(int code, char **argv)
{
	const char *word = argv[optind - 1];
	int letter = optopt > 0 && optopt < 256 ? optopt : 0;
	const char *why = cli_left_out(letter, word);

	if (code == ':')
		return cli_say("%.60s needs an argument; see --help", word);
	if (why && letter)
		return cli_say("-%c: %s", letter, why);
	if (why)
		return cli_say("%.60s: %s", word, why);
	if (letter)
		return cli_say("unknown option -%c; see --help", letter);
	return cli_say("unknown option %.60s; see --help", word);
}

/* The rest of the words are the filter, as in ss. */
static int join_filter(int argc, char **argv, struct sk_options *o)
{
	size_t size = 1;

	for (int i = optind; i < argc; i++)
		size += strlen(argv[i]) + 1;
	o->filter = calloc(1, size);
	if (!o->filter)
		return -ENOMEM;
	for (int i = optind; i < argc; i++) {
		strcat(o->filter, argv[i]);
		if (i + 1 < argc)
			strcat(o->filter, " ");
	}
	return 0;
}

/* -F FILE: a filter that is too long to type, or kept. */
static enum cli_result add_filter_file(struct sk_options *o)
{
	char error[SK_ERROR_LEN] = "out of memory", *both;
	FILE *file;
	int err;

	if (!o->filter_file)
		return CLI_RUN;
	if (strcmp(o->filter_file, "-") == 0 && !o->once && !o->batch &&
	    !o->kill) {
		return cli_say("--filter-file: the full screen needs stdin as its "
			       "keyboard; use a file, or --once or --batch");
	}
	file = strcmp(o->filter_file, "-") == 0 ? stdin : fopen(o->filter_file, "re");
	if (!file)
		return cli_say("--filter-file: '%.120s': %.80s", o->filter_file,
			       strerror(errno));
	err = sk_filter_compose(o->filter, file, o->filter_file, &both,
				&o->filter_file_offset, error);
	if (file != stdin)
		fclose(file);
	if (err)
		return cli_say("%s", error);
	free(o->filter);
	o->filter = both;
	return CLI_RUN;
}

/* --yes on its own must not be mistaken for a harmless word some day. */
static enum cli_result check_kill(const struct sk_options *o)
{
	const char *wrong = NULL;

	if (!o->kill && (o->signal || o->dry_run || o->yes || o->with_own))
		wrong = "--signal, --dry-run, --yes and --including-my-ssh belong to -K";
	else if (o->kill && (o->batch || o->pane != SK_PANE_CONNECTIONS || o->n_also))
		wrong = "-K closes connections, once: no --batch, no other --pane";
	else if (o->with_own && !o->yes)
		wrong = "--including-my-ssh goes with --yes; without it you are asked";
	return wrong ? cli_say("%s", wrong) : CLI_RUN;
}

/* With rights of its file, sktop only shows: they are not for whoever starts it. */
static enum cli_result check_elevated(const struct sk_options *o)
{
	const char *what = o->kill ? "-K closes and signals nothing" :
			   o->filter_file ? "-F opens no file" :
			   o->source == SK_SOURCE_netns && strchr(o->source_argument, '/') ?
				       "-N opens no PATH" : NULL;

	if (!what || !sk_privilege_is_elevated())
		return CLI_RUN;
	return cli_say("%s: this sktop has file capabilities or setuid, which are not its "
		       "user's own rights; start it without them, or as root", what);
}

/* Each socket in full is printed once; tables have other options. */
static enum cli_result check_details(const struct sk_options *o)
{
	const char *wrong = NULL;

	if (!o->details)
		return CLI_RUN;
	if (o->batch)
		wrong = "--details prints once: no --batch";
	else if (o->kill)
		wrong = "--details and -K exclude each other";
	else if (o->pane != SK_PANE_CONNECTIONS || o->n_also)
		wrong = "--details is of connections: no other --pane";
	else if (o->columns)
		wrong = "--details prints all that is known: no --columns";
	else if (!sk_sink_find(o->format)->details)
		return cli_say("--format %s has no --details", o->format);
	return wrong ? cli_say("%s", wrong) : CLI_RUN;
}

static bool has_pane(const struct sk_options *o, enum sk_pane_id pane)
{
	bool has = o->pane == pane;

	for (unsigned i = 0; i < o->n_also; i++)
		has |= o->also[i] == pane;
	return has;
}

static enum cli_result finish(int argc, char **argv, struct sk_options *o)
{
	if (o->once && o->batch)
		return cli_say("--once and --%s exclude each other",
			       o->count ? "count" : "batch");
	if (o->source == SK_SOURCE_netns && !*o->source_argument)
		return cli_say("--netns: '' is no network namespace");
	if (has_pane(o, SK_PANE_EVENTS) && o->once)
		return cli_say("--once shows no events: they come over time; use --batch");
	if (!o->batch && !o->once &&
	    (o->printed || o->details || !isatty(STDOUT_FILENO))) {
		o->batch = has_pane(o, SK_PANE_EVENTS);
		o->once = !o->batch;
	}
	if (check_kill(o) != CLI_RUN || check_details(o) != CLI_RUN ||
	    check_elevated(o) != CLI_RUN)
		return CLI_USAGE;
	if ((o->once || o->batch) && has_pane(o, SK_PANE_DASHBOARD))
		return cli_say("the dashboard is for the full screen; choose another --pane");
	if (o->n_also && !o->once && !o->batch)
		return cli_say("the full screen shows one pane (Tab shows the next); several "
			       "are for --once and --batch");
	if (o->n_also && !sk_sink_find(o->format)->many)
		return cli_say("--format %s prints one table: choose one --pane", o->format);
	if (join_filter(argc, argv, o)) {
		cli_say("out of memory");
		return CLI_FAILED;
	}
	return add_filter_file(o);
}

enum cli_result cli_parse(int argc, char **argv, struct sk_options *o)
{
	char letters[2 * N_ROWS + 2];
	struct option longs[N_ROWS + 1];
	int code;

	*o = (struct sk_options){ .request = SK_REQUEST_DEFAULT,
				  .pane = SK_PANE_CONNECTIONS,
				  .numeric = SK_NAMES_HOSTS,
				  .header = true,
				  .format = "text" };
	build_getopt(letters, longs);
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = code == '?' || code == ':' ? NULL :
									    find_row(code);
		enum cli_result result;

		if (!row)
			return refuse(code, argv);
		result = row->read(o, optarg, row->value);
		if (result != CLI_RUN)
			return result;
	}
	return finish(argc, argv, o);
}
