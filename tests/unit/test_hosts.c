/* SPDX-License-Identifier: MIT */
/*
 * Host names: the cache by itself, and the whole against a name server that lies.
 */
#include "../testing.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sktop/names.h>
#include "names/fake_dns.h"
#include "names/cache.h"
#include "names/text.h"

/* What include/sktop/names.h promises. */
#define IN_FLIGHT 64

/* tests/names/fake_dns.h on a port of its own, in a thread. */
struct server {
	pthread_t thread;
	int fd;
	char address[32];
	atomic_uint questions;
	atomic_bool silent;
};

static void *serve(void *arg)
{
	struct server *server = arg;

	for (;;) {
		uint8_t query[1024], reply[1024];
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(server->fd, query, sizeof(query), 0,
				     (struct sockaddr *)&from, &from_len);
		size_t len;

		if (n <= 1) /* the word to end */
			return NULL;
		atomic_fetch_add(&server->questions, 1);
		len = atomic_load(&server->silent) ? 0 :
						     fake_reply(query, (size_t)n, reply);
		if (len)
			sendto(server->fd, reply, len, 0, (struct sockaddr *)&from,
			       from_len);
	}
}

static struct sockaddr_in address_of(int fd)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	return addr;
}

static int start_server(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in addr = { .sin_family = AF_INET };

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	snprintf(server->address, sizeof(server->address), "127.0.0.1:%u",
		 ntohs(address_of(server->fd).sin_port));
	*state = server;
	return pthread_create(&server->thread, NULL, serve, server);
}

static int stop_server(void **state)
{
	struct server *server = *state;
	struct sockaddr_in addr = address_of(server->fd);

	sendto(server->fd, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr));
	pthread_join(server->thread, NULL);
	close(server->fd);
	free(server);
	return 0;
}

static struct sk_names *new_names(struct server *server, unsigned timeout_ms)
{
	const struct sk_names_options options = { .servers = server->address,
						  .timeout_ms = timeout_ms };
	struct sk_names *names;

	assert_int_equal(sk_names_new(&options, &names), 0);
	return names;
}

static struct sk_addr v4(unsigned c, unsigned d)
{
	const uint8_t bytes[4] = { 10, 66, (uint8_t)c, (uint8_t)d };

	return sk_addr_from_v4(bytes);
}

static void settle_all(struct sk_names *names)
{
	struct pollfd bell = { .fd = sk_names_fd(names), .events = POLLIN };

	while (sk_names_pending(names)) {
		assert_int_equal(poll(&bell, 1, 30000), 1);
		sk_names_settle(names);
	}
}

static const char *name_of(struct sk_names *names, struct sk_addr addr)
{
	sk_names_host(names, &addr, true);
	settle_all(names);
	return sk_names_host(names, &addr, true);
}

#define NEEDS_CARES                                                                  \
	do {                                                                         \
		if (!sk_names_can_hosts())                                           \
			skip();                                                      \
	} while (0)

TEST_WITH(test_names_and_failures, start_server, stop_server)
{
	struct server *server = *state;
	struct sk_names *names = new_names(server, 500);
	struct sk_addr six = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x21 } }, any = { { 0 } };
	unsigned questions;

	NEEDS_CARES;
	assert_int_equal(sk_names_set_hosts(names, true), 0);
	assert_string_equal(name_of(names, v4(1, 7)), "host-10-66-1-7.example");
	assert_string_equal(name_of(names, six), "six-021.example");
	assert_null(name_of(names, v4(0, FAKE_NXDOMAIN)));
	assert_false(sk_names_lacks_hosts(names)); /* "no name" is an answer */
	assert_null(name_of(names, v4(0, FAKE_SERVFAIL)));
	assert_null(name_of(names, v4(0, FAKE_LOOPING)));
	assert_true(sk_names_lacks_hosts(names));
	assert_null(name_of(names, v4(0, FAKE_SILENT)));
	questions = atomic_load(&server->questions);
	for (int i = 0; i < 3; i++) { /* all of it is remembered */
		assert_non_null(name_of(names, v4(1, 7)));
		assert_null(name_of(names, v4(0, FAKE_NXDOMAIN)));
		assert_null(name_of(names, v4(0, FAKE_SERVFAIL)));
		assert_null(name_of(names, v4(0, FAKE_LOOPING)));
		assert_null(name_of(names, v4(0, FAKE_SILENT)));
	}
	assert_null(name_of(names, any));
	assert_null(sk_names_host(names, &(struct sk_addr){ { 1 } }, false));
	settle_all(names);
	assert_int_equal(atomic_load(&server->questions), questions);
	sk_names_free(names);
}

/* What comes of each lie: a name of plain letters, or none. */
TEST_WITH(test_hostile_answers, start_server, stop_server)
{
	static const char *const allowed = "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	struct sk_names *names = new_names(*state, 100);
	char longest[SK_HOST_STRLEN + 8];

	NEEDS_CARES;
	sk_names_set_hosts(names, true);
	snprintf(longest, sizeof(longest), "%s.%s.%s.%s", L63, L63, L63,
		 fake_answers[FAKE_LONG].label[3]);
	assert_int_equal(strlen(longest), SK_HOST_STRLEN - 1);
	for (unsigned i = 1; i < FAKE_ANSWERS; i++) {
		const char *name = name_of(names, v4(0, i));
		const char *want = i == FAKE_LONG	? longest
				   : i == FAKE_PUNYCODE ? "xn--mnchen-3ya.example"
				   : i == FAKE_UNDERSCORE ? "_under_score.example"
							  : NULL;

		if (!want) {
			assert_null(name);
			continue;
		}
		assert_non_null(name);
		assert_string_equal(name, want);
		assert_int_equal(strspn(name, allowed), strlen(name));
	}
	sk_names_free(names);
}

TEST_WITH(test_off_sends_nothing, start_server, stop_server)
{
	struct server *server = *state;
	struct sk_names *names = new_names(server, 0);
	unsigned questions;

	NEEDS_CARES;
	for (unsigned i = 0; i < 50; i++)
		assert_null(sk_names_host(names, &(struct sk_addr){ { 32, 1, (uint8_t)i } },
					  true));
	assert_int_equal(sk_names_pending(names), 0);
	assert_int_equal(atomic_load(&server->questions), 0);
	atomic_store(&server->silent, true);
	sk_names_set_hosts(names, true);
	for (unsigned i = 0; i < 250; i++) {
		struct sk_addr addr = v4(2, i);

		sk_names_host(names, &addr, true);
	}
	assert_int_equal(sk_names_pending(names), 250);
	while (!atomic_load(&server->questions))
		sched_yield();
	sk_names_set_hosts(names, false); /* cancels what is under way */
	assert_int_equal(sk_names_pending(names), 0);
	questions = atomic_load(&server->questions);
	atomic_store(&server->silent, false);
	assert_null(name_of(names, v4(2, 1)));
	assert_false(sk_names_hosts(names));
	/* a retry would have come by now if anything still asked */
	sk_names_set_hosts(names, true);
	assert_string_equal(name_of(names, v4(3, 1)), "host-10-66-3-1.example");
	assert_string_equal(name_of(names, v4(2, 1)), "host-10-66-2-1.example");
	/* those under way when it went off, at most, and the two of now */
	assert_in_range(atomic_load(&server->questions), questions, IN_FLIGHT + 2);
	sk_names_set_hosts(names, false);
	assert_null(name_of(names, v4(3, 1)));
	sk_names_set_hosts(names, true);
	questions = atomic_load(&server->questions);
	assert_non_null(name_of(names, v4(3, 1))); /* kept over the time it was off */
	assert_int_equal(atomic_load(&server->questions), questions);
	sk_names_free(names);
}

TEST_WITH(test_silence_is_a_failure, start_server, stop_server)
{
	struct sk_names *names = new_names(*state, 100);

	NEEDS_CARES;
	sk_names_set_hosts(names, true);
	assert_null(name_of(names, v4(0, FAKE_SILENT)));
	assert_int_equal(sk_names_pending(names), 0);
	assert_true(sk_names_lacks_hosts(names));
	sk_names_free(names);
}

/* More at once than may be under way, and than wait: each gets its own in the end. */
TEST_WITH(test_many, start_server, stop_server)
{
	struct sk_names *names = new_names(*state, 0);
	char want[64];

	NEEDS_CARES;
	sk_names_set_hosts(names, true);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 1200; i++) {
			struct sk_addr addr = v4(5 + i / 256, i % 256);

			sk_names_host(names, &addr, true);
		}
		settle_all(names);
	}
	for (unsigned i = 0; i < 1200; i++) {
		struct sk_addr addr = v4(5 + i / 256, i % 256);
		const char *name = sk_names_host(names, &addr, false);

		snprintf(want, sizeof(want), "host-10-66-%u-%u.example", 5 + i / 256,
			 i % 256);
		assert_non_null(name);
		assert_string_equal(name, want);
	}
	sk_names_free(names);
}

/* A silent server, a hundred thousand addresses: few questions, little memory. */
TEST_WITH(test_bounds, start_server, stop_server)
{
	struct server *server = *state;
	struct sk_names *names = new_names(server, 60000);
	struct sk_addr addr;

	NEEDS_CARES;
	atomic_store(&server->silent, true);
	sk_names_set_hosts(names, true);
	for (uint32_t i = 0; i < 100000; i++) {
		addr = (struct sk_addr){ { 0x20, 1, 0xd, 0xb8, [12] = (uint8_t)(i >> 16),
					   (uint8_t)(i >> 8), (uint8_t)i } };
		assert_null(sk_names_host(names, &addr, true));
		if (i % 4096 == 0)
			sk_names_settle(names);
	}
	while (atomic_load(&server->questions) < IN_FLIGHT)
		sched_yield();
	assert_in_range(sk_names_pending(names), IN_FLIGHT, 16384);
	/* the newest are asked first: another one finds no place under way */
	addr = v4(4, 1);
	sk_names_host(names, &addr, true);
	assert_int_equal(atomic_load(&server->questions), IN_FLIGHT);
	sk_names_free(names);
	assert_int_equal(atomic_load(&server->questions), IN_FLIGHT);
}

static struct sk_addr key_of(uint32_t i)
{
	struct sk_addr key = { { 0 } };

	memcpy(key.b + 12, &i, sizeof(i));
	return key;
}

static bool due(struct name_cache *cache, uint32_t i, const char **text)
{
	struct sk_addr key = key_of(i);

	return name_cache_look(cache, &key, text);
}

static void put(struct name_cache *cache, uint32_t i, enum name_outcome outcome,
		const char *text)
{
	struct sk_addr key = key_of(i);

	assert_int_equal(name_cache_ask(cache, &key), 0);
	name_cache_put(cache, &key, outcome, text);
}

#define CACHE(most)                                                                  \
	{ .max = most, .now = 1000,                                                  \
	  .ttl = { [NAME_UNKNOWN] = 300, [NAME_KNOWN] = 100, [NAME_NONE] = 50,       \
		   [NAME_FAILED] = 10 } }

TEST(test_cache_times)
{
	struct name_cache cache = CACHE(64);
	const char *text;

	assert_true(due(&cache, 1, &text));
	put(&cache, 1, NAME_KNOWN, "one");
	put(&cache, 2, NAME_NONE, "");
	put(&cache, 3, NAME_FAILED, "");
	assert_false(due(&cache, 1, &text));
	assert_string_equal(text, "one");
	name_cache_settle(&cache, 1009);
	assert_false(due(&cache, 3, &text));
	name_cache_settle(&cache, 1010); /* a failure is tried again soon */
	assert_true(due(&cache, 3, &text));
	assert_null(text);
	assert_false(due(&cache, 2, &text));
	name_cache_settle(&cache, 1050);
	assert_true(due(&cache, 2, &text));
	assert_false(due(&cache, 1, &text));
	name_cache_settle(&cache, 1100); /* old, but shown until there is better */
	assert_true(due(&cache, 1, &text));
	assert_string_equal(text, "one");
	put(&cache, 1, NAME_FAILED, "");
	assert_false(due(&cache, 1, &text));
	assert_string_equal(text, "one");
	put(&cache, 1, NAME_NONE, "");
	assert_false(due(&cache, 1, &text));
	assert_null(text);
	assert_true(name_cache_lacks(&cache)); /* the third */
	put(&cache, 3, NAME_NONE, "");
	assert_false(name_cache_lacks(&cache));
	name_cache_free(&cache);
}

TEST(test_cache_questions)
{
	struct name_cache cache = CACHE(64);
	struct sk_addr key = key_of(5);
	const char *text;

	assert_int_equal(name_cache_ask(&cache, &key), 0);
	assert_false(due(&cache, 5, &text)); /* is out already */
	assert_int_equal(cache.n_asked, 1);
	name_cache_put(&cache, &key, NAME_UNKNOWN, ""); /* given back */
	assert_true(due(&cache, 5, &text));
	assert_int_equal(cache.n_asked, 0);
	assert_int_equal(name_cache_ask(&cache, &key), 0);
	name_cache_cancel(&cache);
	assert_int_equal(cache.n_asked, 0);
	assert_true(due(&cache, 5, &text));
	key = key_of(6);
	name_cache_put(&cache, &key, NAME_KNOWN, "nobody asked");
	assert_true(due(&cache, 6, &text));
	assert_null(text);
	name_cache_free(&cache);
}

TEST(test_cache_is_bounded)
{
	struct name_cache cache = CACHE(64);
	struct sk_addr key = key_of(900);
	const char *text;

	assert_int_equal(name_cache_ask(&cache, &key), 0); /* out: never thrown away */
	for (uint32_t i = 0; i < 63; i++)
		put(&cache, i, i % 2 ? NAME_KNOWN : NAME_FAILED, "name");
	key = key_of(901);
	assert_int_equal(name_cache_ask(&cache, &key), -ENOSPC);
	name_cache_settle(&cache, 1001);
	for (uint32_t i = 0; i < 10; i++)
		due(&cache, i, &text); /* on the screen */
	name_cache_settle(&cache, 1002);
	assert_in_range(cache.n, 11, 32);
	for (uint32_t i = 0; i < 10; i++)
		assert_false(due(&cache, i, &text));
	assert_int_equal(cache.n_asked, 1);
	assert_false(due(&cache, 900, &text));
	assert_int_equal(name_cache_ask(&cache, &key), 0);
	for (uint32_t i = 1000; i < 2000; i++) {
		key = key_of(i);
		name_cache_ask(&cache, &key);
		name_cache_put(&cache, &key, NAME_FAILED, "");
		name_cache_settle(&cache, 1003 + i);
		assert_in_range(cache.n, 1, 64);
	}
	name_cache_free(&cache);
}

TEST(test_text)
{
	static const char *const good[] = { "a", "a.b", "host-1.example.", "_x.y", "1.a",
					    L63 ".x", "xn--mnchen-3ya.de" };
	static const char *const bad[] = { "", ".", "..", "a..b", ".a", "1", "1.2.3.4",
					   "1.2.3.4.", "a b", "a\n", "a:1", "::1", "a/b",
					   "a\\b", "[a]", "a%b", "\xc3\xa4", ("a" L63) };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_host(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_host(bad[i]));
}
