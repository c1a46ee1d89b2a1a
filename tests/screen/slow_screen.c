/* SPDX-License-Identifier: MIT */
/*
 * slow_screen FIFO: the screen before a source whose second sample takes until a byte
 * comes out of the FIFO. Looked at meanwhile, one connection closes, one sends, one is
 * gone; looked at later, nothing can be told. From then on samples say that they are dear,
 * and what they were asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sktop/detail.h>
#include <sktop/ui.h>

enum { CLOSES, SENDS, DIES, LISTENS, SOCKETS };

static int fifo;
static atomic_bool released;

static struct sk_pin make(uint32_t i)
{
	static const uint8_t here[4] = { 192, 0, 2, 1 }, there[4] = { 198, 51, 100, 7 };

	struct sk_pin pin = { .home.local = sk_addr_from_v4(here) };
	struct sk_socket *s = &pin.socket;

	*s = (struct sk_socket){ .cookie = i + 1,
				 .proto = SK_PROTO_TCP,
				 .state = SK_STATE_ESTABLISHED,
				 .flags = SK_F_INFO | SK_F_OWNER,
				 .remote = sk_addr_from_v4(there),
				 .lport = (uint16_t)(1000 + i),
				 .rport = 443,
				 .tx_total = 1000,
				 .inode = i + 1 };
	if (i == LISTENS) {
		s->state = SK_STATE_LISTEN;
		s->remote = (struct sk_addr){ .b = { [10] = 0xff, [11] = 0xff } };
		s->rport = 0;
		s->recv_q = 1;
		s->send_q = 10;
	}
	return pin;
}

static int slow_collect(struct sk_source *source, const struct sk_request *request,
			struct sk_sample *sample)
{
	struct timespec now;
	char byte;
	int err = 0;

	(void)source;
	if (sample->seq == 2) {
		while (read(fifo, &byte, 1) < 0 && errno == EINTR)
			;
		released = true;
	}
	if (sample->seq >= 2) {
		sample->duration_ns = 1000000000;
		snprintf(sample->losses.note, sizeof(sample->losses.note), "%s tcp_info",
			 request->needs & SK_NEED_INFO ? "with" : "without");
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	sample->needs = request->needs;
	sample->source = "live";
	sample->time_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	for (uint32_t i = 0; i < SOCKETS && !err; i++) {
		const struct sk_pin pin = make(i);
		struct sk_socket *s;

		err = sk_sample_add_socket(sample, &s, NULL);
		if (!err)
			err = sk_sample_put(sample, s, &pin);
		if (err)
			break;
		if (sample->seq > 1)
			s->retrans = 77;
	}
	return err;
}

static int slow_look(struct sk_source *source, const struct sk_pin *pin,
		     struct sk_detail **detail)
{
	uint32_t i = (uint32_t)pin->socket.cookie - 1;

	(void)source;
	if (released)
		return -EOPNOTSUPP;
	if (i == DIES)
		return -ENOENT;
	*detail = calloc(1, sizeof(**detail));
	if (!*detail)
		return -ENOMEM;
	(*detail)->pin = make(i);
	if (i == CLOSES)
		(*detail)->pin.socket.state = SK_STATE_CLOSE_WAIT;
	if (i == SENDS)
		(*detail)->pin.socket.send_q = 4321;
	if (i == LISTENS)
		(*detail)->pin.socket.recv_q = 9;
	return 0;
}

static void slow_free(struct sk_source *source)
{
	(void)source;
}

int main(int argc, char **argv)
{
	static const struct sk_source_ops ops = { .collect = slow_collect,
						  .look = slow_look,
						  .free = slow_free };
	struct sk_source source = { &ops };
	struct sk_options options = { .request = SK_REQUEST_DEFAULT,
				      .pane = SK_PANE_CONNECTIONS,
				      .numeric = ~0U,
				      .header = true };
	char error[SK_ERROR_LEN] = "";
	int status;

	fifo = argc > 1 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	if (fifo < 0)
		return 2;
	options.request.interval = 0.1;
	if (sk_ui_run(&options, &source, &status, error)) {
		fprintf(stderr, "%s\n", error);
		return status;
	}
	return 0;
}
