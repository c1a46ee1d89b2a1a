/* SPDX-License-Identifier: MIT */
/*
 * The whole way of the detail view on this kernel: real sockets in a namespace of
 * their own, looked up one by one, and the rows made of them.
 */
#include "../testing.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sktop/column.h>
#include <sktop/detail.h>
#include <sktop/source.h>
#include "../net.h"

/** The live source, the sample it made last, and the rows of one socket. */
struct fixture {
	struct sk_source *source;
	struct sk_sample *sample;
	struct sk_detail_rows rows;
};

static struct fixture f;

static int set_up(void **state)
{
	char error[SK_ERROR_LEN];

	*state = &f;
	memset(&f, 0, sizeof(f));
	return sk_live_source_new(0, &f.source, error) || sk_sample_new(&f.sample);
}

static int tear_down(void **state)
{
	(void)state;
	sk_detail_rows_free(&f.rows);
	sk_sample_unref(f.sample);
	sk_source_free(f.source);
	return 0;
}

static int connect_to(uint16_t port, int protocol, const char *congestion)
{
	struct sockaddr_in addr = net_loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, protocol);

	assert_true(fd >= 0);
	if (congestion)
		assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion,
					    (socklen_t)strlen(congestion)), 0);
	assert_int_equal(connect(fd, (void *)&addr, sizeof(addr)), 0);
	return fd;
}

static void collect(struct sk_request *request)
{
	sk_sample_reset(f.sample);
	assert_int_equal(sk_source_collect(f.source, request, f.sample), 0);
}

/* Looks into the TCP socket with these ports, as Enter on its row does. */
static void look_into(uint16_t lport, uint16_t rport)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_context context = { .sample = f.sample };
	struct sk_detail_input input = { .context = &context };

	request.protos = SK_PROTO_BIT(SK_PROTO_TCP);
	collect(&request);
	for (uint32_t i = 0; i < f.sample->n_sockets; i++) {
		if (f.sample->sockets[i].lport == lport &&
		    f.sample->sockets[i].rport == rport) {
			request.wants_detail = true;
			request.detached =
				sk_detached_of(f.sample, &f.sample->sockets[i]);
		}
	}
	assert_true(request.wants_detail);
	collect(&request);
	assert_non_null(f.sample->detail);
	input.socket = &f.sample->detail->detached.socket;
	input.attrs = &f.sample->detail->detached.attrs;
	input.detail = f.sample->detail;
	assert_int_equal(sk_detail_rows_build(&input, &f.rows), 0);
}

static const char *find_value(const char *label)
{
	for (size_t i = 0; i < f.rows.n; i++) {
		if (strcmp(f.rows.row[i].label, label) == 0)
			return f.rows.row[i].value;
	}
	return NULL;
}

static void assert_row(const char *label, const char *value)
{
	if (!find_value(label))
		fail_msg("no row '%s'", label);
	assert_string_equal(find_value(label), value);
}

FRESH(backlog)
{
	int listener = net_listening(0, "127.0.0.1", 6001, 1), a, b;

	look_into(6001, 0);
	assert_non_null(strstr(find_value(""), "No connection waits"));
	a = connect_to(6001, 0, NULL);
	b = connect_to(6001, 0, NULL);
	look_into(6001, 0);
	assert_row("waiting", "2");
	assert_non_null(strstr(find_value(""), "The backlog is full (2 wait, the limit is 1)"));
	close(a);
	close(b);
	close(listener);
}

/* The private data of BBR; reno has none. */
FRESH(congestion)
{
	int listener = net_listening(0, "127.0.0.1", 6002, 2), reno, bbr = socket(AF_INET, SOCK_STREAM, 0);

	reno = connect_to(6002, 0, "reno");
	look_into(net_port(reno), 6002);
	assert_row("algorithm", "reno");
	assert_null(find_value("BBR gains"));
	close(reno);
	if (setsockopt(bbr, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3)) {
		print_message("SKIPPED: no BBR here\n");
		skip();
	}
	close(bbr);
	bbr = connect_to(6002, 0, "bbr");
	look_into(net_port(bbr), 6002);
	assert_row("algorithm", "bbr");
	assert_non_null(find_value("BBR bandwidth"));
	assert_non_null(strstr(find_value("BBR gains"), "pacing "));
	close(bbr);
	close(listener);
}

FRESH(md5_keys)
{
	struct tcp_md5sig key = { .tcpm_keylen = 6, .tcpm_key = "sesame",
				  .tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
				  .tcpm_prefixlen = 24 };
	struct sockaddr_in *peer = (void *)&key.tcpm_addr;
	int listener = net_listening(0, "127.0.0.1", 6003, 1);

	peer->sin_family = AF_INET;
	inet_pton(AF_INET, "10.9.8.0", &peer->sin_addr);
	if (setsockopt(listener, IPPROTO_TCP, TCP_MD5SIG_EXT, &key, sizeof(key))) {
		print_message("SKIPPED: no TCP_MD5SIG here: %s\n", strerror(errno));
		close(listener);
		skip();
	}
	look_into(6003, 0);
	assert_row("keys", "1");
	assert_row("key for", "10.9.8.0/24, 6 bytes");
	assert_null(memmem(f.sample->detail, sizeof(*f.sample->detail), "sesame", 6));
	close(listener);
}

FRESH(subflow)
{
	int listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), client;
	char byte = 0;

	if (listener < 0) {
		print_message("SKIPPED: no MPTCP here\n");
		skip();
	}
	close(listener);
	listener = net_listening(IPPROTO_MPTCP, "127.0.0.1", 6004, 1);
	client = connect_to(6004, IPPROTO_MPTCP, NULL);
	assert_int_equal(write(client, &byte, 1), 1);
	look_into(net_port(client), 6004);
	assert_row("upper protocol", "mptcp");
	assert_non_null(strstr(find_value("MPTCP flags"), "capable-local"));
	assert_non_null(find_value("MPTCP tokens"));
	close(client);
	close(listener);
}


int main(void)
{
	net_enter_or_skip(false);
	return testing_run(NULL, NULL);
}
