/* SPDX-License-Identifier: MIT */
/*
 * Which way a selected socket's packets take: asked of a kernel with two tables, a rule
 * by port, and a destination that nothing leads to.
 */
#include "../testing.h"
#include <arpa/inet.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sktop/detail.h>
#include <sktop/names.h>
#include <sktop/column.h>
#include <sktop/source.h>

static struct sk_source *source;
static struct sk_sample *sample;

static int udp_to(const char *host, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(inet_pton(AF_INET, host, &to.sin_addr), 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* The answer for the socket with this remote port. */
static const struct sk_detail *look_at(uint16_t port)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	uint32_t i = 0;

	sk_sample_reset(sample);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	while (i < sample->n_sockets && sample->sockets[i].rport != port)
		i++;
	assert_true(i < sample->n_sockets);
	request.wants_detail = true;
	request.detached = sk_detached_of(sample, &sample->sockets[i]);
	sk_sample_reset(sample);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	assert_non_null(sample->detail);
	assert_true(sample->detail->has_route);
	return sample->detail;
}

static const char *row(const struct sk_detail *detail, const char *label)
{
	static struct sk_detail_rows rows;
	struct sk_names *names;
	struct sk_context context = { .sample = sample };
	struct sk_detail_input input = { .context = &context, .socket = &detail->detached.socket,
					 .attrs = &detail->detached.attrs,
					 .detail = detail };

	assert_int_equal(sk_names_new(NULL, &names), 0);
	context.names = names;
	assert_int_equal(sk_detail_rows_build(&input, &rows), 0);
	sk_names_free(names);
	for (size_t i = 0; i < rows.n; i++) {
		if (strcmp(rows.row[i].label, label) == 0 &&
		    strcmp(rows.row[i].section, "Route") == 0)
			return rows.row[i].value;
	}
	return "";
}

TEST(by_main_table)
{
	int fd = udp_to("10.9.1.1", 4001);
	const struct sk_detail *detail = look_at(4001);

	assert_int_equal(detail->route.error, 0);
	assert_string_equal(row(detail, "next hop"), "via 10.0.0.1 dev v0 src 10.0.0.2");
	assert_string_equal(row(detail, "route"), "10.9.0.0/16");
	assert_string_equal(row(detail, "table"), "main, by static, metric 7");
	assert_string_equal(row(detail, "route mtu"), "1300");
	close(fd);
}

TEST(by_rule_of_port)
{
	int fd = udp_to("10.9.1.1", 4002);
	const struct sk_detail *detail = look_at(4002);

	assert_string_equal(row(detail, "next hop"), "via 10.0.0.7 dev v0 src 10.0.0.2");
	assert_string_equal(row(detail, "route"), "default");
	assert_string_equal(row(detail, "table"), "100, by boot, metric 0");
	close(fd);
}

TEST(no_way_any_more)
{
	int fd = udp_to("10.77.1.1", 4003);

	assert_int_equal(system("ip route del 10.77.0.0/16"), 0);
	assert_string_equal(row(look_at(4003), "next hop"), "none: Network is unreachable");
	close(fd);
}

int main(void)
{
	char error[SK_ERROR_LEN];

	if (unshare(CLONE_NEWNET))
		return 77;
	if (system("ip link set lo up && ip link add v0 type veth peer name v1 && "
		   "ip link set v0 up && ip link set v1 up && ip addr add 10.0.0.2/24 dev v0 && "
		   "ip route add 10.9.0.0/16 via 10.0.0.1 proto static metric 7 mtu 1300 && "
		   "ip route add 10.77.0.0/16 via 10.0.0.1 && "
		   "ip route add default via 10.0.0.7 table 100 && "
		   "ip rule add dport 4002 ipproto udp lookup 100 prio 50") ||
	    sk_live_source_new(0, &source, error) || sk_sample_new(&sample))
		return 1;
	return testing_run(NULL, NULL);
}
