/* SPDX-License-Identifier: MIT */
/*
 * A kernel's hash of TCP sockets, for sock_list.bpf.c compiled for this machine; include
 * this instead of it. Sockets are found by their connection: an id, which their ports
 * spell, since some have no cookie. For each is noted how often a walk may tell of it.
 */
#ifndef SKTOP_TESTS_FAKE_HASH_H
#define SKTOP_TESTS_FAKE_HASH_H

/* The program is written for BPF: narrow numbers by the way, and what every callback has. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#include "kernel/bpf/prog/sock_list.bpf.c"
#pragma GCC diagnostic pop

#define FAKE_BUCKETS 4096
#define FAKE_SOCKS 32768
#define FAKE_IDS (1 << 16)
#define FAKE_OTHER_TABLE (~0U) /* a namespace's with a hash of its own */

enum { ESTABLISHED = 1, FIN_WAIT2 = 5, LAST_ACK = 9 };
enum { FAKE_V4 = 2 }; /* AF_INET */

/** What a socket is. */
struct kind {
	__u8 state;	/* its own */
	__u8 substate;	/* of TIME_WAIT */
	__u8 family;
	bool foreign;	/* of another namespace */
	bool fresh;	/* without a cookie */
};

/** Memory of a socket, which may become another's: it stays one for who stands on it. */
struct fake_sock {
	union {
		struct sock_common common;
		struct tcp_sock tcp;
		struct inet_timewait_sock time_wait;
		struct request_sock request;
	} kernel;
	struct kind kind;
	__u32 id, bucket;
	__u32 generation; /* of connections between the same ends */
	bool linked;
	unsigned long since; /* native.copies when it was linked last */
};

/** How often a walk has to tell of a connection, may, and did. */
struct fake_id {
	__u32 least, most, reported;
};

static struct {
	struct inet_ehash_bucket table[FAKE_BUCKETS], other_table;
	__u32 buckets;
	struct inet_hashinfo hash, other_hash;
	struct net ours, theirs, apart; /* apart: the namespace of other_table */
	struct nsproxy nsproxy;
	struct task_struct task;
	struct kernfs_node kn;
	struct cgroup cgroup;
	struct fake_sock socks[FAKE_SOCKS];
	__u32 n_socks;
	struct fake_id ids[FAKE_IDS];
	__u32 n_ids;
	__u32 states, families; /* that are asked for */
} hash;

#define FILES 64

static struct socket_alloc files[FILES];

static __u32 inode_of_generation(__u32 generation)
{
	return 1 + generation % FILES;
}

static __u8 shown(struct kind kind)
{
	return kind.state == TIME_WAIT	  ? kind.substate :
	       kind.state == NEW_SYN_RECV ? SYN_RECV :
					    kind.state;
}

static bool fake_wants(struct kind kind)
{
	return !kind.foreign && (hash.states >> shown(kind) & 1) &&
	       (hash.families & (kind.family == AF_INET6 ? 2U : 1U));
}

static struct hlist_nulls_node *marker(__u32 bucket)
{
	return (struct hlist_nulls_node *)(((__u64)bucket << 1) | 1);
}

static struct hlist_nulls_node **head_of(__u32 bucket)
{
	return bucket == FAKE_OTHER_TABLE ? &hash.other_table.chain.first :
					    &hash.table[bucket].chain.first;
}

static void fake_begin(__u32 buckets)
{
	hash.buckets = buckets;
	hash.n_socks = hash.n_ids = 0;
	for (__u32 i = 0; i < buckets; i++)
		*head_of(i) = marker(i);
	*head_of(FAKE_OTHER_TABLE) = marker(0);
	hash.hash.ehash = hash.table;
	hash.hash.ehash_mask = buckets - 1;
	hash.other_hash.ehash = &hash.other_table;
	hash.other_hash.ehash_mask = 0;
	hash.ours.ipv4.tcp_death_row.hashinfo = &hash.hash;
	hash.theirs.ipv4.tcp_death_row.hashinfo = &hash.hash;
	hash.apart.ipv4.tcp_death_row.hashinfo = &hash.other_hash;
	hash.nsproxy.net_ns = &hash.ours;
	hash.task.nsproxy = &hash.nsproxy;
	hash.cgroup.kn = &hash.kn;
	hash.kn.id = 4711;
	hash.states = 1U << ESTABLISHED | 1U << SYN_RECV | 1U << FIN_WAIT2 | 1U << TIME_WAIT;
	hash.families = 3;
	memset(&native, 0, sizeof(native));
	native.task = &hash.task;
	memset(&window, 0, sizeof(window));
	for (__u32 i = 0; i < FILES; i++)
		files[i].vfs_inode.i_ino = inode_of_generation(i);
}

static __u64 cookie_of(__u32 id, __u32 generation)
{
	return (__u64)id << 20 | generation << 4 | 7;
}

/* All but the pointer to the next one, on which a reader may stand. */
static void fake_become(struct fake_sock *s, __u32 id, struct kind kind, __u32 bucket)
{
	struct sock_common *c = &s->kernel.common;
	struct hlist_nulls_node node = c->skc_nulls_node;
	bool other_table = bucket == FAKE_OTHER_TABLE;

	memset(&s->kernel, 0, sizeof(s->kernel));
	c->skc_nulls_node = node;
	c->skc_state = kind.state;
	c->skc_family = kind.family;
	c->skc_num = (__u16)id;
	c->skc_dport = (__u16)(id >> 16);
	c->skc_hash = id << 12 | (other_table ? 0 : bucket);
	c->skc_net.net = other_table ? &hash.apart : kind.foreign ? &hash.theirs : &hash.ours;
	c->skc_cookie.counter = kind.fresh ? 0 : (__s64)cookie_of(id, s->generation);
	s->kind = kind;
	s->id = id;
	s->bucket = bucket;
	if (kind.state == TIME_WAIT)
		s->kernel.time_wait.tw_substate = kind.substate;
	if (kind.state == TIME_WAIT || kind.state == NEW_SYN_RECV)
		return;
	s->kernel.tcp.inet_conn.icsk_inet.sk.sk_cgrp_data.cgroup = &hash.cgroup;
	s->kernel.tcp.total_retrans = s->generation;
	s->kernel.tcp.inet_conn.icsk_inet.sk.sk_socket = (void *)&files[s->generation % FILES];
}

static void fake_link(struct fake_sock *s)
{
	struct hlist_nulls_node **head = head_of(s->bucket);

	s->kernel.common.skc_nulls_node.next = *head;
	*head = &s->kernel.common.skc_nulls_node;
	s->linked = true;
	s->since = native.copies;
}

/* Whatever leads to it. It leads on to where it did. */
static struct hlist_nulls_node **pointer_to(struct fake_sock *s)
{
	struct hlist_nulls_node **at = head_of(s->bucket);

	while (*at != &s->kernel.common.skc_nulls_node)
		at = &(*at)->next;
	return at;
}

static void fake_unlink(struct fake_sock *s)
{
	*pointer_to(s) = s->kernel.common.skc_nulls_node.next;
	s->linked = false;
}

/* In its place: since Linux 6.19. */
static void fake_replace(struct fake_sock *s, struct fake_sock *by)
{
	by->kernel.common.skc_nulls_node.next = s->kernel.common.skc_nulls_node.next;
	*pointer_to(s) = &by->kernel.common.skc_nulls_node;
	s->linked = false;
	by->linked = true;
	by->since = native.copies;
}

static struct fake_sock *fake_memory(void)
{
	struct fake_sock *s = &hash.socks[hash.n_socks++];

	assert_true(hash.n_socks <= FAKE_SOCKS);
	s->linked = false;
	s->generation = 0;
	return s;
}

/* A walk under way has read the bucket, or is about to. */
static bool is_begun(__u32 bucket)
{
	return bucket < window.bucket + window.reading;
}

/* Now it is wanted, if it is. */
static void fake_came(const struct fake_sock *s)
{
	struct fake_id *id = &hash.ids[s->id];

	id->most = fake_wants(s->kind);
	id->least = id->most && !is_begun(s->bucket);
}

/* Becomes a new connection. */
static void fake_renew(struct fake_sock *s, struct kind kind, __u32 bucket)
{
	assert_true(++hash.n_ids < FAKE_IDS);
	hash.ids[hash.n_ids].reported = 0;
	s->generation = 0;
	fake_become(s, hash.n_ids, kind, bucket);
	fake_came(s);
}

static struct fake_sock *fake_add(struct kind kind, __u32 bucket)
{
	struct fake_sock *s = fake_memory();

	fake_renew(s, kind, bucket);
	fake_link(s);
	return s;
}

/* The connection is gone, or no longer what is asked for. */
static void fake_gone(const struct fake_sock *s)
{
	struct fake_id *id = &hash.ids[s->id];

	id->least = 0;
	id->most = id->most && is_begun(s->bucket);
}

static void native_check(const void *from, __u32 size)
{
	const __u8 *at = from, *table = (const void *)hash.table;

	assert_true(at >= table && at + size <= table + hash.buckets * sizeof(hash.table[0]));
}

/* Nobody asks for what is neither a bucket nor a socket. */
void *bpf_rdonly_cast(const void *at, __u32 id)
{
	const struct fake_sock *s = at;

	if (native.before_look)
		native.before_look(at);
	if (id == sizeof(struct inet_ehash_bucket))
		native_check(at, id);
	else
		assert_true(s >= hash.socks && s < hash.socks + hash.n_socks);
	return (void *)(__u64)at;
}

static void fake_take(const struct sock_record *r)
{
	__u32 id = r->lport | (__u32)r->rport << 16;

	assert_true(id && id <= hash.n_ids);
	assert_int_not_equal(r->lport, 0); /* it was closed already */
	/* never one's cookie, or file, with what is another's */
	if (r->flags & SOCK_RECORD_TCP_INFO) {
		assert_true(!r->cookie || r->cookie == cookie_of(id, r->retrans));
		assert_int_equal(r->inode, inode_of_generation(r->retrans));
	}
	assert_true(hash.states >> r->state & 1);
	assert_int_not_equal(r->state, CLOSE); /* that is another's memory by now, or will be */
	hash.ids[id].reported++;
}

/* As kernel/bpf/sockets.c does it. Returns SOCK_WALK_END or SOCK_WALK_GAVE_UP. */
static int fake_walk(__u32 width, __u32 patience)
{
	unsigned runs = 0;
	int result;

	window.states = hash.states;
	window.families = hash.families;
	window.bucket = window.passed = window.reading = 0;
	window.width = width;
	window.patience = patience;
	do {
		result = walk_tcp(NULL);
		assert_true(runs++ < 200);
		assert_true(window.n <= SOCK_WINDOW);
		for (__u32 i = 0; i < window.n; i++)
			fake_take(&window.records[i]);
	} while (result == SOCK_WALK_MORE);
	return result;
}

/* Nothing lost, nothing told twice. */
static bool fake_reports(void)
{
	for (__u32 i = 1; i <= hash.n_ids; i++) {
		const struct fake_id *id = &hash.ids[i];

		if (id->reported < id->least || id->reported > id->most) {
			print_error("connection %u is told %u times, not %u to %u\n", i,
				    id->reported, id->least, id->most);
			return false;
		}
	}
	return true;
}

#endif
