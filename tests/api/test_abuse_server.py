"""Slow, silent, oversized and broken clients against the server itself: nobody else waits for them."""

from __future__ import annotations

import http.client
import json
import socket
import time
from contextlib import ExitStack

import pytest
from running import Running, answer, running

from api import worker
from api.server import LONGEST_LINE, THREADS
from api.worker import LARGEST_HEAD

MANY = THREADS * 5


@pytest.fixture(scope="module")
def service(served, tmp_path_factory):
    with running(tmp_path_factory.mktemp("service"), REGISTRY_MAX_BODY_MB="1") as made:
        yield made


def seconds_of(service: Running) -> float:
    begin = time.monotonic()
    assert service.get()[0] == 200
    return time.monotonic() - begin


@pytest.mark.parametrize("sent", [b"", b"G", b"GET /conformance HTTP/1.1\r\nHost: x\r\nX-Slow: ",
                                  b"GET /conformance HTTP/1.1\r\nHost: x\r\n\r\nGET /"],
                         ids=["silent", "one byte", "half a head", "kept alive, then half a head"])
def test_more_slow_clients_than_threads_do_not_delay_others(service, sent):
    alone = max(seconds_of(service) for _ in range(3))
    with ExitStack() as stack:
        slow = [stack.enter_context(service.connect()) for _ in range(MANY)]
        for raw in slow:
            raw.sendall(sent)
        time.sleep(0.3)
        # gthread alone needs 5 s for every THREADS silent clients, or does not answer at all.
        assert seconds_of(service) < max(1.0, alone * 20)


def test_bodies_that_nobody_wants_do_not_delay_others(service):
    with ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(service.connect()).sendall(
                b"POST /conformance HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n{")
        time.sleep(0.3)
        assert seconds_of(service) < 2  # gthread alone waits 5 s for the rest of each


def test_clients_that_do_not_read_their_answer_are_given_up(service):
    with ExitStack() as stack:
        for _ in range(THREADS * 2):
            raw = stack.enter_context(socket.socket())
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.connect(("127.0.0.1", service.port))
            raw.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        assert service.get()[0] == 200  # within the 20 s of this side; without a time-out never


@pytest.mark.parametrize(("at_once", "given_up"), [(10, True), (4096, False)])
@pytest.mark.parametrize("piece", [40, 40_000])
def test_clients_that_take_an_answer_byte_by_byte_are_given_up(monkeypatch, at_once, given_up, piece):
    """However their answer is cut into pieces: a stream comes in small ones."""
    monkeypatch.setattr(worker, "SEND_S", 0.05)

    class Slow(worker.Client):
        def send(self, data, flags=0):
            time.sleep(0.01)
            return min(at_once, len(data))

    with Slow() as client:
        sending = [client.sendall] * (40_000 // piece)
        if given_up:
            with pytest.raises(BrokenPipeError):
                for send in sending:
                    send(b"x" * piece)
        else:
            for send in sending[:30]:
                send(b"x" * piece)


def test_what_is_kept_can_be_used_again(service):
    kept = http.client.HTTPConnection("127.0.0.1", service.port)
    kept.connect()
    first = kept.sock
    for _ in range(3):
        kept.request("POST", "/probe", "[1]")
        assert kept.getresponse().read() and kept.sock is first
    kept.close()
    with service.connect() as raw:
        raw.sendall(b"GET /conformance HTTP/1.1\r\nHost: x\r\n\r\n" * 2
                    + b"GET / HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n")
        got = b""
        while piece := raw.recv(65536):
            got += piece
        assert got.count(b"HTTP/1.1 200") == 3  # sent at once, answered in turn


@pytest.mark.parametrize("body", ["Content-Length: 5", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_to_a_request_with_a_body_that_nobody_reads_says_that_it_is_the_last(service, method, body):
    """The body comes late, or the next request does: either way the connection ends, as told."""
    for late in (b"hello", b"5\r\nhello\r\n0\r\n\r\n", b""):
        with service.connect() as raw:
            raw.sendall(f"{method} /conformance HTTP/1.1\r\nHost: x\r\n{body}\r\n\r\n".encode())
            time.sleep(0.05)
            raw.sendall(late)
            raw.shutdown(socket.SHUT_WR)
            got = b""
            while piece := raw.recv(65536):
                got += piece
        head = got.partition(b"\r\n\r\n")[0].lower()
        assert head.startswith(b"http/1.1 200") and b"connection: close" in head and b"keep-alive" not in head
        assert method == "HEAD" or json.loads(got.partition(b"\r\n\r\n")[2])["conformsTo"]


def test_a_request_with_a_body_of_no_bytes_keeps_its_connection(service):
    kept = http.client.HTTPConnection("127.0.0.1", service.port)
    kept.connect()
    first = kept.sock
    for _ in range(3):
        kept.request("GET", "/conformance", headers={"Content-Length": "0"})
        assert kept.getresponse().read() and kept.sock is first
    kept.close()


def test_a_head_that_dribbles_in_is_served(service):
    with service.connect() as raw:
        for piece in (b"GET /conf", b"ormance HTTP/1.1\r", b"\nHost: x\r\nConnection: close\r\n", b"\r", b"\n"):
            raw.sendall(piece)
            time.sleep(0.05)
        assert answer(raw)[0] == 200


def test_who_gives_no_host_has_links_all_the_same_by_http_1_0_and_is_refused_by_http_1_1(service):
    status, _, body = service.send(b"GET / HTTP/1.0\r\n\r\n")
    assert status == 200 and json.loads(body)["links"][0]["href"] == f"http://127.0.0.1:{service.port}/"
    for request_ in ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1\r\nHost: 市政.中国\r\nConnection: close\r\n\r\n"):
        status, _, body = service.send(request_.encode())
        assert status == 400 and json.loads(body)["code"] == "bad_host"


def test_a_head_that_never_ends_is_cut_off(service):
    with service.connect() as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        assert answer(raw)[0] == 0  # closed, before the 20 s of this side are over


def test_clients_that_do_not_close_do_not_delay_others(service):
    with ExitStack() as stack:
        for _ in range(MANY):
            raw = stack.enter_context(service.connect())
            raw.sendall(b"GET /conformance HTTP/1.0\r\n\r\n")  # answered, and left open on this side
        assert seconds_of(service) < 2


def test_clients_that_end_in_the_middle_cost_nothing(service):
    for sent in (b"", b"GET", b"GET / HTTP/1.1\r\nHost"):
        with service.connect() as raw:
            raw.sendall(sent)
            raw.shutdown(socket.SHUT_WR)
            assert answer(raw)[0] in (0, 400)
    assert service.get()[0] == 200


@pytest.mark.parametrize("request_, status", [
    (b"GET /" + b"x" * LONGEST_LINE + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    (b"GET / HTTP/1.1\r\nX: " + b"y" * (2 * LARGEST_HEAD), 431),
    (b"no request at all\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization Bearer mar_hidden-in-no-log\r\n\r\n", 400),
    (b"GET /?q=hidden-in-no-log  HTTP/1.1\r\n\r\n", 400),
    (b"POST /probe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: what\r\n\r\n0\r\n\r\n", 501),
    (b"POST /probe HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
], ids=["long line", "long field", "many fields", "endless field", "no HTTP", "no colon", "blank", "coding",
        "smuggling"])
def test_what_the_server_refuses_by_itself_is_a_problem_and_not_in_the_log(service, request_, status):
    found, head, rest = service.send(request_)
    assert found == status, head
    body = json.loads(rest)
    assert b"application/problem+json" in head and body["status"] == status and body["zh"] and body["request_id"]
    assert "hidden-in-no-log" not in service.said and body["request_id"] in service.said


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /probe HTTP/1.1", "Host: x", "Connection: close", "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(data: bytes) -> bytes:
    pieces = [data[n:n + 60_000] for n in range(0, len(data), 60_000)]
    return b"".join(f"{len(p):x}\r\n".encode() + p + b"\r\n" for p in pieces) + b"0\r\n\r\n"


def test_a_body_is_read_with_and_without_a_length(service):
    data = json.dumps({"名": "x" * 200_000}).encode()
    for request_ in (post(data, f"Content-Length: {len(data)}"), post(chunked(data), "Transfer-Encoding: chunked")):
        status, _, rest = service.send(request_)
        assert status == 200 and json.loads(rest)["found"] == json.loads(data)


def test_a_body_too_large_is_refused_with_and_without_a_length(service):
    data = b'"' + b"x" * (1_200_000) + b'"'
    for request_ in (post(data, f"Content-Length: {len(data)}"), post(chunked(data), "Transfer-Encoding: chunked")):
        status, head, rest = service.send(request_)
        assert status == 413 and b"application/problem+json" in head and json.loads(rest)["zh"]


def test_a_body_that_does_not_come_is_given_up(service):
    for request_ in (post(b'{"a"', "Content-Length: 10"), post(b"5\r\nab", "Transfer-Encoding: chunked")):
        status, head, rest = service.send(request_)
        assert status == 408 and json.loads(rest)["status"] == 408, head
    assert seconds_of(service) < 2


def test_broken_chunks_are_the_fault_of_the_client(service):
    assert service.send(post(b"zz\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))[0] == 400


def test_a_client_within_the_limit_is_never_refused_whatever_process_it_meets(served, tmp_path):
    most = 40
    with running(tmp_path, workers=2, REGISTRY_RATE_LIMIT=str(most)) as service:
        assert {service.get()[0] for _ in range(most)} == {200}
        refused = [head for status, head, _ in (service.get() for _ in range(most + 5)) if status == 429]
        # Two processes that each allow the whole: no more than twice the limit passes.
        assert len(refused) >= 5 and all(b"Retry-After" in head for head in refused)
