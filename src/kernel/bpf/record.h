/* SPDX-License-Identifier: MIT */
/*
 * What the programs of sock_iter.bpf.c are told, and what they write for each socket and
 * sock_iter_decode() reads. Both sides are of the same build, so it may change at will.
 * Compiled for BPF too: fixed widths only, no padding, no libc.
 */
#ifndef SKTOP_KERNEL_BPF_RECORD_H
#define SKTOP_KERNEL_BPF_RECORD_H

enum sock_record_flag {
	SOCK_RECORD_V6 = 1 << 0,	  /* AF_INET6; else the addresses are 4 bytes long */
	SOCK_RECORD_TCP_INFO = 1 << 1,	  /* sent, received, rtt_us, retrans hold */
	SOCK_RECORD_CGROUP = 1 << 2,	  /* cgroup holds */
	SOCK_RECORD_V6ONLY = 1 << 3,	  /* IPV6_V6ONLY is set */
	SOCK_RECORD_V6ONLY_KNOWN = 1 << 4, /* the bit above holds, as inet_diag tells it */
};

/** What one walk is to find. The programs share it with the process that loaded them. */
struct sock_wanted {
	__u32 states;	/* 1 << state, as idiag_state */
	__u32 families; /* 1 = IPv4, 2 = IPv6 */
	__u32 passed;	/* counted by the programs: sockets met and not wanted */
};

/** One socket; numbers in host order, unless said otherwise. */
struct sock_record {
	__u64 cookie;
	__u64 sent;	   /* payload bytes, without retransmissions */
	__u64 received;	   /* tcp_sock.bytes_received */
	__u64 cgroup;	   /* id of the cgroup v2 */
	__u8 local[16];	   /* network order */
	__u8 remote[16];   /* network order */
	__u32 inode;
	__u32 uid;	   /* as the opener's user namespace sees it */
	__u32 recv_q;	   /* as idiag_rqueue */
	__u32 send_q;	   /* as idiag_wqueue */
	__u32 rtt_us;
	__u32 retrans;	   /* segments */
	__u32 timer_ticks; /* jiffies to expiry */
	__u32 ifindex;
	__u16 lport;
	__u16 rport;	   /* network order */
	__u8 state;	   /* as idiag_state */
	__u8 timer;	   /* as idiag_timer */
	__u8 timer_retrans; /* as idiag_retrans */
	__u8 flags;	   /* enum sock_record_flag */
};
_Static_assert(sizeof(struct sock_record) == 104, "the record has padding");

#endif
