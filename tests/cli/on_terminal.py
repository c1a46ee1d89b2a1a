# SPDX-License-Identifier: MIT
"""Runs a command on a pseudo-terminal until its key bar is drawn, then types q.

    on_terminal.py COMMAND [ARGUMENT...]

The exit status is the command's; 1 when it drew no key bar.
"""
import fcntl
import os
import pty
import struct
import sys
import termios

pid, fd = pty.fork()
if pid == 0:
    # the size before the first frame: the program asks for it when it starts
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
quitting = False
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:  # the other end was closed
        break
    if not data:
        break
    seen += data
    if not quitting and b"Quit" in seen:
        quitting = True
        os.write(fd, b"q")
_, status = os.waitpid(pid, 0)
if not quitting:
    sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(status) if quitting else 1)
