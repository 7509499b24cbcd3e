#!/usr/bin/env python3
"""The proxy does to connections what it says, and nothing else."""

import socket
import threading
import time
import unittest

from proxy import CHUNK_BYTES, Proxy

SECONDS = 30  # no answer takes longer, however slow the machine
DELAY_S = 0.05


class Echo:
    """Sends back what it gets."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @staticmethod
    def _serve(connection):
        with connection:
            try:
                while data := connection.recv(CHUNK_BYTES):
                    connection.sendall(data)
            except OSError:
                pass  # reset


def read(connection, count):
    """So many bytes, or what came before the end."""
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


class ProxyTest(unittest.TestCase):
    def setUp(self):
        echo = Echo()
        self.addCleanup(echo.close)
        self.echo_port = echo.port

    def proxy(self, delay_s=0.0):
        proxy = Proxy(self.echo_port, delay_s)
        self.addCleanup(proxy.close)
        return proxy

    def connect(self, proxy):
        connection = socket.create_connection(("127.0.0.1", proxy.port), SECONDS)
        self.addCleanup(connection.close)
        return connection

    def assert_passed(self, connection, data):
        connection.sendall(data)
        self.assertEqual(read(connection, len(data)), data)

    def assert_refused(self, proxy):
        with self.assertRaises(ConnectionResetError):  # on connecting, or soon after
            self.connect(proxy).recv(1)

    def test_bytes_pass_in_order_and_the_end_after_them(self):
        data = bytes(range(256)) * 4000
        proxy = self.proxy()
        connection = self.connect(proxy)
        sending = threading.Thread(target=connection.sendall, args=(data,))
        sending.start()
        self.assertEqual(read(connection, len(data)), data)
        sending.join()
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(connection.recv(1), b"")
        self.assertEqual((proxy.bytes_up, proxy.bytes_down), (len(data), len(data)))

    def test_a_delay_is_there_and_back_and_a_handshake_once_more(self):
        connection = self.connect(self.proxy(DELAY_S))
        begun = time.monotonic()
        self.assert_passed(connection, b"first")
        self.assertGreaterEqual(time.monotonic() - begun, 4 * DELAY_S)
        begun = time.monotonic()
        self.assert_passed(connection, b"second")
        self.assertGreaterEqual(time.monotonic() - begun, 2 * DELAY_S)

    def test_what_is_delayed_does_not_wait_for_what_is_under_way(self):
        connection = self.connect(self.proxy(DELAY_S))
        self.assert_passed(connection, b"first")
        chunks = int(2 * SECONDS / DELAY_S)  # one after the other they would take twice the limit
        begun = time.monotonic()
        self.assert_passed(connection, bytes(CHUNK_BYTES * chunks))
        self.assertLess(time.monotonic() - begun, SECONDS)

    def test_a_reset_breaks_what_is_there_and_spares_what_comes(self):
        proxy = self.proxy()
        connection = self.connect(proxy)
        self.assert_passed(connection, b"before")
        proxy.reset()
        self.assertRaises(ConnectionResetError, connection.recv, 1)
        self.assert_passed(self.connect(proxy), b"after")

    def test_a_stall_ends_amid_what_is_sent_and_holds_for_what_is_there(self):
        proxy = self.proxy()
        connection = self.connect(proxy)
        self.assert_passed(connection, b"before")
        proxy.stall_after(3)
        self.assert_passed(self.connect(proxy), b"another")  # by then the stall is told
        connection.sendall(b"stalled")
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(read(connection, 7), b"sta")

    def test_modes(self):
        proxy = self.proxy()
        proxy.set("error")
        connection = self.connect(proxy)
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertTrue(read(connection, 1000).startswith(b"HTTP/1.1 500 "))
        proxy.set("closing", close_after=5)
        connection = self.connect(proxy)
        self.assert_passed(connection, b"five.")
        connection.sendall(b"+")
        self.assertEqual(connection.recv(1), b"")
        proxy.set("cut")
        self.assert_refused(proxy)
        proxy.set("pass")
        self.assert_passed(self.connect(proxy), b"after")

    def test_without_a_server_connections_are_reset(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        proxy = Proxy(port)
        self.addCleanup(proxy.close)
        self.assert_refused(proxy)


if __name__ == "__main__":
    unittest.main()
