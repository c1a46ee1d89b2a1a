/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * These functions fill the record of a socket with the same values that inet_diag
 * sends.
 */
#ifndef SKTOP_KERNEL_BPF_PROG_SOCK_FILL_H
#define SKTOP_KERNEL_BPF_PROG_SOCK_FILL_H

#include "types.bpf.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "record.h"

#define AF_INET6 10

/* These are values of the enum in the kernel's tcp_states.h. */
enum {
	SYN_RECV = 3,
	TIME_WAIT = 6,
	CLOSE = 7,
	NEW_SYN_RECV = 12, /* a request sock; inet_diag reports it as SYN_RECV */
};

/* These are values of inet_connection_sock.icsk_pending. */
enum {
	PENDING_RETRANS = 1,
	PENDING_PROBE = 3,
	PENDING_LOSS_PROBE = 5,
	PENDING_REORDER = 6,
};

/* These are values of idiag_timer. */
enum {
	TIMER_ON = 1,
	TIMER_KEEPALIVE = 2,
	TIMER_TIMEWAIT = 3,
	TIMER_PERSIST = 4,
};

/*
 * Casts an address to a structure of the kernel, so that it can be read field by field. If the
 * memory is not readable, a field reads as 0. The cast makes no instruction in the program.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;
#define STANDS_AT(type, at) \
	((struct type *)bpf_rdonly_cast((const void *)(at), \
					bpf_core_type_id_kernel(struct type)))

static __always_inline __u32 ticks_until(unsigned long expires)
{
	__s32 left = (__s32)((__u32)expires - (__u32)bpf_jiffies64());

	return left > 0 ? (__u32)left : 0;
}

/* Fills the members that every kind of socket has. */
static __always_inline void fill_common(struct sock_record *r, struct sock_common *c,
					__u8 state)
{
	r->state = state;
	r->lport = c->skc_num;
	r->rport = c->skc_dport;
	r->ifindex = (__u32)c->skc_bound_dev_if;
	if (c->skc_family == AF_INET6) {
		r->flags = SOCK_RECORD_V6;
		*(struct in6_addr *)r->local = c->skc_v6_rcv_saddr;
		*(struct in6_addr *)r->remote = c->skc_v6_daddr;
	} else {
		*(__be32 *)r->local = c->skc_rcv_saddr;
		*(__be32 *)r->remote = c->skc_daddr;
	}
}

static __always_inline __u32 inode_of(struct sock *sk)
{
	struct socket_alloc *file;

	if (bpf_core_field_exists(struct sock___with_ino, sk_ino))
		return (__u32)((struct sock___with_ino *)sk)->sk_ino;
	/* A struct socket_alloc begins with the struct socket. */
	file = (struct socket_alloc *)sk->sk_socket;
	return file ? (__u32)BPF_CORE_READ(file, vfs_inode.i_ino) : 0;
}

/* Fills the members that only a full socket has. */
static __always_inline void fill_full(struct sock_record *r, struct sock *sk, __u32 uid)
{
	r->inode = inode_of(sk);
	r->uid = uid;
	r->cgroup = sk->sk_cgrp_data.cgroup->kn->id;
	if (r->cgroup)
		r->flags |= SOCK_RECORD_CGROUP;
	if ((r->flags & SOCK_RECORD_V6) && r->state == CLOSE) {
		r->flags |= SOCK_RECORD_V6ONLY_KNOWN;
		if (BPF_CORE_READ_BITFIELD(&sk->__sk_common, skc_ipv6only))
			r->flags |= SOCK_RECORD_V6ONLY;
	}
}

static __always_inline unsigned long timeout_of(struct inet_connection_sock *icsk)
{
	struct inet_connection_sock___with_timeout *old = (void *)icsk;
	struct sock___with_retransmit_timer *new = (void *)icsk;

	if (bpf_core_field_exists(old->icsk_timeout))
		return old->icsk_timeout;
	return bpf_core_field_exists(new->tcp_retransmit_timer) ?
		       new->tcp_retransmit_timer.expires :
		       icsk->icsk_retransmit_timer.expires;
}

static __always_inline struct timer_list *keepalive_of(struct inet_connection_sock *icsk)
{
	struct inet_connection_sock___with_keepalive_timer *new = (void *)icsk;
	struct sock___with_retransmit_timer *taken = (void *)icsk;

	/* If the old place belongs to another timer now, only the new place can be right. */
	return bpf_core_field_exists(new->icsk_keepalive_timer) ||
			       bpf_core_field_exists(taken->tcp_retransmit_timer) ?
		       &new->icsk_keepalive_timer :
		       &icsk->icsk_inet.sk.sk_timer;
}

static __always_inline void fill_timer(struct sock_record *r,
				       struct inet_connection_sock *icsk)
{
	struct timer_list *keepalive = keepalive_of(icsk);

	switch (icsk->icsk_pending) {
	case PENDING_RETRANS:
	case PENDING_REORDER:
	case PENDING_LOSS_PROBE:
		r->timer = TIMER_ON;
		r->timer_retrans = icsk->icsk_retransmits;
		r->timer_ticks = ticks_until(timeout_of(icsk));
		break;
	case PENDING_PROBE:
		r->timer = TIMER_PERSIST;
		r->timer_retrans = icsk->icsk_probes_out;
		r->timer_ticks = ticks_until(timeout_of(icsk));
		break;
	default:
		if (!keepalive->entry.pprev)
			break;
		r->timer = TIMER_KEEPALIVE;
		r->timer_retrans = icsk->icsk_probes_out;
		r->timer_ticks = ticks_until(keepalive->expires);
	}
}

static __always_inline void fill_tcp(struct sock_record *r, struct tcp_sock *tp)
{
	__s32 unread = (__s32)(tp->rcv_nxt - tp->copied_seq);
	__u64 sent = tp->bytes_sent, again = tp->bytes_retrans;

	fill_timer(r, &tp->inet_conn);
	r->recv_q = unread > 0 ? (__u32)unread : 0;
	r->send_q = tp->write_seq - tp->snd_una;
	r->sent = sent > again ? sent - again : 0;
	r->received = tp->bytes_received;
	r->rtt_us = tp->srtt_us >> 3;
	r->retrans = tp->total_retrans;
	r->flags |= SOCK_RECORD_TCP_INFO;
}

static __always_inline void fill_time_wait(struct sock_record *r,
					   struct inet_timewait_sock *tw)
{
	r->timer = TIMER_TIMEWAIT;
	r->timer_ticks = ticks_until(tw->tw_timer.expires);
}

static __always_inline void fill_request(struct sock_record *r, struct request_sock *request)
{
	r->timer = TIMER_ON;
	r->timer_retrans = request->num_retrans;
	r->timer_ticks = ticks_until(request->rsk_timer.expires);
}

/* Returns the state as inet_diag names it. Mini sockets stand for another state than their own. */
static __always_inline __u8 shown_state(const struct sock_common *c, __u8 own)
{
	return own == TIME_WAIT	   ? STANDS_AT(inet_timewait_sock, c)->tw_substate :
	       own == NEW_SYN_RECV ? SYN_RECV :
				     own;
}

#endif
