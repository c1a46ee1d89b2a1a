/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sktop/identity.h>
#include "kernel/retry.h"
#include "kernel/sockets/lists.h"
#include "kernel/sockets/kind.h"
#include "kernel/sockets/inet_diag.h"
#include "kernel/sockets/proc_net.h"

/** This says how the sockets of a protocol are read. */
struct reader {
	const struct socket_kind *kind; /* NULL: inet_diag reads them */
	bool no_diag;		     /* no kernel lists them by netlink */
};

static const struct reader readers[SK_PROTO_COUNT] = {
	[SK_PROTO_PING] = { .no_diag = true },
	[SK_PROTO_UNIX] = { .kind = &kind_unix },
	[SK_PROTO_PACKET] = { .kind = &kind_packet },
	[SK_PROTO_NETLINK] = { .kind = &kind_netlink },
	[SK_PROTO_VSOCK] = { .kind = &kind_vsock },
	[SK_PROTO_XDP] = { .kind = &kind_xdp },
	[SK_PROTO_TIPC] = { .kind = &kind_tipc },
};

bool kernel_older_than(const char *release, unsigned major, unsigned minor)
{
	unsigned ours[2];

	if (sscanf(release, "%u.%u", &ours[0], &ours[1]) != 2)
		return false;
	return ours[0] < major || (ours[0] == major && ours[1] < minor);
}

/*
 * Returns true if the kernel cannot list bound sockets. It answers the request, but the answer is
 * always empty.
 */
static bool lacks_bound(void)
{
	struct utsname name;

	return uname(&name) == 0 && kernel_older_than(name.release, 6, 8);
}

int socket_lists_open(struct socket_lists *lists)
{
	lists->no_diag = inet_diag_open(&lists->diag);
	return lists->no_diag;
}

void socket_lists_close(struct socket_lists *lists)
{
	inet_diag_close(lists->diag);
	lists->diag = NULL;
	proc_net_free(lists->proc);
	lists->proc = NULL;
	pairs_free(&lists->pending);
	pairs_free(&lists->inodes);
	pairs_free(&lists->cookies);
	pairs_free(&lists->tokens.parents);
	pairs_free(&lists->tokens.subflows);
}

/* Lists through netlink the sockets that the walk through the hash leaves out. */
static int complete_tcp(struct socket_lists *f, const struct sk_request *request,
			struct sk_sample *sample, uint32_t begin)
{
	struct sk_request listeners = *request;
	int err = inet_diag_complete(f->diag, request, sample, begin);

	listeners.tcp_states &= SK_STATE_BIT(SK_STATE_LISTEN) | SK_STATE_BIT(SK_STATE_CLOSE);
	return err ? err : inet_diag_dump(f->diag, SK_PROTO_TCP, &listeners, sample);
}

static int dump_by_bpf(struct socket_lists *f, enum sk_proto proto,
		       const struct sk_request *request, struct sk_sample *sample)
{
	uint32_t begin = sample->n_sockets;
	int err = sock_bpf_dump(&f->bpf, proto, request, sample);

	if (!err && proto == SK_PROTO_TCP)
		err = complete_tcp(f, request, sample, begin);
	if (err && err != -ENOMEM) {
		sample->n_sockets = begin;
		return -EOPNOTSUPP;
	}
	return err;
}

/* Lists TCP and UDP sockets by BPF, if that is faster and possible. */
static int dump_inet(struct socket_lists *f, enum sk_proto proto,
		     const struct sk_request *request, struct sk_sample *sample)
{
	bool joined = proto == SK_PROTO_TCP && inet_diag_notes_tokens(f->diag);
	uint32_t begin = sample->n_sockets;
	int err = joined ? -EOPNOTSUPP : dump_by_bpf(f, proto, request, sample);

	if (!err)
		sample->source = "bpf";
	if (err != -EOPNOTSUPP)
		return err;
	err = inet_diag_dump(f->diag, proto, request, sample);
	if (!err)
		sock_bpf_note_count(&f->bpf, proto, request, sample->n_sockets - begin);
	return err;
}

/* Returns 0 if the kernel answered at least in part, else -errno. */
static int dump_by_netlink(struct socket_lists *f, enum sk_proto proto,
			   const struct sk_request *request, struct sk_sample *sample)
{
	const struct socket_kind *kind = readers[proto].kind;
	uint32_t begin = sample->n_sockets, overruns = sample->losses.overruns;
	int err;

	if (!f->diag)
		return f->no_diag ? f->no_diag : -EOPNOTSUPP;
	if (readers[proto].no_diag)
		return -EOPNOTSUPP;
	err = kind ? kind_dump(kind, inet_diag_netlink(f->diag), request,
			       &f->pending, sample) :
		       dump_inet(f, proto, request, sample);
	if (!err && sample->losses.overruns != overruns)
		err = -ENOBUFS; /* the dump went on without the dropped rows */
	if (!err || err == -ENOMEM)
		return err;
	if (errno_is_refusal(err)) {
		sample->n_sockets = begin;
		return err;
	}
	/* The rows that arrived stay. */
	sk_sample_lose(sample, proto, sample->n_sockets > begin ? SK_LOSS_SOME : SK_LOSS_ALL,
		       err);
	return 0;
}

static int dump_from_proc(struct socket_lists *f, enum sk_proto proto,
			  const struct sk_request *request, struct sk_sample *sample)
{
	int err = f->proc ? 0 : proc_net_new(&f->proc);

	return err ? err : proc_net_dump(f->proc, proto, request, sample);
}

static int collect_one(struct socket_lists *f, enum sk_proto proto,
		       const struct sk_request *request, struct sk_sample *sample)
{
	uint32_t bit = SK_PROTO_BIT(proto);
	bool basic = (bit & SK_PROTOS_DEFAULT) != 0;
	int err;

	if (f->unavailable & bit)
		return 0;
	if (!(f->from_proc & bit))
		f->refusal[proto] = dump_by_netlink(f, proto, request, sample);
	if (!f->refusal[proto] || f->refusal[proto] == -ENOMEM)
		return f->refusal[proto];
	err = dump_from_proc(f, proto, request, sample);
	if (!err || err == -ENOMEM || basic) {
		f->from_proc |= bit;
	} else if (err == -ENOENT || err == -EOPNOTSUPP) {
		f->unavailable |= bit;
		return 0;
	}
	if (err == -ENOMEM)
		return err;
	if (err)
		sk_sample_lose(sample, proto, SK_LOSS_ALL,
			       readers[proto].no_diag ? err : f->refusal[proto]);
	else if (!readers[proto].no_diag)
		sk_sample_lose(sample, proto, SK_LOSS_FALLBACK, f->refusal[proto]);
	return err;
}

/* Starts a list. If answers of two protocols have to be joined, netlink must send more data. */
static void begin(struct socket_lists *f, const struct sk_request *request)
{
	uint32_t both = SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_MPTCP);

	f->pending.n = f->tokens.parents.n = f->tokens.subflows.n = 0;
	if (f->diag)
		inet_diag_note_tokens(f->diag, (request->protos & both) == both ?
						       &f->tokens : NULL);
}

/*
 * Sockets of these protocols are joined in a walk through all sockets. TCP and UDP alone do not
 * need it.
 */
#define JOINED (SK_PROTO_BIT(SK_PROTO_UNIX) | SK_PROTO_BIT(SK_PROTO_MPTCP) | \
		SK_PROTO_BIT(SK_PROTO_SCTP))

/* Adds to *failed the protocols that could not be listed. Returns the last error. */
static int collect_protos(struct socket_lists *f, const struct sk_request *request,
			  struct sk_sample *sample, uint32_t *failed)
{
	int last = 0;

	for (unsigned proto = 0; proto < SK_PROTO_COUNT && last != -ENOMEM; proto++) {
		int err = request->protos & SK_PROTO_BIT(proto) ?
				  collect_one(f, proto, request, sample) : 0;

		last = err ? err : last;
		*failed |= err ? SK_PROTO_BIT(proto) : 0;
	}
	return last;
}

/*
 * Takes TCP out of the request, in the states that need less data, and makes a second request for
 * them. It runs behind all others. Returns false if there is none.
 */
static bool split_plain(struct sk_request *request, struct sk_request *plain)
{
	uint32_t states = request->tcp_states & request->plain_states;

	*plain = *request;
	plain->protos &= SK_PROTO_BIT(SK_PROTO_TCP);
	plain->needs &= ~(uint32_t)SK_NEED_TCP_EXT;
	plain->tcp_states = states;
	if (!(request->needs & SK_NEED_TCP_EXT) || request->bound || !plain->protos || !states)
		return false;
	request->tcp_states &= ~states;
	if (!request->tcp_states)
		request->protos &= ~SK_PROTO_BIT(SK_PROTO_TCP);
	return true;
}

/*
 * TCP is asked twice if its states need different requests. If only one of the two answers came,
 * some sockets are lost, but not all.
 */
static void settle(struct sk_sample *sample, uint32_t first)
{
	for (uint32_t i = first; i < sample->n_sockets; i++) {
		struct sk_loss *loss = &sample->losses.part[sample->sockets[i].proto];

		if (loss->kind == SK_LOSS_ALL)
			loss->kind = SK_LOSS_SOME;
	}
}

static int join(struct socket_lists *f, struct sk_sample *sample, uint32_t first,
		uint32_t first_parent_link);

int socket_lists_collect(struct socket_lists *f, const struct sk_request *request,
			 struct sk_sample *sample)
{
	struct sk_request full = *request, plain;
	bool split = split_plain(&full, &plain);
	uint32_t failed = 0, from_proc, first = sample->n_sockets;
	uint32_t first_parent_link = sample->n_parent_links;
	int last;

	begin(f, request);
	last = collect_protos(f, &full, sample, &failed);
	if (split && last != -ENOMEM)
		last = collect_protos(f, &plain, sample, &failed);
	if (last == -ENOMEM)
		return last;
	if (sk_sample_is_cut(sample, SK_PARTS_SOCKETS))
		settle(sample, first);
	from_proc = f->from_proc & request->protos;
	sample->losses.unavailable |= f->unavailable & request->protos;
	sample->losses.from_proc |= from_proc & ~SK_PROTOS_DEFAULT;
	if ((from_proc & SK_PROTOS_DEFAULT) || !f->diag)
		sample->losses.missing |= SK_MISSING_SOCK_DIAG;
	if (request->bound && lacks_bound())
		sample->losses.missing |= SK_MISSING_BOUND;
	if (from_proc && from_proc == request->protos)
		sample->source = "proc";
	/* If one protocol was listed, there is still something to show. */
	if (failed && failed == request->protos)
		return last;
	return request->protos & JOINED ? join(f, sample, first, first_parent_link) : 0;
}

int socket_lists_lookup(struct socket_lists *f, const struct sk_detached *detached,
			struct sk_sample *sample, struct sk_detail **detail)
{
	const struct sk_socket *socket = &detached->socket;
	const struct socket_kind *kind;

	if (!f->diag || socket->proto >= SK_PROTO_COUNT || readers[socket->proto].no_diag ||
	    (f->from_proc & SK_PROTO_BIT(socket->proto)))
		return -EOPNOTSUPP;
	kind = readers[socket->proto].kind;
	return kind ? kind_lookup(kind, inet_diag_netlink(f->diag), detached, sample,
				  detail) :
			inet_diag_lookup(f->diag, detached, detail);
}

static bool is_unix(const struct sk_socket *s)
{
	return s->proto == SK_PROTO_UNIX;
}

/*
 * Sets the name of the peer. If no process has accepted the connection yet, the listener has the
 * name.
 */
static void name_peer(const struct socket_lists *f, struct sk_socket *s)
{
	struct sk_name *remote = &s->remote_name;

	if (remote->text)
		return;
	if (remote->id) {
		remote->text = (uint32_t)pairs_find(&f->inodes, remote->id, 0);
		return;
	}
	remote->text = (uint32_t)pairs_find(&f->pending, s->inode, 0);
	remote->extra = remote->text != 0;
}

static int join_unix(struct socket_lists *f, struct sk_sample *sample, uint32_t first)
{
	int err = 0;

	f->inodes.n = 0;
	for (uint32_t i = first; i < sample->n_sockets && !err; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		uint32_t name = sk_attrs(sample, s)->local_name.text;

		if (is_unix(s) && s->inode && name)
			err = pairs_add(&f->inodes, s->inode, name);
	}
	if (err || !f->inodes.n)
		return err;
	pairs_sort(&f->inodes);
	pairs_sort(&f->pending);
	for (uint32_t i = first; i < sample->n_sockets; i++) {
		if (is_unix(&sample->sockets[i]))
			name_peer(f, &sample->sockets[i]);
	}
	return 0;
}

/*
 * Returns sk_socket_id() of a subflow's connection. Both share an inode, or a token before
 * accept().
 */
static uint64_t find_parent(const struct socket_lists *f, const struct sk_socket *s)
{
	uint64_t token;

	if (s->inode)
		return pairs_find(&f->inodes, s->inode, 0);
	token = pairs_find(&f->tokens.subflows, s->cookie, 0);
	return token ? pairs_find(&f->tokens.parents, token, 0) : 0;
}

static int join_mptcp(struct socket_lists *f, struct sk_sample *sample, uint32_t first)
{
	int err = 0;

	f->inodes.n = f->cookies.n = 0;
	for (uint32_t i = first; i < sample->n_sockets && !err; i++) {
		const struct sk_socket *s = &sample->sockets[i];
		uint64_t id;

		if (s->proto != SK_PROTO_MPTCP)
			continue;
		id = sk_socket_id(s, sk_attrs(sample, s));
		err = pairs_add(&f->cookies, id, s->cookie);
		if (!err && s->inode)
			err = pairs_add(&f->inodes, s->inode, id);
	}
	pairs_sort(&f->inodes);
	pairs_sort(&f->cookies);
	pairs_sort(&f->tokens.parents);
	pairs_sort(&f->tokens.subflows);
	for (uint32_t i = first; i < sample->n_sockets && !err; i++) {
		struct sk_socket *s = &sample->sockets[i];
		uint64_t parent = s->proto == SK_PROTO_TCP ? find_parent(f, s) : 0;
		struct sk_parent_link parent_link;

		if (!parent || (s->flags & SK_F_SUBFLOW))
			continue;
		s->flags |= SK_F_SUBFLOW;
		parent_link =
			(struct sk_parent_link){ sk_socket_id(s, sk_attrs(sample, s)),
						 parent,
						 pairs_find(&f->cookies, parent, 0) };
		err = sk_sample_add_parent_link(sample, &parent_link);
	}
	return err;
}

/*
 * Joins sockets, and sorts the new pairs only, because those before first_parent_link belong to
 * other namespaces.
 */
static int join(struct socket_lists *f, struct sk_sample *sample, uint32_t first,
		uint32_t first_parent_link)
{
	uint32_t there = 0;
	int err = 0;

	for (uint32_t i = first; i < sample->n_sockets; i++)
		there |= SK_PROTO_BIT(sample->sockets[i].proto);
	if (there & SK_PROTO_BIT(SK_PROTO_UNIX))
		err = join_unix(f, sample, first);
	if (!err && (there & SK_PROTO_BIT(SK_PROTO_MPTCP)))
		err = join_mptcp(f, sample, first);
	sk_sample_sort_parent_links(sample, first_parent_link);
	return err;
}

int socket_lists_join(struct socket_lists *f, struct sk_sample *sample, uint32_t first)
{
	return join(f, sample, first, 0);
}
