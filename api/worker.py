"""The worker of gunicorn: a thread serves requests that have come, it never waits for one to come."""

from __future__ import annotations

import errno
import json
import selectors
import socket
import struct
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http import errors as wrong
from gunicorn.workers.gthread import TConn, ThreadWorker

from api import short
from api.errors import TITLES
from api.formats import PROBLEM
from api.logs import HEADER, log, told

HEAD_S = 10  # for the head of a request to come
LARGEST_HEAD = 32_768  # bytes; beyond, 431
SEND_S = 20  # for a client to take anything at all of an answer
SLOWEST = 2_000  # bytes a second, over three times that long: who takes less keeps a thread from the others
LEAVE_S, LEAVING = 2, 200  # for a client to end its side; how many may take that long
LINGER_MS = 3  # that a thread waits for the next request of the client it has just answered, while none waits for a thread
END = b"\r\n\r\n"
BODILESS = ("GET", "HEAD", "OPTIONS", "DELETE")  # methods of which no body is read (RFC 9110 §9.3)
STATUS: dict[type[Exception], int] = {
    wrong.LimitRequestLine: 414, wrong.LimitRequestHeaders: 431, wrong.UnsupportedTransferCoding: 501,
    wrong.ParseException: 400, wrong.InvalidResponseHeader: 500, wrong.InvalidResponseHeaderName: 500,
}
SENTENCES = {
    400: ("这不是 HTTP 请求", "This is not an HTTP request"),
    414: ("网址超过 8190 字节；请减少条件", "The address is longer than 8190 bytes; ask for less at once"),
    431: ("请求头太大或太多", "The header fields are too large or too many"),
    500: ("服务内部出错，已记入日志", "An internal error, which was logged"),
    501: ("不支持这种传输编码", "This transfer coding is not supported"),
}


class Client(socket.socket):
    """The socket of a client, which has to take its answers at some pace: the kernel asks for no more than a byte in SEND_S."""

    waited, taken = 0.0, 0  # seconds in which it was sent to, and bytes it took then
    head = b""  # of the request under way as it was received, where it came alone
    lingers = False  # it waits LINGER_MS for what it is to receive, not for ever

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of it; BrokenPipeError when that goes too slowly, over several calls as well."""
        left = memoryview(data)
        while left:
            left = left[self._paced(partial(self.send, left, flags)):]

    def send_pieces(self, pieces: list[bytes]) -> None:
        """The same for several, in one go as a rule: each time to send takes longer than to copy a hundred kilobytes."""
        sent = self._paced(partial(self.sendmsg, pieces))
        for piece in pieces:
            self.sendall(memoryview(piece)[min(sent, len(piece)):])
            sent -= min(sent, len(piece))

    def next_head(self) -> bytes:
        """What comes within LINGER_MS; empty where nothing does, or the client has ended. One call instead of a look before it:
        other threads run at each, and this one waits for them."""
        self._linger(True)
        try:
            return self.recv(LARGEST_HEAD)
        except BlockingIOError:
            return b""

    def wait(self) -> None:
        """Wait for what it is to receive as long as it takes, as the ordinary way does."""
        self._linger(False)

    def _linger(self, wanted: bool) -> None:
        if self.lingers != wanted:
            self.lingers = wanted
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, LINGER_MS * 1_000 if wanted else 0))

    def _paced(self, send: Callable[[], int]) -> int:
        begin = time.monotonic()
        sent = send()
        self.waited, self.taken = self.waited + time.monotonic() - begin, self.taken + sent
        if self.waited > 3 * SEND_S:
            if self.taken < SLOWEST * self.waited:
                raise BrokenPipeError(errno.EPIPE, "too slow a client")
            self.waited, self.taken = 0.0, 0
        return sent


class Connection(TConn):
    """A connection whose end the poller waits for, not the main loop: gunicorn stands still for 2 s there."""

    def __init__(self, worker: Worker, found: socket.socket, address: Any) -> None:
        super().__init__(worker.cfg, found, address, found.getsockname())
        self.worker = worker

    @property
    def read_ahead(self) -> bytes:
        """What came behind the request before, on a connection that was kept."""
        return bytes(self.parser.unreader.buf.getvalue()) if self.parser is not None else b""

    def close(self, graceful: bool = False) -> None:
        """Close it; graceful: let the client read the answer first though it still sends (RFC 9112 section 9.6)."""
        if graceful and len(self.worker.leaving) < LEAVING:
            self.worker.leave(self)
        else:
            super().close()


class Worker(ThreadWorker):
    """gthread that hands a connection to a thread when the head of a request is there, whole.

    As it comes, gthread gives every new connection a thread for up to 5 s and waits for the rest of a head without
    end: as many silent clients as there are threads stop the service (slowloris). Here the head waits in the
    kernel: it is looked at (MSG_PEEK) and the poller wakes only for more of it (SO_RCVLOWAT).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arriving: dict[Connection, tuple[float, int]] = {}  # until when, bytes seen
        self.leaving: dict[Connection, float] = {}
        self.waiting: deque[Connection] = deque()  # for a thread

    def accept(self, listener: socket.socket) -> None:
        """A new connection: look whether its request is there."""
        try:
            found, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        found = Client(fileno=found.detach())
        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_S, 0))
        self._await(Connection(self, found, address))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """The next request on a connection that was kept: it is there, whole, as a rule."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        head = b""
        with suppress(OSError):
            head = client.recv(LARGEST_HEAD, socket.MSG_PEEK)
        if END in head and not conn.read_ahead:
            self._arrived(conn, head)
        else:
            self._await(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Hand it to a thread, unless only a part of the next head came with the request before."""
        if conn.read_ahead and END not in conn.read_ahead:
            self._await(conn)
        else:
            conn.sock.head = b""
            self._hand_over(conn)

    def _hand_over(self, conn: Connection) -> None:
        self.waiting.append(conn)
        super().enqueue_req(conn)

    def handle(self, conn: Connection) -> Any:
        """One request after the other while they come at once and nobody waits: to hand a connection to the poller and
        back takes longer than to answer a small request."""
        self.waiting.popleft()  # whichever it is: that one fewer waits is what counts
        while True:
            kept = self._shortly(conn)
            if kept is None:
                conn.sock.wait()
                kept = super().handle(conn)
            if kept is not True or not self._goes_on(conn):
                return kept

    def _shortly(self, conn: Connection) -> bool | None:
        """Whether a request was answered and the connection is kept; None where it goes the ordinary way."""
        client: Client = conn.sock
        if not client.head:
            return None
        try:
            conn.init()
            if client.gettimeout() is not None:  # the poller has left it so that a send would stop where the kernel's room ends
                client.setblocking(True)
            free = self.alive and self.nr + 1 < self.max_requests and len(self.keepalived_conns) < self.max_keepalived
            made = short.answer(client.head, client) if free else None
            if made is None:
                conn.parser.unreader.unread(client.head)
                return None
            client.send_pieces(made)
        except OSError:
            return False
        self.nr += 1
        return True

    def _goes_on(self, conn: Connection) -> bool:
        """Whether the next request is there, whole, before anybody else needs the thread."""
        if self.waiting or not self.alive or conn.read_ahead:
            return False
        client: Client = conn.sock
        client.head = client.next_head()
        if client.head and END not in client.head:
            conn.parser.unreader.unread(client.head)
        return END in client.head

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """A request that announces a body which nobody reads is the last of its connection, and the answer says so: whether it
        comes in time for another one behind it shows only when the answer is gone."""
        if req.method in BODILESS and any(n == "TRANSFER-ENCODING" or (n == "CONTENT-LENGTH" and v != "0") for n, v in req.headers):
            req.force_close()
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Whether the connection is kept: not to wait, as gthread does for 5 s, for a body that nobody wants."""
        return bool(keepalive and conn.parser.finish_body(deadline=time.monotonic() + 0.01))

    def murder_pending(self) -> None:
        """Once a second: close those whose request did not come."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [c for c, (until, _) in self.arriving.items() if until < now]:
            self._forget(conn)
            self._close(conn)
        for conn in [c for c, until in self.leaving.items() if until < now]:
            self._left(conn)

    def leave(self, conn: Connection) -> None:
        """Say that there is no more to come, and drop what still arrives until the client ends as well."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
            self.leaving[conn] = time.monotonic() + LEAVE_S
        except OSError:
            conn.close()

    def _drain(self, conn: Connection, client: socket.socket) -> None:
        try:
            ended = not client.recv(LARGEST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            ended = True
        if ended:
            self._left(conn)

    def _left(self, conn: Connection) -> None:
        del self.leaving[conn]
        self.poller.unregister(conn.sock)
        conn.close()

    def _await(self, conn: Connection) -> None:
        conn.sock.setblocking(False)
        self.arriving[conn] = time.monotonic() + HEAD_S, 0
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._look, conn))

    def _arrived(self, conn: Connection, head: bytes) -> None:
        """It is there; what was only looked at so far is received, so that what stands behind it tells whether the client is."""
        conn.data_ready = True
        conn.sock.head = b""
        with suppress(OSError):  # it may have gone since; the thread sees that
            conn.sock.head = conn.sock.recv(len(head)) if head else b""
        self._hand_over(conn)

    def _look(self, conn: Connection, client: Client) -> None:
        try:
            head = client.recv(LARGEST_HEAD, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            head = b""
        until, seen = self.arriving[conn]
        came = conn.read_ahead + head
        whole = END in came[:LARGEST_HEAD]
        if len(came) >= LARGEST_HEAD and not whole:
            self._forget(conn)
            self.handle_error(None, client, conn.client, wrong.LimitRequestHeaders("the head"))
            self._close(conn, graceful=True)
        elif whole or len(head) == seen:  # no more than last time, though awake: the client has ended
            self._forget(conn)
            self._arrived(conn, b"" if conn.read_ahead else head)
        else:
            self.arriving[conn] = until, len(head)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(head) + 1)

    def _forget(self, conn: Connection) -> None:
        del self.arriving[conn]
        self.poller.unregister(conn.sock)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def _close(self, conn: Connection, graceful: bool = False) -> None:
        self.nr_conns -= 1
        conn.close(graceful)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """What gunicorn refuses before the application sees it: a problem as well, and nothing of it in the log."""
        status = next((STATUS[c] for c in type(exc).__mro__ if c in STATUS), 500)
        zh, en = SENTENCES[status]
        made = uuid.uuid4().hex
        if status >= 500:
            log.error("the worker failed, id %s\n%s", made, told(exc))
        # The message of another repeats the request line or a field: there may be a token in it.
        log.warning("refused before it was read: %s %s from %s, id %s", status, type(exc).__name__,
                    addr[0] if addr else "-", made)
        code = TITLES[status][1].lower().replace(" ", "_")
        body = json.dumps({"type": f"urn:registry:problem:{code}", "title": TITLES[status][1], "status": status,
                           "detail": en, "code": code, "zh": zh, "en": en, "request_id": made},
                          ensure_ascii=False).encode()
        head = (f"HTTP/1.1 {status} {TITLES[status][1]}\r\nConnection: close\r\n"
                f"Content-Type: {PROBLEM.content_type}\r\nContent-Length: {len(body)}\r\n{HEADER}: {made}\r\n"
                "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n")
        with suppress(OSError):  # it may have gone
            client.setblocking(False)
            client.send(head.encode("ascii") + body)
