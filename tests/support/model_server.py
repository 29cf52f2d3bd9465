"""A scripted model on loopback for the real agent CLIs, which use it like their own provider.

A script is a list of turns. Which one comes next is counted from the conversation that the client sends along
(its tool calls so far), so that a repeated request gets the same answer. The last turn is repeated for ever.
Requests that do not match the script (titles, summaries, warm-ups) are answered with ``OK``.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.support.model_gemini import Gemini
from tests.support.model_openai import Chat, Responses
from tests.support.model_wire import Anthropic, Turn, Wire

OK = Turn("OK")
WIRES: dict[str, Wire] = {
    "/v1/messages": Anthropic(),
    "/responses": Responses(),
    "/chat/completions": Chat(),
    "enerateContent": Gemini(),
}
"""Who speaks on a path with this end."""


@dataclass(frozen=True)
class Fault:
    """A failure that happens instead of an answer.

    Args:
        status: HTTP status; 0: accept the request and never answer, -1: begin to answer and hang up.
        kind, message: the error as the provider words it.
        times: how many requests it spoils.
        retry_after: seconds after which to ask again, as the provider says; 0: it does not.
    """

    status: int
    kind: str = "api_error"
    message: str = "scripted fault"
    times: float = 1
    retry_after: int = 0


HANG, CUT = 0, -1
FOR_EVER = float("inf")


@dataclass
class Request:
    """One request to a model."""

    path: str
    body: dict[str, Any]
    texts: list[str] = field(default_factory=list)


class ModelServer:
    """Serves ``turns`` to every conversation in which ``match`` is found; a context manager.

    Attributes:
        requests: those that matched, in order.
        everything: the raw text of all that was received, to look for what should not be there.
    """

    def __init__(
        self, turns: Sequence[Turn], *, match: str = "The command failed", faults: Sequence[Fault] = ()
    ) -> None:
        self.requests: list[Request] = []
        self.everything = ""
        self.closing = threading.Event()
        self._turns, self._match = list(turns), re.compile(match)
        self._faults = [(fault, fault.times) for fault in faults]
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.model = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, wire: Wire, path: str, raw: str) -> Turn | Fault:
        """Return the answer to ``raw``."""
        talk = wire.read(json.loads(raw))
        with self._lock:
            self.everything += raw
            if not self._match.search("\n".join(talk.texts)):
                return OK
            self.requests.append(Request(path, json.loads(raw), talk.texts))
            while self._faults:
                fault, left = self._faults[0]
                if left >= 1:
                    self._faults[0] = (fault, left - 1)
                    return fault
                self._faults.pop(0)
        return self._turns[min(talk.calls, len(self._turns) - 1)]


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    model: ModelServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: clients that disconnect are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, *_: object) -> None:
        """Log nothing: the tests check the requests themselves."""

    def do_HEAD(self) -> None:
        self._send(200, b"")

    def do_GET(self) -> None:
        self._send(404, b'{"error": {"message": "nothing here", "type": "not_found_error"}}')

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        path = self.path.partition("?")[0]
        wire = next((wire for end, wire in WIRES.items() if path.endswith(end)), None)
        if wire is None:
            self._send(404, b'{"error": {"message": "no such path", "type": "not_found_error"}}')
            return
        answer = self.server.model.answer(wire, self.path, raw)
        if isinstance(answer, Fault):
            self._fail(wire, answer, raw)
        elif wire.streams(self.path, json.loads(raw)):
            self._stream(b"".join(wire.events(answer, json.loads(raw))))
        else:
            self._send(200, json.dumps(wire.whole(answer, json.loads(raw))).encode())

    def _fail(self, wire: Wire, fault: Fault, raw: str) -> None:
        if fault.status > 0:
            error = json.dumps(wire.error(fault.kind, fault.message)).encode()
            self._send(fault.status, error, fault.retry_after)
            return
        if fault.status == CUT:
            started = b"".join(list(wire.events(Turn("half an answer"), json.loads(raw)))[:3])
            self._stream(started, whole=False)
        else:
            self.server.model.closing.wait()
        self.close_connection = True

    def _stream(self, payload: bytes, whole: bool = True) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(payload), payload) + (b"0\r\n\r\n" if whole else b""))

    def _send(self, status: int, payload: bytes, retry_after: int = 0) -> None:
        self.send_response(status)
        if retry_after:
            self.send_header("retry-after", str(retry_after))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
