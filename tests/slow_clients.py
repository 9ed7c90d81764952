"""Opens connections that never finish a request, and keeps them open until its stdin closes.

python slow_clients.py PORT BODIES HEADERS IDLE

A process of its own, so that it does not slow down the client whose requests are timed.
Prints "ready" and how many connections are open, because the server may close some at once.
"""

import socket
import ssl
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

# All but the last byte of the largest body that the proxy accepts, to a view that reads it.
BODY = (
    b"POST /api/v1/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 99999\r\n\r\n" + b"[" * 99_998
)
HEADERS = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE


def open_connection(port, data):
    """Return a TLS connection on which `data` was sent, or None if the server closed it.

    Without data, there is no handshake.
    """
    connection = socket.create_connection(("localhost", port), timeout=60)
    if not data:
        return connection
    try:
        connection = CONTEXT.wrap_socket(connection, server_hostname="localhost")
        connection.sendall(data)
    except OSError:
        return None
    return connection


def main():
    port, bodies, headers, idle = map(int, sys.argv[1:])
    every = [BODY] * bodies + [HEADERS] * headers + [b""] * idle
    with ThreadPoolExecutor(20) as pool:
        connections = list(pool.map(lambda data: open_connection(port, data), every))
    print("ready", sum(map(bool, connections)), flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.wait(1):
        for connection in filter(None, connections[bodies : bodies + headers]):
            # The server may have closed it.
            with suppress(OSError):
                connection.sendall(b"x")


if __name__ == "__main__":
    main()
