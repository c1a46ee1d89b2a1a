/* SPDX-License-Identifier: MIT */
/*
 * This is the memory that the programs of sock_list.bpf.c share with us: what they are
 * told, and the record that they write for each socket and that sock_bpf_decode()
 * reads. Both sides are of the same build, so it may change at will. Compiled for BPF
 * too: fixed widths only, no padding, no libc.
 */
#ifndef SKTOP_KERNEL_BPF_PROG_RECORD_H
#define SKTOP_KERNEL_BPF_PROG_RECORD_H

enum sock_record_flag {
	SOCK_RECORD_V6 = 1 << 0,	  /* AF_INET6; else the addresses are 4 bytes long */
	SOCK_RECORD_TCP_INFO = 1 << 1,	  /* sent, received, rtt_us, retrans hold */
	SOCK_RECORD_CGROUP = 1 << 2,	  /* cgroup holds */
	SOCK_RECORD_V6ONLY = 1 << 3,	  /* IPV6_V6ONLY is set */
	SOCK_RECORD_V6ONLY_KNOWN = 1 << 4, /* the bit above holds, as inet_diag tells it */
};

/** One socket; numbers in host order, unless said otherwise. */
struct sock_record {
	__u64 cookie;	   /* 0 = nobody has asked for it yet (walk_tcp only) */
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

/** The results of walk_tcp. */
enum sock_walk {
	SOCK_WALK_END,
	SOCK_WALK_MORE,
	SOCK_WALK_GAVE_UP, /* the hash changes too fast, or a bucket is too full */
};

#define SOCK_WINDOW 1024 /* records of one run of walk_tcp, at most */
#define SOCK_BUCKETS 512 /* buckets of the hash that walk_tcp reads at once, at most */

/** Memory that the programs share with the process that loaded them. */
struct sock_window {
	/* told: */
	__u32 states;	/* that are wanted; 1 << state, as idiag_state */
	__u32 families; /* that are wanted; 1 = IPv4, 2 = IPv6 */
	__u32 bucket;	/* walk_tcp: where to begin, and told back: where to go on */
	__u32 width;	/* walk_tcp: buckets to read at once, and told back: as many as fit */
	__u32 patience; /* walk_tcp: how often it may read some anew, and told back: still */
	/* told back: */
	__u32 passed; /* added up: sockets met and not wanted */
	__u32 n;      /* records; walk_tcp only, an iterator's are read from its file */
	struct sock_record records[SOCK_WINDOW];
	/* walk_tcp's own: */
	__u32 mask;		     /* buckets of the hash, less one */
	__u64 hash;		     /* address of what it is told by */
	__u64 table;		     /* that of the first bucket */
	__u64 net;		     /* that of the namespace */
	__u64 first[SOCK_BUCKETS];   /* what the buckets hold */
	__u64 queue[SOCK_BUCKETS];   /* of each that is not at its end: the node to be read */
	__u32 of[SOCK_BUCKETS];	     /* and which bucket that is, from `bucket` on */
	__u32 queued;		     /* of these */
	__u32 kept;		     /* of these, while they are read */
	__u64 found[SOCK_WINDOW];    /* sockets that are wanted */
	__u32 key[SOCK_WINDOW];	     /* and what each has its bucket by */
	__u32 n_found, n_passed;     /* in these buckets; not wanted */
	__u32 moved;		     /* 1: what was read never stood there at one time */
	__u32 reading;		     /* buckets that are being read */
};

#endif
