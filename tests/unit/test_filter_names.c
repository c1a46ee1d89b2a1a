/* SPDX-License-Identifier: MIT */
/* What a filter takes from elsewhere: the addresses of host names, and files. */
#include "../testing.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "filter_rows.h"

TEST(test_names)
{
	struct sk_filter_error error;
	struct sk_filter *filter, *again;
	char text[4096];

	/* every Linux knows this name; both of its addresses if it has two */
	assert_int_equal(sk_filter_parse_names("dst localhost:443", sockets(),
					       SK_LOOKUP_DNS, NULL, &filter, &error), 0);
	sk_filter_print(filter, text, sizeof(text));
	assert_non_null(strstr(text, "127.0.0.1/32]:443"));
	/* what was looked up is remembered */
	assert_int_equal(sk_filter_parse_names("dst != LOCALHOST", sockets(),
					       SK_LOOKUP_HOSTS, filter, &again, &error), 0);
	sk_filter_free(filter);
	sk_filter_print(again, text, sizeof(text));
	assert_null(strstr(text, " or "));
	sk_filter_free(again);
	assert_int_equal(sk_filter_parse_names("dst no.such.invalid", sockets(),
					       SK_LOOKUP_DNS, NULL, &filter, &error),
			 -EINVAL);
	assert_non_null(strstr(error.message, "host 'no.such.invalid'"));
	/* where nobody may wait, DNS is left to somebody else */
	assert_int_equal(sk_filter_parse("tx > 1 dst no.such.invalid", sockets(), &filter,
					 &error), -EAGAIN);
	assert_int_equal(error.offset, 11);
	assert_non_null(strstr(error.message, "not in /etc/hosts"));
}

static int compose(const char *words, const char *content, char **out, char *error)
{
	FILE *file = tmpfile();
	size_t offset;
	int err;

	assert_non_null(file);
	fputs(content, file);
	rewind(file);
	err = sk_filter_compose(words, file, "some file", out, &offset, error);
	fclose(file);
	return err;
}

TEST(test_files)
{
	char error[SK_ERROR_LEN], *text, *longer = calloc(1, 5000);

	assert_int_equal(compose("listen or time-wait", "# web\n  # and ssh\nport 22\n or "
				 "port 443\n", &text, error), 0);
	assert_int_equal(matches(text), 6);
	free(text);
	assert_int_equal(compose("", "\\( listen or \\\n time-wait \\) and \\! user ~ "
				     "\"a\\(b\"", &text, error), 0);
	assert_int_equal(matches(text), 6);
	assert_non_null(strstr(text, "\"a\\(b\"")); /* a pattern keeps its own */
	free(text);
	assert_int_equal(compose("", "# nothing\nlisten", &text, error), 0);
	assert_int_equal(matches(text), 2);
	free(text);
	assert_int_equal(compose("listen", "", &text, error), 0);
	assert_int_equal(matches(text), 2);
	free(text);
	memset(longer, 'a', 4999);
	assert_int_equal(compose("", longer, &text, error), -EINVAL);
	assert_non_null(strstr(error, "'some file': longer"));
	free(longer);
}

/*
 * The last test, since it leaves a thread behind: TSan does not see the lock by which the C
 * library gives a locale of that thread to another one.
 */
TEST(test_job)
{
	struct sk_filter_error error;
	struct sk_filter_job *job;
	struct sk_filter *filter;
	struct pollfd p = { .events = POLLIN };

	assert_int_equal(sk_filter_job_new("dst localhost", sockets(), &job), 0);
	p.fd = sk_filter_job_fd(job);
	assert_int_equal(poll(&p, 1, 30000), 1);
	assert_int_equal(sk_filter_job_take(job, &filter, &error), 0);
	sk_filter_job_free(job);
	assert_non_null(filter);
	sk_filter_free(filter);
	assert_int_equal(sk_filter_job_new("dst <", sockets(), &job), 0);
	p.fd = sk_filter_job_fd(job);
	assert_int_equal(poll(&p, 1, 30000), 1);
	assert_int_equal(sk_filter_job_take(job, &filter, &error), -EINVAL);
	assert_null(filter);
	sk_filter_job_free(job);
	/* given up before it is done */
	assert_int_equal(sk_filter_job_new("dst localhost", sockets(), &job), 0);
	sk_filter_job_free(job);
}

int main(void)
{
	return testing_run(set_up, NULL);
}
