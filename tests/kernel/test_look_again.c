/* SPDX-License-Identifier: MIT */
/*
 * One socket looked at by its ends and cookie, beside the dump and beside ss: the sockets
 * of make_sockets, and some more that are hard to find.
 */
#include "../testing.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sktop/detail.h>
#include <sktop/source.h>
#include "../net.h"

#define SHARED 6 /* listeners on one port */

static struct sk_source *source;

static struct sk_sample *take(void)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	return sample;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in addr = net_loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static int look(const struct sk_detached *detached, struct sk_detail **detail)
{
	struct sk_request request = { .needs = SK_NEED_SOCKETS,
				      .wants_detail = true,
				      .detached = *detached };
	struct sk_sample *sample;

	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	*detail = sample->detail;
	sample->detail = NULL;
	sk_sample_unref(sample);
	return *detail ? 0 : -ENOENT;
}

static int look_in(const struct sk_sample *sample, const struct sk_socket *s,
		   struct sk_detail **detail)
{
	struct sk_detached detached = sk_detached_of(sample, s);

	return look(&detached, detail);
}

/* What a dump of the same moment says, but for what the clock moves. */
static void compare(const struct sk_detached *x, const struct sk_detached *y)
{
	const struct sk_socket *a = &x->socket, *b = &y->socket;

	assert_memory_equal(&x->attrs.local, &y->attrs.local, sizeof(x->attrs.local));
	assert_int_equal(a->cookie, b->cookie);
	assert_memory_equal(&a->remote, &b->remote, sizeof(a->remote));
	assert_int_equal(a->lport, b->lport);
	assert_int_equal(a->rport, b->rport);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->inode, b->inode);
	assert_int_equal(a->recv_q, b->recv_q);
	assert_int_equal(a->send_q, b->send_q);
	if (a->state != SK_STATE_SYN_SENT) /* which sends again */
		assert_int_equal(a->retrans, b->retrans);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->tx_total, b->tx_total);
	assert_int_equal(a->rx_total, b->rx_total);
	assert_int_equal(a->flags, b->flags);
}

TEST(test_all)
{
	struct sk_sample *sample = take();
	uint32_t states = 0, protos = 0;

	assert_true(sample->n_sockets > 20);
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];
		const struct sk_detached detached = sk_detached_of(sample, s);
		struct sk_detail *detail;

		if (s->proto == SK_PROTO_TCP && s->state == SK_STATE_CLOSE)
			continue;
		assert_int_equal(look_in(sample, s, &detail), 0);
		compare(&detached, &detail->detached);
		protos |= SK_PROTO_BIT(s->proto);
		states |= s->proto == SK_PROTO_TCP ? SK_STATE_BIT(s->state) : 0;
		free(detail);
	}
	assert_int_equal(protos, SK_PROTOS_DEFAULT);
	assert_true(states & SK_STATE_BIT(SK_STATE_ESTABLISHED));
	assert_true(states & SK_STATE_BIT(SK_STATE_TIME_WAIT));
	assert_true(states & SK_STATE_BIT(SK_STATE_LISTEN));
	assert_true(states & SK_STATE_BIT(SK_STATE_CLOSE_WAIT));
	sk_sample_unref(sample);
}

static const struct sk_socket *find(const struct sk_sample *sample, uint16_t lport,
				    uint16_t rport)
{
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		if (sample->sockets[i].lport == lport && sample->sockets[i].rport == rport)
			return &sample->sockets[i];
	}
	return NULL;
}

/** What ss says of the TCP socket between two ports. */
struct line {
	char state[32];
	unsigned recv_q, send_q;
	unsigned long long sent, received;
};

static void ask_ss(uint16_t lport, uint16_t rport, struct line *line)
{
	char command[128], text[4096] = "";
	const char *at;
	FILE *ss;

	snprintf(command, sizeof(command), "ss -tnOHi 'sport = %u and dport = %u'", lport,
		 rport);
	ss = popen(command, "r");
	assert_non_null(ss);
	assert_non_null(fgets(text, sizeof(text), ss));
	pclose(ss);
	memset(line, 0, sizeof(*line));
	assert_int_equal(sscanf(text, "%31s %u %u", line->state, &line->recv_q,
				&line->send_q), 3);
	at = strstr(text, "bytes_sent:");
	if (at)
		line->sent = strtoull(at + strlen("bytes_sent:"), NULL, 10);
	at = strstr(text, "bytes_received:");
	if (at)
		line->received = strtoull(at + strlen("bytes_received:"), NULL, 10);
}

/* A row of an old sample, and what has become of it, as ss has it. */
TEST(test_changes)
{
	int listener = listen_on(7801), peer;
	int fd = net_connected(SOCK_STREAM, 0, "127.0.0.1", 7801);
	struct sk_sample *sample;
	const struct sk_socket *s;
	struct sk_detail *detail;
	struct linger reset = { .l_onoff = 1 };
	struct line line;
	uint16_t port;

	peer = net_accepted(listener);
	port = net_port(fd);
	sample = take();
	s = find(sample, 7801, port);
	assert_non_null(s);
	assert_int_equal(s->rx_total, 0);

	assert_int_equal(send(fd, "0123456789", 10, 0), 10);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(recv(peer, &line, 4, MSG_WAITALL), 4);
	assert_int_equal(send(peer, "abc", 3, 0), 3);
	do { /* until the last of it has come through */
		ask_ss(7801, port, &line);
	} while (strcmp(line.state, "CLOSE-WAIT") || line.received != 11 || line.send_q);
	assert_int_equal(look_in(sample, s, &detail), 0);
	assert_int_equal(detail->detached.socket.cookie, s->cookie);
	assert_int_equal(detail->detached.socket.state, SK_STATE_CLOSE_WAIT);
	assert_int_equal(detail->detached.socket.recv_q, line.recv_q);
	assert_int_equal(detail->detached.socket.send_q, line.send_q);
	assert_int_equal(detail->detached.socket.tx_total, line.sent);
	assert_int_equal(detail->detached.socket.tx_total, 3);
	assert_int_equal(detail->detached.socket.rx_total, 10); /* without the FIN */
	free(detail);

	setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(peer);
	assert_int_equal(look_in(sample, s, &detail), -ENOENT);
	sk_sample_unref(sample);
	close(fd);
	close(listener);
}

/* The kernel picks one of those that share a port; each is found all the same. */
TEST(test_shared_port)
{
	struct sk_sample *sample;
	int fds[SHARED];
	uint64_t gone = 0;
	uint32_t found = 0;

	for (int i = 0; i < SHARED; i++)
		fds[i] = listen_on(7802);
	sample = take();
	close(fds[0]);
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];
		struct sk_detail *detail;

		if (s->lport != 7802)
			continue;
		if (look_in(sample, s, &detail)) {
			assert_int_equal(gone, 0);
			gone = s->cookie;
			continue;
		}
		compare(&(struct sk_detached){ *s, *sk_attrs(sample, s) },
			&detail->detached);
		free(detail);
		found++;
	}
	assert_int_equal(found, SHARED - 1);
	sk_sample_unref(sample);
	for (int i = 1; i < SHARED; i++)
		close(fds[i]);
}

/* Only listeners and UDP are asked for more: they come first, and the rest has none. */
TEST(test_plain_states)
{
	struct sk_request request = SK_REQUEST_DEFAULT;
	struct sk_sample *all = take(), *sample;
	uint32_t full = 0;

	request.needs |= SK_NEED_TCP_EXT;
	request.plain_states = SK_STATES_ALL & ~SK_STATE_BIT(SK_STATE_LISTEN);
	assert_int_equal(sk_sample_new(&sample), 0);
	assert_int_equal(sk_source_collect(source, &request, sample), 0);
	assert_int_equal(sample->n_sockets, all->n_sockets);
	for (uint32_t i = 0; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];
		const struct sk_tcp_ext *tcp_ext = sk_sample_tcp_ext(sample, i);
		bool wanted = s->proto != SK_PROTO_TCP || s->state == SK_STATE_LISTEN;

		assert_int_equal(tcp_ext != NULL, wanted);
		assert_true(!wanted || (tcp_ext->flags & SK_TCP_EXT_SKMEM));
		assert_true(s->state != SK_STATE_ESTABLISHED || wanted ||
			    (s->flags & SK_F_INFO));
		full += wanted;
	}
	assert_true(full > 0 && full < sample->n_sockets);
	sk_sample_unref(all);
	sk_sample_unref(sample);
}

int main(void)
{
	char error[SK_ERROR_LEN];
	int failed;

	if (sk_live_source_new(0, &source, error) || system("ss -V >/dev/null")) {
		puts("SKIPPED: no sock_diag, or no ss to compare with");
		return 77;
	}
	failed = testing_run(NULL, NULL);
	sk_source_free(source);
	return failed;
}
