/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sktop/array.h>
#include <sktop/counter_help.h>
#include <sktop/listener.h>
#include <sktop/setup.h>

static int add_table_columns(const struct sk_options *options, struct sk_setup *setup,
			     char *error)
{
	const struct sk_table *table = setup->table;
	int err = 0;

	if (options->once && table->once)
		err = sk_column_list_parse(table, table->once, &setup->columns, error);
	if (!err && options->extended && table->extended)
		err = sk_column_list_parse(table, table->extended, &setup->columns, error);
	return err;
}

#define PLUS_COLUMN(name, bits, offset, kind, none, column, ...) ",+" column

/* Columns that -e, -o, -m, --info... add to those of a connection. */
static const struct {
	size_t option; /* offset of its bool in struct sk_options */
	const char *columns;
} bundles[] = {
	{ offsetof(struct sk_options, extended),
	  "+user,+uid,+inode,+cookie,+mark,+cgroup,+v6only,+shutdown,+dev" },
	{ offsetof(struct sk_options, timers), "+timer,+tries" },
	{ offsetof(struct sk_options, processes), "+process,+pid,+fd" },
	{ offsetof(struct sk_options, threads), "+process,+pid,+fd,+threads" },
	{ offsetof(struct sk_options, memory),
	  "+rmem,+rcvbuf,+wmem,+sndbuf,+fwd,+wmem-queued,+optmem,+backlog,+drops" },
	{ offsetof(struct sk_options, info),
	  "+limited-by,+send-rate,+retrans-share,+congestion"
	  SK_TCP_FIELDS(PLUS_COLUMN, SK_TCP_SKIP) ",+fastopen,+ulp" },
	{ offsetof(struct sk_options, tos), "+tos,+tclass,+class-id" },
	{ offsetof(struct sk_options, inet_sockopt), "+sockopt" },
	{ offsetof(struct sk_options, cgroup), "+cgroup" },
	{ offsetof(struct sk_options, no_queues), "-recv-q,-send-q" },
};

static int add_bundles(const struct sk_options *options, struct sk_setup *setup,
		       char *error)
{
	/* text is as netstat's and ss's: processes when asked for, since they cost time */
	if (options->once || options->batch)
		sk_column_list_parse(setup->table, "-process", &setup->columns, error);
	for (size_t i = 0; i < ARRAY_SIZE(bundles); i++) {
		const bool *asked = (const void *)((const char *)options +
						   bundles[i].option);
		int err = *asked ? sk_column_list_parse(setup->table, bundles[i].columns,
							&setup->columns, error) :
				   0;

		if (err)
			return err;
	}
	return 0;
}

/* The protocols of which the kernel counts bytes. */
#define COUNTED (SK_PROTO_BIT(SK_PROTO_TCP) | SK_PROTO_BIT(SK_PROTO_MPTCP))

/* Without TCP nobody counts bytes or measures round trips; others have their own. */
static const struct {
	uint32_t none_of, any_of; /* masks of SK_PROTO_BIT(); any_of 0 = any */
	const char *columns;
} adaptations[] = {
	{ COUNTED, 0, "-tx,-rx,-tx-total,-rx-total,-rtt,-retrans" },
	{ COUNTED | SK_PROTO_BIT(SK_PROTO_SCTP), 0, "-timer" },
	{ SK_PROTOS_DEFAULT, SK_PROTO_BIT(SK_PROTO_UNIX), "+inode,+peer" },
	{ SK_PROTOS_DEFAULT, SK_PROTO_BIT(SK_PROTO_NETLINK), "+groups" },
};

void sk_setup_default_columns(uint32_t protos, struct sk_column_list *columns)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	char unused[SK_ERROR_LEN];

	sk_column_list_default(table, false, columns);
	for (size_t i = 0; i < ARRAY_SIZE(adaptations); i++) {
		if (!(protos & adaptations[i].none_of) &&
		    (!adaptations[i].any_of || (protos & adaptations[i].any_of)))
			sk_column_list_parse(table, adaptations[i].columns, columns,
					     unused);
	}
}

/* A column that says nothing about these sockets is no sort key for them. */
static const char *default_sort(uint32_t protos, const struct sk_table *table, bool once)
{
	if (table == sk_table(SK_TABLE_CONNECTIONS) && !(protos & COUNTED))
		return "recv-q";
	return once && table->sort_once ? table->sort_once : table->sort;
}

const struct sk_column *sk_setup_default_sort(uint32_t protos)
{
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	const char *key = default_sort(protos, table, false);

	return sk_column_find(table, key, strlen(key));
}

static int set_sort(const struct sk_options *options, struct sk_setup *setup, char *error)
{
	const char *key = options->sort ? options->sort :
					  default_sort(options->request.protos, setup->table,
						       options->once);
	size_t len = key ? strcspn(key, ":") : 0;

	if (!key)
		return 0;
	setup->sort = sk_column_find(setup->table, key, len);
	if (!setup->sort) {
		snprintf(error, SK_ERROR_LEN, "--sort: '%.40s' is no column of %s; "
			 "--help=columns lists them", key, setup->table->name);
		return -EINVAL;
	}
	setup->descending = (setup->sort->flags & SK_COL_DESC) != 0;
	if (!key[len])
		return 0;
	if (strcmp(key + len, ":desc") && strcmp(key + len, ":asc")) {
		snprintf(error, SK_ERROR_LEN, "--sort: '%.20s' after the column is neither "
			 ":asc nor :desc", key + len);
		return -EINVAL;
	}
	setup->descending = strcmp(key + len, ":desc") == 0;
	return 0;
}

/* Drops the columns of rates and ages: for one sample they would show nothing but dashes. */
static void drop_what_needs_time(struct sk_column_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct sk_column *column = list->column[i];

		if (column->unit != SK_UNIT_BYTES_RATE && column->unit != SK_UNIT_RATE &&
		    !(column->flags & SK_COL_SERIES))
			list->column[n++] = column;
	}
	list->n = n;
}

int sk_setup_pane(const struct sk_options *options, enum sk_pane_id pane, bool all,
		  struct sk_setup *setup, char *error)
{
	char message[SK_ERROR_LEN];
	int err = 0;

	*setup = (struct sk_setup){ .pane = pane, .table = sk_pane_table(pane) };
	sk_column_list_default(setup->table, all, &setup->columns);
	if (setup->table == sk_table(SK_TABLE_CONNECTIONS) && !all)
		sk_setup_default_columns(options->request.protos, &setup->columns);
	if (options->once && !all)
		drop_what_needs_time(&setup->columns);
	if (pane == SK_PANE_CONNECTIONS && !all)
		err = add_bundles(options, setup, error);
	if (!err && !all)
		err = add_table_columns(options, setup, error);
	if (!err && options->columns) {
		err = sk_column_list_parse(setup->table, options->columns,
					   &setup->columns, message);
		if (err)
			snprintf(error, SK_ERROR_LEN, "--columns: %.200s", message);
	}
	setup->netns_chosen = all || (options->columns && (strchr("+-", *options->columns) ==
							     NULL ||
							     strstr(options->columns,
								    "netns")));
	return err ? err : set_sort(options, setup, error);
}

static bool shows(const struct sk_column_list *list, const struct sk_column *column)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->column[i] == column)
			return true;
	}
	return false;
}

bool sk_setup_follow(struct sk_setup *setup, const struct sk_sample *sample)
{
	const struct sk_column *netns = sk_column_find(setup->table, "netns", 5);
	struct sk_column_list *list = &setup->columns;
	bool many = sk_sample_netns_count(sample, SK_NETNS_SEEN) > 1;
	char error[SK_ERROR_LEN];

	if (setup->netns_chosen || !netns || many == setup->many_netns)
		return false;
	setup->many_netns = many;
	if (many == shows(list, netns))
		return false;
	if (!many)
		return sk_column_list_parse(setup->table, "-netns", list, error) == 0;
	if (list->n == SK_COLUMNS_MAX)
		return false;
	memmove(list->column + 1, list->column, list->n++ * sizeof(list->column[0]));
	list->column[0] = netns;
	return true;
}

/* Says what is wrong, and in which file and line, if it stands in one. */
static void explain_filter(const struct sk_options *options,
			   const struct sk_filter_error *where, char *error)
{
	const char *text = options->filter;
	char message[400], place[80] = "";
	int line = 1;

	if (options->filter_file && where->offset >= options->filter_file_offset) {
		for (size_t i = options->filter_file_offset; i < where->offset; i++)
			line += text[i] == '\n';
		snprintf(place, sizeof(place), "%.60s:%d: ", options->filter_file, line);
	}
	sk_filter_error_format(text, where, message, sizeof(message));
	snprintf(error, SK_ERROR_LEN, "filter: %s%.*s", place,
		 (int)(SK_ERROR_LEN - sizeof("filter: ") - strlen(place)), message);
}

int sk_setup_filter(const struct sk_options *options, enum sk_pane_id pane,
		    struct sk_filter **filter, char *error)
{
	const struct sk_table *table = sk_pane_filter_table(pane);
	struct sk_filter_error where;
	int err;

	*filter = NULL;
	if (!options->filter)
		return 0;
	/* the command line may wait for DNS; the prompt on the screen may not */
	err = sk_filter_parse_names(options->filter, table, SK_LOOKUP_DNS, NULL, filter,
				    &where);
	if (err == -EINVAL)
		explain_filter(options, &where, error);
	else if (err)
		snprintf(error, SK_ERROR_LEN, "filter: %s", strerror(-err));
	return err;
}

bool sk_is_listening(const void *socket, void *unused)
{
	(void)unused;
	return sk_socket_listens(socket);
}

bool sk_counter_wanted(const void *row, void *arg)
{
	const struct sk_counter *counter = row;
	const struct sk_counter_scope *scope = arg;
	const struct sk_request *request = &scope->options->request;
	uint32_t protos = scope->options->protos_chosen ? request->protos : ~0U;

	if (!scope->zeros && counter->value == 0)
		return false;
	return (!scope->options->protos_chosen && request->families == 3) ||
	       sk_counter_in_scope(counter->section, protos, request->families);
}
