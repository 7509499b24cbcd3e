"""A TCP proxy that treats connections as a distant or bad network, or a bad server, would."""

import asyncio
import socket
import struct
import threading

CHUNK_BYTES = 4096
CHUNKS_MAX = 16384  # under way in one direction of a connection
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes connections on to a port of this machine. `mode` holds for all connections:

    "pass"     as a wire does
    "cut"      connections are reset, and new ones are reset at once
    "error"    a new connection gets a 500 for whatever it sends
    "closing"  a connection is closed after `close_after` bytes from the client

    `delay_s` is how long each byte is under way, there and back alike: bytes keep their order and
    do not wait for each other, and a new connection waits for its handshake, there and back.
    `bytes_up` and `bytes_down` count what was passed on to the port and back.
    """

    def __init__(self, target_port, delay_s=0.0):
        self.target_port = target_port
        self.delay_s = delay_s
        self.mode = "pass"
        self.close_after = 0
        self.bytes_up = self.bytes_down = 0
        self._links = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._closed = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        """Ends it, and all connections by RST."""
        self._call(self._closed.set)
        self._thread.join()

    def set(self, mode, close_after=0):
        """Another mode; connections that are there are reset unless it is "closing"."""
        self.close_after = close_after
        self.mode = mode
        if mode != "closing":
            self.reset()

    def reset(self):
        """Breaks the connections off as a peer does that has lost them: by RST."""
        self._call(self._reset)

    def stall_after(self, count):
        """On the connections that are there the server is heard for `count` more bytes, wherever
        in a packet that is, and no more."""
        def stall():
            for link in self._links:
                link.left = count
        self._call(stall)

    def _call(self, function):
        self._loop.call_soon_threadsafe(function)

    def _reset(self):
        for link in self._links:
            link.reset()

    def _run(self):
        self._loop.run_until_complete(self._accept())
        self._loop.close()

    async def _accept(self):
        async with await asyncio.start_server(self._serve, sock=self._listener):
            await self._closed.wait()
        self._reset()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, *client):
        reader, writer = client
        try:
            if self.mode == "error":
                await reader.read(CHUNK_BYTES)
                writer.write(ERROR)
                writer.close()
                return
            await asyncio.sleep(2 * self.delay_s)  # the handshake
            if self.mode == "cut":
                raise ConnectionAbortedError
            server = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            reset(writer)
            return
        link = _Link(self, client, server)
        self._links.add(link)
        await link.pass_on()
        self._links.remove(link)


class _Link:
    """One connection passed on; each end is (reader, writer)."""

    def __init__(self, proxy, client, server):
        self._proxy = proxy
        self._client, self._server = client, server
        self._passed = 0  # bytes from the client
        self.left = None  # bytes that still go to the client; None for any number

    async def pass_on(self):
        (client_in, client_out), (server_in, server_out) = self._client, self._server
        await asyncio.gather(self._pass(client_in, server_out, self._from_client),
                             self._pass(server_in, client_out, self._from_server))
        client_out.close()
        server_out.close()

    def reset(self):
        for _, writer in (self._client, self._server):
            reset(writer)

    async def _pass(self, source, sink, write):
        """Reads until the end, and writes each chunk and the end when they are due."""
        flight = asyncio.Queue(CHUNKS_MAX)
        arriving = asyncio.create_task(self._arrive(flight, sink, write))
        now = asyncio.get_running_loop().time
        try:
            while chunk := await source.read(CHUNK_BYTES):
                await flight.put((now() + self._proxy.delay_s, chunk))
        except OSError:
            pass  # reset by the peer
        await flight.put((now() + self._proxy.delay_s, b""))
        await arriving

    @staticmethod
    async def _arrive(flight, sink, write):
        now = asyncio.get_running_loop().time
        while True:
            due, chunk = await flight.get()
            if due > now():
                await asyncio.sleep(due - now())
            if not chunk:
                break
            write(sink, chunk)
            try:
                await sink.drain()
            except OSError:
                pass  # the peer is gone: what still comes goes nowhere
        try:
            sink.write_eof()
        except OSError:
            pass  # as above

    def _from_client(self, sink, chunk):
        self._passed += len(chunk)
        if self._proxy.mode == "closing" and self._passed > self._proxy.close_after:
            for _, writer in (self._client, self._server):
                writer.close()
        else:
            self._proxy.bytes_up += len(chunk)
            sink.write(chunk)

    def _from_server(self, sink, chunk):
        if self.left is not None:
            chunk = chunk[:self.left]
            self.left -= len(chunk)
        self._proxy.bytes_down += len(chunk)
        sink.write(chunk)


def reset(writer):
    """With no time to linger, an abort sends RST."""
    linger = struct.pack("ii", 1, 0)
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
