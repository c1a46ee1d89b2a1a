/* SPDX-License-Identifier: MIT */
/* ares_query() is what old and new c-ares have in common */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include "base/clock.h"
#include "names/hosts.h"
#include "names/text.h"
#include "names/thread.h"

#define SOCKETS_MAX (2 * HOSTS_IN_FLIGHT) /* a cut answer is asked for again over TCP */
#define TRIES 2
#define TIMEOUT_MS 1500

/** A question under way. */
struct slot {
	struct host_resolver *resolver;
	struct sk_addr addr;
	bool busy;
};

/** Belongs to the thread and to its starter. The last one to leave frees it. */
struct host_resolver {
	atomic_uint holders;
	pthread_t thread;
	struct mailbox *box;
	ares_channel channel;
	struct pollfd polls[1 + SOCKETS_MAX]; /* the box, then those of c-ares */
	nfds_t n_polls;
	struct slot slot[HOSTS_IN_FLIGHT];
	unsigned in_flight;
	bool dns; /* /etc/nsswitch.conf allows name servers */
	int64_t begun_ms; /* when a question was last allowed */
	unsigned allowed; /* questions that may begin now */
};

bool sk_names_can_hosts(void)
{
	return true;
}

static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct host_resolver *resolver = arg;
	short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	nfds_t i = 1;

	while (i < resolver->n_polls && resolver->polls[i].fd != fd)
		i++;
	if (i == resolver->n_polls && (!events || i > SOCKETS_MAX))
		return;
	if (!events) {
		resolver->polls[i] = resolver->polls[--resolver->n_polls];
		return;
	}
	resolver->polls[i] = (struct pollfd){ .fd = fd, .events = events };
	resolver->n_polls += i == resolver->n_polls;
}

/* A server's "no such name" is an answer; silence, refusals and nonsense are failures. */
static enum name_outcome outcome_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return NAME_KNOWN;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
		return NAME_NONE;
	case ARES_EDESTRUCTION:
	case ARES_ECANCELLED:
		return NAME_UNKNOWN;
	default:
		return NAME_FAILED;
	}
}

static void answer(struct slot *slot, enum name_outcome outcome, const struct hostent *host)
{
	char name[SK_HOST_STRLEN] = "";

	if (outcome == NAME_KNOWN &&
	    (!host || !host->h_name || !text_is_host(host->h_name)))
		outcome = NAME_NONE;
	if (outcome == NAME_KNOWN) {
		size_t len = strlen(host->h_name);

		len -= host->h_name[len - 1] == '.';
		memcpy(name, host->h_name, len);
		name[len] = '\0';
	}
	mailbox_answer(slot->resolver->box, &slot->addr, outcome, name);
	slot->busy = false;
	slot->resolver->in_flight--;
}

static void on_hosts_file(void *arg, int status, int timeouts, struct hostent *host)
{
	(void)timeouts;
	if (status == ARES_SUCCESS)
		answer(arg, NAME_KNOWN, host);
}

/** The bytes of an address as c-ares takes them. */
struct raw {
	const uint8_t *bytes;
	int len, family;
};

static struct raw raw_of(const struct sk_addr *addr)
{
	bool v4 = sk_addr_is_v4(addr);

	return (struct raw){ addr->b + (v4 ? 12 : 0), v4 ? 4 : 16, v4 ? AF_INET : AF_INET6 };
}

static void on_reply(void *arg, int status, int timeouts, unsigned char *reply, int len)
{
	struct slot *slot = arg;
	struct raw raw = raw_of(&slot->addr);
	struct hostent *host = NULL;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		status = ares_parse_ptr_reply(reply, len, raw.bytes, raw.len, raw.family, &host);
	answer(slot, outcome_of(status), host);
	if (host)
		ares_free_hostent(host);
}

/* The name that a PTR record of the address has: its bytes or half bytes from the last on. */
static void question_of(const struct sk_addr *addr, char *text, size_t size)
{
	struct raw raw = raw_of(addr);
	size_t n = 0;

	for (int i = raw.len - 1; i >= 0; i--) {
		unsigned byte = raw.bytes[i];

		n += (size_t)(raw.family == AF_INET ?
				      snprintf(text + n, size - n, "%u.", byte) :
				      snprintf(text + n, size - n, "%x.%x.", byte & 15, byte >> 4));
	}
	snprintf(text + n, size - n, raw.family == AF_INET ? "in-addr.arpa" : "ip6.arpa");
}

/*
 * ares_gethostbyaddr() calls it "no such name" too when the server failed, so it looks into
 * /etc/hosts alone (which takes no time), and the server is asked by ares_query().
 */
static void ask(struct host_resolver *resolver, const struct sk_addr *addr)
{
	struct raw raw = raw_of(addr);
	struct slot *slot = resolver->slot;
	char question[80];

	while (slot->busy)
		slot++;
	*slot = (struct slot){ .resolver = resolver, .addr = *addr, .busy = true };
	resolver->in_flight++;
	ares_gethostbyaddr(resolver->channel, raw.bytes, raw.len, raw.family, on_hosts_file, slot);
	if (!slot->busy)
		return;
	if (!resolver->dns) {
		answer(slot, NAME_NONE, NULL);
		return;
	}
	question_of(addr, question, sizeof(question));
	ares_query(resolver->channel, question, ns_c_in, ns_t_ptr, on_reply, slot);
}

/* Begins what may begin. Returns the milliseconds until more may; -1 = no matter. */
static int ask_some(struct host_resolver *resolver)
{
	const int64_t each_ms = 1000 / HOSTS_PER_SECOND;
	int64_t now = now_ms(), more = (now - resolver->begun_ms) / each_ms;
	struct sk_addr addr;

	if (more > 0) {
		resolver->begun_ms = now;
		resolver->allowed += more > HOSTS_IN_FLIGHT ? HOSTS_IN_FLIGHT : (unsigned)more;
		if (resolver->allowed > HOSTS_IN_FLIGHT)
			resolver->allowed = HOSTS_IN_FLIGHT;
	}
	while (resolver->in_flight < HOSTS_IN_FLIGHT && resolver->allowed > 0) {
		if (!mailbox_next(resolver->box, &addr))
			return -1;
		resolver->allowed--;
		ask(resolver, &addr);
	}
	return resolver->in_flight < HOSTS_IN_FLIGHT ? (int)each_ms : -1;
}

static int sooner(int a, int b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int ares_wait_ms(struct host_resolver *resolver)
{
	struct timeval tv;

	if (!resolver->in_flight || !ares_timeout(resolver->channel, NULL, &tv))
		return -1;
	return (int)(tv.tv_sec * 1000 + (tv.tv_usec + 999) / 1000);
}

static void process(struct host_resolver *resolver)
{
	struct pollfd ready[SOCKETS_MAX];
	nfds_t n = resolver->n_polls - 1;

	/* processing opens and closes sockets: from a copy */
	memcpy(ready, resolver->polls + 1, n * sizeof(*ready));
	for (nfds_t i = 0; i < n; i++) {
		short r = ready[i].revents;

		if (r)
			ares_process_fd(resolver->channel,
					r & ~POLLOUT ? ready[i].fd : ARES_SOCKET_BAD,
					r & POLLOUT ? ready[i].fd : ARES_SOCKET_BAD);
	}
	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void let_go(struct host_resolver *resolver)
{
	if (atomic_fetch_sub(&resolver->holders, 1) != 1)
		return;
	mailbox_unref(resolver->box);
	free(resolver);
}

static void *run(void *arg)
{
	struct host_resolver *resolver = arg;

	while (!mailbox_closed(resolver->box)) {
		int wait = ask_some(resolver);

		wait = sooner(wait,
			      mailbox_ring(resolver->box, resolver->in_flight == 0));
		wait = sooner(wait, ares_wait_ms(resolver));
		if (poll(resolver->polls, resolver->n_polls, wait) < 0)
			continue;
		if (resolver->polls[0].revents)
			mailbox_clear(resolver->box);
		process(resolver);
	}
	/* all that is under way ends here, unanswered */
	ares_destroy(resolver->channel);
	let_go(resolver);
	return NULL;
}

/* True if hosts are looked up in the DNS, directly or through systemd-resolved. */
static bool is_dns_allowed(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512], *rest;
	bool allowed = true;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "hosts:", 6) != 0)
			continue;
		allowed = false;
		for (char *word = strtok_r(line + 6, " \t\n", &rest); word;
		     word = strtok_r(NULL, " \t\n", &rest))
			allowed |= strcmp(word, "dns") == 0 || strcmp(word, "resolve") == 0;
	}
	if (file)
		fclose(file);
	return allowed;
}

static int open_channel(const struct sk_names_options *options, struct host_resolver *resolver)
{
	struct ares_options ares = {
		.timeout = (int)(options->timeout_ms ? options->timeout_ms : TIMEOUT_MS),
		.tries = TRIES,
		.lookups = (char[]){ "f" },
		.sock_state_cb = on_socket,
		.sock_state_cb_data = resolver,
	};
	int status, mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
			   ARES_OPT_SOCK_STATE_CB;

#ifdef ARES_OPT_UDP_MAX_QUERIES
	/* an answer that is nonsense makes c-ares give up all that share its socket */
	ares.udp_max_queries = 1;
	mask |= ARES_OPT_UDP_MAX_QUERIES;
#endif
	status = ares_init_options(&resolver->channel, &ares, mask);
	if (status != ARES_SUCCESS)
		return status == ARES_ENOMEM ? -ENOMEM : -EIO;
	if (options->servers &&
	    ares_set_servers_ports_csv(resolver->channel, options->servers)) {
		ares_destroy(resolver->channel);
		return -EINVAL;
	}
	return 0;
}

int host_resolver_start(const struct sk_names_options *options, struct mailbox *box,
			struct host_resolver **out)
{
	struct host_resolver *resolver = calloc(1, sizeof(*resolver));
	int err;

	if (!resolver)
		return -ENOMEM;
	resolver->polls[0] = (struct pollfd){ .fd = mailbox_fd(box), .events = POLLIN };
	resolver->n_polls = 1;
	resolver->box = mailbox_ref(box);
	atomic_init(&resolver->holders, 1);
	resolver->dns = is_dns_allowed("/etc/nsswitch.conf");
	ares_library_init(ARES_LIB_INIT_ALL);
	err = open_channel(options, resolver);
	if (!err) {
		atomic_fetch_add(&resolver->holders, 1);
		err = thread_start(&resolver->thread, run, resolver);
		if (err) {
			atomic_fetch_sub(&resolver->holders, 1);
			ares_destroy(resolver->channel);
		}
	}
	if (err) {
		ares_library_cleanup();
		let_go(resolver);
		return err;
	}
	*out = resolver;
	return 0;
}

void host_resolver_stop(struct host_resolver *resolver)
{
	if (!resolver)
		return;
	mailbox_close(resolver->box);
	/* c-ares reads files, too, and one that does not end is waited for in vain */
	thread_end(resolver->thread);
	ares_library_cleanup();
	let_go(resolver);
}
