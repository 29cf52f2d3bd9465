"""Lines of reloaders and access logs are recognised."""

from __future__ import annotations

import pytest

from otorepair_like.detect import failed_request, said_reload


@pytest.mark.parametrize(
    "line",
    [
        "WARNING:  WatchFiles detected changes in 'main.py'. Reloading...",
        "WARNING:  StatReload detected changes in 'app/main.py'. Reloading...",
        "Watching for file changes with StatReloader",
        "/home/me/shop/models.py changed, reloading.",
        " * Detected change in '/home/me/shop/app.py', reloading",
        " * Restarting with stat",
        " * Restarting with watchdog (inotify)",
        "[nodemon] restarting due to changes...",
        "10:11:12 AM [vite] (client) hmr update /src/App.tsx",
        "[vite] server restarted.",
        "Restarting 'server.js'",
    ],
)
def test_reloaders_are_understood(line: str) -> None:
    assert said_reload(line)


@pytest.mark.parametrize(
    "line", ["INFO:     Started server process [17]", "changed the price", "listening on :8000"]
)
def test_other_lines_say_nothing_of_reloading(line: str) -> None:
    assert not said_reload(line)


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ('INFO:     127.0.0.1:47282 - "GET /err HTTP/1.1" 500 Internal Server Error', ("GET", "/err")),
        (
            '127.0.0.1 - - [21/Nov/2026:00:25:16 +0000] "POST /pay?x=1 HTTP/1.1" 502 2 "-" "curl"',
            ("POST", "/pay?x=1"),
        ),
        (
            '127.0.0.1 - - [21/Nov/2026 00:23:20] "GET /err HTTP/1.1" 500 -',
            ("GET", "/err"),
        ),
        ('[20/Nov/2026 18:22:19] "GET /err/x HTTP/1.1" 500 56656', ("GET", "/err/x")),
        (" GET /api/pay 500 in 4288ms", ("GET", "/api/pay")),
        ("[E 261121 00:25:23 web:2591] 500 GET /err (127.0.0.1) 2.79ms", ("GET", "/err")),
    ],
)
def test_the_failed_request_is_found(line: str, request_: tuple[str, str]) -> None:
    served = 'INFO:     127.0.0.1:47282 - "GET / HTTP/1.1" 200 OK'
    assert failed_request([served, line, served]) == request_


def test_no_failed_request_is_none() -> None:
    assert failed_request(['"GET /items/500 HTTP/1.1" 200 -', "GET /errors 404"]) is None
