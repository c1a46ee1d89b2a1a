/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * These programs run in the kernel at its tracepoints. They count the payload of sockets that
 * are not TCP (Linux 6.3 or later), and the changes of state of TCP connections, and note who made
 * a connection and how it ended (Linux 5.12 or later). They do so for the network namespaces in the
 * map trace_watched only. A program does as little as it can, because every call of every process
 * waits for it.
 */
#include "types.bpf.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "trace_record.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_MPTCP 262
#define MSG_PEEK 2
#define MSG_ERRQUEUE 0x2000
#define SHUTDOWN_MASK 3
#define EPIPE 32
#define ECONNRESET 104 /* but for some architectures, where trace_reason() sees the error */
#define PF_KTHREAD 0x00200000
#define PID_LEVELS 32 /* pid namespaces inside each other, at most */

enum {
	TIME_WAIT = 6,
	CLOSE = 7,
	LISTEN = 10,
	SYN_SENT = 2,
	FIN_WAIT2 = 5,
	NEW_SYN_RECV = 12,
};

/* The kernel lets only GPL programs call some of the helpers. */
const char program_license[] SEC("license") = "Dual MIT/GPL";

struct trace_window window;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TRACE_NAMESPACES);
	__type(key, __u32);
	__type(value, struct trace_edges);
} trace_watched SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TRACE_SOCKETS);
	__type(key, struct trace_bytes_key);
	__type(value, struct trace_bytes);
} trace_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TRACE_REST);
	__type(key, struct trace_bytes_key);
	__type(value, struct trace_bytes);
} trace_rest SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, TRACE_ENDS_KEPT);
	__type(value, struct trace_end);
} trace_ended SEC(".maps");

/** This is what is known of a connection before its end. The kernel frees it with the socket. */
struct connection {
	struct trace_process maker;
	__u32 flags; /* TRACE_END_RESET_* */
	__u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} trace_connections SEC(".maps");

static __always_inline __u32 netns_of(const struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

/* Returns the number that the process has in our pid namespace, or 0. */
static __always_inline __u32 number_of(struct task_struct *leader)
{
	struct pid *pid;
	__u32 level;

	if (window.first)
		return (__u32)leader->tgid;
	pid = leader->thread_pid;
	level = BPF_CORE_READ(pid, level);
	for (__u32 i = 0; i < PID_LEVELS; i++) {
		const char *at = (const char *)pid +
				 bpf_core_field_offset(struct pid, numbers) +
				 (__u64)i * bpf_core_type_size(struct upid);
		const struct upid *upid = (const struct upid *)at;

		if (i > level)
			break;
		if (BPF_CORE_READ(upid, ns, ns.inum) == window.pidns)
			return (__u32)BPF_CORE_READ(upid, nr);
	}
	return 0;
}

static __always_inline void name_current(struct trace_process *process)
{
	struct task_struct *leader = bpf_get_current_task_btf()->group_leader;

	process->start_ns = leader->start_boottime;
	process->cgroup = bpf_get_current_cgroup_id();
	process->tgid = number_of(leader);
	process->flags = TRACE_PROCESS_KNOWN;
	if (leader->flags & PF_KTHREAD)
		process->flags |= TRACE_PROCESS_KERNEL;
	bpf_probe_read_kernel(process->comm, sizeof(process->comm), leader->comm);
	process->comm[TRACE_COMM - 1] = '\0';
}

/* TCP and MPTCP have counters of their own. */
static __always_inline bool is_counted_by_kernel(const struct sock *sk)
{
	__u16 protocol = sk->sk_protocol, family;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP)
		return false;
	family = sk->__sk_common.skc_family;
	return family == AF_INET || family == AF_INET6;
}

/* Two processors may add the same entry at once. The second one finds that of the first. */
static __always_inline struct trace_bytes *add_entry(void *map, const struct trace_bytes_key *key,
						     const struct trace_bytes *fresh)
{
	bpf_map_update_elem(map, key, fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* This is called once for each pair of socket and process. Returns NULL if nothing is to be done. */
static __noinline struct trace_bytes *begin_entry(struct sock *sk, struct trace_bytes_key *key,
						  __u64 cookie, __u64 bytes)
{
	struct trace_bytes fresh = { .cookie = cookie };
	struct trace_bytes *entry;
	__u32 netns = netns_of(sk);

	if (!bpf_map_lookup_elem(&trace_watched, &netns))
		return NULL;
	fresh.netns = netns;
	fresh.family = sk->__sk_common.skc_family;
	fresh.type = sk->sk_type;
	fresh.protocol = sk->sk_protocol;
	fresh.since_ns = bpf_ktime_get_boot_ns();
	name_current(&fresh.process);
	entry = add_entry(&trace_sockets, key, &fresh);
	if (entry)
		return entry;
	key->cookie[0] = key->cookie[1] = 0;
	fresh.cookie = 0;
	fresh.family = fresh.type = fresh.protocol = 0;
	entry = add_entry(&trace_rest, key, &fresh);
	if (!entry)
		__sync_fetch_and_add(&window.bytes_lost, bytes);
	return entry;
}

static __always_inline void count(struct sock *sk, int length, bool sent)
{
	struct trace_bytes_key key;
	struct trace_bytes *entry;
	__u64 cookie;

	if (length <= 0 || is_counted_by_kernel(sk))
		return;
	cookie = (__u64)sk->__sk_common.skc_cookie.counter;
	if (!cookie)
		cookie = bpf_get_socket_cookie(sk);
	key = (struct trace_bytes_key){ { (__u32)cookie, (__u32)(cookie >> 32) },
					(__u32)(bpf_get_current_pid_tgid() >> 32) };
	entry = bpf_map_lookup_elem(&trace_sockets, &key);
	if (!entry)
		entry = begin_entry(sk, &key, cookie, (__u64)length);
	if (!entry)
		return;
	__sync_fetch_and_add(&entry->bytes[sent], (__u64)length);
	entry->touched_ns = window.now_ns;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(trace_send, struct sock *sk, int length, int flags)
{
	count(sk, length, true);
	return 0;
}

/* An error queue gives back what was sent, and a peek leaves the data where they are. */
SEC("tp_btf/sock_recv_length")
int BPF_PROG(trace_recv, struct sock *sk, int length, int flags)
{
	if (!(flags & (MSG_PEEK | MSG_ERRQUEUE)))
		count(sk, length, false);
	return 0;
}

static __always_inline struct connection *connection_of(struct sock *sk, __u64 flags)
{
	return bpf_sk_storage_get(&trace_connections, sk, NULL, flags);
}

/* The socket may have been connected before. */
static __always_inline void note_maker(struct sock *sk)
{
	struct connection *c = connection_of(sk, BPF_SK_STORAGE_GET_F_CREATE);

	if (!c) {
		__sync_fetch_and_add(&window.makers_lost, 1);
		return;
	}
	c->flags = 0;
	name_current(&c->maker);
}

static __always_inline bool has_fin(const struct sock *sk)
{
	return sk->__sk_common.skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_DONE) & 1;
}

static __always_inline void tell_end(const struct trace_end *end)
{
	if (bpf_map_push_elem(&trace_ended, end, 0))
		__sync_fetch_and_add(&window.ends_lost, 1);
}

static __always_inline void note_end(struct sock *sk, int from, __u32 netns)
{
	struct trace_end end = { .netns = netns, .from = (__u8)from };
	const struct connection *c = connection_of(sk, 0);

	end.cookie = bpf_get_socket_cookie(sk);
	end.time_ns = bpf_ktime_get_boot_ns();
	end.uid = sk->sk_uid.val;
	end.err = (__u32)sk->sk_err;
	if (c) {
		end.maker = c->maker;
		end.flags = (__u16)c->flags;
	} else if (end.err == ECONNRESET || end.err == EPIPE) {
		end.flags = TRACE_END_RESET_RECEIVED;
	}
	if (sk->sk_shutdown == SHUTDOWN_MASK)
		end.flags |= TRACE_END_CLOSED;
	if (has_fin(sk))
		end.flags |= TRACE_END_FIN_RECEIVED;
	tell_end(&end);
}

/*
 * When TIME_WAIT begins, a mini socket takes the place of the socket, and the kernel reports the
 * change of the full socket to CLOSE. In FIN_WAIT2 this has happened if the FIN of the peer came.
 */
static __always_inline int shown_target(const struct sock *sk, int from, int to)
{
	if (from == FIN_WAIT2 && to == CLOSE && has_fin(sk) && !sk->sk_err)
		return TIME_WAIT;
	return to;
}

/* The cookie of a new accepted socket (LISTEN to SYN_RECV) is not set yet, so it is not read. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(trace_state, struct sock *sk, int from, int to)
{
	struct trace_edges *edges;
	__u32 netns, edge;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	netns = netns_of(sk);
	edges = bpf_map_lookup_elem(&trace_watched, &netns);
	if (!edges)
		return 0;
	edge = (__u32)from * TRACE_STATES + (__u32)shown_target(sk, from, to);
	if ((__u32)from < TRACE_STATES && (__u32)to < TRACE_STATES &&
	    edge < TRACE_STATES * TRACE_STATES)
		__sync_fetch_and_add(&edges->n[edge], 1);
	if (from == CLOSE && to == SYN_SENT)
		note_maker(sk);
	else if (to == CLOSE && from != CLOSE && from != LISTEN)
		note_end(sk, from, netns);
	return 0;
}

static __always_inline bool is_watched(const struct sock *sk)
{
	__u32 netns = netns_of(sk);

	return bpf_map_lookup_elem(&trace_watched, &netns);
}

/*
 * This is for connections that are made here. An accepted one has no record yet, and making one for
 * it would take longer than all else: its error at the end says the same. (The error alone may be
 * one of an earlier connection of the same socket; an accepted socket has no earlier one.)
 */
SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(trace_reset_received, struct sock *sk)
{
	struct connection *c = connection_of(sk, 0);

	if (c)
		c->flags |= TRACE_END_RESET_RECEIVED;
	return 0;
}

/* close() ends the connection first and sends the reset afterwards. */
static __always_inline void note_late_reset(struct sock *sk)
{
	struct trace_end only = { .flags = TRACE_END_RESET_LATE | TRACE_END_ONLY_RESET };

	only.cookie = bpf_get_socket_cookie(sk);
	only.netns = netns_of(sk);
	only.time_ns = bpf_ktime_get_boot_ns();
	tell_end(&only);
}

/* A reset may be for a packet that belongs to no connection, or to a mini socket. */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(trace_reset_sent, struct sock *sk)
{
	struct connection *c;
	__u8 state;

	if (!sk)
		return 0;
	state = sk->__sk_common.skc_state;
	if (state == TIME_WAIT || state == NEW_SYN_RECV || state == LISTEN || !is_watched(sk))
		return 0;
	if (state == CLOSE) {
		note_late_reset(sk);
		return 0;
	}
	c = connection_of(sk, BPF_SK_STORAGE_GET_F_CREATE);
	if (c)
		c->flags |= TRACE_END_RESET_SENT;
	return 0;
}
