/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/array.h>
#include "kernel/sockets/kind.h"
#include "kernel/field.h"
#include "kernel/file.h"
#include "kernel/sockets/proc_net.h"
#include "kernel/sockets/proc_sctp.h"

static const struct {
	const char *path;
	enum sk_proto proto;
	bool v6;
} files[] = {
	{ "/proc/thread-self/net/tcp", SK_PROTO_TCP, false },
	{ "/proc/thread-self/net/tcp6", SK_PROTO_TCP, true },
	{ "/proc/thread-self/net/udp", SK_PROTO_UDP, false },
	{ "/proc/thread-self/net/udp6", SK_PROTO_UDP, true },
	{ "/proc/thread-self/net/udplite", SK_PROTO_UDPLITE, false },
	{ "/proc/thread-self/net/udplite6", SK_PROTO_UDPLITE, true },
	{ "/proc/thread-self/net/raw", SK_PROTO_RAW, false },
	{ "/proc/thread-self/net/raw6", SK_PROTO_RAW, true },
	{ "/proc/thread-self/net/icmp", SK_PROTO_PING, false },
	{ "/proc/thread-self/net/icmp6", SK_PROTO_PING, true },
};
#define N_INET (ARRAY_SIZE(files))

static const char *const sctp_files[] = { "/proc/thread-self/net/sctp/eps",
					  "/proc/thread-self/net/sctp/assocs" };

/** Each kind of socket without IP addresses has one file. */
static const struct socket_kind *const families[] = { &kind_unix, &kind_packet,
						 &kind_netlink };
#define N_FAMILIES (ARRAY_SIZE(families))
#define N_FILES (N_INET + 2 + N_FAMILIES)

struct proc_net {
	struct proc_file file[N_FILES];
};

int proc_net_new(struct proc_net **out)
{
	struct proc_net *proc = calloc(1, sizeof(*proc));

	if (!proc)
		return -ENOMEM;
	for (size_t i = 0; i < N_FILES; i++)
		proc->file[i] = PROC_FILE_CLOSED;
	*out = proc;
	return 0;
}

void proc_net_free(struct proc_net *proc)
{
	if (!proc)
		return;
	for (size_t i = 0; i < N_FILES; i++)
		proc_file_close(&proc->file[i]);
	free(proc);
}

/* Reads an address. The kernel prints it as 32-bit words in host order, with 8 hex digits each. */
static int parse_address(const char **at, bool v6, struct sk_addr *addr)
{
	unsigned words = v6 ? 4 : 1;
	uint32_t word[4];

	for (unsigned i = 0; i < words; i++) {
		char digits[9] = { 0 };

		if (strnlen(*at, 8) < 8 || strspn(*at, "0123456789ABCDEFabcdef") < 8)
			return -EINVAL;
		memcpy(digits, *at, 8);
		word[i] = (uint32_t)strtoul(digits, NULL, 16);
		*at += 8;
	}
	if (v6)
		memcpy(addr->b, word, sizeof(word));
	else
		*addr = sk_addr_from_v4(word);
	return 0;
}

static int parse_end(const char **at, bool v6, struct sk_addr *addr, uint16_t *port)
{
	uint64_t value;

	*at += strspn(*at, " ");
	if (parse_address(at, v6, addr) || **at != ':')
		return -EINVAL;
	++*at;
	if (!field_number(at, 16, ' ', UINT16_MAX, &value))
		return -EINVAL;
	*port = (uint16_t)value;
	return 0;
}

/* Converts a timer, which the file counts in USER_HZ ticks. */
static uint32_t ticks_to_ms(uint64_t ticks)
{
	uint64_t ms = ticks * 1000ULL / (unsigned long)sysconf(_SC_CLK_TCK);

	/* A deadline that has passed is printed as a huge number. */
	return ticks > UINT32_MAX || ms > INT32_MAX ? 0 : (uint32_t)ms;
}

static uint64_t stand_in_cookie(const struct sk_socket *s, const struct sk_addr *local)
{
	uint64_t hash = 0xcbf29ce484222325ULL ^ s->inode;

	for (unsigned i = 0; i < 32; i++) {
		uint8_t byte = i < 16 ? local->b[i] : s->remote.b[i - 16];

		hash = (hash ^ byte) * 0x100000001b3ULL;
	}
	hash = (hash ^ s->lport) * 0x100000001b3ULL;
	hash = (hash ^ s->rport) * 0x100000001b3ULL;
	hash = (hash ^ s->proto) * 0x100000001b3ULL;
	return hash ? hash : 1;
}

static int parse_line(const char *line, enum sk_proto proto, bool v6,
		      struct sk_socket *s, struct sk_attrs *attrs)
{
	const char *at = strchr(line, ':');
	uint64_t state, timer, tx, rx, expires, retrans, uid, inode;

	if (!at)
		return -EINVAL;
	at++;
	if (parse_end(&at, v6, &attrs->local, &s->lport) ||
	    parse_end(&at, v6, &s->remote, &s->rport) ||
	    !field_number(&at, 16, ' ', UINT8_MAX, &state) ||
	    !field_number(&at, 16, ':', UINT32_MAX, &tx) ||
	    !field_number(&at, 16, ' ', UINT32_MAX, &rx) ||
	    !field_number(&at, 16, ':', UINT8_MAX, &timer) ||
	    !field_number(&at, 16, ' ', UINT64_MAX, &expires) ||
	    !field_number(&at, 16, ' ', UINT32_MAX, &retrans) ||
	    !field_number(&at, 10, ' ', UINT32_MAX, &uid) || !field_skip(&at) ||
	    !field_number(&at, 10, ' ', UINT32_MAX, &inode) ||
	    state == 0 || state >= SK_STATE_COUNT || timer >= SK_TIMER_COUNT)
		return -EINVAL;
	s->state = (uint8_t)state;
	s->timer = (uint8_t)(proto == SK_PROTO_TCP ? timer : 0);
	s->timer_ms = sk_timer_ms(s->timer ? ticks_to_ms(expires) : 0);
	s->timer_retrans = (uint8_t)retrans;
	s->send_q = (uint32_t)tx;
	s->recv_q = (uint32_t)rx;
	attrs->uid = (uint32_t)uid;
	s->inode = (uint32_t)inode;
	s->proto = (uint8_t)proto;
	s->flags = SK_F_NO_COOKIE | (v6 ? SK_F_V6 : 0U) | (inode ? SK_F_OWNER : 0U);
	/* The file always says 0 here, not the backlog that listen() set. */
	if (proto == SK_PROTO_TCP && state == SK_STATE_LISTEN)
		s->flags |= SK_F_NO_SEND_Q;
	s->cookie = stand_in_cookie(s, &attrs->local);
	return 0;
}

int proc_net_parse(const char *text, enum sk_proto proto, bool v6,
		   const struct sk_request *request, struct sk_sample *sample)
{
	const char *line = strchr(text, '\n'); /* behind the heading */

	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		struct sk_attrs attrs = { 0 };
		struct sk_socket *s;
		char copy[256];
		size_t len = strcspn(line + 1, "\n");
		int err = sk_sample_add_socket(sample, &s, NULL);

		if (err)
			return err;
		if (len >= sizeof(copy))
			len = sizeof(copy) - 1;
		memcpy(copy, line + 1, len);
		copy[len] = '\0';
		if (parse_line(copy, proto, v6, s, &attrs)) {
			sample->losses.malformed++;
			sample->n_sockets--;
		} else if (proto == SK_PROTO_TCP &&
			   !(request->tcp_states & SK_STATE_BIT(s->state))) {
			sample->n_sockets--;
		} else if ((err = sk_sample_set_attrs(sample, s, &attrs))) {
			return err;
		}
	}
	return 0;
}

/* Reads one file. Returns 0, -ENOMEM, or -errno if it cannot be read. */
static int read_inet(struct proc_net *proc, size_t i, const struct sk_request *request,
		     struct sk_sample *sample)
{
	int err = proc_file_read(&proc->file[i], files[i].path);

	return err ? err : proc_net_parse(proc->file[i].text, files[i].proto, files[i].v6,
					  request, sample);
}

static int dump_inet(struct proc_net *proc, enum sk_proto proto,
		     const struct sk_request *request, struct sk_sample *sample)
{
	int first = -EOPNOTSUPP;
	bool any = false;

	for (size_t i = 0; i < N_INET; i++) {
		int err;

		if (files[i].proto != proto ||
		    !(request->families & (files[i].v6 ? 2U : 1U)))
			continue;
		err = read_inet(proc, i, request, sample);
		if (err == -ENOMEM)
			return err;
		first = err && first == -EOPNOTSUPP ? err : first;
		any |= !err;
	}
	return any ? 0 : first;
}

static int dump_sctp(struct proc_net *proc, const struct sk_request *request,
		     struct sk_sample *sample)
{
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		struct proc_file *file = &proc->file[N_INET + i];

		err = proc_file_read(file, sctp_files[i]);
		if (!err)
			err = proc_sctp_parse(file->text, i == 1, request, sample);
	}
	return err;
}

int proc_net_dump(struct proc_net *proc, enum sk_proto proto,
		  const struct sk_request *request, struct sk_sample *sample)
{
	if (proto == SK_PROTO_SCTP)
		return dump_sctp(proc, request, sample);
	for (size_t i = 0; i < N_FAMILIES; i++) {
		struct proc_file *file = &proc->file[N_INET + 2 + i];
		int err;

		if (families[i]->proto != proto)
			continue;
		err = proc_file_read(file, families[i]->path);
		return err ? err : kind_parse(families[i], file->text, request, sample);
	}
	return dump_inet(proc, proto, request, sample);
}
