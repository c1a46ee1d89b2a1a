/* SPDX-License-Identifier: MIT */
/* For programs that need nothing before their tests. */
#include "testing.h"

int main(void)
{
	return testing_run(NULL, NULL);
}
