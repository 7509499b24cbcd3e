"""A TCP proxy that can treat one connection as a bad network would."""

import socket
import struct
import threading

CHUNK_BYTES = 1500


class Proxy:
    """Passes connections on to a port of this machine, until it is told otherwise.

    What it is told holds for the connections that exist then; later ones are passed on again.
    """

    def __init__(self, target_port):
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._links = []
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()
        self.reset()

    def stall_after(self, count):
        """The camera is heard for `count` more bytes, wherever in a packet that is, and no more."""
        with self._lock:
            for link in self._links:
                link.left = count

    def reset(self):
        """Breaks the connections off as a peer does that has lost them: by RST."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            link.reset()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                camera = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            link = _Link(client, camera)
            with self._lock:
                self._links.append(link)
            threading.Thread(target=link.pass_up, daemon=True).start()
            threading.Thread(target=link.pass_down, daemon=True).start()


class _Link:
    """One connection passed on, by a thread a direction."""

    def __init__(self, client, camera):
        self._client, self._camera = client, camera
        self.left = None  # bytes that still go to the client; None for any number

    def pass_up(self):
        self._pass(self._client, self._camera.sendall)
        self._client.close()

    def pass_down(self):
        self._pass(self._camera, self._send_to_client)
        self._stop_hearing(self._client)
        self._camera.close()

    def reset(self):
        # With no time to linger, close() sends RST. That is left to pass_up, which receives on the
        # socket: a close beside it would only take effect when the receive returns.
        try:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            return  # the connection has ended already
        self._stop_hearing(self._client)

    def _pass(self, source, send):
        try:
            while chunk := source.recv(CHUNK_BYTES):
                send(chunk)
        except OSError:
            pass
        self._stop_hearing(self._camera)

    @staticmethod
    def _stop_hearing(end):
        try:
            end.shutdown(socket.SHUT_RD)
        except OSError:
            pass

    def _send_to_client(self, chunk):
        left = self.left
        if left is not None:
            chunk = chunk[:left]
            self.left = left - len(chunk)
        self._client.sendall(chunk)
