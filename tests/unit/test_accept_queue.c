/* SPDX-License-Identifier: MIT */
/*
 * Connections that wait for accept() belong to their listener; how owners are shown.
 */
#include "samples.h"
#include <errno.h>
#include <string.h>
#include <ftw.h>
#include <sys/stat.h>
#include "fake_proc.h"
#include <sktop/column.h>
#include <sktop/detail.h>
#include <sktop/filter.h>
#include <sktop/owners.h>
#include "kernel/owners/cgroups.h"
#include "attrs.h"
#include "shown.h"

struct fixture {
	struct sk_sample *sample;
	struct sk_context context;
	uint32_t set[6]; /* set i is of process "pI"; the last one of four */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sk_holder holders[4];

	assert_int_equal(sk_sample_new(&f->sample), 0);
	assert_int_equal(sk_owners_new(&f->sample->owners), 0);
	f->sample->needs = SK_NEED_OWNERS | SK_NEED_CGROUPS | SK_NEED_THREADS;
	f->context.sample = f->sample;
	for (uint32_t i = 0; i < 5; i++) {
		char name[] = { 'p', (char)('0' + i), '\0' };
		struct sk_process p = { .pid = 100 + i, .start = i, .name = name,
					.command = i ? "prog -x" : "", .cgroup = "/u.service",
					.unit = "u.service", .tids = "100 101",
					.flags = SK_PROCESS_TIDS };
		struct sk_holder one;
		uint32_t id;

		assert_int_equal(sk_owners_add_process(f->sample->owners, &p, &id), 0);
		one = (struct sk_holder){ id, 0 };
		assert_int_equal(sk_owners_add_set(f->sample->owners, &one, 1, &f->set[i]),
				 0);
		if (i)
			holders[i - 1] = (struct sk_holder){ id, (int32_t)(i == 1 ? 0 : i) };
	}
	assert_int_equal(sk_owners_add_set(f->sample->owners, holders, 4, &f->set[5]), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sk_sample_unref(f->sample);
	free(f);
	return 0;
}

static struct sk_socket *add(struct fixture *f, enum sk_state state, struct sk_addr local,
			     uint16_t port, bool v6)
{
	struct sk_socket *s = add_socket(f->sample, (struct sk_socket){
		.proto = SK_PROTO_TCP, .state = (uint8_t)state, .lport = port, .fd = 3,
		.flags = v6 ? SK_F_V6 : 0, .cookie = f->sample->n_sockets + 1 });

	set_local(f->sample, s, local);
	return s;
}

static uint32_t listener(struct fixture *f, struct sk_addr local, uint16_t port, bool v6,
			 uint32_t set)
{
	struct sk_socket *s = add(f, SK_STATE_LISTEN, local, port, v6);

	s->owner = set;
	s->inode = 1;
	s->flags |= SK_F_OWNER;
	s->recv_q = 1;
	return f->sample->n_sockets - 1;
}

static const struct sk_socket *taken_over(struct fixture *f, uint32_t i)
{
	assert_int_equal(sk_owners_take_over(f->sample, f->sample->owners), 0);
	return &f->sample->sockets[i];
}

FRESH(test_listener)
{
	struct fixture *f = *state;
	struct sk_addr any6 = { .b = { 0 } };
	const struct sk_socket *s;

	listener(f, v4(0, 0, 0, 0), 80, false, f->set[0]);
	listener(f, v4(10, 0, 0, 1), 80, false, f->set[1]);
	listener(f, any6, 80, true, f->set[2]);
	listener(f, v4(0, 0, 0, 0), 81, false, f->set[3]);
	add(f, SK_STATE_ESTABLISHED, v4(10, 0, 0, 1), 80, false);  /* 4 */
	add(f, SK_STATE_ESTABLISHED, v4(10, 0, 0, 2), 80, false);  /* 5 */
	add(f, SK_STATE_SYN_RECV, v4(10, 0, 0, 2), 80, true);	   /* 6: dual stack */
	add(f, SK_STATE_CLOSE_WAIT, v4(10, 0, 0, 2), 81, false);   /* 7 */
	add(f, SK_STATE_ESTABLISHED, v4(10, 0, 0, 2), 82, false);  /* 8: nobody listens */
	add(f, SK_STATE_LAST_ACK, v4(10, 0, 0, 2), 80, false);	   /* 9: an orphan */
	add(f, SK_STATE_TIME_WAIT, v4(10, 0, 0, 2), 80, false);	   /* 10 */
	s = taken_over(f, 0);
	assert_int_equal(s[4].owner, f->set[1]);
	assert_int_equal(s[5].owner, f->set[0]);
	assert_int_equal(s[6].owner, f->set[2]);
	assert_int_equal(s[7].owner, f->set[3]);
	for (unsigned i = 4; i < 8; i++) {
		assert_true(s[i].flags & SK_F_QUEUED);
		assert_int_equal(s[i].fd, SK_FD_NONE);
	}
	for (unsigned i = 8; i < 11; i++) {
		assert_int_equal(s[i].owner, 0);
		assert_false(s[i].flags & SK_F_QUEUED);
	}
}

/* An empty queue holds no connection: what has no inode then is something else. */
FRESH(test_empty_queue)
{
	struct fixture *f = *state;
	uint32_t l = listener(f, v4(0, 0, 0, 0), 80, false, f->set[0]);

	f->sample->sockets[l].recv_q = 0;
	add(f, SK_STATE_ESTABLISHED, v4(10, 0, 0, 1), 80, false);
	add(f, SK_STATE_SYN_RECV, v4(10, 0, 0, 1), 80, false);
	assert_int_equal(taken_over(f, 1)->owner, 0);
	assert_int_equal(taken_over(f, 2)->owner, f->set[0]);
}

FRESH(test_namespaces)
{
	struct fixture *f = *state;
	uint32_t l = listener(f, v4(0, 0, 0, 0), 80, false, f->set[0]);

	f->sample->sockets[l].netns = 1;
	add(f, SK_STATE_SYN_RECV, v4(10, 0, 0, 1), 80, false);
	assert_int_equal(taken_over(f, 1)->owner, 0);
	f->sample->sockets[1].netns = 1;
	assert_int_equal(taken_over(f, 1)->owner, f->set[0]);
}

/* SO_REUSEPORT: the kernel does not tell whose it is, so it is any of theirs. */
FRESH(test_reuseport)
{
	struct fixture *f = *state;
	const struct sk_socket *s;

	for (uint32_t i = 0; i < 3; i++)
		listener(f, v4(0, 0, 0, 0), 80, false, f->set[i]);
	listener(f, v4(0, 0, 0, 0), 80, false, f->set[1]);
	add(f, SK_STATE_SYN_RECV, v4(10, 0, 0, 1), 80, false);
	add(f, SK_STATE_SYN_RECV, v4(10, 0, 0, 2), 80, false);
	s = taken_over(f, 4);
	assert_int_equal(sk_owners_processes(f->sample->owners, s->owner), 3);
	assert_int_equal(s[0].owner, s[1].owner);
}

/* A handshake may end in any queue; a connection is in one that is not empty. */
FRESH(test_reuseport_empty)
{
	struct fixture *f = *state;
	const struct sk_socket *s;
	uint32_t empty;

	listener(f, v4(0, 0, 0, 0), 80, false, f->set[0]);
	empty = listener(f, v4(0, 0, 0, 0), 80, false, f->set[1]);
	listener(f, v4(0, 0, 0, 0), 80, false, f->set[2]);
	f->sample->sockets[empty].recv_q = 0;
	add(f, SK_STATE_SYN_RECV, v4(10, 0, 0, 1), 80, false);
	add(f, SK_STATE_ESTABLISHED, v4(10, 0, 0, 2), 80, false);
	s = taken_over(f, 3);
	assert_int_equal(sk_owners_processes(f->sample->owners, s[0].owner), 3);
	assert_int_equal(sk_owners_processes(f->sample->owners, s[1].owner), 2);
}

static const char *cell(const struct fixture *f, const struct sk_socket *s, const char *id)
{
	static char text[20000];
	const struct sk_column *column =
		sk_column_find(sk_table(SK_TABLE_CONNECTIONS), id, strlen(id));

	assert_non_null(column);
	sk_value_format(&f->context, column, s, 0, text, sizeof(text));
	return text;
}

static const char *reason(const struct fixture *f, const struct sk_socket *s, const char *id)
{
	static struct sk_value value;

	sk_column_get(sk_column_find(sk_table(SK_TABLE_CONNECTIONS), id, strlen(id)),
		      &f->context, s, &value);
	assert_int_equal(value.kind, SK_VALUE_NONE);
	return value.text;
}

FRESH(test_columns)
{
	struct fixture *f = *state;
	struct sk_socket *s = add(f, SK_STATE_ESTABLISHED, v4(1, 2, 3, 4), 80, false);

	s->flags |= SK_F_OWNER | SK_F_CGROUP;
	set_attrs(f->sample, s, (struct sk_attrs){ .cgroup = 7 });
	s->owner = f->set[5];
	s->fd = 10;
	assert_string_equal(cell(f, s, "process"), "p1+3");
	assert_string_equal(cell(f, s, "pid"), "101");
	assert_string_equal(cell(f, s, "fd"), "10");
	assert_string_equal(cell(f, s, "command"), "prog -x");
	assert_string_equal(cell(f, s, "owners"), "p1/101:10 p2/102:12 p3/103:13 p4/104:14");
	assert_string_equal(cell(f, s, "threads"), "100 101");
	assert_string_equal(cell(f, s, "unit"), "u.service");
	assert_string_equal(cell(f, s, "cgroup"), "-");
	assert_int_equal(sk_owners_add_cgroup(f->sample->owners, 7, "/x/docker", "docker:1"),
			 0);
	assert_string_equal(cell(f, s, "cgroup"), "/x/docker");
	assert_string_equal(cell(f, s, "unit"), "docker:1");
	assert_string_equal(cell(f, s, "cgroup-id"), "7");
	s->flags |= SK_F_QUEUED;
	s->fd = SK_FD_NONE;
	assert_string_equal(cell(f, s, "process"), "(p1+3)");
	assert_string_equal(cell(f, s, "owners"), "p1/101 p2/102 p3/103 p4/104");
	assert_string_equal(reason(f, s, "fd"), "not accepted yet: no descriptor");
	s->owner = f->set[0];
	assert_non_null(strstr(reason(f, s, "command"), "no command line"));
}

FRESH(test_reasons)
{
	struct fixture *f = *state;
	struct sk_socket *s = add(f, SK_STATE_ESTABLISHED, v4(1, 2, 3, 4), 80, false);

	assert_non_null(strstr(reason(f, s, "process"), "no listener"));
	s->flags |= SK_F_OWNER;
	assert_non_null(strstr(reason(f, s, "process"), "kernel"));
	f->sample->losses.missing = SK_MISSING_PTRACE;
	assert_non_null(strstr(reason(f, s, "pid"), "CAP_SYS_PTRACE"));
	f->sample->losses.missing = SK_MISSING_DAC;
	assert_null(strstr(reason(f, s, "pid"), "PTRACE"));
	assert_non_null(strstr(reason(f, s, "pid"), "CAP_DAC_READ_SEARCH"));
	f->sample->losses.missing = SK_MISSING_USERNS;
	assert_non_null(strstr(reason(f, s, "pid"), "user namespace"));
	f->sample->losses.missing |= SK_MISSING_HIDDEN;
	assert_non_null(strstr(reason(f, s, "pid"), "hidepid"));
	sk_sample_lose(f->sample, SK_PART_OWNERS, SK_LOSS_ALL, -ENOENT);
	assert_non_null(strstr(reason(f, s, "fd"), "/proc"));
	f->sample->needs = 0;
	assert_string_equal(reason(f, s, "owners"), "not asked for");
	assert_non_null(strstr(reason(f, s, "unit"), "no cgroup"));
}

/* Hundreds of owners: as many as fit, and how many more. */
FRESH(test_many)
{
	struct fixture *f = *state;
	struct sk_socket *s = add(f, SK_STATE_LISTEN, v4(1, 2, 3, 4), 80, false);
	static struct sk_holder holders[500];
	const char *text;
	int named = 0;

	for (uint32_t i = 0; i < 500; i++) {
		struct sk_process p = { .pid = 4000000 + i, .name = "a-long-process",
					.command = "", .cgroup = "", .unit = "", .tids = "" };

		assert_int_equal(sk_owners_add_process(f->sample->owners, &p,
						       &holders[i].process), 0);
	}
	assert_int_equal(sk_owners_add_set(f->sample->owners, holders, 500, &s->owner), 0);
	text = cell(f, s, "owners");
	for (const char *c = text; (c = strchr(c, '/')); c++)
		named++;
	assert_int_equal(named, 500);
	assert_non_null(strstr(text, " a-long-process/4000499"));
	/* an order needs no more than the first words */
	f->context.enough = 64;
	assert_in_range(strlen(cell(f, s, "owners")), 64, 100);
	f->context.enough = 0;
	assert_string_equal(cell(f, s, "process"), "a-long-process+499");
}

/* A filter asks any of the owners; with != it asks them all. */
FRESH(test_filter)
{
	static const struct {
		const char *text;
		bool shared, unknown; /* matches */
	} filters[] = {
		{ "process = p1", true, false },   { "process = p4", true, false },
		{ "process = p0", false, false },  { "process != p0", true, false },
		{ "process != p4", false, false }, { "pid = 103", true, false },
		{ "pid = 100", false, false },	   { "pid != 103", false, false },
		{ "process = p*", true, false },   { "fd = 13", true, false },
		{ "pid > 103", true, false },	   { "not pid = 103", false, true },
	};
	struct fixture *f = *state;
	struct sk_socket *s;

	add(f, SK_STATE_ESTABLISHED, v4(1, 2, 3, 4), 80, false);
	add(f, SK_STATE_ESTABLISHED, v4(1, 2, 3, 4), 81, false);
	s = f->sample->sockets;
	s[0].owner = f->set[5];
	s[0].fd = 10;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct sk_filter_error where;
		struct sk_filter *filter;

		assert_int_equal(sk_filter_parse(filters[i].text,
						 sk_table(SK_TABLE_CONNECTIONS), &filter,
						 &where), 0);
		assert_true(sk_filter_needs(filter) & SK_NEED_OWNERS);
		if (sk_filter_match(filter, &f->context, &s[0]) != filters[i].shared ||
		    sk_filter_match(filter, &f->context, &s[1]) != filters[i].unknown)
			fail_msg("%s", filters[i].text);
		sk_filter_free(filter);
	}
}

static const char *detail(const struct sk_detail_rows *rows, const char *label, size_t nth)
{
	for (size_t i = 0; i < rows->n; i++) {
		if (strcmp(rows->row[i].label, label) == 0 &&
		    strcmp(rows->row[i].section, "Owners") == 0 && nth-- == 0)
			return rows->row[i].value;
	}
	return NULL;
}

FRESH(test_detail)
{
	struct fixture *f = *state;
	struct sk_socket *s = add(f, SK_STATE_ESTABLISHED, v4(1, 2, 3, 4), 80, false);
	struct sk_detail_input input = { .context = &f->context, .socket = s };
	struct sk_detail_rows rows = { 0 };

	s->owner = f->set[5];
	s->fd = 10;
	assert_int_equal(sk_detail_rows_build(&input, &rows), 0);
	assert_string_equal(detail(&rows, "process", 0), "p1, pid 101, descriptor 10");
	assert_string_equal(detail(&rows, "process", 3), "p4, pid 104, descriptor 14");
	assert_string_equal(detail(&rows, "command", 3), "prog -x");
	assert_string_equal(detail(&rows, "threads", 0), "100 101");
	assert_null(detail(&rows, "accept queue", 0));
	s->flags |= SK_F_QUEUED;
	s->fd = SK_FD_NONE;
	assert_int_equal(sk_detail_rows_build(&input, &rows), 0);
	assert_string_equal(detail(&rows, "process", 0), "p1, pid 101, no descriptor");
	assert_string_equal(detail(&rows, "accept queue", 0), "waits for accept()");
	s->owner = 0;
	assert_int_equal(sk_detail_rows_build(&input, &rows), 0);
	assert_non_null(strstr(detail(&rows, "process", 0), "no process has it"));
	sk_detail_rows_free(&rows);
}

static uint64_t make_group(const char *root, const char *path)
{
	char full[256];
	struct stat st;

	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(mkdir(full, 0755), 0);
	assert_int_equal(stat(full, &st), 0);
	return st.st_ino;
}

/* A tree of directories that stands for the mount of cgroup2. */
FRESH(test_cgroups)
{
	struct fixture *f = *state;
	char mounts[] = "/tmp/sktop-mounts-XXXXXX";
	struct sk_socket *s = add(f, SK_STATE_ESTABLISHED, v4(1, 2, 3, 4), 80, false);
	FILE *file = fdopen(mkstemp(mounts), "w");
	struct cgroups *groups;
	struct fake_proc fake;
	uint64_t id;

	fake_proc_make(&fake);
	fprintf(file, "1 2 0:3 / %s rw - cgroup2 none rw\n", fake.root);
	fclose(file);
	make_group(fake.root, "/system.slice");
	s->flags |= SK_F_CGROUP;
	id = make_group(fake.root, "/system.slice/we\x1b" "b.service");
	set_attrs(f->sample, s, (struct sk_attrs){ .cgroup = id });
	assert_int_equal(cgroups_new(mounts, &groups), 0);
	assert_int_equal(cgroups_resolve(groups, f->sample, f->sample->owners), 0);
	assert_string_equal(shown(cell(f, s, "cgroup")), "/system.slice/we?b.service");
	assert_string_equal(shown(cell(f, s, "unit")), "we?b.service");
	set_attrs(f->sample, s, (struct sk_attrs){ .cgroup = 1 });
	assert_int_equal(cgroups_resolve(groups, f->sample, f->sample->owners), 0);
	assert_string_equal(cell(f, s, "cgroup"), "-");
	cgroups_free(groups);
	fake_proc_remove(fake.root);
	unlink(mounts);
}
