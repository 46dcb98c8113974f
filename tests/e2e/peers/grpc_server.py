"""A gRPC server of Debian's python3-grpcio: grpc_server.py [CERTIFICATE KEY]. Says {"port": N} and serves until it is killed.

Messages are raw bytes. node/grpc_server.js does the same.
"""

import concurrent.futures
import json
import pathlib
import sys
import threading

import grpc

MEBIBYTE = 1 << 20


class Service:
    def __init__(self):
        self.cancelled = 0
        self.lock = threading.Lock()

    def unary(self, request, context):
        seen = {item.key: item.value for item in context.invocation_metadata()}
        context.send_initial_metadata([("initial", seen.get("x-text", "none"))])
        deadline = "none" if context.time_remaining() is None else "known"
        context.set_trailing_metadata([("echo-bin", seen.get("x-raw-bin", b"")), ("deadline", deadline)])
        return request

    def server_stream(self, request, context):
        for number in range(int(request)):
            yield b"%d" % number

    def client_stream(self, requests, context):
        sizes = [len(request) for request in requests]
        return b"%d messages, %d bytes" % (len(sizes), sum(sizes))

    def bidi(self, requests, context):
        yield from requests

    def fail(self, request, context):
        context.set_trailing_metadata([("why", "asked to")])
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no: 100% ü")

    def wait(self, request, context):
        """Answers once, then waits for the client to give up."""
        ended = threading.Event()
        context.add_callback(ended.set)
        yield b"started"
        ended.wait(60)
        with self.lock:
            self.cancelled += 1

    def count_cancelled(self, request, context):
        return b"%d" % self.cancelled


def handlers(service):
    return {"Unary": grpc.unary_unary_rpc_method_handler(service.unary),
            "ServerStream": grpc.unary_stream_rpc_method_handler(service.server_stream),
            "ClientStream": grpc.stream_unary_rpc_method_handler(service.client_stream),
            "Bidi": grpc.stream_stream_rpc_method_handler(service.bidi),
            "Fail": grpc.unary_unary_rpc_method_handler(service.fail),
            "Wait": grpc.unary_stream_rpc_method_handler(service.wait),
            "Cancelled": grpc.unary_unary_rpc_method_handler(service.count_cancelled)}


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(20), options=[
        ("grpc.max_receive_message_length", 16 * MEBIBYTE), ("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("peer.Peer", handlers(Service()))])
    if len(sys.argv) > 2:
        certificate, key = (pathlib.Path(name).read_bytes() for name in sys.argv[1:3])
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(json.dumps({"port": port}), flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
