/* SPDX-License-Identifier: MIT */
/* What is not closed: another socket, none at all, one that is not ours, one left. */
#include <sys/wait.h>
#include "act_scene.h"
#include "become.h"
#include "kernel/act/kill.h"

ACT(test_wrong_cookie)
{
	int listener = listening(0);
	struct sk_sample *sample = look();
	int at = find(sample, net_cookie(listener));
	struct sk_target target;

	sample->sockets[at].cookie += 1000000;
	target = close_one(sample, at);
	/* a successor with the same ends is not hit */
	assert_int_equal(target.outcome, SK_OUTCOME_GONE);
	assert_true(is_there(net_cookie(listener)));
	sk_sample_unref(sample);
	close(listener);
}

/* The kernel takes these for "any": whatever lies there would be hit. */
ACT(test_no_cookie)
{
	static const uint64_t cookies[] = { 0, UINT64_MAX };
	int listener = listening(0);
	struct sk_sample *sample = look();
	struct sk_detached detached = sk_detached_of(
		sample, &sample->sockets[find(sample, net_cookie(listener))]);
	struct sk_socket *s = &detached.socket;
	struct kill_handle *handle;

	assert_int_equal(kill_open(&handle), 0);
	for (int i = 0; i < 2; i++) {
		s->cookie = cookies[i];
		assert_int_equal(kill_socket(handle, &detached), -EINVAL);
	}
	s->cookie = net_cookie(listener);
	s->flags |= SK_F_NO_COOKIE;
	assert_int_equal(kill_socket(handle, &detached), -EINVAL);
	s->proto = SK_PROTO_UNIX;
	assert_int_equal(kill_socket(handle, &detached), -EINVAL);
	assert_true(is_there(net_cookie(listener)));
	kill_close(handle);
	sk_sample_unref(sample);
	close(listener);
}

ACT(test_bound)
{
	int fd = bound(SOCK_STREAM, 0);
	struct sk_sample *sample = look();
	struct sk_socket *s;
	struct kill_handle *handle;
	struct sk_target target;
	struct sk_detached detached;
	const struct sk_attrs attrs = { .local = sk_addr_from_v4("\177\0\0\1") };

	assert_int_equal(sk_sample_add_socket(sample, &s, NULL), 0);
	*s = (struct sk_socket){ .cookie = net_cookie(fd), .proto = SK_PROTO_TCP,
				 .state = SK_STATE_CLOSE, .lport = port,
				 .remote = sk_addr_from_v4("\0\0\0\0") };
	assert_int_equal(sk_sample_set_attrs(sample, s, &attrs), 0);
	target = close_one(sample, (int)sample->n_sockets - 1);
	assert_int_equal(target.outcome, SK_OUTCOME_REFUSED);
	assert_int_equal(target.refusal, SK_REFUSAL_BOUND);
	assert_int_equal(kill_open(&handle), 0);
	detached = sk_detached_of(sample, s);
	assert_int_equal(kill_socket(handle, &detached), -ENOENT); /* hence */
	kill_close(handle);
	sk_sample_unref(sample);
	close(fd);
}

ACT(test_probe)
{
	struct kill_handle *handle;

	assert_int_equal(kill_open(&handle), 0);
	assert_int_equal(kill_probe(handle, SK_PROTO_TCP), 0);
	assert_int_equal(kill_probe(handle, SK_PROTO_UDP), 0);
	assert_int_equal(kill_probe(handle, SK_PROTO_MPTCP), -EOPNOTSUPP);
	assert_int_equal(kill_probe(handle, SK_PROTO_UNIX), -EOPNOTSUPP);
	kill_close(handle);
}

/* Tries in a child that became somebody else; it must be refused before it is tried. */
static void refused_to(int (*become)(void))
{
	int listener = listening(0), status;
	pid_t pid = fork();

	if (pid == 0) {
		struct sk_sample *sample;
		struct sk_target target;

		if (become())
			_exit(77);
		sample = look();
		target = close_one(sample, find(sample, net_cookie(listener)));
		_exit(target.outcome == SK_OUTCOME_REFUSED &&
		      target.refusal == SK_REFUSAL_PRIVILEGE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		print_message("SKIPPED: it could not become another\n");
	else
		assert_int_equal(status, 0);
	assert_true(is_there(net_cookie(listener)));
	close(listener);
}

/* Every capability, but none over the namespace that the sockets are in. */
static int become_root_of_little(void)
{
	return unshare(CLONE_NEWUSER);
}

ACT(test_unprivileged)
{
	refused_to(become_nobody);
	refused_to(become_root_of_little);
}

/* Stopped in the middle: what was not tried is said to be left, and lives. */
ACT(test_stop)
{
	int listener = listening(0);
	struct sk_sample *sample = look();
	const uint32_t chosen[] = { (uint32_t)find(sample, net_cookie(listener)) };
	struct sk_powers *powers;
	struct sk_plan *plan;
	struct sk_actor *actor;
	char sum[80];

	assert_int_equal(sk_powers_new(sample, &powers), 0);
	assert_int_equal(sk_plan_close(sample, chosen, 1, powers, &plan), 0);
	assert_int_equal(sk_actor_new(plan, &actor), 0);
	assert_true(sk_actor_step(actor, 0)); /* no time at all */
	sk_actor_stop(actor);
	assert_false(sk_actor_step(actor, UINT64_MAX));
	assert_string_equal(sk_plan_sum(plan, sum, sizeof(sum)), "0 closed, 1 not tried");
	assert_string_equal(sk_target_word(&plan->targets[0]), "left");
	assert_true(is_there(net_cookie(listener)));
	sk_actor_free(actor);
	sk_plan_free(plan);
	free(powers);
	sk_sample_unref(sample);
	close(listener);
}

int main(void)
{
	net_enter_or_skip(true);
	return testing_run(setup_source, free_source);
}
