# SPDX-License-Identifier: MIT
"""Sockets for every command of README's tables, in the namespace this is run in.

Prints "ready PID USERS", where PID lives in a network namespace of its own and USERS is
1 when a socket of another user could be made; then holds everything until stdin ends.
"""
import os
import select
import socket
import subprocess
import sys
import tempfile

held = []


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def listen(address, port, *options):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option in options:
        s.setsockopt(socket.SOL_SOCKET, *option)
    s.bind((address, port))
    s.listen(4)
    held.append(s)
    return s


def connect(listener, source, address):
    s = socket.create_connection((address, listener.getsockname()[1]), 5, (source, 0))
    held.extend((s, listener.accept()[0]))
    return s, held[-1]


def tcp():
    ip("addr", "add", "192.168.7.1/16", "dev", "lo")
    ip("addr", "add", "10.0.0.1/8", "dev", "lo")
    listeners = {port: listen("0.0.0.0", port) for port in (22, 80, 443, 8080)}
    ours, theirs = connect(listeners[22], "192.168.7.1", "10.0.0.1")
    ours.sendall(b"not read")
    for port in (80, 443, 8080):
        connect(listeners[port], "192.168.7.1", "127.0.0.1")
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    held.append(bound)
    return listeners[80]


def time_wait(listener):
    """The first to end is in it, for a minute."""
    ours = socket.create_connection(("10.0.0.1", 80), 5, ("10.0.0.1", 0))
    theirs = listener.accept()[0]
    ours.shutdown(socket.SHUT_WR)
    theirs.recv(1)
    theirs.close()
    ours.recv(1)
    ours.close()


def links():
    ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth1")
    for link in ("eth0", "eth1"):
        ip("link", "set", link, "up")
    ip("addr", "add", "198.51.100.1/24", "dev", "eth0")
    ip("route", "add", "default", "via", "198.51.100.2")
    ip("neigh", "add", "198.51.100.2", "lladdr", "02:00:00:00:00:01", "dev", "eth0")
    device = (socket.SO_BINDTODEVICE, b"eth0\0")
    s = listen("198.51.100.1", 9000, device, (socket.SO_MARK, 1))
    client = socket.socket()
    for option in (device, (socket.SO_MARK, 1)):
        client.setsockopt(socket.SOL_SOCKET, *option)
    client.setblocking(False)
    client.connect_ex(("198.51.100.2", s.getsockname()[1]))
    held.append(client)


def others():
    directory = tempfile.mkdtemp(prefix="sktop-typed.", dir="/tmp")
    path = os.path.join(directory, "s")
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.unlink(path)
    os.rmdir(directory)
    s.listen(1)
    held.append(s)
    held.extend(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
    u = socket.socket(type=socket.SOCK_DGRAM)
    u.bind(("127.0.0.1", 0))
    held.append(u)
    held.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
    held.append(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
    held.append(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
    held[-1].bind((0, 1))
    try:
        m = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)  # IPPROTO_MPTCP
        m.bind(("127.0.0.1", 0))
        m.listen(1)
        held.append(m)
    except OSError:
        pass


def socket_of(uid):
    """The owner of a socket is who made it."""
    try:
        os.seteuid(uid)
    except OSError:
        return 0
    held.append(socket.socket(type=socket.SOCK_DGRAM))
    held[-1].bind(("127.0.0.1", 0))
    os.seteuid(0)
    return 1


def elsewhere():
    code = ("import socket, sys; s = socket.socket(); s.bind(('0.0.0.0', 7)); s.listen(1);"
            "print('up', flush=True); sys.stdin.read()")
    child = subprocess.Popen(["unshare", "-n", sys.executable, "-c", code],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    held.append(child)
    return child.pid


with open("/proc/self/comm", "w", encoding="ascii") as comm:
    comm.write("nginx")
web = tcp()
time_wait(web)
links()
others()
print("ready", elsewhere(), socket_of(33), flush=True)
while not select.select([sys.stdin], [], [], 20)[0]:
    time_wait(web)
