"""What the short way sends: the header fields and the end of an answer that was seen, with what differs put in."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from flask import Response, request
from gunicorn.http.wsgi import SERVER
from gunicorn.util import http_date

from api import compression, limits
from api.links import LONGEST_HEADER
from api.logs import HEADER

LONGEST = 300  # bytes of the first line of a question: with a longer one not all links fit into the header field
OWN = frozenset({"etag", "content-length", "date", HEADER.lower(), *map(str.lower, limits.FIELDS)})  # of each answer
_LENGTH = re.compile(rb"Content-Length: (\d+)")
_HEADER = HEADER.encode()
Patterns = Iterable[tuple[re.Pattern[bytes], bytes]]


@dataclass(frozen=True)
class Frame:
    """What stands around the features of an answer, with marks for what differs. first: the question it was first seen with;
    again: it gave the same again; good: another one did, so what differs between questions is known."""

    head: bytes
    tail: bytes
    packed: bool
    first: bytes
    again: bool = False
    good: bool = False

    def fits(self, question: bytes) -> bool:
        """Whether it is known to be that of the answer to this question."""
        return (self.good and len(question) <= LONGEST) or (self.again and self.first == question)

    @classmethod
    def of(cls, response: Response, tail: bytes, marks: Patterns, question: bytes) -> Frame:
        """That of an answer to a question; what each pattern finds is replaced by its mark."""
        fields = response.get_wsgi_headers(request.environ)
        head = "".join(f"{k}: {v}\r\n" for k, v in fields if k.lower() not in OWN).encode("latin-1")
        for pattern, mark in marks:
            head, tail = pattern.sub(mark, head), pattern.sub(mark, tail)
        return cls(head, tail, "Content-Encoding" in response.headers, question)

    def after(self, other: Frame) -> Frame:
        """What is known when another answer of the same shape was seen."""
        if (self.head, self.tail, self.packed) != (other.head, other.tail, other.packed):
            return other
        return replace(self, again=True) if self.first == other.first else replace(self, good=True)

    def filled(self, start: list[bytes], end: bytes, tag: Callable[[list[bytes]], str], marks: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
        """The rest of an answer behind `opened`: its header fields; its body, which is what stands before, an end of its own and
        that of the frame. In each mark stands what belongs there. tag: of the body before it is compressed."""
        head, tail = self.head, self.tail
        for mark, said in marks:
            head, tail = head.replace(mark, said), tail.replace(mark, said)
        body = [*start, end, tail]
        named = tag(body)
        if self.packed:
            body = [compression.press(b"".join(body))]
        return headed(head, named, body)


def roomy(response: Response, longer: int) -> bool:
    """Whether its links stand in the header field whole, and would were each of them longer by so many bytes."""
    told = response.headers.get("Link", "")
    return bool(told) and len(told) + told.count("<") * longer <= LONGEST_HEADER


def headed(head: bytes, tag: str, body: list[bytes] | None) -> list[bytes]:
    """The header fields behind `opened`, those of this answer last, and the pieces of its body; without one no length is told."""
    size = b"" if body is None else b"Content-Length: %d\r\n" % sum(map(len, body))
    return [b"%bETag: %b\r\n%b\r\n" % (head, tag.encode(), size), *(body or ())]


def opened(status: bytes = b"200 OK") -> bytes:
    """The first lines of an answer."""
    return b"HTTP/1.1 %b\r\n%bConnection: keep-alive\r\n%b: %b\r\n" % (
        status, _told(int(time.time())), _HEADER, b"%032x" % random.getrandbits(128))


def status_of(made: list[bytes]) -> int:
    """The status of an answer that begins with `opened`."""
    return int(made[0].split(b" ", 2)[1])


def id_of(made: list[bytes]) -> str:
    """The id that `opened` gave the request."""
    return made[0].rpartition(b": ")[2].decode("ascii").strip()


def length_of(made: list[bytes]) -> int | None:
    """The bytes of the body that an answer tells of."""
    found = _LENGTH.search(b"".join(made).partition(b"\r\n\r\n")[0])
    return int(found[1]) if found else None


@lru_cache(maxsize=2)
def _told(second: int) -> bytes:
    return f"Server: {SERVER}\r\nDate: {http_date(second)}\r\n".encode()
