/* SPDX-License-Identifier: MIT */
/*
 * What no key of ours sends does nothing, ends nothing and does not become letters that
 * act: under the names of many terminals, and by a hundred thousand random events.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include "terminal.h"

#define FEW "sockets=40,hosts=8,churn=0,freeze=2,seed=1"
#define EVENTS 100000

static void start(const char *term)
{
	const char *const args[] = { "--synthetic", FEW, "-n", "-d", "0.2", "--sort=local",
				     NULL };

	start_env(24, 80, term, args);
	wait_for("row 1 of 40");
	wait_for("new 0/s"); /* the source stands still from here on */
}

/* All below the header, whose clock goes on. */
static void copy_screen(char *out, size_t size)
{
	out[0] = '\0';
	for (int row = 3; row < t.rows; row++) {
		size_t n = strlen(out);

		snprintf(out + n, size - n, "%s", row_text(row));
		/* whether blanks were written or erased does not show */
		for (n = strlen(out); n && out[n - 1] == ' '; n--)
			;
		snprintf(out + n, size - n, "\n");
	}
}

/* Of xterm, rxvt, the console, PuTTY, vt220, screen, tmux, kitty; answers; focus; paste. */
static const char *const foreign[] = {
	"\033[1;5C", "\033[1;2A", "\033[1;5H", "\033[1;3C", "\033[15;2~", "\033[23~",
	"\033[2~", "\033OE", "\033Ok", "\033Oq", "\033[E", "\033[G", "\033[P", "\033[28~",
	"\033[27;5;9~", "\033[113;5u", "\033[97:65;2;65u", "\033[1;1:3A", "\033[a",
	"\033Oa", "\033[5$", "\033[5^", "\033[3@", "\033[[F", "\033\033[A", "\033K", "\033s",
	"\033\\", "\033?", "\033\r", "\033\303\244", "\033[I", "\033[O", "\033[?62;22c",
	"\033[>41;354;0c", "\033[0n", "\033[24;80R", "\033[?2026;2$y", "\033[8;24;80t",
	"\033]10;rgb:ffff/ffff/ffff\007", "\033]11;rgb:0000/0000/0000\033\\",
	"\033]52;c;cXVpdApLeQ==\007", "\033]lt/s K q\033\\", "\033P>|XTerm(390)\033\\",
	"\033P!|7E565445\033\\", "\033P1+r544e=787465726d\033\\", "\033_Gi=1;OK\033\\",
	"\033^s/K\033\\", "\033[200~/sKq\r2\033[201~", "\344", "\303\244", "\200", "\377\376",
	"\033[<35;3;10M", "\033[<2;3;10M", "\033/Z",
};

static void test_foreign_keys(void **state)
{
	static const char *const terms[] = { "TERM=xterm-256color", "TERM=xterm",
					     "TERM=linux", "TERM=vt220", "TERM=screen",
					     "TERM=tmux-256color", "TERM=rxvt",
					     "TERM=rxvt-unicode-256color" };
	static char before[16384], after[16384];

	(void)state;
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		start(terms[i]);
		type("j");
		wait_for("row 2 of 40");
		copy_screen(before, sizeof(before));
		for (size_t k = 0; k < sizeof(foreign) / sizeof(foreign[0]); k++)
			type(foreign[k]);
		type("jk"); /* read behind all of them */
		wait_for("row 2 of 40");
		type("j");
		wait_for("row 3 of 40");
		type("k");
		wait_for("row 2 of 40");
		copy_screen(after, sizeof(after));
		assert_string_equal(before, after);
		quit();
	}
}

/* Alone and with nothing behind it, what begins a sequence blocks nothing. */
static void test_begun_sequences(void **state)
{
	static const char *const begun[] = { "\033[", "\033O", "\033]", "\033P", "\033[1;5",
					     "\033]0;title", "\303" };

	(void)state;
	start("");
	for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
		long end = now_ms() + PATIENCE_MS;

		type(begun[i]);
		while (find_row("row 1 of 40") >= 0 && now_ms() < end) {
			type("\033[B"); /* a key that is no part of it */
			pump(50);
		}
		assert_int_equal(find_row("row 1 of 40"), -1);
		type("g");
		wait_for("row 1 of 40");
	}
	quit();
}

/* Esc is a key, and what comes later another one. */
static void test_escape(void **state)
{
	(void)state;
	start("");
	type("?");
	wait_for("Moving");
	type("\033");
	wait_gone("Moving");
	type("j");
	wait_for("row 2 of 40");
	quit();
}

/* Into a prompt, pasted text goes as text, and so does what is not ASCII. */
static void test_prompt(void **state)
{
	(void)state;
	start("");
	type("\\\033[200~lport =\n22\033[201~");
	wait_for("Filter: lport = 22");
	type("\r");
	wait_for("Filter: lport = 22  row 1 of");
	type("=");
	wait_gone("Filter: lport = 22");
	type("/a\303\244\342\202\254b");
	wait_for("Search: a\303\244\342\202\254b");
	type("\177\177");
	WAIT(strstr(row_text(t.rows - 1), "Search: a\303\244 "));
	type("\033[D\033[3~");
	WAIT(strstr(row_text(t.rows - 1), "Search: a "));
	type("\033");
	wait_gone("Search: a");
	quit();
}

/* The wheel scrolls what is open, and a change of size does not close it. */
static void test_window_stays(void **state)
{
	const struct winsize size = { .ws_row = 20, .ws_col = 90 };

	(void)state;
	start("");
	type("?");
	wait_for("Moving");
	type("\033[<65;4;10M\033[<65;4;10M");
	wait_gone("Moving");
	wait_for("Keys");
	vterm_set_size(t.vt, 20, 90);
	t.rows = 20;
	t.cols = 90;
	ioctl(t.fd, TIOCSWINSZ, &size);
	type("g");
	wait_for("Moving");
	type("\033");
	wait_gone("Moving");
	quit();
}

static uint32_t next_random(uint32_t below)
{
	static uint64_t random = 88172645463325252U;

	random ^= random << 13;
	random ^= random >> 7;
	random ^= random << 17;
	return (uint32_t)(random >> 33) % below;
}

/*
 * Keys of ours but q, K and F9, which acts on the machine, D, which asks DNS, and what
 * the terminal takes for signals; foreign ones; bytes of all kinds.
 */
static size_t random_event(char *out)
{
	static const char *const sequences[] = {
		"\033[A", "\033[B", "\033[C", "\033[D", "\033[5~", "\033[6~", "\033[H",
		"\033[F", "\033[Z", "\033OP", "\033OQ", "\033OR", "\033OS", "\033[15~",
		"\033[17~", "\033[<0;40;10M", "\033[<64;9;9M", "\033[<65;9;9M", "\033", "\r",
	};
	const size_t n = sizeof(sequences) / sizeof(sequences[0]);
	size_t len = 1;
	uint32_t kind = next_random(10);

	if (kind < 4)
		return (size_t)sprintf(out, "%s", sequences[next_random((uint32_t)n)]);
	if (kind < 6)
		return (size_t)sprintf(out, "%s",
				       foreign[next_random(sizeof(foreign) /
							   sizeof(foreign[0]))]);
	if (kind == 6)
		len = 1 + next_random(12);
	for (size_t i = 0; i < len; i++) {
		do
			out[i] = kind < 9 && i == 0 ? (char)(' ' + next_random(95)) :
						      (char)next_random(256);
		while (out[i] && strchr("qKD\003\032\034\023", out[i]));
	}
	return len;
}

/* Writes what fits, and throws away what the program draws. */
static void write_all(const char *bytes, size_t n)
{
	static char drawn[65536];
	long end = now_ms() + PATIENCE_MS;

	while (n) {
		struct pollfd p = { .fd = t.fd, .events = POLLIN | POLLOUT };
		ssize_t done = 0;

		poll(&p, 1, 1000);
		if (p.revents & POLLIN)
			done = read(t.fd, drawn, sizeof(drawn));
		if (done < 0 || (p.revents & (POLLHUP | POLLERR)) || now_ms() > end)
			fail_msg("the program has ended, or reads no more");
		if (!(p.revents & POLLOUT))
			continue;
		done = write(t.fd, bytes, n > 256 ? 256 : n);
		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
			end = now_ms() + PATIENCE_MS;
		}
	}
}

/* Nothing that was typed waits to be read. */
static void wait_until_read(int typed)
{
	long end = now_ms() + PATIENCE_MS;
	int waiting = 1;

	while (ioctl(typed, FIONREAD, &waiting) == 0 && waiting) {
		if (now_ms() > end)
			fail_msg("keys are not read");
		write_all("", 0);
		pump(20);
	}
}

static void test_random_events(void **state)
{
	char event[256], bytes[4096];
	size_t n = 0;
	int status, typed;

	(void)state;
	start("");
	typed = open(ptsname(t.fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(typed >= 0);
	fcntl(t.fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < EVENTS; i++) {
		size_t len = random_event(event);

		memcpy(bytes + n, event, len);
		n += len;
		if (n > sizeof(bytes) - sizeof(event) || i == EVENTS - 1) {
			write_all(bytes, n);
			n = 0;
		}
	}
	wait_until_read(typed);
	assert_int_equal(waitpid(t.pid, &status, WNOHANG), 0);
	/* out of whatever is open, and then q ends it */
	for (int i = 0; i < 50 && waitpid(t.pid, &status, WNOHANG) == 0; i++) {
		long end = now_ms() + 600;

		type(i % 2 ? "q" : "\033");
		wait_until_read(typed);
		while (now_ms() < end && pump(50))
			;
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(typed);
	close(t.fd);
	vterm_free(t.vt);
}

/* A terminal that this machine does not know, and one that is close enough to it. */
static void test_unknown_terminals(void **state)
{
	static const struct {
		const char *term, *words;
	} cases[] = {
		{ "xterm-sktop-test", "TERM=xterm-sktop-test is not known on this machine; taken for xterm-256color" },
		{ "alacritty-sktop", "taken for xterm-256color" },
		{ "kitty-sktop", "taken for xterm-256color" },
		{ "ghostty-sktop", "taken for xterm-256color" },
		{ "wezterm-sktop", "taken for xterm-256color" },
		{ "foot-sktop", "taken for xterm-256color" },
		{ "tmux-sktop", "taken for screen-256color" },
		{ "screen.sktop", "taken for screen-256color" },
		{ "vt999", "taken for vt220" },
		{ "nosuch", NULL },
		{ "", NULL },
	};
	const char *const args[] = { "--synthetic", FEW, "-n", NULL };
	char env[64], words[128];
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(env, sizeof(env), "TERM=%s", cases[i].term);
		start_env(24, 100, env, args);
		if (cases[i].words) {
			wait_for(cases[i].words);
			wait_for("row 1 of 40");
			type("\033[B");
			wait_for("row 2 of 40");
			quit();
			continue;
		}
		snprintf(words, sizeof(words), *cases[i].term ?
			 "TERM=%s is not known on this machine; try TERM=xterm-256color" :
			 "TERM is not set; try TERM=xterm-256color%.0s", cases[i].term);
		wait_for(words);
		status = finish();
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
		vterm_free(t.vt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreign_keys),  cmocka_unit_test(test_begun_sequences),
		cmocka_unit_test(test_escape),	      cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_window_stays),  cmocka_unit_test(test_random_events),
		cmocka_unit_test(test_unknown_terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
