"""The web request that was being answered when an exception came. Read in the child, with ``otorepair_report.py``.

As there, nothing runs that is the program's, and nothing is imported.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from otorepair_like.supervise.hook.otorepair_report import FRAMES, attributes, frames_of, locals_of

HEADERS, HEADER = 60, 8192
"""Headers of a request, and characters of each."""
OF_CONNECTION = (
    "connection keep-alive transfer-encoding content-length upgrade te trailer expect range proxy-connection"
    " proxy-authorization"
)
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~!$&'()*+,;=:@"


def request(error: BaseException) -> tuple[list[str], list[list[str]]] | None:
    """As :func:`asked`; ``None`` also where something only looked like a request."""
    try:
        return asked(error)
    except Exception:  # noqa: BLE001 - the program may give such names to anything
        return None


def asked(error: BaseException) -> tuple[list[str], list[list[str]]] | None:
    """Method and path of the web request that was being answered, and its headers.

    Looked for in the frames of the traceback and then in those that called them: WSGI's ``environ``, ASGI's ``scope``,
    a request of Django, aiohttp or Tornado, and a handler of ``http.server``.
    """
    entries = frames_of(error.__traceback__)
    frames = [entry.tb_frame for entry in entries]
    caller = frames[0].f_back if frames else None
    while caller is not None and len(frames) < 3 * FRAMES:
        frames.append(caller)
        caller = caller.f_back
    for frame in frames:
        names = locals_of(frame)
        own, given = attributes(names.get("self")), attributes(names.get("request"))
        for holder in (names, given, attributes(own.get("request")), own):
            for read in (of_scope, of_environ, of_handler, of_aiohttp, of_tornado):
                found = read(holder)
                if found is not None:
                    (method, path), headers = found
                    return [method, path], [pair for pair in headers if is_sent_again(*pair)][:HEADERS]
    return None


def is_sent_again(name: str, value: str) -> bool:
    """Return whether a header belongs to the request, and not to its connection or to a cache."""
    words = name.lower()
    return len(value) <= HEADER and words not in OF_CONNECTION.split() and words[:3] != "if-"


def of_scope(holder: dict[str, Any]) -> Any:
    """ASGI."""
    scope = holder.get("scope")
    if type(scope) is not dict or type(scope.get("method")) is not str or type(scope.get("path")) is not str:
        return None
    raw, query = scope.get("raw_path"), scope.get("query_string") or b""
    path = text(raw) if type(raw) is bytes and raw[:1] == b"/" else quoted(scope["path"].encode())
    pairs = [[text(name), text(value)] for name, value in scope.get("headers") or ()]
    return (scope["method"], with_query(path, query)), pairs


def of_environ(holder: dict[str, Any]) -> Any:
    """WSGI."""
    environ = holder.get("environ")
    if type(environ) is not dict or type(environ.get("REQUEST_METHOD")) is not str:
        return None
    raw, path = environ.get("REQUEST_URI") or environ.get("RAW_URI"), environ.get("PATH_INFO")
    if type(path) is not str:
        return None
    path = environ.get("SCRIPT_NAME", "") + path
    path = with_query(quoted(path.encode("latin-1", "replace")), environ.get("QUERY_STRING") or "")
    pairs = [
        [name[5:].replace("_", "-").title(), value]
        for name, value in environ.items()
        if name[:5] == "HTTP_" and type(value) is str
    ]
    if environ.get("CONTENT_TYPE"):
        pairs.append(["Content-Type", environ["CONTENT_TYPE"]])
    return (environ["REQUEST_METHOD"], raw if type(raw) is str and raw[:1] == "/" else path), pairs


def of_handler(holder: dict[str, Any]) -> Any:
    """``http.server``: a handler's command, path and headers."""
    method, path = holder.get("command"), holder.get("path")
    if type(method) is not str or type(path) is not str or "requestline" not in holder:
        return None
    pairs = attributes(holder.get("headers")).get("_headers") or ()
    return (method, path), [[name, value] for name, value in pairs if type(value) is str]


def of_aiohttp(holder: dict[str, Any]) -> Any:
    """aiohttp: a request's raw message, a named tuple."""
    message = holder.get("_message")
    if message is None or type(message).__name__ != "RawRequestMessage":
        return None
    pairs = [[text(name), text(value)] for name, value in message.raw_headers]
    return (message.method, message.path), pairs


def of_tornado(holder: dict[str, Any]) -> Any:
    """Tornado: a request's method, uri and headers."""
    method, path = holder.get("method"), holder.get("uri")
    held = attributes(holder.get("headers")).get("_as_list")
    if type(method) is not str or type(path) is not str or type(held) is not dict:
        return None
    return (method, path), [[name, value] for name, values in held.items() for value in values]


def text(value: Any) -> str:
    """Return bytes from HTTP as text."""
    return value.decode("latin-1") if type(value) is bytes else value if type(value) is str else ""


def quoted(path: bytes) -> str:
    """A path as it stands in a request."""
    return "".join(chr(byte) if chr(byte) in PLAIN else f"%{byte:02X}" for byte in path)


def with_query(path: str, query: Any) -> str:
    """A path with its query, if there is one."""
    return path + ("?" + text(query) if query else "")
