/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sktop/column.h>
#include <sktop/diff.h>

int sk_summary_compute(const struct sk_context *context, const uint32_t *rows,
		       uint32_t n_rows, struct sk_summary *sum)
{
	const struct sk_sample *sample = context->sample;
	uint32_t n = rows ? n_rows : sample->n_sockets + sample->n_gone;
	uint32_t uncounted = sk_sample_uncounted(sample);

	memset(sum, 0, sizeof(*sum));
	for (uint32_t i = 0; i < n; i++) {
		const struct sk_socket *s = &sample->sockets[rows ? rows[i] : i];
		unsigned v6 = (s->flags & SK_F_V6) != 0;
		bool tcp = s->proto == SK_PROTO_TCP;

		if (sk_context_cancelled(context, i))
			return -EINTR;
		if (s->flags & SK_F_GONE) {
			sum->died++;
			sum->died_from[s->state] += tcp;
			continue;
		}
		sum->count[s->proto][v6][s->state]++;
		sum->total[s->proto]++;
		sum->mini[v6] += tcp && s->timer == SK_TIMER_TIMEWAIT;
		if (s->flags & SK_F_NEW) {
			sum->born++;
			sum->born_in[s->state] += tcp;
		} else if (tcp) {
			sum->transition[s->prev_state][s->state]++;
		}
		if ((s->flags & SK_F_RATE) && !(SK_PROTO_BIT(s->proto) & uncounted)) {
			sum->tx_rate += (double)s->tx_rate;
			sum->rx_rate += (double)s->rx_rate;
		}
	}
	for (unsigned i = 0; i < SK_STATE_COUNT; i++)
		sum->transition[i][i] = 0; /* staying is no transition */
	return 0;
}
