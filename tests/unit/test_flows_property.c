/* SPDX-License-Identifier: MIT */
/*
 * Connections that are born, move bytes and end at random, of which a sampler sees what it would
 * see of real ones. Whatever happens: of each host, the sum of rate x interval over all
 * samples is the growth of its sum, and both are the bytes that it was told of.
 */
#include "samples.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/event.h>
#include <sktop/flow.h>
#include "attrs.h"
#include "next_random.h"

#define PLACES 64U
#define HOSTS 6U
#define STEPS 300

enum life {
	UNBORN,
	LIVES,
	CLOSE_WAIT, /* lives, and the peer's FIN has come */
	MISSED,	    /* lives, but the walk did not meet it */
	LIMBO,	    /* in no list any more; its end is still to be told */
	WAITS,	    /* its end was told, and TIME_WAIT is left */
};

struct connection {
	enum life life;
	uint64_t cookie;
	unsigned host;
	uint64_t total[2];   /* moved in truth */
	uint64_t told[2];    /* of that what samples and events said */
	bool met;	     /* some sample or event has told of it */
};

struct machine {
	uint64_t seed, cookie, time_ns;
	struct connection connections[PLACES];
	struct sk_sample *past, *now;
	struct sk_differ *differ;
	bool counts;		      /* what is told in this sample is counted */
	uint64_t counted[HOSTS][2];
	uint64_t opened, closed;
	double flowed[HOSTS][2];      /* sum of rate x interval */
	double before[HOSTS][2];      /* the same, without the newest interval */
	double all_flowed[2], all_before[2];
};

static bool one_in(struct machine *m, unsigned n)
{
	return next_random(&m->seed) % n == 0;
}

/* Once in a while nothing, and once in a while much. */
static uint64_t some_bytes(struct machine *m)
{
	return one_in(m, 3) ? 0 : next_random(&m->seed) % (one_in(m, 10) ? 1U << 30 : 20000);
}

static void tell(struct machine *m, struct connection *c)
{
	for (int d = 0; d < 2; d++) {
		m->counted[c->host][d] += m->counts ? c->total[d] - c->told[d] : 0;
		c->told[d] = c->total[d];
	}
}

/* A sample has it, or the kernel tells its end. */
static void meet(struct machine *m, struct connection *c)
{
	m->opened += !c->met && m->counts;
	c->met = true;
}

static struct sk_socket as_socket(const struct connection *c)
{
	return (struct sk_socket){ .cookie = c->cookie,
				   .proto = SK_PROTO_TCP,
				   .state = SK_STATE_ESTABLISHED,
				   .remote = v4(10, 0, 0, c->host + 1),
				   .lport = 80,
				   .rport = (uint16_t)(1024 + c->cookie % 60000),
				   .flags = SK_F_INFO,
				   .rx_total = c->total[SK_RX],
				   .tx_total = c->total[SK_TX] };
}

static void set_ends(struct machine *m, struct sk_socket *s, const struct connection *c)
{
	set_attrs(m->now, s, (struct sk_attrs){ .local = v4(10, 9, 9, 9),
						.uid = 1000 + c->host % 2 });
}

static void add(struct machine *m, struct connection *c)
{
	struct sk_socket like = as_socket(c);

	if (c->life == CLOSE_WAIT)
		like.state = SK_STATE_CLOSE_WAIT;
	if (c->life == WAITS) {
		like.state = SK_STATE_TIME_WAIT;
		like.timer = SK_TIMER_TIMEWAIT;
		like.flags = 0;
		like.tx_total = like.rx_total = 0;
		set_ends(m, add_socket(m->now, like), c);
		return;
	}
	tell(m, c);
	meet(m, c);
	set_ends(m, add_socket(m->now, like), c);
}

/* The kernel tells its end. Who aborts a connection clears its ends and counters. */
static void end(struct machine *m, struct connection *c, bool aborted, bool fin)
{
	struct sk_event *event;

	assert_int_equal(sk_sample_add_event(m->now, &event), 0);
	event->seq = m->cookie++;
	event->socket = as_socket(c);
	event->socket.state = SK_STATE_CLOSE;
	m->closed += m->counts;
	if (aborted) {
		meet(m, c);
		event->socket.lport = event->socket.rport = 0;
		event->socket.tx_total = event->socket.rx_total = 0;
		memset(&event->socket.remote, 0, sizeof(event->socket.remote));
		return;
	}
	set_ends(m, &event->socket, c);
	event->socket.rx_total += fin && c->total[SK_RX];
	tell(m, c);
	meet(m, c);
}

/* It moved nothing ever, so far as its time says. No connection has ended. */
static void end_unconnected(struct machine *m)
{
	struct sk_event *event;

	assert_int_equal(sk_sample_add_event(m->now, &event), 0);
	event->seq = m->cookie++;
	event->quiet_ms = 4000000000U;
	event->socket = (struct sk_socket){ .cookie = ++m->cookie, .proto = SK_PROTO_TCP,
					    .state = SK_STATE_CLOSE, .flags = SK_F_INFO };
}

static void be_born(struct machine *m, struct connection *c)
{
	*c = (struct connection){ .life = LIVES,
				  .cookie = ++m->cookie,
				  .host = (unsigned)(next_random(&m->seed) % HOSTS),
				  .total = { some_bytes(m), some_bytes(m) } };
}

/* What happens to a connection between two samples. `all` must be in this one. */
static void go_on(struct machine *m, struct connection *c, bool all)
{
	enum life was = c->life;

	if (was == UNBORN && one_in(m, 3)) {
		be_born(m, c);
	} else if (was == WAITS || was == UNBORN) {
		if (one_in(m, 2))
			c->life = UNBORN;
		return;
	} else if (was == LIMBO) {
		if (!all && !one_in(m, 3))
			return;
		end(m, c, false, false);
		c->life = UNBORN;
		return;
	} else if (was != CLOSE_WAIT) {
		c->total[SK_RX] += some_bytes(m);
		c->total[SK_TX] += some_bytes(m);
		c->life = LIVES;
	}
	if (one_in(m, 6)) {
		end(m, c, one_in(m, 5), was == CLOSE_WAIT);
		c->life = UNBORN;
	} else if (one_in(m, 12)) {
		bool had_cookie = c->met;

		end(m, c, false, was == CLOSE_WAIT);
		c->life = WAITS;
		/* the kernel gives a cookie when somebody asks: what is left has another one */
		if (!had_cookie)
			c->cookie = ++m->cookie;
	} else if (one_in(m, 12) && was == LIVES) {
		c->life = CLOSE_WAIT;
	} else if (one_in(m, 12) && !all && was == LIVES) {
		c->life = one_in(m, 2) ? LIMBO : MISSED;
	}
}

static unsigned host_of(const struct sk_socket *s)
{
	unsigned host = s->remote.b[15] - 1U;

	assert_true(host < HOSTS);
	return host;
}

static void add_up(const struct sk_sample *sample, const struct sk_socket *s,
		   uint64_t sums[HOSTS][2], double flowed[HOSTS][2])
{
	const struct sk_flow *flow = sk_flow_of(sample, s);
	unsigned host = host_of(s);

	for (int d = 0; d < 2; d++) {
		float rate = d == SK_TX ? s->tx_rate : s->rx_rate;

		sums[host][d] += flow ? flow->sum[d] : 0;
		if (s->flags & SK_F_RATE)
			flowed[host][d] += (double)rate * sample->interval;
	}
}

static void assert_near(double got, double truth)
{
	if (fabs(got - truth) > 1 + truth * 1e-5)
		fail_msg("%.1f instead of %.1f", got, truth);
}

static void check(struct machine *m)
{
	const struct sk_sample *now = m->now;
	uint64_t sums[HOSTS][2] = { 0 }, all[2] = { 0 };

	for (uint32_t i = 0; i < now->n_sockets; i++)
		add_up(now, &now->sockets[i], sums, m->flowed);
	for (uint32_t i = 0; i < now->n_ended; i++)
		add_up(now, &now->ended[i].socket, sums, m->flowed);
	if (now->sums_anew)
		m->opened = m->closed = 0;
	assert_int_equal(now->totals.n_opened, m->opened);
	assert_int_equal(now->totals.n_closed, m->closed);
	for (int d = 0; d < 2; d++) {
		if (now->interval > 0)
			m->all_flowed[d] += now->totals.rate[d] * now->interval;
		if (now->sums_anew)
			m->all_flowed[d] = 0;
		for (unsigned host = 0; host < HOSTS; host++) {
			if (now->sums_anew)
				m->flowed[host][d] = (double)(m->counted[host][d] = 0);
			all[d] += m->counted[host][d];
			assert_int_equal(sums[host][d], m->counted[host][d]);
			assert_near(m->flowed[host][d], (double)m->counted[host][d]);
		}
		assert_int_equal(now->totals.sum[d], all[d]);
		assert_near(m->all_flowed[d], (double)all[d]);
	}
}

/* As the sampler does it. */
static void compute(struct machine *m, bool compared)
{
	assert_int_equal(sk_diff_compute(m->differ, compared ? m->past : NULL, m->now), 0);
	assert_int_equal(sk_flows_carry(m->differ, m->past, compared, m->now), 0);
	assert_int_equal(sk_flows_settle(m->differ, m->now), 0);
}

/* An early sample's rates are of the interval before, too. */
static void begin_interval(struct machine *m, bool early)
{
	if (early) {
		memcpy(m->flowed, m->before, sizeof(m->flowed));
		memcpy(m->all_flowed, m->all_before, sizeof(m->all_flowed));
	} else {
		memcpy(m->before, m->flowed, sizeof(m->flowed));
		memcpy(m->all_before, m->all_flowed, sizeof(m->all_flowed));
	}
}

static void step(struct machine *m, unsigned number)
{
	bool other_scope = !number || one_in(m, 40), anew = one_in(m, 30);
	bool early = !other_scope && !anew && !m->past->sums_anew && one_in(m, 8);
	unsigned first = (unsigned)(next_random(&m->seed) % PLACES);

	m->now = new_sample(0, SK_NEED_INFO | SK_NEED_EVENTS);
	m->time_ns += 50000000 + next_random(&m->seed) % 3000000000U;
	m->now->time_ns = m->time_ns;
	m->now->protos = SK_PROTO_BIT(SK_PROTO_TCP);
	m->now->all_begin = m->now->whole_tcp = true;
	m->now->sums_anew = anew;
	m->now->early = early;
	m->counts = !other_scope;
	begin_interval(m, early);
	for (unsigned i = 0; i < PLACES; i++)
		go_on(m, &m->connections[i], other_scope);
	if (one_in(m, 3))
		end_unconnected(m);
	for (unsigned i = 0; i < PLACES; i++) {
		struct connection *c = &m->connections[(first + i) % PLACES];

		if (c->life == LIVES || c->life == CLOSE_WAIT || c->life == WAITS)
			add(m, c);
	}
	compute(m, !other_scope);
	check(m);
	sk_sample_unref(m->past);
	m->past = m->now;
}

TEST(test_any_sequence)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct machine m = { .seed = seed * 0x9e3779b97f4a7c15ULL,
				     .time_ns = 100000000000ULL };

		assert_int_equal(sk_differ_new(&m.differ), 0);
		for (unsigned number = 0; number < STEPS; number++)
			step(&m, number);
		sk_sample_unref(m.past);
		sk_differ_free(m.differ);
	}
}

/* More remote addresses than there are classes: their sums lose the addresses, and no byte. */
TEST(test_too_many_hosts)
{
	struct sk_sample *past = new_sample(0, SK_NEED_INFO | SK_NEED_EVENTS);
	struct sk_differ *differ;
	uint64_t sum = 0;
	double flowed = 0;

	assert_int_equal(sk_differ_new(&differ), 0);
	for (unsigned number = 0; number < 5; number++) {
		struct sk_sample *now = new_sample(1 + number, SK_NEED_INFO | SK_NEED_EVENTS);
		uint64_t now_sum = 0;

		now->all_begin = now->whole_tcp = true;
		for (unsigned i = 0; i < SK_EVENTS_MAX && number && number < 4; i++) {
			unsigned n = number * SK_EVENTS_MAX + i;
			struct sk_event *event;

			assert_int_equal(sk_sample_add_event(now, &event), 0);
			event->seq = n;
			event->socket = (struct sk_socket){
				.cookie = n, .proto = SK_PROTO_TCP, .flags = SK_F_INFO,
				.lport = 80, .rport = 1024, .tx_total = 100,
				.remote = v4(10, 1 + (n >> 16), n >> 8 & 0xff, n & 0xff) };
			sum += 100;
		}
		assert_int_equal(sk_diff_compute(differ, number ? past : NULL, now), 0);
		assert_int_equal(sk_flows_carry(differ, past, number > 0, now), 0);
		assert_int_equal(sk_flows_settle(differ, now), 0);
		for (uint32_t i = 0; i < now->n_ended; i++) {
			now_sum += sk_flow_of(now, &now->ended[i].socket)->sum[SK_TX];
			flowed += (double)now->ended[i].socket.tx_rate * now->interval;
		}
		assert_int_equal(now_sum, sum);
		assert_int_equal(now->totals.sum[SK_TX], sum);
		assert_near(flowed, (double)sum);
		assert_true(now->n_ended <= SK_ENDED_MAX + 2);
		assert_int_equal(now->sums_doubt & SK_DOUBT_MERGED,
				 number >= 2 ? SK_DOUBT_MERGED : 0);
		sk_sample_unref(past);
		past = now;
	}
	sk_sample_unref(past);
	sk_differ_free(differ);
}
