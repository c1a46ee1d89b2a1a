/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include "source/synthetic/kinds.h"

#define FIRST_COOKIE 0x10000000ULL
#define LONG 4096

const char synthetic_hostile[] = "x\033[2J\033]0;t\007\n\t\"q\",\\c\xff\xc3(\xe2\x80\xae\xc2\x9b"
				 "31m\xce\xb1";

static const struct {
	uint16_t port;
	uint32_t pid, uid;
	const char *name, *command, *unit;
} programs[] = {
	{ 443, 812, 33, "nginx", "nginx: worker process", "nginx.service" },
	{ 80, 812, 33, "nginx", "nginx: worker process", "nginx.service" },
	{ 22, 701, 0, "sshd", "sshd: /usr/sbin/sshd -D", "ssh.service" },
	{ 5432, 955, 113, "postgres", "/usr/lib/postgresql/bin/postgres -D /srv/db",
	  "postgresql.service" },
	{ 6379, 960, 114, "redis-server", "/usr/bin/redis-server 0.0.0.0:6379",
	  "docker:3f2a9c0d1e4b" },
	{ 8080, 1201, 1000, "java", "java -jar app.jar --name \"my app\"", "app.service" },
	{ 53, 640, 33, "named", "/usr/sbin/named -f", "named.service" },
	{ 123, 633, 33, "chronyd", "/usr/sbin/chronyd -F 1", "chrony.service" },
};
#define N_PROGRAMS (ARRAY_SIZE(programs))

/* Sets are numbered in the order they are put in, from 1. */
static int add_program(struct sk_owners *owners, size_t i, const char *name,
		       const char *command)
{
	const struct sk_process process = { .pid = programs[i].pid,
					    .ppid = 1,
					    .uid = programs[i].uid,
					    .start = 100 + programs[i].pid,
					    .name = name,
					    .command = command,
					    .cgroup = "/system.slice",
					    .unit = programs[i].unit,
					    .tids = "" };
	struct sk_holder holder = { 0 };
	uint32_t set;
	int err = sk_owners_add_process(owners, &process, &holder.process);

	return err ? err : sk_owners_add_set(owners, &holder, 1, &set);
}

int synthetic_owners_new(bool hostile, struct sk_owners **out)
{
	char *longest = calloc(1, LONG + sizeof(synthetic_hostile));
	int err = longest ? sk_owners_new(out) : -ENOMEM;

	if (!err) {
		memset(longest, 'y', LONG);
		strcpy(longest + LONG, synthetic_hostile);
	}
	for (size_t i = 0; i < N_PROGRAMS && !err; i++)
		err = add_program(*out, i, hostile ? synthetic_hostile : programs[i].name,
				  hostile ? longest : programs[i].command);
	free(longest);
	return err;
}

void synthetic_attribute(struct sk_owners *owners, struct sk_sample *sample)
{
	for (uint32_t n = 0; n < sample->n_sockets; n++) {
		struct sk_socket *s = &sample->sockets[n];

		for (size_t i = 0; i < N_PROGRAMS && (s->flags & SK_F_OWNER); i++) {
			if (!sk_proto_has_ports(s->proto) || programs[i].port != s->lport)
				continue;
			s->owner = (uint32_t)i + 1;
			s->fd = (int32_t)(5 + s->cookie % 1000);
			break;
		}
	}
	sample->owners = sk_owners_ref(owners);
}

/** A socket without IP addresses, or with loopback's. */
static const struct kind {
	uint8_t proto, state;
	uint32_t type;		   /* SOCK_STREAM is 1, SOCK_DGRAM 2, SOCK_RAW 3 */
	const char *local, *remote;
	uint32_t inode, peer;
	uint32_t extra;		   /* protocol number */
	uint16_t port;
} kinds[] = {
	{ SK_PROTO_UNIX, SK_STATE_LISTEN, 1, "/run/app.sock", "", 40001, 0, 0, 0 },
	{ SK_PROTO_UNIX, SK_STATE_ESTABLISHED, 1, "/run/app.sock", "", 40002, 40003, 0, 0 },
	{ SK_PROTO_UNIX, SK_STATE_ESTABLISHED, 1, "", "/run/app.sock", 40003, 40002, 0, 0 },
	{ SK_PROTO_UNIX, SK_STATE_CLOSE, 2, "@notify", "", 40004, 0, 0, 0 },
	{ SK_PROTO_PACKET, SK_STATE_CLOSE, 3, "ALL:*", "*", 40010, 0, 3, 0 },
	{ SK_PROTO_NETLINK, SK_STATE_CLOSE, 3, "rtnl:systemd/1", "*", 40020, 0, 0, 0 },
	{ SK_PROTO_UDPLITE, SK_STATE_CLOSE, 0, NULL, NULL, 40030, 0, 0, 7000 },
	{ SK_PROTO_SCTP, SK_STATE_LISTEN, 0, NULL, NULL, 40040, 0, 0, 9899 },
	{ SK_PROTO_MPTCP, SK_STATE_LISTEN, 0, NULL, NULL, 40050, 0, 0, 8443 },
	{ SK_PROTO_RAW, SK_STATE_CLOSE, 0, NULL, NULL, 40060, 0, 0, 1 },
};

static int fill_names(const struct kind *kind, bool hostile, struct sk_sample *sample,
		      struct sk_socket *s, struct sk_attrs *attrs)
{
	const char *local = hostile ? synthetic_hostile : kind->local;
	struct sk_name name = { .id = kind->inode, .kind = kind->type, .extra = kind->extra };
	struct sk_name peer = { .id = kind->peer };
	int err = sk_sample_add_text(sample, local, strlen(local), &name.text);

	if (!err)
		err = sk_sample_add_text(sample, kind->remote, strlen(kind->remote),
					 &peer.text);
	attrs->local_name = name;
	s->remote_name = peer;
	return err;
}

static int add_kind(const struct kind *kind, uint64_t cookie, bool hostile,
		    struct sk_sample *sample)
{
	static const uint8_t loopback[] = { 127, 0, 0, 1 }, any[4];
	struct sk_attrs attrs = { 0 };
	struct sk_socket *s;
	int err = sk_sample_add_socket(sample, &s, NULL);

	if (err)
		return err;
	*s = (struct sk_socket){ .cookie = cookie,
				 .lport = kind->port,
				 .inode = kind->inode,
				 .proto = (uint8_t)kind->proto,
				 .state = (uint8_t)kind->state,
				 .flags = SK_F_OWNER };
	if (kind->local) {
		err = fill_names(kind, hostile, sample, s, &attrs);
	} else {
		attrs.local = sk_addr_from_v4(loopback);
		s->remote = sk_addr_from_v4(any);
	}
	return err ? err : sk_sample_set_attrs(sample, s, &attrs);
}

int synthetic_kinds(const struct sk_request *request, bool hostile,
		    struct sk_sample *sample)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !err; i++) {
		if (request->protos & SK_PROTO_BIT(kinds[i].proto))
			err = add_kind(&kinds[i], FIRST_COOKIE + i, hostile, sample);
	}
	return err;
}
