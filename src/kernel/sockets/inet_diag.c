/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/identity.h>
#include "kernel/sockets/inet_diag.h"
#include "kernel/sockets/inet_kinds.h"
#include "kernel/netlink/netlink.h"
#include "kernel/netlink/sock_diag.h"

/* Large reads are about a tenth faster than the usual 32 KiB. */
#define BUFFER_SIZE (1 << 20)
/* Linux 6.8 has this state: the socket is bound, but neither listens nor connects. */
#define STATE_BOUND_INACTIVE 13

struct inet_diag {
	struct netlink netlink;
	bool one_walk; /* true = the kernel still answers TCPDIAG_GETSOCK */
	/* The kernel refused this bytecode, because it is too old or wants CAP_NET_ADMIN. */
	struct sk_bytecode refused;
	struct token_pairs *tokens; /* pairs to note MPTCP tokens in; NULL = not noted */
};

/** This is one dump: it has the request to the kernel, and the place where the answers go. */
struct dump {
	struct inet_diag *diag;
	struct sk_sample *sample;
	enum sk_proto proto;
	uint8_t family; /* AF_UNSPEC = both, in one walk */
	uint8_t ext;
	uint32_t states;
	uint16_t lport; /* 0 = any */
	bool plain;	/* without struct sk_tcp_ext */
	bool children;	/* SCTP: true = only associations are wanted */
	const struct sk_bytecode *filter; /* NULL = every socket */
	/*
	 * NULL: append to the sample. Otherwise the dump looks for this one socket and fills
	 * detail.
	 */
	const struct sk_detached *wanted;
	struct sk_detail *detail;
	bool found;
};

int inet_diag_open(struct inet_diag **out)
{
	struct inet_diag *diag = calloc(1, sizeof(*diag));
	int err;

	if (!diag)
		return -ENOMEM;
	diag->one_walk = true;
	err = netlink_open(&diag->netlink, NETLINK_SOCK_DIAG, BUFFER_SIZE);
	if (err) {
		free(diag);
		return err;
	}
	*out = diag;
	return 0;
}

void inet_diag_close(struct inet_diag *diag)
{
	if (!diag)
		return;
	netlink_close(&diag->netlink);
	free(diag);
}

/** This table says how to request each protocol. */
static const struct {
	uint16_t number; /* IPPROTO_*; above 255 it goes in an attribute */
	bool info;	 /* true = INET_DIAG_INFO has content */
} protocols[SK_PROTO_UNIX] = {
	[SK_PROTO_TCP] = { IPPROTO_TCP, true },
	[SK_PROTO_UDP] = { IPPROTO_UDP, false },
	[SK_PROTO_UDPLITE] = { 136, false },
	[SK_PROTO_SCTP] = { 132, true },
	[SK_PROTO_MPTCP] = { 262, true },
	[SK_PROTO_RAW] = { IPPROTO_RAW, false },
	[SK_PROTO_PING] = { IPPROTO_ICMP, false },
};

static uint8_t extensions(uint32_t needs, enum sk_proto proto)
{
	unsigned ext = 0;

	if (protocols[proto].info && (needs & (SK_NEED_INFO | SK_NEED_TCP_EXT)))
		ext |= 1U << (INET_DIAG_INFO - 1);
	if (proto == SK_PROTO_TCP && (needs & SK_NEED_TCP_EXT))
		ext |= 1U << (INET_DIAG_CONG - 1);
	if (needs & SK_NEED_TCP_EXT)
		ext |= 1U << (INET_DIAG_SKMEMINFO - 1) | 1U << (INET_DIAG_TOS - 1) |
		       1U << (INET_DIAG_TCLASS - 1);
	return (uint8_t)ext;
}

/**
 * Appends an attribute to a request that has room for it behind its end. The parameter is the
 * whole request, not its head, so that the compiler sees the room.
 */
static void put_attr(void *request, uint16_t type, const void *data, size_t len)
{
	struct nlmsghdr *head = request;
	struct nlattr attr = { .nla_len = (uint16_t)(sizeof(attr) + len), .nla_type = type };
	uint8_t *end = (uint8_t *)request + head->nlmsg_len;

	memcpy(end, &attr, sizeof(attr));
	memcpy(end + sizeof(attr), data, len);
	head->nlmsg_len += NLMSG_ALIGN(attr.nla_len);
}

static void put_filter(const struct dump *dump, void *request)
{
	if (dump->filter && dump->filter->len)
		put_attr(request, INET_DIAG_REQ_BYTECODE, dump->filter->code,
			 dump->filter->len);
}

/**
 * This is a request with room for the two attributes that may follow it: the number of a
 * protocol, and the filter for the kernel.
 */
struct family_request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 req;
	_Alignas(4) uint8_t attrs[2 * sizeof(struct nlattr) + 4 + SK_BYTECODE_MAX];
};

/*
 * Begins a request. A number above 255 goes in an attribute. A kernel that does not know the
 * attribute then reads protocol 0, which does not exist, and not the low byte of the number (that
 * of TCP).
 */
static void begin_request(struct family_request *r, enum sk_proto proto, uint16_t flags)
{
	uint32_t number = protocols[proto].number;

	*r = (struct family_request){
		.head = { .nlmsg_len = (uint32_t)offsetof(struct family_request, attrs),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
	};
	if (number > UINT8_MAX)
		put_attr(r, INET_DIAG_REQ_PROTOCOL, &number, sizeof(number));
	else
		r->req.sdiag_protocol = (uint8_t)number;
}

static int take(const struct nlmsghdr *message, void *arg);

/* Asks with SOCK_DIAG_BY_FAMILY for one address family of one protocol. */
static int dump_family(struct dump *dump)
{
	struct family_request message;

	begin_request(&message, dump->proto, NLM_F_DUMP);
	message.req.sdiag_family = dump->family;
	message.req.idiag_ext = dump->ext;
	message.req.idiag_states = dump->states;
	message.req.id.idiag_sport = htons(dump->lport);
	put_filter(dump, &message);
	return sock_diag_dump(&dump->diag->netlink, &message.head, dump->sample, take,
			      dump);
}

/*
 * Asks with TCPDIAG_GETSOCK, which is older than requests by family. One walk of the host's hash
 * answers for IPv4 and IPv6 together, and on an idle machine the walk is the main cost.
 */
static int dump_both(struct dump *dump)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req req;
		uint8_t attrs[sizeof(struct nlattr) + SK_BYTECODE_MAX];
	} message = { .head.nlmsg_len = (uint32_t)offsetof(__typeof__(message), attrs) };

	message.head.nlmsg_type = TCPDIAG_GETSOCK;
	message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message.req.idiag_ext = dump->ext;
	message.req.idiag_states = dump->states;
	put_filter(dump, &message);
	return sock_diag_dump(&dump->diag->netlink, &message.head, dump->sample, take,
			      dump);
}

/*
 * Keeps the socket if it is of the kind that this walk wants: an endpoint or an association. An
 * association gets a parent link to its endpoint. The endpoint may be missing if both came
 * between the two walks.
 */
static int take_sctp(const struct dump *dump, const struct nlmsghdr *message,
		     const struct sk_socket *socket)
{
	const struct inet_diag_msg *m = NLMSG_DATA(message);
	uint64_t endpoint = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	bool child = (socket->flags & SK_F_SUBFLOW) != 0;

	if (child != dump->children) {
		dump->sample->n_sockets--;
		return 0;
	}
	return child ? sk_sample_add_parent_link(
			       dump->sample,
			       &(struct sk_parent_link){ socket->cookie, endpoint,
							 endpoint }) :
		       0;
}

static int take_socket(const struct dump *dump, const struct nlmsghdr *message)
{
	struct sk_sample *sample = dump->sample;
	struct sk_socket *socket;
	struct sk_attrs attrs = { 0 };
	struct sk_tcp_ext *tcp_ext = NULL;
	int err = sk_sample_add_socket(sample, &socket, dump->plain ? NULL : &tcp_ext);

	if (err)
		return err;
	if (inet_diag_decode(message, message->nlmsg_len, dump->proto, socket, &attrs,
			     tcp_ext, NULL)) {
		sample->losses.malformed++;
		sample->n_sockets--;
		return 0;
	}
	err = sk_sample_set_attrs(sample, socket, &attrs);
	if (err)
		return err;
	if (dump->proto == SK_PROTO_SCTP)
		return take_sctp(dump, message, socket);
	if (dump->diag->tokens)
		err = inet_kinds_tokens(message, socket, &attrs, dump->diag->tokens);
	return err;
}

static int decode_detail(const struct nlmsghdr *message, enum sk_proto proto,
			 struct sk_detail *detail)
{
	return inet_diag_decode(message, message->nlmsg_len, proto,
				&detail->detached.socket, &detail->detached.attrs,
				&detail->tcp_ext, detail);
}

static void compare_socket(struct dump *dump, const struct nlmsghdr *message)
{
	struct sk_detached detached = { .socket.netns = dump->wanted->socket.netns };
	struct sk_detail *detail = dump->detail;

	if (dump->found ||
	    inet_diag_decode(message, message->nlmsg_len, dump->proto, &detached.socket,
			     &detached.attrs, NULL, NULL) ||
	    !sk_detached_same(dump->wanted, &detached))
		return;
	dump->found = !decode_detail(message, dump->proto, detail);
}

static int take(const struct nlmsghdr *message, void *arg)
{
	struct dump *dump = arg;

	if (!dump->wanted)
		return take_socket(dump, message);
	compare_socket(dump, message);
	return 0;
}

/* Returns true for an answer of a kernel that does not know the old request. */
static bool is_unknown(int err)
{
	return err == -ENOENT || err == -EINVAL || err == -EOPNOTSUPP ||
	       err == -EPROTONOSUPPORT || err == -EPERM || err == -EACCES;
}

/*
 * Dumps both families of TCP in one walk. Returns false if each family needs a walk of its
 * own.
 */
static bool dump_one_walk(struct dump *dump, int *err)
{
	uint32_t begin = dump->sample->n_sockets;

	dump->family = AF_UNSPEC;
	*err = dump_both(dump);
	/* With a filter, the kernel may have refused the filter instead. */
	if (!is_unknown(*err) || (dump->filter && dump->filter->len))
		return true;
	dump->diag->one_walk = false;
	dump->sample->n_sockets = begin;
	return false;
}

/* A machine without IPv6 has no IPv6 sockets, so this error is not a loss. */
static bool is_no_family(uint8_t family, int err)
{
	return family == AF_INET6 && (err == -ENOENT || err == -EAFNOSUPPORT);
}

/*
 * If asked for all states, sctp_diag sends each endpoint with associations twice. If asked for
 * LISTEN alone, it sends all endpoints. If asked for the other states, it sends each endpoint
 * before its associations.
 */
static int dump_sctp(struct dump *dump)
{
	int err;

	dump->states = SK_STATE_BIT(SK_STATE_LISTEN);
	dump->children = false;
	err = dump_family(dump);
	if (err)
		return err;
	dump->states = SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_LISTEN);
	dump->children = true;
	return dump_family(dump);
}

static int dump_families(struct dump *dump, uint32_t wanted)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int first = 0, lost = 0, err = 0;
	bool any = false;

	if (dump->proto == SK_PROTO_TCP && wanted == 3 && dump->diag->one_walk &&
	    dump_one_walk(dump, &err))
		return err;
	for (unsigned i = 0; i < 2; i++) {
		if (!(wanted & (1U << i)))
			continue;
		dump->family = families[i];
		err = dump->proto == SK_PROTO_SCTP ? dump_sctp(dump) : dump_family(dump);
		if (err == -ENOMEM)
			return err;
		any |= !err;
		first = first ? first : err;
		lost = is_no_family(families[i], err) ? lost : err ? err : lost;
	}
	if (any && lost)
		sk_sample_lose(dump->sample, dump->proto, SK_LOSS_SOME, lost);
	return any ? 0 : first;
}

/*
 * Bytecode in the kernel only saves work. If the kernel refuses it (it does not know an opcode,
 * or we have no CAP_NET_ADMIN for marks), our own filter does all the work.
 */
static int dump_filtered(struct dump *dump, uint32_t families)
{
	const struct sk_bytecode *filter = dump->filter;
	uint32_t begin = dump->sample->n_sockets;
	int err = dump_families(dump, families);

	if (!is_unknown(err) || !filter || !filter->len)
		return err;
	dump->filter = NULL;
	dump->sample->n_sockets = begin;
	err = dump_families(dump, families);
	if (!err)
		dump->diag->refused = *filter;
	return err;
}

static bool is_refused(const struct inet_diag *diag, const struct sk_bytecode *filter)
{
	return diag->refused.len && diag->refused.len == filter->len &&
	       memcmp(diag->refused.code, filter->code, filter->len) == 0;
}

struct netlink *inet_diag_netlink(struct inet_diag *diag)
{
	return &diag->netlink;
}

void inet_diag_note_tokens(struct inet_diag *diag, struct token_pairs *tokens)
{
	diag->tokens = tokens;
}

bool inet_diag_notes_tokens(const struct inet_diag *diag)
{
	return diag->tokens != NULL;
}

static uint32_t states_of(enum sk_proto proto, const struct sk_request *request,
			  bool filtered)
{
	uint32_t states = filtered ? request->filter.states : SK_STATES_ALL, bound = 0;

	if (proto == SK_PROTO_TCP && request->bound)
		return SK_STATE_BIT(STATE_BOUND_INACTIVE);
	if (proto == SK_PROTO_TCP)
		states &= request->tcp_states;
	if (proto == SK_PROTO_TCP && request->bound_too &&
	    (states & SK_STATE_BIT(SK_STATE_CLOSE)))
		bound = SK_STATE_BIT(STATE_BOUND_INACTIVE);
	/*
	 * The kernel lists no closed TCP sockets, but if asked for them alone, it walks through
	 * all.
	 */
	if (proto == SK_PROTO_TCP && states != SK_STATES_ALL)
		states &= ~SK_STATE_BIT(SK_STATE_CLOSE);
	return states | bound;
}

int inet_diag_dump(struct inet_diag *diag, enum sk_proto proto,
		   const struct sk_request *request, struct sk_sample *sample)
{
	struct dump dump = { .diag = diag, .sample = sample, .proto = proto };
	/* A subflow is joined with its connection, and a filter might leave the connection out. */
	bool filtered = (request->filter.protos & SK_PROTO_BIT(proto)) &&
			!request->bound && !diag->tokens;

	dump.plain = !(request->needs & SK_NEED_TCP_EXT);
	dump.ext = extensions(request->needs, proto);
	if (diag->tokens && protocols[proto].info)
		dump.ext |= 1U << (INET_DIAG_INFO - 1);
	dump.states = states_of(proto, request, filtered);
	if (filtered && !is_refused(diag, &request->filter))
		dump.filter = &request->filter;
	return dump.states ? dump_filtered(&dump, request->families) : 0;
}

void inet_diag_name(const struct sk_socket *socket, const struct sk_attrs *attrs,
		    struct inet_diag_sockid *id)
{
	bool v6 = (socket->flags & SK_F_V6) != 0;
	size_t skip = v6 ? 0 : 12, len = v6 ? 16 : 4;

	id->idiag_sport = htons(socket->lport);
	id->idiag_dport = htons(socket->rport);
	memcpy(id->idiag_src, attrs->local.b + skip, len);
	memcpy(id->idiag_dst, socket->remote.b + skip, len);
	id->idiag_if = attrs->ifindex;
	id->idiag_cookie[0] = (uint32_t)socket->cookie;
	id->idiag_cookie[1] = (uint32_t)(socket->cookie >> 32);
}

/* Swaps the two ends, because an exact UDP lookup takes them the other way round. */
static void swap_ends(struct inet_diag_sockid *id)
{
	const struct inet_diag_sockid as_it_is = *id;

	id->idiag_sport = as_it_is.idiag_dport;
	id->idiag_dport = as_it_is.idiag_sport;
	memcpy(id->idiag_src, as_it_is.idiag_dst, sizeof(id->idiag_src));
	memcpy(id->idiag_dst, as_it_is.idiag_src, sizeof(id->idiag_dst));
}

static int request_exact(struct inet_diag *diag, const struct sk_detached *detached)
{
	struct family_request message;

	begin_request(&message, detached->socket.proto, 0);
	message.req.sdiag_family =
		detached->socket.flags & SK_F_V6 ? AF_INET6 : AF_INET;
	message.req.idiag_ext = UINT8_MAX;
	message.req.idiag_states = SK_STATES_ALL;
	inet_diag_name(&detached->socket, &detached->attrs, &message.req.id);
	if (detached->socket.proto != SK_PROTO_TCP)
		swap_ends(&message.req.id);
	return netlink_send(&diag->netlink, &message.head);
}

static int read_exact(struct inet_diag *diag, enum sk_proto proto,
		      struct sk_detail *detail)
{
	for (;;) {
		const struct nlmsghdr *message;
		ssize_t n = netlink_receive(&diag->netlink);
		size_t at = 0;
		int status;

		if (n < 0) {
			netlink_reopen(&diag->netlink);
			return (int)n;
		}
		message = netlink_next(diag->netlink.buffer, (size_t)n, &at);
		if (!message)
			return -EBADMSG;
		if (message->nlmsg_seq != diag->netlink.seq)
			continue;
		if (message->nlmsg_type != NLMSG_ERROR)
			return decode_detail(message, proto, detail);
		status = netlink_status(message);
		return status ? status : -EPROTO;
	}
}

/*
 * Looks a socket up in a walk of all sockets with its port. This walk is short. It is needed if
 * listeners share a port (SO_REUSEPORT), and for most UDP sockets, because the ends alone do not
 * name them: the kernel finds another socket and refuses it for its cookie.
 */
static int lookup_by_dump(struct inet_diag *diag, const struct sk_detached *detached,
			  struct sk_detail *detail)
{
	const struct sk_socket *socket = &detached->socket;
	struct sk_sample counts = { 0 }; /* losses of this walk are not shown */
	struct dump dump = { .diag = diag,
			     .sample = &counts,
			     .proto = socket->proto,
			     .family = socket->flags & SK_F_V6 ? AF_INET6 : AF_INET,
			     .ext = UINT8_MAX,
			     .states = socket->proto == SK_PROTO_TCP ?
					       SK_STATE_BIT(socket->state) :
					       SK_STATES_ALL,
			     .lport = socket->lport,
			     .wanted = detached,
			     .detail = detail };
	int err = dump_family(&dump);

	return err ? err : dump.found ? 0 : -ENOENT;
}

/*
 * Returns true if the socket was closed while the kernel answered: then it has already lost its
 * port or its state.
 */
static bool is_closed(const struct sk_detached *asked, const struct sk_socket *answer)
{
	const struct sk_socket *socket = &asked->socket;

	return socket->proto == SK_PROTO_TCP && socket->state != SK_STATE_CLOSE &&
	       (answer->state == SK_STATE_CLOSE || answer->lport != socket->lport ||
		answer->rport != socket->rport);
}

int inet_diag_lookup(struct inet_diag *diag, const struct sk_detached *detached,
		     struct sk_detail **out)
{
	const struct sk_socket *socket = &detached->socket;
	/* Sockets of other protocols have no exact lookup by their ends. */
	bool exact = socket->proto <= SK_PROTO_UDPLITE;
	struct sk_detail *detail = calloc(1, sizeof(*detail));
	int err = !detail ? -ENOMEM : exact ? request_exact(diag, detached) : -ENOENT;

	if (!err)
		err = read_exact(diag, socket->proto, detail);
	if (!err && is_closed(detached, &detail->detached.socket))
		err = -ENOENT;
	if ((err == -ENOENT || err == -ESTALE) &&
	    (socket->state == SK_STATE_LISTEN || socket->proto != SK_PROTO_TCP))
		err = lookup_by_dump(diag, detached, detail);
	if (err) {
		free(detail);
		return err;
	}
	detail->detached.socket.netns = socket->netns;
	*out = detail;
	return 0;
}
