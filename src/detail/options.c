/* SPDX-License-Identifier: MIT */
/*
 * This section shows what the ends agreed on or set: options, type of service, and the
 * protocol that the kernel speaks above TCP.
 */
#include <stdio.h>
#include <sktop/array.h>
#include "base/bits.h"
#include "detail/detail.h"

static void add_shutdown(struct detail_writer *w)
{
	static const char *const names[] = { "no", "receiving", "sending", "both ways" };

	if (w->tcp_ext->flags & SK_TCP_EXT_SHUTDOWN)
		detail_add(w, "shut down", "Directions this end has closed (shutdown())",
			   "%s", names[w->tcp_ext->shutdown & 3U]);
}

static void add_service(struct detail_writer *w)
{
	const struct sk_tcp_ext *m = w->tcp_ext;

	if (m->flags & SK_TCP_EXT_TOS)
		detail_add(w, "TOS", "Type of service of IPv4 packets sent (IP_TOS)",
			   "0x%02x (DSCP %u, ECN %u)", m->tos, m->tos >> 2, m->tos & 3U);
	if (m->flags & SK_TCP_EXT_TCLASS)
		detail_add(w, "traffic class",
			   "Traffic class of IPv6 packets sent (IPV6_TCLASS)",
			   "0x%02x (DSCP %u, ECN %u)", m->tclass, m->tclass >> 2,
			   m->tclass & 3U);
	if (m->flags & SK_TCP_EXT_CLASS)
		detail_add(w, "class or priority",
			   "Class that its cgroup gives it, else SO_PRIORITY", "0x%x",
			   m->class_id);
}

static void add_sockopt(struct detail_writer *w)
{
	char text[160];

	if (!(w->tcp_ext->flags & SK_TCP_EXT_SOCKOPT))
		return;
	bits_sockopt(w->tcp_ext->sockopt, text, sizeof(text));
	detail_add(w, "socket options", "Options that are set on the socket", "%s",
		   text[0] ? text : "none");
}

void detail_options(struct detail_writer *w)
{
	const char *fastopen = NULL;

	if (w->tcp_ext) {
		add_shutdown(w);
		add_service(w);
		add_sockopt(w);
	}
	if (w->socket->flags & SK_F_V6ONLY_KNOWN)
		detail_add(w, "IPv6 only", "Whether it takes no IPv4 (IPV6_V6ONLY)", "%s",
			   w->socket->flags & SK_F_V6ONLY ? "yes" : "no");
	if (w->tcp_ext && (w->tcp_ext->flags & SK_TCP_EXT_INFO))
		fastopen = bits_fastopen(w->tcp_ext->options,
					 w->tcp_ext->delivery_rate_app_limited);
	if (fastopen)
		detail_add(w, "fast open",
			   "Data in the SYN: used, accepted, or why not (tcpi_options, "
			   "tcpi_fastopen_client_fail)", "%s", fastopen);
}

static const char *cipher_name(uint16_t cipher)
{
	static const char *const names[] = {
		"AES-GCM-128", "AES-GCM-256", "AES-CCM-128", "ChaCha20-Poly1305",
		"SM4-GCM",     "SM4-CCM",     "ARIA-GCM-128", "ARIA-GCM-256",
	};
	const unsigned first = 51; /* TLS_CIPHER_AES_GCM_128 */

	if (cipher < first || cipher - first >= ARRAY_SIZE(names))
		return NULL;
	return names[cipher - first];
}

static const char *conf_name(uint16_t conf)
{
	static const char *const names[] = { "-", "the application", "the kernel",
					     "the device", "the device, whole records" };

	return conf < ARRAY_SIZE(names) ? names[conf] : "unknown";
}

static void add_conf(struct detail_writer *w, const char *label, const char *help,
		     uint16_t conf)
{
	detail_add(w, label, help, "%s", conf_name(conf));
	if (!conf)
		detail_set_unknown(w, "the kernel does not tell it");
}

static void add_tls(struct detail_writer *w, const struct sk_detail_tls *tls)
{
	if (tls->version)
		detail_add(w, "TLS version", "Version both ends speak", "%s",
			   tls->version == 0x0303 ? "1.2" :
			   tls->version == 0x0304 ? "1.3" : "unknown");
	if (tls->cipher && cipher_name(tls->cipher))
		detail_add(w, "TLS cipher", "Cipher of the records", "%s",
			   cipher_name(tls->cipher));
	else if (tls->cipher)
		detail_add(w, "TLS cipher", "Cipher of the records, by its number", "%u",
			   tls->cipher);
	add_conf(w, "TLS sending", "Who encrypts what is sent", tls->tx);
	add_conf(w, "TLS receiving", "Who decrypts what is received", tls->rx);
	if (tls->zerocopy_tx)
		detail_add(w, "TLS zero copy", "Files are sent without a copy", "yes");
	if (tls->no_padding_rx)
		detail_add(w, "TLS no padding", "Records received are not padded", "yes");
}

static void add_subflow(struct detail_writer *w, const struct sk_detail_subflow *s)
{
	static const char *const names[] = {
		"capable-remote", "capable-local", "join-remote",
		"join-local",	  "backup-remote", "backup-local",
		"established",	  "connected",	   "mapping-valid",
	};
	char text[160];

	bits_format(s->flags, names, 9, text, sizeof(text));
	detail_add(w, "MPTCP flags", "How this subflow belongs to its connection", "%s",
		   text[0] ? text : "none");
	detail_add(w, "MPTCP tokens", "Name of the connection at each end",
		   "local %08x, remote %08x", s->token_local, s->token_remote);
	detail_add(w, "MPTCP addresses", "Numbers of the addresses it uses",
		   "local %u, remote %u", s->id_local, s->id_remote);
	detail_add(w, "MPTCP mapping",
		   "Piece of the connection's data that comes in on this subflow",
		   "sequence %llu, %u bytes, at %u of the subflow, offset %u",
		   (unsigned long long)s->map_seq, s->map_len, s->map_subflow_seq,
		   s->offset);
	detail_add_number(w, "MPTCP sent", "Place in the subflow that was sent last",
			  s->relative_seq);
}

void detail_upper(struct detail_writer *w)
{
	if (w->tcp_ext && w->tcp_ext->ulp[0])
		detail_add(w, "upper protocol", "Protocol the kernel speaks above TCP (ULP)",
			   "%s", w->tcp_ext->ulp);
	if (w->detail && w->detail->tls.valid)
		add_tls(w, &w->detail->tls);
	if (w->detail && w->detail->subflow.valid)
		add_subflow(w, &w->detail->subflow);
}

void detail_md5(struct detail_writer *w)
{
	const struct sk_detail *d = w->detail;

	if (!d || !d->n_md5)
		return;
	detail_add_number(w, "keys", "Peers that must sign segments (TCP_MD5SIG); the secrets "
			  "are never shown", d->n_md5);
	for (size_t i = 0; i < d->n_md5 && i < SK_DETAIL_MD5_MAX; i++) {
		const struct sk_detail_md5 *md5 = &d->md5[i];
		char text[SK_ADDR_STRLEN];

		detail_add(w, "key for", "Peers this key is for, and its length",
			   "%s/%u, %u bytes", sk_addr_format(&md5->addr, md5->v6, text),
			   md5->prefix_len, md5->key_len);
	}
	if (d->n_md5 > SK_DETAIL_MD5_MAX)
		detail_add_number(w, "more keys", "Keys that are not listed",
				  d->n_md5 - SK_DETAIL_MD5_MAX);
}
