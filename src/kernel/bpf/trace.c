/* SPDX-License-Identifier: MIT */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "kernel/bpf/embed.h"
#include "kernel/bpf/trace.h"

BPF_EMBED(bpf_trace, SKTOP_BPF_TRACE);

#define FIRST_PIDNS 0xEFFFFFFCU /* PROC_PID_INIT_INO of the kernel */
#define IDLE_NS (60U * 1000000000U) /* entries of bytes that rest as long are removed */
#define BATCH 1024U		    /* entries of one call, at most */
#define NEAR 1024U		    /* records between an end and its reset, at most */

static const struct {
	const char *program;
	unsigned part;
} points[] = {
	{ "trace_state", TRACE_ENDS },
	{ "trace_reset_received", TRACE_RESETS },
	{ "trace_reset_sent", TRACE_RESETS },
	{ "trace_send", TRACE_BYTES },
	{ "trace_recv", TRACE_BYTES },
};
#define POINTS (sizeof(points) / sizeof(points[0]))

enum map { WATCHED, SOCKETS, REST, ENDED, MAPS };
static const char *const map_names[MAPS] = { "trace_watched", "trace_sockets", "trace_rest",
					     "trace_ended" };

struct trace {
	int program[POINTS]; /* descriptors; -1 = not loaded */
	int link[POINTS];    /* descriptors; -1 = not attached */
	int map[MAPS];
	struct trace_window *window; /* shared with the programs; NULL = not mapped */
	uint32_t n_read[MAPS];	     /* entries at the last read */
	struct trace_bytes_key keys[BATCH]; /* of the last batch */
};

static void close_all(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static void release(struct trace *trace)
{
	close_all(trace->program, POINTS);
	close_all(trace->map, MAPS);
	if (trace->window)
		munmap(trace->window, sizeof(*trace->window));
	trace->window = NULL;
}

/* Returns a descriptor that outlives the object, or -errno. */
static int keep(int fd)
{
	int kept = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return fd >= 0 && kept < 0 ? -errno : kept;
}

static int map_window(struct bpf_object *object, struct trace *trace)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
	struct stat ns;
	void *at;

	if (!map || bpf_map__value_size(map) != sizeof(*trace->window))
		return -EINVAL;
	at = mmap(NULL, sizeof(*trace->window), PROT_READ | PROT_WRITE, MAP_SHARED,
		  bpf_map__fd(map), 0);
	if (at == MAP_FAILED)
		return -errno;
	trace->window = at;
	trace->window->now_ns = clock_ns(CLOCK_BOOTTIME);
	if (stat("/proc/self/ns/pid", &ns) == 0) {
		trace->window->pidns = (uint32_t)ns.st_ino;
		trace->window->first = trace->window->pidns == FIRST_PIDNS;
	}
	return 0;
}

/* The object does not stay, because it is as large as the BTF of the kernel. */
static int keep_all(struct bpf_object *object, unsigned parts, struct trace *trace)
{
	int err = map_window(object, trace);

	for (unsigned i = 0; !err && i < MAPS; i++) {
		trace->map[i] = keep(bpf_object__find_map_fd_by_name(object, map_names[i]));
		err = trace->map[i] < 0 ? trace->map[i] : 0;
	}
	for (unsigned i = 0; !err && i < POINTS; i++) {
		if (!(points[i].part & parts))
			continue;
		trace->program[i] = keep(bpf_program__fd(
			bpf_object__find_program_by_name(object, points[i].program)));
		err = trace->program[i] < 0 ? trace->program[i] : 0;
	}
	return err;
}

static int load(unsigned parts, struct trace *trace)
{
	struct bpf_object *object = bpf_object__open_mem(
		bpf_trace_begin, (size_t)(bpf_trace_end - bpf_trace_begin), NULL);
	int err;

	if (!object)
		return -errno;
	for (unsigned i = 0; i < POINTS; i++)
		bpf_program__set_autoload(
			bpf_object__find_program_by_name(object, points[i].program),
			points[i].part & parts);
	err = bpf_object__load(object);
	if (!err) {
		err = keep_all(object, parts, trace);
		if (err)
			release(trace);
	}
	bpf_object__close(object);
	return err;
}

/* One program that the kernel does not know makes libbpf load none, so fewer are tried. */
static int load_most(struct trace *trace)
{
	static const unsigned tries[] = { TRACE_ENDS | TRACE_RESETS | TRACE_BYTES,
					  TRACE_ENDS | TRACE_RESETS, TRACE_ENDS, TRACE_BYTES };
	int err = 0;

	bpf_keep_heap_small();
	libbpf_set_print(NULL); /* a refusal is no news: sktop does without */
	for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		err = load(tries[i], trace);
		if (!err || err == -EPERM)
			break;
	}
	return err;
}

int trace_open(unsigned parts, struct trace **out)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int err;

	*out = NULL;
	if (!trace)
		return -ENOMEM;
	for (unsigned i = 0; i < POINTS; i++)
		trace->program[i] = trace->link[i] = -1;
	for (unsigned i = 0; i < MAPS; i++)
		trace->map[i] = -1;
	err = load_most(trace);
	if (!err)
		err = trace_set(trace, parts);
	if (err) {
		trace_close(trace);
		return err;
	}
	*out = trace;
	return 0;
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	close_all(trace->link, POINTS);
	release(trace);
	free(trace);
}

/* Returns the parts whose descriptors are all there. */
static unsigned whole_parts(const int *fds)
{
	unsigned parts = TRACE_ENDS | TRACE_RESETS | TRACE_BYTES;

	for (unsigned i = 0; i < POINTS; i++) {
		if (fds[i] < 0)
			parts &= ~points[i].part;
	}
	return parts;
}

unsigned trace_possible(const struct trace *trace)
{
	return whole_parts(trace->program);
}

unsigned trace_parts(const struct trace *trace)
{
	return whole_parts(trace->link);
}

/* Gives what one call of the kernel does: up to BATCH entries, and if it was the last call. */
struct batch {
	enum map map;
	bool remove;	/* from the map, as they are read */
	bool begun;
	uint32_t next;	/* the kernel's position */
	uint32_t n;	/* entries of this call: their keys are in trace->keys */
	bool last;
};

static int read_batch(struct trace *trace, struct batch *b, void *values)
{
	uint32_t *from = b->begun ? &b->next : NULL;
	int err;

	b->n = BATCH;
	err = b->remove ? bpf_map_lookup_and_delete_batch(trace->map[b->map], from, &b->next,
							  trace->keys, values, &b->n, NULL) :
			  bpf_map_lookup_batch(trace->map[b->map], from, &b->next, trace->keys,
					       values, &b->n, NULL);
	b->begun = true;
	b->last = err == -ENOENT;
	if (err && !b->last)
		b->n = 0;
	return b->last ? 0 : err;
}

/* Makes room for one more batch. Returns 0 or -ENOMEM. */
static int reserve(void **at, uint32_t n, uint32_t *capacity, size_t size)
{
	uint32_t wanted = *capacity ? *capacity : BATCH;
	void *grown;

	while (wanted - n < BATCH)
		wanted *= 2;
	if (wanted == *capacity)
		return 0;
	grown = realloc(*at, wanted * size);
	if (!grown)
		return -ENOMEM;
	*at = grown;
	*capacity = wanted;
	return 0;
}

static void forget_bytes(struct trace *trace)
{
	static const enum map maps[] = { SOCKETS, REST };
	struct trace_bytes_list list = { 0 };
	void *at = NULL;

	if (reserve(&at, 0, &list.capacity, sizeof(*list.at)))
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct batch b = { .map = maps[i], .remove = true };

		while (!b.last && !read_batch(trace, &b, at))
			;
	}
	free(at);
}

static int attach(struct trace *trace, unsigned parts)
{
	int first_err = 0;

	for (unsigned i = 0; i < POINTS; i++) {
		int fd;

		if (!(points[i].part & parts) || trace->link[i] >= 0 || trace->program[i] < 0)
			continue;
		fd = bpf_raw_tracepoint_open(NULL, trace->program[i]);
		if (fd >= 0)
			trace->link[i] = fd;
		else if (!first_err)
			first_err = fd;
	}
	return first_err;
}

int trace_set(struct trace *trace, unsigned parts)
{
	bool had_bytes = trace_parts(trace) & TRACE_BYTES;

	if (parts & TRACE_ENDS)
		parts |= TRACE_RESETS;
	for (unsigned i = 0; i < POINTS; i++) {
		if (!(points[i].part & parts))
			close_all(&trace->link[i], 1);
	}
	if (had_bytes && !(parts & TRACE_BYTES))
		forget_bytes(trace);
	return attach(trace, parts);
}

int trace_watch(struct trace *trace, uint64_t netns)
{
	static const struct trace_edges none;
	uint32_t key = (uint32_t)netns;
	int err = bpf_map_update_elem(trace->map[WATCHED], &key, &none, BPF_NOEXIST);

	return err == -EEXIST ? 0 : err;
}

void trace_unwatch(struct trace *trace, uint64_t netns)
{
	uint32_t key = (uint32_t)netns;

	bpf_map_delete_elem(trace->map[WATCHED], &key);
}

/* Removes the entries of a batch that nobody touched from `last` on. */
static void remove_idle(struct trace *trace, enum map map, const struct trace_bytes *at, uint32_t n,
			uint64_t last, uint64_t now)
{
	bool full = trace->n_read[map] > (map == REST ? TRACE_REST : TRACE_SOCKETS) / 2;
	uint32_t idle = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (at[i].touched_ns < last && (full || at[i].touched_ns + IDLE_NS < now))
			trace->keys[idle++] = trace->keys[i];
	}
	if (idle)
		bpf_map_delete_batch(trace->map[map], trace->keys, &idle, NULL);
}

/* Appends the entries of one map to the list. */
static int read_bytes(struct trace *trace, enum map map, uint64_t last, uint64_t now,
		      struct trace_bytes_list *list)
{
	struct batch b = { .map = map };
	uint32_t first = list->n;
	int err = 0;

	while (!err && !b.last) {
		void *at = list->at;

		err = reserve(&at, list->n, &list->capacity, sizeof(*list->at));
		if (err)
			break;
		list->at = at;
		err = read_batch(trace, &b, list->at + list->n);
		remove_idle(trace, map, list->at + list->n, b.n, last, now);
		list->n += b.n;
	}
	trace->n_read[map] = list->n - first;
	return err;
}

int trace_bytes_read(struct trace *trace, struct trace_bytes_list *list)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME), last = trace->window->now_ns;
	int err, err_rest;

	list->n = 0;
	if (!(trace_parts(trace) & TRACE_BYTES))
		return -ENOENT;
	trace->window->now_ns = now;
	err = read_bytes(trace, SOCKETS, last, now, list);
	err_rest = read_bytes(trace, REST, last, now, list);
	return err ? err : err_rest;
}

int trace_transitions_read(const struct trace *trace, uint64_t netns,
			   uint64_t out[TRACE_STATES][TRACE_STATES])
{
	uint32_t key = (uint32_t)netns;
	struct trace_edges edges;
	int err = trace_parts(trace) & TRACE_ENDS ?
			  bpf_map_lookup_elem(trace->map[WATCHED], &key, &edges) :
			  -ENOENT;

	if (err)
		return err;
	for (unsigned i = 0; i < TRACE_STATES * TRACE_STATES; i++)
		out[i / TRACE_STATES][i % TRACE_STATES] = edges.n[i];
	return 0;
}

/*
 * A reset that followed the end is a record of its own. It is added to the end, which stands a few
 * records before it, since other processors may have told theirs meanwhile.
 */
static bool add_reset(struct trace_ends_list *list, const struct trace_end *reset)
{
	for (uint32_t i = list->n; i > 0 && list->n - i < NEAR; i--) {
		if (list->at[i - 1].cookie == reset->cookie) {
			list->at[i - 1].flags |= TRACE_END_RESET_LATE;
			return true;
		}
	}
	return false;
}

int trace_ends_read(struct trace *trace, struct trace_ends_list *list)
{
	list->n = 0;
	if (!(trace_parts(trace) & TRACE_ENDS))
		return -ENOENT;
	/* New ends may come as fast as they are read. */
	for (uint32_t i = 0; i < TRACE_ENDS_KEPT; i++) {
		void *at = list->at;
		struct trace_end *end;
		int err = reserve(&at, list->n, &list->capacity, sizeof(*list->at));

		if (err)
			return err;
		list->at = at;
		end = &list->at[list->n];
		err = bpf_map_lookup_and_delete_elem(trace->map[ENDED], NULL, end);
		if (err)
			return err == -ENOENT ? 0 : err;
		if (!(end->flags & TRACE_END_ONLY_RESET) || !add_reset(list, end))
			list->n++;
	}
	return 0;
}

void trace_losses(const struct trace *trace, struct trace_losses *out)
{
	*out = (struct trace_losses){ .bytes = trace->window->bytes_lost,
				      .ends = trace->window->ends_lost,
				      .makers = trace->window->makers_lost };
}
