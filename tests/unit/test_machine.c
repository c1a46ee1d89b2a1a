/* SPDX-License-Identifier: MIT */
/*
 * A synthetic sample is of a machine of its own: nothing of the machine that shows it.
 */
#include "../testing.h"
#include <stdio.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/names.h>
#include <sktop/source.h>

static int somebody(uint32_t uid, char *name, size_t size)
{
	snprintf(name, size, "here-%u", uid);
	return 0;
}

TEST(test_synthetic)
{
	const struct sk_names_options options = { .wait_users = true, .user = somebody };
	const struct sk_request request = SK_REQUEST_DEFAULT;
	const struct sk_table *table = sk_table(SK_TABLE_CONNECTIONS);
	struct sk_context context = { 0 };
	char error[SK_ERROR_LEN], cell[SK_CELL_STRLEN];
	struct sk_source *source;
	struct sk_sample *sample;
	struct sk_names *names;
	uint32_t named = 0;

	assert_int_equal(sk_names_new(&options, &names), 0);
	assert_int_equal(sk_synthetic_source_new("sockets=300", 0, &source, error), 0);
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	assert_string_equal(sample->machine.host, "example");
	assert_false(sample->machine.live);
	assert_null(sample->machine.interface);
	context.sample = sample;
	context.names = names;
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		sk_value_format(&context, sk_column_find(table, "user", 4), &sample->sockets[i], 0,
				cell, sizeof(cell));
		assert_null(strstr(cell, "here-"));
		named += strcmp(cell, "root") == 0 || strcmp(cell, "www-data") == 0;
	}
	assert_true(named > 0);
	sk_sample_unref(sample);
	sk_source_free(source);
	sk_names_free(names);
}

int main(void)
{
	return testing_run(NULL, NULL);
}
