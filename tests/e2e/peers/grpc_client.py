"""A gRPC client of Debian's python3-grpcio: grpc_client.py PORT [NAME CERTIFICATE]. Calls everything that grpc_server.py has and says
what came of it, as one line of JSON. node/grpc_client.js does the same.
"""

import hashlib
import json
import pathlib
import sys
import time

import grpc

MEBIBYTE = 1 << 20
LONG = 60  # seconds; for what is expected to work


def pairs(metadata):
    return {key: value.decode("latin-1") if isinstance(value, bytes) else value for key, value in metadata or ()}


class Caller:
    def __init__(self, channel):
        self.channel = channel

    def method(self, kind, name):
        return getattr(self.channel, kind)(f"/peer.Peer/{name}")

    def unary(self):
        answer, call = self.method("unary_unary", "Unary").with_call(
            b"hello", timeout=LONG, metadata=[("x-text", "some text"), ("x-raw-bin", b"\0\1\xfe\xff")])
        trailing = pairs(call.trailing_metadata())
        return {"answer": answer.decode(), "initial": pairs(call.initial_metadata())["initial"],
                "echo": trailing["echo-bin"], "deadline": trailing["deadline"], "code": call.code().value[0]}

    def large(self):
        message = bytes(range(256)) * (5 * MEBIBYTE // 256)
        answer = self.method("unary_unary", "Unary")(message, timeout=LONG)
        return {"size": len(answer), "same": hashlib.sha256(answer).digest() == hashlib.sha256(message).digest()}

    def server_stream(self):
        return [int(message) for message in self.method("unary_stream", "ServerStream")(b"200", timeout=LONG)] == list(range(200))

    def client_stream(self):
        return self.method("stream_unary", "ClientStream")((b"x" * 1000 for _ in range(200)), timeout=LONG).decode()

    def bidi(self):
        """Each message waits for the answer to the one before."""
        answers = []

        def messages():
            for number in range(20):
                deadline = time.monotonic() + LONG
                while len(answers) < number and time.monotonic() < deadline:
                    time.sleep(0.001)
                yield b"%d" % number
        for answer in self.method("stream_stream", "Bidi")(messages(), timeout=LONG):
            answers.append(int(answer))
        return answers == list(range(20))

    def error(self, name, timeout=LONG, kind="unary_unary"):
        try:
            answer = self.method(kind, name)(b"", timeout=timeout)
            return {"answer": answer if kind == "unary_unary" else list(answer)}
        except grpc.RpcError as error:
            return {"code": error.code().value[0], "details": error.details(), "why": pairs(error.trailing_metadata()).get("why")}

    def deadline(self):
        return self.error("Wait", 2, "unary_stream")["code"]

    def cancel(self):
        call = self.method("unary_stream", "Wait")(b"", timeout=LONG)
        first = next(call)
        call.cancel()
        return {"first": first.decode(), "code": call.code().value[0]}

    def await_cancelled(self, count):
        """How many calls the server knows to be given up, once it is enough."""
        deadline = time.monotonic() + LONG
        while (seen := int(self.method("unary_unary", "Cancelled")(b"", timeout=LONG))) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return seen

    def parallel(self):
        calls = [self.method("unary_unary", "Unary").future(b"%d" % number, timeout=LONG) for number in range(50)]
        return [int(call.result()) for call in calls] == list(range(50))


def main():
    options = [("grpc.max_receive_message_length", 16 * MEBIBYTE), ("grpc.enable_http_proxy", 0)]
    target = f"127.0.0.1:{sys.argv[1]}"
    if len(sys.argv) > 3:
        roots = grpc.ssl_channel_credentials(pathlib.Path(sys.argv[3]).read_bytes())
        channel = grpc.secure_channel(target, roots, [*options, ("grpc.ssl_target_name_override", sys.argv[2])])
    else:
        channel = grpc.insecure_channel(target, options)
    caller = Caller(channel)
    result = {}
    for name in ("unary", "large", "server_stream", "client_stream", "bidi", "deadline", "cancel", "parallel"):
        print(name, file=sys.stderr)
        result[name] = getattr(caller, name)()
    result.update(fail=caller.error("Fail"), unknown=caller.error("Unknown")["code"], cancelled=caller.await_cancelled(2))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
