"""The request that failed, as the probe tells it from real servers: method, path as it was sent, and headers."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path

import pytest

from otorepair_like.detect.probe.record import parse
from tests.support.probe import clean_environment, probe
from tests.support.supervise import free_port, until

SERVERS = {
    "http.server": """\
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            1 / 0
        except ZeroDivisionError:
            traceback.print_exc()
HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
""",
    "wsgi": """\
import logging
from wsgiref.simple_server import make_server
def view():
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("caught and logged further in")
def app(environ, start_response):
    view()
    start_response("500 Oh", [])
    return []
make_server("127.0.0.1", PORT, app).serve_forever()
""",
    "flask": """\
from flask import Flask
app = Flask(__name__)
@app.get("/a b")
def page():
    1 / 0
app.run(port=PORT)
""",
    "asgi": """\
import uvicorn
async def app(scope, receive, send):
    assert scope["type"] == "http"
    1 / 0
uvicorn.run(app, port=PORT, lifespan="off")
""",
    "django": """\
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.urls import path
settings.configure(DEBUG=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
def page(request):
    1 / 0
urlpatterns = [path("a b", page)]
execute_from_command_line([sys.argv[0], "runserver", "--noreload", "PORT"])
""",
}
SENT = {
    "Host": "shop.test",
    "Cookie": "session=tulip; theme=dark",
    "Authorization": "Bearer rose",
    "Accept": "application/json",
    "X-Team": "blue",
}
NOT_AGAIN = {"If-None-Match": '"old"', "Range": "bytes=0-1", "Connection": "close"}


@pytest.mark.parametrize("server", SERVERS)
def test_a_failed_request_is_told_as_it_was(tmp_path: Path, server: str) -> None:
    port = free_port()
    (tmp_path / "app.py").write_text(SERVERS[server].replace("PORT", str(port)))

    def ask() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/a%20b?x=%201&y", headers={**SENT, **NOT_AGAIN})
            connection.getresponse().read()
        except http.client.HTTPException:
            pass
        except OSError:
            return False
        finally:
            connection.close()
        return True

    with probe() as opened:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=tmp_path,
            env=opened.environment(clean_environment()),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            until(ask, "the server", patience=60)
            lines = until(opened.read, "record", patience=30)
        finally:
            process.kill()
            process.wait()
    assert lines
    record = parse(lines[0])
    assert record.request == ("GET", "/a%20b?x=%201&y")
    told = {name.title(): value for name, value in record.headers}
    assert {name: told.get(name) for name in SENT} == SENT
    assert not NOT_AGAIN.keys() & told.keys()
    assert "tulip" not in repr(record)
    assert json.loads(lines[0])["headers"]
