/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/sample.h>

uint32_t sk_sample_netns_count(const struct sk_sample *sample, enum sk_netns_state state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < sample->n_netns; i++)
		n += sample->netns[i].state == state;
	return n;
}

bool sk_sample_port_range(const struct sk_sample *sample, uint32_t netns, uint16_t *first,
			  uint16_t *last)
{
	*first = *last = 0;
	if (netns < sample->n_netns && sample->netns[netns].port_last) {
		*first = sample->netns[netns].port_first;
		*last = sample->netns[netns].port_last;
	} else if (netns == 0) {
		*first = (uint16_t)sample->limits.port_first;
		*last = (uint16_t)sample->limits.port_last;
	}
	return *last != 0;
}

const char *sk_sample_netns_name(const struct sk_sample *sample, uint32_t index)
{
	if (index < sample->n_netns && sample->netns[index].name[0])
		return sample->netns[index].name;
	return index ? "?" : "self";
}

const char *sk_lack_words(enum sk_lack lack, const char *capability)
{
	return lack == SK_LACK_CAPABILITY ? capability :
	       lack == SK_LACK_USERNS	  ? "not of our user namespace" :
					    "refused even to root";
}

bool sk_netns_describe(const struct sk_sample *sample, char *out, size_t size)
{
	uint32_t refused = sk_sample_netns_count(sample, SK_NETNS_REFUSED);
	size_t len = 0;

	out[0] = '\0';
	if (refused)
		len = (size_t)snprintf(out, size, "%u namespace%s refused (%s)", refused,
				       refused == 1 ? "" : "s",
				       sk_lack_words(sample->netns_refused_lack,
						     "CAP_SYS_ADMIN"));
	if (sample->netns_hidden && len < size)
		snprintf(out + len, size - len, "%snamespace%s of %u process%s hidden "
			 "(%s)", len ? ", " : "",
			 sample->netns_hidden == 1 ? "" : "s", sample->netns_hidden,
			 sample->netns_hidden == 1 ? "" : "es",
			 sk_lack_words(sample->netns_hidden_lack, "CAP_SYS_PTRACE"));
	return out[0] != '\0';
}
