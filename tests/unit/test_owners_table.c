/* SPDX-License-Identifier: MIT */
/* The table of processes and of the sets of them that hold a socket. */
#include "../testing.h"
#include <sktop/owners.h>

TEST(test_table)
{
	struct sk_holder holders[3] = { { 1, 0 }, { 1, 4 }, { 2, 0 } };
	struct sk_process process = { .pid = 1, .name = "a", .command = "a b", .cgroup = "",
				      .unit = "", .tids = "" };
	struct sk_owners *owners;
	uint32_t id, set, again;

	assert_int_equal(sk_owners_new(&owners), 0);
	assert_int_equal(sk_owners_add_process(owners, &process, &id), 0);
	assert_int_equal(id, 1);
	process.name = "b";
	assert_int_equal(sk_owners_add_process(owners, &process, &id), 0);
	assert_int_equal(sk_owners_add_set(owners, holders, 3, &set), 0);
	for (uint32_t i = 2; i < 5000; i++) { /* the index grows */
		struct sk_holder one = { i, 0 };

		assert_int_equal(sk_owners_add_set(owners, &one, 1, &id), 0);
	}
	assert_int_equal(sk_owners_add_set(owners, holders, 3, &again), 0);
	assert_int_equal(set, again);
	assert_int_equal(sk_owners_count(owners, set), 3);
	assert_int_equal(sk_owners_processes(owners, set), 2);
	assert_string_equal(sk_owners_process(owners, set, 2)->name, "b");
	assert_int_equal(sk_owners_add_set(owners, NULL, 0, &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(sk_owners_count(owners, 0), 0);
	assert_int_equal(sk_owners_count(owners, 1000000), 0);
	assert_null(sk_owners_process(owners, set, 3));
	assert_null(sk_owners_process(NULL, 1, 0));
	assert_null(sk_owners_by_id(owners, 3));
	assert_int_equal(sk_owners_add_cgroup(owners, 77, "/a", "a.service"), 0);
	assert_int_equal(sk_owners_add_cgroup(owners, 77, "/other", ""), 0);
	assert_string_equal(sk_owners_cgroup(owners, 77)->path, "/a");
	assert_null(sk_owners_cgroup(owners, 78));
	sk_owners_unref(owners);
}
