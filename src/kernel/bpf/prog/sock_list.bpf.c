/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * These programs run in the kernel. For each wanted TCP or UDP socket of a network namespace they
 * write one record (record.h) with the same values as inet_diag. They need Linux 6.2 or later. If
 * a kernel has none of the field names known here, it refuses the programs.
 */
#include "sock_fill.h"

#define LONGEST (1 << 20) /* nodes in the chain of a bucket, at most */
#define RUN 512		  /* how often one run reads buckets, at most */

/* The kernel lets only GPL programs call the helpers that use an iterator's context. */
const char program_license[] SEC("license") = "Dual MIT/GPL";

struct sock_window window;
#define W (&window)

static __always_inline bool is_wanted(const struct sock_common *c, __u8 state)
{
	__u32 family = c->skc_family == AF_INET6 ? 2 : 1;

	return state < 32 && (W->states & 1U << state) && (W->families & family);
}

/*
 * TCP. The kernel's own iterator holds the lock of each bucket and of each socket, and a
 * reference to the socket, and that is two thirds of its time. walk_tcp holds nothing, like the
 * code in the kernel that finds the socket of a packet. It runs as an RCU reader, so the memory
 * of a socket stays a socket, although it may become another one. It reads some buckets at once,
 * one socket of each in turn, so that the processor waits for the memory of many sockets at the
 * same time. If the buckets changed meanwhile, it reads all of them anew.
 */

#define GROUP 32 /* buckets */
#define LAST_BUCKET (SOCK_BUCKETS - 1)
#define LAST_FOUND (SOCK_WINDOW - 1)
#define NODE bpf_core_field_offset(struct sock_common, skc_nulls_node)

static __always_inline __u64 first_of(__u32 i)
{
	return (__u64)STANDS_AT(inet_ehash_bucket,
				W->table + (W->bucket + i) *
						   bpf_core_type_size(struct inet_ehash_bucket))
		->chain.first;
}

static __always_inline void queue(__u32 at, __u64 node, __u32 of)
{
	W->queue[at & LAST_BUCKET] = node;
	W->of[at & LAST_BUCKET] = of;
}

/*
 * An odd number is the end of a chain. Most chains are empty, so GROUP of them are passed at
 * once.
 */
static long begin_chains(__u64 i, void *unused)
{
	__u32 of = i * GROUP & LAST_BUCKET & ~(GROUP - 1), n = W->queued;
	const __u64 *first = &W->first[of];
	__u64 ends = first[0];

#pragma unroll
	for (int j = 1; j < GROUP; j++)
		ends &= first[j];
	if (ends & 1)
		return 0;
#pragma unroll
	for (int j = 0; j < GROUP; j++) {
		queue(n, first[j], of + j);
		n += ~first[j] & 1;
	}
	W->queued = n;
	return 0;
}

static long empty(__u64 i, void *unused)
{
	W->first[i & LAST_BUCKET] = 1;
	return 0;
}

/*
 * A closed socket has left the hash, and a TIME_WAIT socket may be in its place. A socket
 * whose hash belongs to another bucket has been put to new use since the pointer to it was
 * read.
 */
static __always_inline void find(const struct sock_common *c, __u64 at, __u32 of)
{
	__u32 key = c->skc_hash, i = W->n_found & LAST_FOUND;
	__u8 own = c->skc_state;

	W->moved |= own == CLOSE || (key & W->mask) != W->bucket + of;
	if (!is_wanted(c, shown_state(c, own))) {
		W->n_passed++;
		return;
	}
	W->found[i] = at;
	W->key[i] = key;
	W->n_found++;
}

/*
 * The end of a list has the number of its bucket, so it shows if a socket went to another bucket
 * and led the walk there. The number alone is no proof, because a namespace with a hash of its
 * own has such ends, too. So the head is compared as well: new sockets come first, and so does a
 * TIME_WAIT socket that replaces another.
 */
static long step(__u64 i, void *unused)
{
	__u64 node = W->queue[i & LAST_BUCKET];
	__u32 of = W->of[i & LAST_BUCKET] & LAST_BUCKET;
	struct sock_common *c;

	if (node & 1) {
		W->moved |= node >> 1 != W->bucket + of || first_of(of) != W->first[of];
		return 0;
	}
	c = STANDS_AT(sock_common, node - NODE);
	queue(W->kept++, (__u64)c->skc_nulls_node.next, of);
	if ((__u64)c->skc_net.net == W->net)
		find(c, node - NODE, of);
	else
		W->moved |= (__u64)c->skc_net.net->ipv4.tcp_death_row.hashinfo != W->hash;
	return 0;
}

static long step_all(__u64 i, void *unused)
{
	W->kept = 0;
	bpf_loop(W->queued, step, NULL, 0);
	W->queued = W->kept;
	return !W->queued || W->n_found > SOCK_WINDOW;
}

static __always_inline void fill_any(struct sock_record *r, struct sock_common *c, __u8 own)
{
	struct tcp_sock *tp = STANDS_AT(tcp_sock, c);

	if (own == TIME_WAIT) {
		fill_time_wait(r, STANDS_AT(inet_timewait_sock, c));
	} else if (own == NEW_SYN_RECV) {
		fill_request(r, STANDS_AT(request_sock, c));
	} else {
		fill_full(r, &tp->inet_conn.icsk_inet.sk,
			  tp->inet_conn.icsk_inet.sk.sk_uid.val);
		fill_tcp(r, tp);
	}
}

/*
 * Checks that everything in the record is from one socket, because the memory may have been put
 * to new use while it was read. Most sockets have no cookie, because nobody has asked for it, and
 * a successor with the same ends has the same key. So the inode and the state are compared, and
 * the port, because a socket that is closed loses its port before its state changes to CLOSE.
 */
static __always_inline bool is_still(const struct sock_common *c, const struct sock_record *r,
				     __u8 own, __u32 key)
{
	const struct tcp_sock *tp = STANDS_AT(tcp_sock, c);

	if (c->skc_state != own || c->skc_hash != key || !r->lport || c->skc_num != r->lport ||
	    c->skc_dport != r->rport || (__u64)c->skc_cookie.counter != r->cookie)
		return false;
	return own == TIME_WAIT || own == NEW_SYN_RECV ||
	       inode_of((struct sock *)&tp->inet_conn.icsk_inet.sk) == r->inode;
}

/* A socket that is closed meanwhile leaves the hash before its state changes to CLOSE. */
static long fill(__u64 i, void *unused)
{
	struct sock_common *c = STANDS_AT(sock_common, W->found[i & LAST_FOUND]);
	__u32 at = W->n + (__u32)i;
	struct sock_record *r;
	__u8 own, state;

	if (at >= SOCK_WINDOW)
		return 1;
	r = &W->records[at];
	*r = (struct sock_record){ .cookie = (__u64)c->skc_cookie.counter };
	own = c->skc_state;
	state = shown_state(c, own);
	fill_common(r, c, state);
	fill_any(r, c, own);
	W->moved |= own == CLOSE || !is_wanted(c, state) ||
		    !is_still(c, r, own, W->key[i & LAST_FOUND]);
	return 0;
}

static __always_inline void find_all(void)
{
	__u64 reading = W->reading;

	W->queued = W->n_found = W->n_passed = W->moved = 0;
	barrier_var(reading); /* keeps the compared value and the used value the same for the
			       * verifier */
	if (reading > SOCK_BUCKETS)
		return;
	if (reading < GROUP)
		bpf_loop(GROUP, empty, NULL, 0);
	bpf_probe_read_kernel(W->first, reading * sizeof(W->first[0]),
			      (const void *)(W->table +
					     W->bucket * sizeof(W->first[0])));
	bpf_loop((W->reading + GROUP - 1) / GROUP, begin_chains, NULL, 0);
	bpf_loop(LONGEST, step_all, NULL, 0);
	W->moved |= W->queued != 0; /* a socket in new use may lead the walk in a circle */
}

static long read_buckets(__u64 i, void *unused)
{
	__u32 left = W->mask + 1 - W->bucket;

	/* If as many sockets as before would not fit, the next buckets are not begun. */
	if (!left || (W->n && W->n + 2 * W->n_found > SOCK_WINDOW))
		return 1;
	W->reading = W->width < left ? W->width : left;
	find_all();
	if (W->n + W->n_found > SOCK_WINDOW) {
		W->width /= W->n ? 1 : 2;
		return W->n || !W->width;
	}
	bpf_loop(W->n_found, fill, NULL, 0);
	if (W->moved)
		return !--W->patience;
	W->n += W->n_found;
	W->passed += W->n_passed;
	W->bucket += W->reading;
	return 0;
}

/* The process runs this until it reports the end. Without preemption nobody else runs meanwhile. */
SEC("raw_tp")
int walk_tcp(void *unused)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct net *net = task->nsproxy->net_ns;
	struct inet_hashinfo *hash = net->ipv4.tcp_death_row.hashinfo;

	W->net = (__u64)net;
	W->hash = (__u64)hash;
	W->table = (__u64)hash->ehash;
	W->mask = hash->ehash_mask;
	W->n = 0;
	bpf_loop(RUN, read_buckets, NULL, 0);
	return !W->width || !W->patience ? SOCK_WALK_GAVE_UP :
	       W->bucket > W->mask	 ? SOCK_WALK_END :
					   SOCK_WALK_MORE;
}

SEC("iter/udp")
int iter_udp(struct bpf_iter__udp *ctx)
{
	struct udp_sock *udp = ctx->udp_sk;
	struct sock_record r = { 0 };
	struct sock *sk;
	__u8 state;

	if (!udp)
		return 0;
	sk = &udp->inet.sk;
	state = sk->__sk_common.skc_state;
	if (!is_wanted(&sk->__sk_common, state)) {
		W->passed++;
		return 0;
	}
	fill_common(&r, &sk->__sk_common, state);
	r.cookie = bpf_get_socket_cookie(udp);
	fill_full(&r, sk, ctx->uid);
	r.recv_q = (__u32)(sk->sk_backlog.rmem_alloc.counter - udp->forward_deficit);
	r.send_q = (__u32)sk->sk_wmem_alloc.refs.counter - 1;
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
