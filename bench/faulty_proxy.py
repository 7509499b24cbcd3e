"""A TCP proxy that treats connections as a bad network, or a bad server, would."""

import socket
import struct
import threading

CHUNK_BYTES = 4096
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class FaultyProxy:
    """Passes connections on to a port of this machine. `mode` holds for all connections:

    "pass"     as a wire does
    "cut"      connections are reset, and new ones are reset at once
    "error"    a new connection gets a 500 for whatever it sends
    "closing"  a connection is closed after `close_after` bytes from the client
    """

    def __init__(self, target_port):
        self.target_port = target_port
        self.mode = "pass"
        self.close_after = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open = set()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()
        self.set("cut")

    def set(self, mode, close_after=0):
        """Another mode; connections that are there end unless it is "closing"."""
        self.close_after = close_after
        self.mode = mode
        if mode != "closing":
            with self._lock:
                ended, self._open = self._open, set()
            for connection in ended:
                reset(connection)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        if self.mode == "cut":
            reset(client)
            return
        try:
            if self.mode == "error":
                client.recv(CHUNK_BYTES)
                client.sendall(ERROR)
                client.close()
                return
            server = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            reset(client)
            return
        with self._lock:
            self._open |= {client, server}
        threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()
        self._pass(client, server, True)

    def _pass(self, source, sink, from_client):
        passed = 0
        try:
            while chunk := source.recv(CHUNK_BYTES):
                passed += len(chunk)
                if from_client and self.mode == "closing" and passed > self.close_after:
                    break
                sink.sendall(chunk)
        except OSError:
            pass
        with self._lock:
            self._open -= {source, sink}
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def reset(connection):
    """With no time to linger, close sends RST."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
