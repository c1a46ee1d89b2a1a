/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sktop/array.h>
#include "kernel/field.h"
#include "kernel/file.h"
#include "kernel/netns/load.h"

/*
 * Finds the number behind a word, for example "inuse", in the line that begins with head, for
 * example "TCP:".
 */
static bool find_number(const char *text, const char *head, const char *word,
			uint64_t *out)
{
	size_t head_len = strlen(head), len = strlen(word);

	while (text && strncmp(text, head, head_len) != 0) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	while (text && *text && *text != '\n') {
		size_t skip = strcspn(text, " \n");

		if (skip == len && strncmp(text, word, len) == 0 && text[skip] == ' ') {
			text += skip;
			return field_number(&text, 10, ' ', UINT64_MAX, out);
		}
		text += skip;
		text += *text == ' ';
	}
	return false;
}

/* Finds the number of segments. snmp has names in one line and numbers in the next. */
static bool find_segments(const char *text, uint64_t *out)
{
	const char *names = strstr(text, "Tcp: "), *numbers;

	numbers = names ? strstr(names + 5, "Tcp: ") : NULL;
	for (; numbers; numbers = strpbrk(numbers, " \n")) {
		size_t len = strcspn(names, " \n");

		numbers += *numbers == ' ';
		if (len == 6 && strncmp(names, "InSegs", len) == 0)
			return field_number(&numbers, 10, ' ', UINT64_MAX, out);
		if (names[len] != ' ' || *numbers == '\n')
			return false;
		names += len + 1;
	}
	return false;
}

void netns_load_parse(const char *sockstat, const char *sockstat6, const char *snmp,
		      struct netns_load *load)
{
	uint64_t more = 0;

	*load = (struct netns_load){ 0 };
	load->valid = find_number(sockstat, "TCP:", "inuse", &load->tcp) &&
		      find_number(sockstat, "TCP:", "tw", &load->tcp_wait) &&
		      find_number(sockstat, "UDP:", "inuse", &load->udp) &&
		      find_number(sockstat, "RAW:", "inuse", &load->raw) &&
		      find_segments(snmp, &load->in_segs);
	find_number(sockstat, "UDPLITE:", "inuse", &load->udplite);
	if (!*sockstat6) /* this machine has no IPv6 */
		return;
	load->valid &= find_number(sockstat6, "TCP6:", "inuse", &load->tcp6) &&
		       find_number(sockstat6, "UDP6:", "inuse", &load->udp6) &&
		       find_number(sockstat6, "RAW6:", "inuse", &more);
	load->raw += more;
	more = 0;
	find_number(sockstat6, "UDPLITE6:", "inuse", &more);
	load->udplite += more;
}

void netns_load_read(struct netns_load *load)
{
	static const char *const paths[] = { "/proc/thread-self/net/sockstat",
					     "/proc/thread-self/net/sockstat6",
					     "/proc/thread-self/net/snmp" };
	struct proc_file file[3];
	const char *text[3];

	for (size_t i = 0; i < 3; i++) {
		file[i] = PROC_FILE_CLOSED;
		text[i] = proc_file_read(&file[i], paths[i]) == 0 ? file[i].text : "";
	}
	netns_load_parse(text[0], text[1], text[2], load);
	for (size_t i = 0; i < 3; i++)
		proc_file_close(&file[i]);
}

void netns_load_narrow(const struct netns_load *load, const struct netns_memory *memory,
		       struct sk_request *request, bool *listen_only)
{
	/* TCP sockets that are only bound are not counted. */
	const bool uncounted = request->bound || request->bound_too;
	const struct {
		enum sk_proto proto;
		uint64_t n;
	} counts[] = {
		{ SK_PROTO_TCP, load->tcp + load->tcp6 + load->tcp_wait + uncounted },
		{ SK_PROTO_UDP, load->udp + load->udp6 },
		{ SK_PROTO_UDPLITE, load->udplite },
		{ SK_PROTO_RAW, load->raw },
	};

	*listen_only = false;
	if (!load->valid)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (!counts[i].n)
			request->protos &= ~SK_PROTO_BIT(counts[i].proto);
	}
	if (!(request->protos & SK_PROTO_BIT(SK_PROTO_TCP)) || uncounted || !memory->quiet ||
	    load->tcp_wait || load->in_segs != memory->in_segs)
		return;
	/*
	 * Since all sockets were listeners, no segment has arrived, so there is no SYN_RECV and
	 * no new connection.
	 */
	*listen_only = true;
	request->tcp_states &= SK_STATE_BIT(SK_STATE_LISTEN);
	if (!request->tcp_states)
		request->protos &= ~SK_PROTO_BIT(SK_PROTO_TCP);
}

/* Counts the TCP sockets of a namespace that listen, and those that do not. */
static void count(const struct sk_sample *sample, uint32_t begin, uint64_t *listeners,
		  uint64_t *others)
{
	*listeners = *others = 0;
	for (uint32_t i = begin; i < sample->n_sockets; i++) {
		const struct sk_socket *s = &sample->sockets[i];

		/* A socket that is only bound is not counted as in use. */
		if (s->proto == SK_PROTO_TCP && s->state != SK_STATE_CLOSE)
			*(s->state == SK_STATE_LISTEN ? listeners : others) += 1;
	}
}

bool netns_load_check(const struct netns_load *load, const struct sk_request *request,
		      bool listen_only, const struct sk_sample *sample, uint32_t begin,
		      struct netns_memory *memory)
{
	bool whole = request->families == 3 && request->tcp_states == SK_STATES_ALL &&
		     (request->protos & SK_PROTO_BIT(SK_PROTO_TCP));
	uint64_t listeners, others;

	count(sample, begin, &listeners, &others);
	if (listen_only) {
		/* If a listener was closed, the sum may hide a new connection. */
		memory->quiet = request->families != 3 || !request->tcp_states ||
				listeners == load->tcp + load->tcp6;
		return memory->quiet;
	}
	if (whole) {
		memory->quiet = load->valid && !others && !load->tcp_wait &&
				listeners == load->tcp + load->tcp6;
		memory->in_segs = load->in_segs;
	}
	return true;
}
