"""A web server with a slip in its handler: it lives on, but every GET fails."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = "hello from the server\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = GREETNG.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8001"))), Handler)
    print(f"serving on port {server.server_port}", flush=True)
    server.serve_forever()
