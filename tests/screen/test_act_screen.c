/* SPDX-License-Identifier: MIT */
/*
 * Acting, on the screen and from the command line, before a terminal: in a network
 * namespace of its own, on sockets that a child with a hostile name holds.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "terminal.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#define PORT 5001
#define PAIRS 3
#define NAME "\033[31mweb\n"  /* of the process */
#define R "\xef\xbf\xbd"	      /* U+FFFD */
#define SHOWN R "[31mweb" R "/" /* as it may be told */

static pid_t holder;

static void hold_sockets(int reported)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	prctl(PR_SET_NAME, NAME);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 8))
		_exit(1);
	for (int i = 0; i < PAIRS; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);

		if (connect(client, (struct sockaddr *)&a, sizeof(a)) ||
		    accept(listener, NULL, NULL) < 0)
			_exit(1);
	}
	if (write(reported, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static int start_holder(void **state)
{
	int reported[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(reported), 0);
	holder = fork();
	if (holder == 0)
		hold_sockets(reported[1]);
	close(reported[1]);
	assert_int_equal(read(reported[0], &byte, 1), 1);
	close(reported[0]);
	return 0;
}

static int end_holder(void **state)
{
	(void)state;
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	return 0;
}

/* What ss counts of the sockets that serve. */
static int served(void)
{
	char line[256];
	int n = 0;
	FILE *ss = popen("ss -tnH state established sport = :5001", "r");

	assert_non_null(ss);
	while (fgets(line, sizeof(line), ss))
		n++;
	assert_int_equal(pclose(ss), 0);
	return n;
}

static void start_on(const char *const options[])
{
	const char *argv[16] = { SKTOP_BIN };

	for (int i = 0; i < 14 && options[i]; i++)
		argv[i + 1] = options[i];
	start_program(24, 100, "SSH_CONNECTION=", argv);
}

static void quit_by(const char *keys)
{
	type(keys);
	assert_int_equal(finish(), 0);
	vterm_free(t.vt);
}

static void start_screen(const char *filter)
{
	const char *const options[] = { "-n", "-d", "0.2", "--columns",
					"proto,state,local,remote,process", filter, NULL };

	start_on(options);
	wait_for("Remote Address");
	wait_for(R "[31mweb" R);
}

static void test_plan_asks(void **state)
{
	(void)state;
	start_screen("sport = :5001 and state established");
	wait_for(R "[31mweb" R);
	type("K");
	wait_for("Close this one");
	wait_for("Signal " R "[31mweb" R " (pid");
	wait_for("Close all filtered 3");
	type("\r");
	wait_for("Close 1 socket: 1 tcp ESTABLISHED");
	wait_for("close tcp 127.0.0.1:5001 127.0.0.1:");
	wait_for(SHOWN);
	wait_for("Close 1? [y/N]");
	type("n");
	wait_for("Nothing was done");
	assert_int_equal(served(), PAIRS);
	/* nor does the key that opened it, pressed again, or Enter, or Esc */
	type("K\r");
	wait_for("[y/N]");
	type("\r");
	wait_gone("[y/N]");
	assert_int_equal(served(), PAIRS);
	type("K\r");
	wait_for("[y/N]");
	type("y");
	wait_for("1 closed");
	wait_for("closed tcp 127.0.0.1:5001");
	assert_int_equal(served(), PAIRS - 1);
	type("\r");
	wait_gone("Results");
	quit();
}

static void test_close_filtered(void **state)
{
	(void)state;
	start_screen("sport = :5001 and state established");
	type("K");
	wait_for("Close all filtered 3");
	type("\033OF"); /* End: to signal them; one up is to close them */
	type("\033OA\r");
	wait_for("Close 3 sockets: 3 tcp ESTABLISHED");
	type("y");
	wait_for("3 closed");
	assert_int_equal(served(), 0);
	quit_by("\rq");
}

/* Without a filter nothing offers to close everything. */
static void test_no_filter(void **state)
{
	(void)state;
	start_screen(NULL);
	type("K");
	wait_for("Close this one");
	assert_int_equal(find_row("filtered"), -1);
	type("\033");
	wait_for("Nothing was done");
	type("3K"); /* the states: a row stands for many */
	wait_for("Close ");
	type("\033");
	wait_gone("Close ");
	quit_by("q");
}

static void test_detail(void **state)
{
	(void)state;
	start_screen("sport = :5001 and state established");
	type("\r");
	wait_for("Identity");
	type("K\r");
	wait_for("Close 1 socket");
	type("y");
	wait_for("1 closed");
	assert_int_equal(served(), PAIRS - 1);
	quit_by("\rq");
}

static void test_signal(void **state)
{
	int status;

	(void)state;
	start_screen("sport = :5001 and state listening");
	wait_for(R "[31mweb" R);
	type("K\033OB\r");
	wait_for("Which signal?");
	type("int\r");
	wait_for("Send SIGINT (2) to 1 process, for 1 chosen socket");
	type("y");
	wait_for("1 signalled");
	assert_int_equal(waitpid(holder, &status, 0), holder);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	quit_by("\rq");
	start_holder(state); /* for the teardown */
}

/* Results are on stdout, a terminal too; so are the questions. */
static void test_command_line(void **state)
{
	static const char *const all[] = { "-K", "sport = :5001 and state established",
					   NULL };

	(void)state;
	start_on(all);
	wait_for("Close 3 sockets: 3 tcp ESTABLISHED");
	wait_for(SHOWN);
	wait_for("Close 3? [y/N]");
	type("\n");
	wait_for("nothing was done");
	assert_int_equal(WEXITSTATUS(finish()), 1);
	vterm_free(t.vt);
	assert_int_equal(served(), PAIRS);

	start_on(all);
	wait_for("Close 3? [y/N]");
	type("y\n");
	wait_for("closed tcp 127.0.0.1:5001");
	wait_for("3 closed");
	assert_int_equal(finish(), 0);
	vterm_free(t.vt);
	assert_int_equal(served(), 0);
}

/* SSH_CONNECTION names one of them: it takes the whole word yes. */
static void test_own_session(void **state)
{
	static const char *const options[] = { SKTOP_BIN, "-K", "state established", NULL };
	char own[80], port[16] = "";
	FILE *ss = popen("ss -tnH state established dport = :5001 | head -1 | "
			 "sed -E 's/.*127.0.0.1:([0-9]+) .*/\\1/'", "r");

	(void)state;
	assert_non_null(fgets(port, sizeof(port), ss));
	pclose(ss);
	port[strcspn(port, "\n")] = '\0';
	snprintf(own, sizeof(own), "SSH_CONNECTION=127.0.0.1 %s 127.0.0.1 5001", port);

	start_program(30, 100, own, options);
	wait_for("2 of them carry your own session"); /* both ends are here */
	wait_for("Close 6? [y/N]");
	type("y\n");
	wait_for("Type yes to be cut off");
	type("y\n");
	wait_for("2 closed, 2 already gone, 2 spared"); /* its peer went with each */
	assert_int_equal(WEXITSTATUS(finish()), 1);
	vterm_free(t.vt);
	assert_int_equal(served(), 1);

	start_program(30, 100, own, options);
	wait_for("Close 2? [y/N]");
	type("y\n");
	wait_for("Type yes to be cut off");
	type("yes\n");
	wait_for("1 closed, 1 already gone");
	finish();
	vterm_free(t.vt);
	assert_int_equal(served(), 0);
}

/* Neither /proc nor SSH_CONNECTION: any may be our own, and only the whole word goes on. */
static void test_own_unknown(void **state)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "exec unshare -m sh -c 'mount -t tmpfs none /proc && exec \"$0\" -n "
		"-d 0.2 --columns proto,state,local,remote sport = :5001 and state established' "
		"\"$0\"", SKTOP_BIN, NULL };

	(void)state;
	start_program(24, 100, "SSH_CONNECTION=a b c d", argv);
	wait_for("127.0.0.1:5001");
	for (int attempt = 0; attempt < 2; attempt++) {
		type("K\r");
		wait_for("Your own connection may be among them");
		type("y");
		wait_for("Maybe your own session too?");
		type(attempt ? "yes\r" : "\r");
		wait_for(attempt ? "1 closed" : "Nothing was done");
		assert_int_equal(served(), PAIRS - attempt);
	}
	type("\033");
	wait_gone("1 closed");
	type("q");
	/* a sanitizer that looks for leaks at the end does not find /proc either */
	if (finish() != 0 && !SANITIZED)
		fail_msg("it failed");
	vterm_free(t.vt);
}

/* Listens; its child, the worker, accepts once it is told to. */
static void listen_with_worker(uint16_t port, int reported)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, signal;
	pid_t worker, master = getpid();
	sigset_t set;

	prctl(PR_SET_NAME, "master");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 8))
		_exit(1);
	worker = fork();
	if (worker == 0) {
		prctl(PR_SET_NAME, "worker");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		worker = getpid();
		if (getppid() != master ||
		    write(reported, &worker, sizeof(worker)) < 0 ||
		    sigwait(&set, &signal) || accept(listener, NULL, NULL) < 0 ||
		    write(reported, &worker, sizeof(worker)) < 0)
			_exit(1);
	}
	for (;;)
		pause();
}

/* What its listener had queued is the worker's who accepted it, and only he is offered. */
static void accept_late(const char *way, uint16_t port)
{
	char filter[64], offer[64];
	const char *const options[] = { "-n", "-d", "0.2", way, "--columns",
					"state,local,process,pid,fd",
					filter, NULL };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int reported[2], client = socket(AF_INET, SOCK_STREAM, 0);
	pid_t master, worker;

	snprintf(filter, sizeof(filter), "sport = :%u and state established", port);
	assert_int_equal(pipe(reported), 0);
	master = fork();
	if (master == 0)
		listen_with_worker(port, reported[1]);
	close(reported[1]);
	assert_int_equal(read(reported[0], &worker, sizeof(worker)), sizeof(worker));
	assert_int_equal(connect(client, (struct sockaddr *)&a, sizeof(a)), 0);
	start_on(options);
	wait_for("(master+1)");
	type("K");
	wait_for("Signal master (pid");
	type("\033");
	wait_gone("Signal");
	kill(worker, SIGUSR1);
	assert_int_equal(read(reported[0], &worker, sizeof(worker)), sizeof(worker));
	wait_gone("master");
	wait_for("worker");
	type("K");
	snprintf(offer, sizeof(offer), "Signal worker (pid %d)", (int)worker);
	wait_for(offer);
	assert_int_equal(find_row("master"), -1);
	type("\033");
	wait_gone("Signal");
	quit_by("q");
	kill(master, SIGKILL);
	waitpid(master, NULL, 0);
	close(client);
	close(reported[0]);
}

static void test_accepted_late(void **state)
{
	(void)state;
	/* nobody waits for the worker of the first to let its port go */
	accept_late("--no-bpf", PORT + 1);
	accept_late("--bpf", PORT + 2);
}

static int enter_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd, err;

	if (unshare(CLONE_NEWNET))
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	err = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return err;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_holder, end_holder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plan_asks), TEST(test_close_filtered), TEST(test_no_filter),
		TEST(test_detail),    TEST(test_signal),	 TEST(test_command_line),
		TEST(test_own_session), TEST(test_own_unknown), TEST(test_accepted_late),
	};

	if (enter_namespace()) {
		puts("SKIPPED: no network namespace without privilege");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
