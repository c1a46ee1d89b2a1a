/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sktop/sample.h>

/** What would make others' processes readable; the first row of which all is missing holds. */
static const struct {
	uint32_t missing; /* enum sk_missing */
	const char *words;
} needs[] = {
	{ SK_MISSING_PTRACE | SK_MISSING_DAC,
	  ": needs root (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH)" },
	{ SK_MISSING_PTRACE, ": needs CAP_SYS_PTRACE" },
	{ SK_MISSING_DAC, ": needs CAP_DAC_READ_SEARCH" },
	{ SK_MISSING_USERNS, ": not of our user namespace" },
	{ SK_MISSING_TRUST, " even for root (a security module)" },
};

static const char *needs_of(const struct sk_losses *losses)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if ((losses->missing & needs[i].missing) == needs[i].missing)
			return needs[i].words;
	}
	return NULL;
}

size_t sk_losses_of_owners(const struct sk_losses *losses, char *out, size_t size)
{
	const char *hidden = losses->missing & SK_MISSING_HIDDEN ?
				     "others' processes hidden (hidepid)" : "";
	const char *needed = needs_of(losses);
	/* a sample that asked for no owners keeps the number of one that did */
	uint32_t n = needed ? losses->unreadable_processes : 0;
	char count[40] = "";
	int len;

	if (losses->missing & SK_MISSING_PROC)
		len = snprintf(out, size, "no /proc: no processes");
	else if (!n && !*hidden)
		len = snprintf(out, size, "%s", "");
	else {
		if (n)
			snprintf(count, sizeof(count), "%u process%s unreadable", n,
				 n == 1 ? "" : "es");
		len = snprintf(out, size, "%s%s%s%s", hidden, *hidden && n ? ", " : "", count,
			       needed ? needed : "");
	}
	return len < 0 ? 0 : (size_t)len < size ? (size_t)len : size - 1;
}
