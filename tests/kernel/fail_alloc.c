/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: allocation number FAIL_AT fails, and no other one. With FAIL_COUNT the
 * number of all allocations is written to that file at the end. Those that curses makes, and
 * the C library in search of a name, are left out: both crash by themselves then.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_ulong count, fail_at;

static _Thread_local int naming; /* the C library is in search of a name */

static int is_curses(void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fname &&
	       (strstr(info.dli_fname, "libncurses") || strstr(info.dli_fname, "libtinfo"));
}

static int fails(void *caller)
{
	if (naming || is_curses(caller))
		return 0;
	if (atomic_fetch_add(&count, 1) + 1 != atomic_load(&fail_at))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

/* The same function of the C library, during which nothing fails. */
#define NAMING(type, name, parameters, arguments, fallback)               \
	type name parameters;                                             \
	type name parameters                                              \
	{                                                                 \
		union {                                                   \
			void *object;                                     \
			type(*function) parameters;                       \
		} next = { dlsym(RTLD_NEXT, #name) };                     \
		type result = fallback;                                   \
                                                                          \
		naming++;                                                 \
		if (next.object)                                          \
			result = next.function arguments;                 \
		naming--;                                                 \
		return result;                                            \
	}

NAMING(struct servent *, getservent, (void), (), NULL)
NAMING(struct protoent *, getprotoent, (void), (), NULL)
NAMING(int, getpwuid_r, (uid_t uid, struct passwd *entry, char *buffer, size_t size,
			 struct passwd **found), (uid, entry, buffer, size, found), ENOMEM)
NAMING(int, getservbyname_r, (const char *name, const char *proto, struct servent *entry,
			      char *buffer, size_t size, struct servent **found),
       (name, proto, entry, buffer, size, found), ENOMEM)

NAMING(int, setupterm, (const char *term, int fd, int *status), (term, fd, status), -1)
NAMING(void *, newterm, (const char *term, FILE *out, FILE *in), (term, out, in), NULL)

/* Before each list these open its file. */
void setservent(int stay_open)
{
	(void)stay_open;
}

void setprotoent(int stay_open)
{
	(void)stay_open;
}

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_AT");

	atomic_store(&count, 0);
	atomic_store(&fail_at, at ? strtoul(at, NULL, 10) : 0);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAIL_COUNT");
	unsigned long all = atomic_load(&count);
	FILE *file = path ? fopen(path, "w") : NULL;

	if (file) {
		fprintf(file, "%lu\n", all);
		fclose(file);
	}
}
