"""The n-th allocation fails, for n = 1, 1 + STEP...: a run ends with status 0 and what is right, or with status 1 and
says why. Never a crash, never a hang, never silence. memory.py LIBRARY DIRECTORY STEP"""
import concurrent.futures, fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time
SK, (LIBRARY, DIRECTORY, STEP) = os.environ["SK"], sys.argv[1:4]
LIMIT = 60  # seconds of a run: for a loaded machine
bad = []


def environment(**more):
    return dict(os.environ, LD_PRELOAD=LIBRARY, TERM="xterm", TERMINFO="", LC_ALL="C.UTF-8", **more)


def printed(words, n):
    """Status, what was printed, what was said."""
    count = os.path.join(DIRECTORY, "count%d" % n)
    run = subprocess.run([SK, *words], env=environment(FAIL_AT=str(n), FAIL_COUNT=count), stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=LIMIT)
    return run.returncode, run.stdout, run.stderr.decode()


def on_screen(words, n):
    """Status, whether there was a table, what was said behind it."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(SK, [SK, *words], environment(FAIL_AT=str(n), FAIL_COUNT=os.path.join(DIRECTORY, "count%d" % n)))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    text, asked, end = b"", 0, time.time() + LIMIT
    while time.time() < end:
        if select.select([fd], [], [], .02)[0]:
            try:
                text += os.read(fd, 65536)
            except OSError:
                break
        elif b"127.0.0.1:4220" in text and not asked:
            asked = os.write(fd, b"q")
    hung = time.time() >= end
    if hung:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    said = text.decode(errors="replace").split("\x1b")[-1]
    return "hung" if hung else status, b"127.0.0.1:4220" in text, said


def judge(name, run, words):
    _, right, usual = run(words, 0)
    total = int(open(os.path.join(DIRECTORY, "count0")).read())

    def one(n):
        try:
            status, output, said = run(words, n)
        except subprocess.TimeoutExpired:
            status, output, said = "hung", None, ""
        spoke = any("sktop: " in line and "unreadable" not in line and line not in usual.splitlines()
                    for line in said.splitlines())
        # the plan itself says that it could not look
        spoke |= isinstance(output, bytes) and b"Your own connection may be among them" in output
        if not (status == 0 and (output == right or spoke) or status == 1 and spoke):
            bad.append(n)
            print("%s: allocation %d of %d: status %s, %s, said %r" % (
                name, n, total, status, "right" if output == right else "wrong", said[-300:]), flush=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(1, total + 1, int(STEP))))
    print("%s: %d allocations, every %s. failed" % (name, total, STEP), flush=True)


TABLE = ["-n", "-tl", "--columns", "proto,state,local,lport"]
judge("--help", printed, ["--help"])
judge("-1", printed, ["-1", *TABLE])
judge("-1 -p", printed, ["-1", "-p", *TABLE, "lport = 4220"])
judge("-1 -r", printed, ["-1", "-r"])
judge("-1 -i", printed, ["-1", "-i", "--columns", "interface,mtu"])
judge("-b", printed, ["-b", "--count", "2", "-d", "0.1", *TABLE])
judge("-K", printed, ["-K", "--dry-run", "-n", "lport = 4220"])
judge("screen", on_screen, ["-n", "-tl"])
sys.exit(1 if bad else 0)
