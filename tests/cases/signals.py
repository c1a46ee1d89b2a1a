"""A signal ends sktop whatever holds it up: what is printed is not read, users hang, /etc/hosts does not end, the
terminal takes no output. signals.py DIRECTORY FIFO"""
import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time
SK, (DIRECTORY, FIFO) = os.environ["SK"], sys.argv[1:3]
LIMIT = 60  # seconds: for a loaded machine; before, they went on for good
failed = False


def check(what, expected, got):
    global failed
    if expected != got:
        failed = True
        print("FAILED: %s\n  expected: %s\n  got:      %s" % (what, expected, got), flush=True)


def wait_until(what, condition):
    end = time.time() + LIMIT
    while not condition():
        if time.time() > end:
            check(what, "it happens", "it does not")
            return
        time.sleep(.02)


def place(pid):
    """Where in the kernel the main thread sleeps."""
    try:
        return open("/proc/%d/wchan" % pid).read()
    except OSError:
        return ""


def status_of(process):
    try:
        return process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return "it goes on"


def end(what, words, number, expected, held, env=None, stdout=None):
    read, write = os.pipe()
    process = subprocess.Popen([SK, *words], stdin=subprocess.DEVNULL, stdout=stdout or write, stderr=subprocess.DEVNULL,
                               env=dict(os.environ, **(env or {})))
    os.close(write)
    wait_until(what + ": it is held up", lambda: held in place(process.pid))
    process.send_signal(number)
    check(what, expected, status_of(process))
    os.close(read)


MANY = ["--synthetic", "sockets=50000"]
for number in signal.SIGINT, signal.SIGTERM:
    for words in ["-1"], ["-1", "-j"], ["-b"], ["-b", "-j"], ["-b", "--format", "csv"]:
        end("%s to a pipe that is not read" % " ".join(words), words + MANY, number, -number, "pipe_")
HANGS = {"LD_LIBRARY_PATH": DIRECTORY}
for words in ["-1", "-t"], ["-b", "-t"], ["-K", "--dry-run", "-t", "user = nobody"]:
    end("%s while users hang" % " ".join(words), words, signal.SIGTERM, -signal.SIGTERM, "pause", HANGS)

# host names: /etc/hosts is a FIFO that nobody writes to; -1 says that they did not come and ends by itself
run = subprocess.run([SK, "-1", "-tH", "--resolve", "--columns", "remote,rport", "state = ESTABLISHED"], capture_output=True, timeout=LIMIT)
check("--resolve with such a file: status", 0, run.returncode)
check("--resolve: it is said", True, b"not all host names came in time" in run.stderr)
process = subprocess.Popen([SK, "-b", "-j", "-d", "0.1", "-t", "--resolve"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
process.stdout.readline()
process.send_signal(signal.SIGTERM)
process.stdout.close()
check("-b --resolve: SIGTERM", True, status_of(process) in (0, 1, -signal.SIGTERM))

# nobody reads the events any more, and none comes
process = subprocess.Popen([SK, "-b", "-E", "-H"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
time.sleep(.3)
process.stdout.close()
check("-b -E without a reader: status", 1, status_of(process))
check("-b -E without a reader: no word of that", [], [line for line in process.stderr if b"unreadable" not in line])


def screen(what, number, stop, status):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(SK, [SK, "--synthetic", "sockets=5000,churn=500", "-d", "0.1"], dict(os.environ, TERM="xterm"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 500, 0, 0))
    text = b""
    while b"State" not in text:
        text += os.read(fd, 65536)
    if stop:
        os.write(fd, b"\x13")
    # drawn anew as often as it likes, it has to wait in the end
    held = lambda: "woken" in place(pid) or "tty" in place(pid)
    def pushed():
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 199 + int(time.time() * 10) % 2, 500, 0, 0))
        return held() and (time.sleep(.2) or held())
    wait_until(what + ": it waits for the terminal", pushed)
    os.kill(pid, number)
    ended = []
    wait_until(what + ": it ends", lambda: ended.extend(p for p in [os.waitpid(pid, os.WNOHANG)] if p[0]) or ended)
    if not ended:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    else:
        check(what + ": how", status, os.waitstatus_to_exitcode(ended[0][1]))
        flags = termios.tcgetattr(fd)[3]
        check(what + ": the terminal is as it was", termios.ECHO | termios.ICANON, flags & (termios.ECHO | termios.ICANON))
        left = b""
        while select.select([fd], [], [], .2)[0]:
            try:
                left += os.read(fd, 65536)
            except OSError:
                break
        check(what + ": the screen is as it was", True, b"\x1b[?1049l" in left)
    os.close(fd)


for number in signal.SIGTERM, signal.SIGHUP:
    screen("a terminal that ^S stopped, signal %d" % number, number, True, -number)
    screen("a terminal that is not read, signal %d" % number, number, False, -number)
sys.exit(failed)
