/* SPDX-License-Identifier: MIT */
/*
 * This is the memory that the programs of sock_list.bpf.c share with us: the values that we set
 * for them, and the record that they write for each socket. sock_bpf_decode() reads the record.
 * Both sides are of the same build, so the layout may change at any time. It is compiled for BPF,
 * too, so it has only types of fixed width, no padding, and no libc.
 */
#ifndef SKTOP_KERNEL_BPF_PROG_RECORD_H
#define SKTOP_KERNEL_BPF_PROG_RECORD_H

enum sock_record_flag {
	SOCK_RECORD_V6 = 1 << 0,	  /* AF_INET6; else the addresses are 4 bytes long */
	SOCK_RECORD_TCP_INFO = 1 << 1,	  /* sent, received, rtt_us, retrans are valid */
	SOCK_RECORD_CGROUP = 1 << 2,	  /* cgroup is valid */
	SOCK_RECORD_V6ONLY = 1 << 3,	  /* IPV6_V6ONLY is set */
	SOCK_RECORD_V6ONLY_KNOWN = 1 << 4, /* the bit above is valid, as in inet_diag */
};

/** This is one socket. Numbers are in host order, unless the comment says otherwise. */
struct sock_record {
	__u64 cookie;	   /* 0 = nobody has asked the kernel for it yet (walk_tcp only) */
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

/** These are the results of walk_tcp. */
enum sock_walk {
	SOCK_WALK_END,
	SOCK_WALK_MORE,
	SOCK_WALK_GAVE_UP, /* the hash changes too fast, or a bucket is too full */
};

#define SOCK_WINDOW 1024 /* records of one run of walk_tcp, at most */
#define SOCK_BUCKETS 512 /* buckets of the hash that walk_tcp reads at once, at most */

/** This is the memory that the programs share with the process that loaded them. */
struct sock_window {
	/* The process sets these members: */
	__u32 states;	/* wanted states: 1 << state, as idiag_state */
	__u32 families; /* wanted address families: 1 = IPv4, 2 = IPv6 */
	__u32 bucket;	/* walk_tcp: first bucket to read; afterwards: where to go on */
	__u32 width;	/* walk_tcp: buckets to read at once; afterwards: as many as fit */
	__u32 patience; /* walk_tcp: times that it may still read buckets anew */
	/* The programs set these members: */
	__u32 passed; /* sum of sockets that were met and not wanted */
	__u32 n;      /* records, of walk_tcp only: those of an iterator are read from its file */
	struct sock_record records[SOCK_WINDOW];
	/* Only walk_tcp uses these members: */
	__u32 mask;		     /* number of buckets of the hash, less one */
	__u64 hash;		     /* address of the struct inet_hashinfo */
	__u64 table;		     /* address of the first bucket */
	__u64 net;		     /* address of the namespace */
	__u64 first[SOCK_BUCKETS];   /* first pointers of the buckets */
	__u64 queue[SOCK_BUCKETS];   /* next node of each bucket that is not at its end */
	__u32 of[SOCK_BUCKETS];	     /* bucket of that node, counted from `bucket` on */
	__u32 queued;		     /* entries of queue */
	__u32 kept;		     /* entries of queue that are kept, while it is read */
	__u64 found[SOCK_WINDOW];    /* addresses of wanted sockets */
	__u32 key[SOCK_WINDOW];	     /* hash of each of them, for its bucket */
	__u32 n_found, n_passed;     /* wanted and unwanted sockets in these buckets */
	__u32 moved;		     /* 1: the buckets changed while they were read */
	__u32 reading;		     /* number of buckets that are being read */
};

#endif
