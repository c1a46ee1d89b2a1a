/* SPDX-License-Identifier: MIT */
/*
 * These are the records that the programs of trace.bpf.c write and trace.c reads. Both sides are
 * of the same build, so the layout may change at any time. It is compiled for BPF, too, so it has
 * only types of fixed width, no padding, and no libc.
 */
#ifndef SKTOP_KERNEL_BPF_PROG_TRACE_RECORD_H
#define SKTOP_KERNEL_BPF_PROG_TRACE_RECORD_H

#define TRACE_STATES 12	      /* TCP states, as indexes: 1 (ESTABLISHED) to 11 (CLOSING) */
#define TRACE_COMM 16	      /* bytes of a process name with its NUL */
#define TRACE_SOCKETS 65536   /* pairs of socket and process whose bytes are counted apart */
#define TRACE_REST 4096	      /* processes whose further sockets are counted as one */
#define TRACE_ENDS_KEPT 32768 /* ended connections between two reads */
#define TRACE_NAMESPACES 4096 /* watched network namespaces */

enum trace_process_flag {
	TRACE_PROCESS_KNOWN = 1 << 0,  /* the other members are valid */
	TRACE_PROCESS_KERNEL = 1 << 1, /* a thread of the kernel; tgid is its own number */
};

/** This is the process that made a system call. */
struct trace_process {
	__u64 start_ns;	       /* boot time at which it began; trace_start_ticks() converts it */
	__u64 cgroup;	       /* id of its cgroup v2 */
	__u32 tgid;	       /* process number in our pid namespace; 0 = it has none there */
	__u32 flags;	       /* enum trace_process_flag; 0 = no process is known */
	char comm[TRACE_COMM]; /* name of its first thread, raw, ended by a NUL */
};

/** This is the key of a struct trace_bytes. It has only words, because they are hashed fast. */
struct trace_bytes_key {
	__u32 cookie[2]; /* low word, high word; 0 = all sockets that found no room */
	__u32 task;	 /* process number in the first pid namespace */
};

/** These are the bytes that one process sent and received through one socket. */
struct trace_bytes {
	__u64 cookie;	   /* of the socket; 0 = sum of sockets that found no room of their own */
	__u64 bytes[2];	   /* payload: [0] received, [1] sent, since since_ns */
	__u64 since_ns;	   /* boot time of the first call counted here; tells two entries apart */
	__u64 touched_ns;  /* trace_window.now_ns at the last call */
	struct trace_process process;
	__u32 netns;	   /* inode of the network namespace of the socket */
	__u16 family;	   /* AF_*; 0 in the entry of sockets that found no room */
	__u16 type;	   /* SOCK_STREAM... */
	__u16 protocol;	   /* IPPROTO_* if the address family is AF_INET or AF_INET6 */
	__u16 unused[3];
};
_Static_assert(sizeof(struct trace_bytes) == 96, "the record has padding");

enum trace_end_flag {
	TRACE_END_RESET_RECEIVED = 1 << 0, /* the kernel treated the connection as reset */
	TRACE_END_RESET_SENT = 1 << 1,	   /* this machine sent a reset before the end */
	TRACE_END_RESET_LATE = 1 << 2,	   /* this machine sent a reset just after the end */
	TRACE_END_CLOSED = 1 << 3,	   /* the program had closed or shut down both directions */
	TRACE_END_FIN_RECEIVED = 1 << 4,   /* the FIN of the peer had come */
	TRACE_END_ONLY_RESET = 1 << 5,	   /* the end was in an earlier read: only cookie, netns,
					    * time_ns and TRACE_END_RESET_LATE are valid */
};

/**
 * This is the end of one TCP connection: the change of its socket to CLOSE. A mini socket with the
 * same cookie may stay in TIME_WAIT or FIN_WAIT2.
 */
struct trace_end {
	__u64 cookie;
	__u64 time_ns;		    /* boot time of the change */
	struct trace_process maker; /* who called connect(); unknown for accepted connections */
	__u32 netns;		    /* inode of the network namespace */
	__u32 uid;		    /* owner of the socket, as the first user namespace numbers it */
	__u32 err;		    /* sk_err: the errno that ended it; 0 = none */
	__u16 flags;		    /* enum trace_end_flag */
	__u8 from;		    /* state before CLOSE, as in the kernel: 1 = ESTABLISHED... */
	__u8 taken;		    /* 0; the reader may mark the record with it */
};
_Static_assert(sizeof(struct trace_end) == 72, "the record has padding");

/** These are the changes of state of one network namespace. */
struct trace_edges {
	__u64 n[TRACE_STATES * TRACE_STATES]; /* [from * TRACE_STATES + to] */
};

/** This is the memory that the programs share with the process that loaded them. */
struct trace_window {
	/* The process sets these members: */
	__u64 now_ns; /* boot time of the last read of bytes */
	__u32 pidns;  /* inode of our pid namespace */
	__u32 first;  /* 1: it is the first pid namespace of the machine */
	/* The programs add to these members: */
	__u64 bytes_lost; /* payload that neither its socket nor its process had room for */
	__u64 ends_lost;  /* ends that found no room */
	__u64 makers_lost; /* connections whose maker found no room */
};

#endif
