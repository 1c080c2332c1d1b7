"""What is checked: a real HTTP server and a real gRPC server that can go down, up and ill."""
import concurrent.futures
import http.server
import threading

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from support.ports import free_port

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class http_target:
    """Answers every GET with self.status."""

    def __init__(self):
        self.status = 200
        self.port = free_port()
        self.server = None
        self.up()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/health"

    def up(self):
        target = self

        class handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b"state of the service"
                self.send_response(target.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def down(self):
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def close(self):
        if self.server:
            self.down()


class grpc_target:
    """A gRPC server with the standard health service; each name answers for itself."""

    def __init__(self):
        self.port = free_port()
        self.states = {}
        self.server = None
        self.up()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def set(self, name, state):
        self.states[name] = state
        self.health.set(name, state)

    def up(self):
        self.health = health.HealthServicer()
        for name, state in self.states.items():
            self.health.set(name, state)
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)
        self.server.add_insecure_port(self.address)
        self.server.start()

    def down(self):
        self.server.stop(None).wait()
        self.server = None

    def close(self):
        if self.server:
            self.down()
