/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "names/hosts.h"
#include "names/services.h"
#include "names/text.h"
#include "names/users.h"

/* About 3 MB of the longest names there can be; more than a screen ever shows. */
#define HOSTS_MAX 16384
#define USERS_MAX 16384
#define SERVICES_REST 10 /* seconds */

/** One kind of names that a thread finds. */
struct finder {
	struct name_cache cache;
	struct mailbox *box; /* NULL: nobody to ask */
};

struct sk_names {
	struct sk_names_options options;
	pthread_rwlock_t lock; /* of the caches and askers, among threads that look names up */
	char *servers;
	int bell;
	struct services services;
	uint32_t services_due; /* when to read them again, if there were none */
	struct sk_numbers *numbers;
	struct finder hosts, users;
	struct host_resolver *host_resolver; /* NULL: off */
	struct user_resolver *user_resolver; /* NULL: not needed yet */
	atomic_bool asks_users;	       /* it is there */
};

static uint32_t now_seconds(void)
{
	return (uint32_t)(now_ns() / 1000000000U) + 1; /* never 0: that is "expired" */
}

static void set_options(struct sk_names *names, const struct sk_names_options *options)
{
	if (options)
		names->options = *options;
	if (!names->options.user)
		names->options.user = users_from_system;
	if (names->options.servers)
		names->servers = strdup(names->options.servers);
	names->options.servers = names->servers;
	names->hosts.cache = (struct name_cache){
		.max = HOSTS_MAX,
		.now = now_seconds(),
		.ttl = { [NAME_UNKNOWN] = 300, [NAME_KNOWN] = 3600, [NAME_NONE] = 300,
			 [NAME_FAILED] = 60 },
	};
	names->users.cache = (struct name_cache){
		.max = USERS_MAX,
		.now = now_seconds(),
		.ttl = { [NAME_UNKNOWN] = 300, [NAME_KNOWN] = 600, [NAME_NONE] = 600,
			 [NAME_FAILED] = 60 },
	};
}

int sk_names_new(const struct sk_names_options *options, struct sk_names **out)
{
	struct sk_names *names = calloc(1, sizeof(*names));
	int err;

	if (!names)
		return -ENOMEM;
	pthread_rwlock_init(&names->lock, NULL);
	set_options(names, options);
	names->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = names->bell < 0 ? -errno : services_read(&names->services);
	if (!err)
		err = sk_numbers_new("", &names->numbers);
	if (!err && options && options->servers && !names->servers)
		err = -ENOMEM;
	if (err) {
		sk_names_free(names);
		return err;
	}
	*out = names;
	return 0;
}

void sk_names_free(struct sk_names *names)
{
	if (!names)
		return;
	host_resolver_stop(names->host_resolver);
	user_resolver_stop(names->user_resolver);
	mailbox_unref(names->hosts.box);
	mailbox_unref(names->users.box);
	name_cache_free(&names->hosts.cache);
	name_cache_free(&names->users.cache);
	services_free(&names->services);
	sk_numbers_free(names->numbers);
	if (names->bell >= 0)
		close(names->bell);
	pthread_rwlock_destroy(&names->lock);
	free(names->servers);
	free(names);
}

/* Returns whether there was any. */
static bool take_answers(struct finder *finder)
{
	struct mail *mail = finder->box ? mailbox_take(finder->box) : NULL;
	bool any = mail != NULL;

	while (mail) {
		struct mail *next = mail->next;

		name_cache_put(&finder->cache, &mail->key, mail->outcome, mail->text);
		free(mail);
		mail = next;
	}
	return any;
}

static int hosts_on(struct sk_names *names)
{
	int err = mailbox_new(names->bell, &names->hosts.box);

	if (!err)
		err = host_resolver_start(&names->options, names->hosts.box,
					  &names->host_resolver);
	if (err) {
		mailbox_unref(names->hosts.box);
		names->hosts.box = NULL;
	}
	return err;
}

static void hosts_off(struct sk_names *names)
{
	host_resolver_stop(names->host_resolver);
	names->host_resolver = NULL;
	take_answers(&names->hosts);
	mailbox_unref(names->hosts.box);
	names->hosts.box = NULL;
	name_cache_cancel(&names->hosts.cache);
}

int sk_names_set_hosts(struct sk_names *names, bool on)
{
	if (on == sk_names_hosts(names))
		return 0;
	if (on)
		return hosts_on(names);
	hosts_off(names);
	return 0;
}

bool sk_names_hosts(const struct sk_names *names)
{
	return names->host_resolver != NULL;
}

static const char *look(struct sk_names *names, struct finder *finder,
			const struct sk_addr *key, bool ask)
{
	const char *text;
	bool unknown;

	pthread_rwlock_rdlock(&names->lock);
	unknown = name_cache_look(&finder->cache, key, &text) && ask && finder->box;
	pthread_rwlock_unlock(&names->lock);
	if (!unknown)
		return text;
	pthread_rwlock_wrlock(&names->lock);
	if (name_cache_ask(&finder->cache, key) == 0)
		mailbox_ask(finder->box, key);
	pthread_rwlock_unlock(&names->lock);
	return text;
}

const char *sk_names_host(struct sk_names *names, const struct sk_addr *addr, bool ask)
{
	if (!names->host_resolver || sk_addr_is_any(addr))
		return NULL;
	return look(names, &names->hosts, addr, ask);
}

const char *sk_names_service(const struct sk_names *names, enum sk_proto proto,
			     uint16_t port)
{
	if (proto == SK_PROTO_RAW)
		return port < 256 ? sk_names_protocol(names, (uint8_t)port) : NULL;
	return services_find(&names->services, proto, port);
}

const char *sk_names_protocol(const struct sk_names *names, uint8_t protocol)
{
	return names->services.protocol[protocol];
}

static const char *look_up_now(struct sk_names *names, const struct sk_addr *key,
			       uint32_t uid)
{
	struct name_cache *cache = &names->users.cache;
	char name[TEXT_NAME_STRLEN] = "";
	enum name_outcome outcome;
	const char *text;

	if (!name_cache_look(cache, key, &text) || name_cache_ask(cache, key))
		return text;
	outcome = users_look_up(names->options.user, uid, name);
	name_cache_put(cache, key, outcome, name);
	name_cache_look(cache, key, &text);
	return text;
}

/* Most runs need no more than the first answer; the thread comes with the question. */
static void start_user_resolver(struct sk_names *names)
{
	struct mailbox *box;

	if (atomic_load(&names->asks_users))
		return;
	pthread_rwlock_wrlock(&names->lock);
	if (!names->users.box && mailbox_new(names->bell, &box) == 0) {
		if (user_resolver_start(names->options.user, box,
					&names->user_resolver))
			mailbox_unref(box);
		else
			names->users.box = box;
		atomic_store(&names->asks_users, names->users.box != NULL);
	}
	pthread_rwlock_unlock(&names->lock);
}

const char *sk_names_user(struct sk_names *names, uint32_t uid)
{
	struct sk_addr key = { 0 };

	memcpy(key.b, &uid, sizeof(uid));
	if (names->options.wait_users)
		return look_up_now(names, &key, uid);
	start_user_resolver(names);
	return look(names, &names->users, &key, true);
}

int sk_names_fd(const struct sk_names *names)
{
	return names->bell;
}

/* Descriptors may have run out at the start; where there is no such list, there is none. */
static void read_services_again(struct sk_names *names, uint32_t now)
{
	if (names->services.n || now < names->services_due)
		return;
	if (names->services_due)
		services_read(&names->services);
	names->services_due = now + SERVICES_REST;
}

unsigned sk_names_settle(struct sk_names *names)
{
	uint64_t count;
	uint32_t now = now_seconds();
	unsigned news = 0;

	if (read(names->bell, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return 0;
	if (take_answers(&names->hosts))
		news |= SK_NAMES_HOSTS;
	if (take_answers(&names->users))
		news |= SK_NAMES_USERS;
	name_cache_settle(&names->hosts.cache, now);
	name_cache_settle(&names->users.cache, now);
	read_services_again(names, now);
	return news;
}

uint32_t sk_names_pending(const struct sk_names *names)
{
	return names->hosts.cache.n_asked + names->users.cache.n_asked;
}

bool sk_names_lacks_hosts(const struct sk_names *names)
{
	return name_cache_lacks(&names->hosts.cache);
}

bool sk_names_lacks_users(const struct sk_names *names)
{
	return name_cache_lacks(&names->users.cache);
}

int sk_names_lost_services(const struct sk_names *names)
{
	return names->services.lost;
}

const struct sk_numbers *sk_names_numbers(const struct sk_names *names)
{
	return names->numbers;
}
