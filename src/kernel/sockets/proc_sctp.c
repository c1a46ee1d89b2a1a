/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sktop/array.h>
#include "kernel/sockets/kind.h"
#include "kernel/field.h"
#include "kernel/sockets/proc_sctp.h"

/* These are the columns before the addresses. The first enum is for eps, the second for assocs. */
enum { EP_STATE = 3, EP_PORT = 5, EP_UID, EP_INODE, EP_ADDRESSES };
enum {
	ASSOC_STATE = 4,
	ASSOC_TX = 7,
	ASSOC_RX,
	ASSOC_UID,
	ASSOC_INODE,
	ASSOC_LPORT,
	ASSOC_RPORT,
	ASSOC_ADDRESSES,
};

/* The index is a number of enum sctp_state. */
static const uint8_t states[] = {
	SK_STATE_CLOSE,	     SK_STATE_SYN_SENT,	 SK_STATE_SYN_RECV,   SK_STATE_ESTABLISHED,
	SK_STATE_FIN_WAIT1, SK_STATE_FIN_WAIT2, SK_STATE_CLOSE_WAIT, SK_STATE_LAST_ACK,
};

/* Splits a line at blanks. Returns the number of words. */
static size_t split(char *line, char **words, size_t max)
{
	char *save = NULL;
	size_t n = 0;

	for (char *word = strtok_r(line, " \t", &save); word && n < max;
	     word = strtok_r(NULL, " \t", &save))
		words[n++] = word;
	return n;
}

static bool read_number(const char *word, uint32_t most, uint32_t *out)
{
	uint64_t value;

	if (!field_number(&word, 10, ' ', most, &value) || *word)
		return false;
	*out = (uint32_t)value;
	return true;
}

/* Reads an address. A star before it marks the primary path. */
static bool read_address(const char *word, struct sk_addr *addr, bool *v6)
{
	uint8_t four[4];

	word += *word == '*';
	*v6 = strchr(word, ':') != NULL;
	if (*v6)
		return inet_pton(AF_INET6, word, addr->b) == 1;
	if (inet_pton(AF_INET, word, four) != 1)
		return false;
	*addr = sk_addr_from_v4(four);
	return true;
}

static int parse_endpoint(char **words, size_t n, const struct kind_row *row)
{
	struct sk_socket *s = row->socket;
	uint32_t state, port, uid, inode;
	bool v6 = false;

	if (n < EP_ADDRESSES || !read_number(words[EP_STATE], 15, &state) ||
	    !read_number(words[EP_PORT], UINT16_MAX, &port) ||
	    !read_number(words[EP_UID], UINT32_MAX, &uid) ||
	    !read_number(words[EP_INODE], UINT32_MAX, &inode) || !state ||
	    state >= SK_STATE_COUNT)
		return -EINVAL;
	if (n > EP_ADDRESSES && !read_address(words[EP_ADDRESSES], &row->attrs->local, &v6))
		return -EINVAL;
	s->state = (uint8_t)state;
	s->lport = (uint16_t)port;
	if (!v6)
		s->remote = sk_addr_from_v4(&(uint32_t){ 0 });
	if (n == EP_ADDRESSES)
		row->attrs->local = s->remote;
	s->flags |= SK_F_NO_RECV_Q | SK_F_NO_SEND_Q | (v6 ? SK_F_V6 : 0U);
	kind_owner(row, inode, uid);
	s->cookie = kind_cookie(SK_PROTO_SCTP, inode, port);
	return 0;
}

/*
 * Finds the remote address. Remote addresses stand behind the arrow, and the primary one has a
 * star.
 */
static bool find_remote(char **words, size_t n, struct sk_addr *addr, bool *v6)
{
	size_t at = ASSOC_ADDRESSES;
	bool found;

	while (at < n && strcmp(words[at], "<->") != 0)
		at++;
	found = at + 1 < n && read_address(words[at + 1], addr, v6);
	for (at++; at < n; at++) {
		if (words[at][0] == '*')
			return read_address(words[at], addr, v6);
	}
	return found;
}

static int parse_association(char **words, size_t n, const struct kind_row *row)
{
	struct sk_socket *s = row->socket;
	uint32_t state, tx, rx, uid, inode, lport, rport;
	uint64_t remote[2];
	bool v6, local_v6;

	if (n <= ASSOC_ADDRESSES || !read_number(words[ASSOC_STATE], 7, &state) ||
	    !read_number(words[ASSOC_TX], UINT32_MAX, &tx) ||
	    !read_number(words[ASSOC_RX], UINT32_MAX, &rx) ||
	    !read_number(words[ASSOC_UID], UINT32_MAX, &uid) ||
	    !read_number(words[ASSOC_INODE], UINT32_MAX, &inode) ||
	    !read_number(words[ASSOC_LPORT], UINT16_MAX, &lport) ||
	    !read_number(words[ASSOC_RPORT], UINT16_MAX, &rport) ||
	    !read_address(words[ASSOC_ADDRESSES], &row->attrs->local, &local_v6) ||
	    !find_remote(words, n, &s->remote, &v6))
		return -EINVAL;
	s->state = (uint8_t)states[state];
	s->send_q = tx;
	s->recv_q = rx;
	s->lport = (uint16_t)lport;
	s->rport = (uint16_t)rport;
	s->flags |= v6 || local_v6 ? SK_F_V6 : 0;
	kind_owner(row, inode, uid);
	memcpy(remote, s->remote.b, sizeof(remote));
	s->cookie = kind_cookie(SK_PROTO_SCTP, inode ^ remote[0] << 1 ^ remote[1],
				(uint64_t)lport << 32 | rport);
	return 0;
}

/* Adds a parent link to the endpoint that has the same inode. */
static int join_endpoint(struct sk_sample *sample, struct sk_socket *s)
{
	for (uint32_t i = 0; s->inode && i + 1 < sample->n_sockets; i++) {
		const struct sk_socket *other = &sample->sockets[i];

		if (other->proto != SK_PROTO_SCTP || other->inode != s->inode ||
		    (other->flags & SK_F_SUBFLOW))
			continue;
		s->flags |= SK_F_SUBFLOW;
		return sk_sample_add_parent_link(
			sample, &(struct sk_parent_link){ s->cookie, other->cookie,
							  other->cookie });
	}
	return 0;
}

static int take_line(char *line, bool associations, const struct sk_request *request,
		     struct sk_sample *sample)
{
	struct sk_attrs attrs = { 0 };
	struct kind_row row = { .sample = sample, .attrs = &attrs };
	struct sk_socket *s;
	char *words[512]; /* each end may have many addresses */
	size_t n = split(line, words, ARRAY_SIZE(words));
	int err = sk_sample_add_socket(sample, &row.socket, NULL);

	if (err)
		return err;
	s = row.socket;
	s->proto = SK_PROTO_SCTP;
	s->flags = SK_F_NO_COOKIE;
	err = associations ? parse_association(words, n, &row) :
			     parse_endpoint(words, n, &row);
	sample->losses.malformed += err != 0;
	if (err || !(request->families & (s->flags & SK_F_V6 ? 2U : 1U))) {
		sample->n_sockets--;
		return 0;
	}
	err = sk_sample_set_attrs(sample, s, &attrs);
	return err || !associations ? err : join_endpoint(sample, s);
}

int proc_sctp_parse(const char *text, bool associations, const struct sk_request *request,
		    struct sk_sample *sample)
{
	const char *line = strchr(text, '\n'); /* behind the heading */

	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		char *copy = strndup(line + 1, strcspn(line + 1, "\n"));
		int err = copy ? take_line(copy, associations, request, sample) : -ENOMEM;

		free(copy);
		if (err)
			return err;
	}
	return 0;
}
