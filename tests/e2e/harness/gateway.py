"""The real binary as a process: started with a generated configuration, watched, and stopped with an examination."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile

from harness.waiting import eventually

BINARY = os.environ.get("E2E_BINARY", "build/dev/tidegate")
IS_SANITIZED = os.environ.get("E2E_ASAN") == "1"
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:|SUMMARY: \w+Sanitizer")
SERIES = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def environment(**variables):
    """Ours without the gateway's own variables, which would be settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")}
    kept["ASAN_OPTIONS"] = "detect_leaks=1:detect_stack_use_after_return=1:exitcode=99"
    kept["UBSAN_OPTIONS"] = "print_stacktrace=1"
    kept["NO_COLOR"] = "1"
    return {**kept, **variables}


class Port:
    """A port that nobody else gets: held by a bound socket that does not listen, which the gateway may bind beside."""

    def __init__(self, address="127.0.0.1"):
        self.holder = socket.socket()
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.holder.bind((address, 0))
        self.number = self.holder.getsockname()[1]

    def release(self):
        self.holder.close()


def merge(base, over):
    """Maps are merged, everything else is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return {**base, **{key: merge(base.get(key), value) for key, value in over.items()}}


class Series(dict):
    """Metric samples: (name, frozen labels) → value."""

    def __init__(self, text):
        for line in text.splitlines():
            if match := SERIES.match(line):
                labels = frozenset(LABEL.findall(match[2] or ""))
                self[match[1], labels] = float(match[3])

    def names(self):
        return {name for name, _ in self}

    def total(self, metric, **labels):
        """The sum over all series of a metric that carry these labels."""
        wanted = set(labels.items())
        return sum(value for (name, has), value in self.items() if name == metric and wanted <= has)

    def labels(self, metric):
        return [dict(has) for name, has in self if name == metric]


class Gateway:
    """One `tidegate run`. `ports[n]` is where the Gateway port n is really bound."""

    def __init__(self, documents, settings=None, variables=None, arguments=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-gateway-"))
        self.log_file = self.folder / "access.log"
        self.held = []
        self.observability, self.admin = self.hold(), self.hold()
        self.ports = {}
        self.settings, self.variables, self.arguments = settings or {}, variables or {}, arguments
        self.process = None
        self.fds_at_start = None
        self.may_leak = False  # tests that change what is open by design say so
        self.expected_exit = 0  # None: any
        self.was_told_to_end = False
        self.write(documents)

    def hold(self):
        port = Port()
        self.held.append(port)
        return port.number

    @property
    def http(self):
        return self.ports[80]

    @property
    def https(self):
        return self.ports[443]

    def write(self, documents, settings=None):
        """Writes the configuration; a reload is up to the caller."""
        for document in documents:
            if isinstance(document, dict) and document.get("kind") == "Gateway":
                for server in document["spec"]["servers"]:
                    number = server["port"]["number"]
                    self.ports[number] = self.ports.get(number) or self.hold()
        base = {"gateway": {"name": "test", "workers": 2, "bind": "127.0.0.1", "drain_timeout": "5s",
                            "port_map": {str(number): bound for number, bound in self.ports.items()}},
                "admin": {"address": f"127.0.0.1:{self.admin}"},
                "observability": {"address": f"127.0.0.1:{self.observability}"},
                "access_log": {"path": str(self.log_file)}}
        self.settings = merge(self.settings, settings or {})
        texts = [json.dumps(merge(base, self.settings), indent=1)]
        texts += [each if isinstance(each, str) else json.dumps(each, indent=1) for each in documents]
        draft = self.folder / "config.draft"
        draft.write_text("\n---\n".join(texts) + "\n")
        draft.rename(self.folder / "config.yaml")

    def launch(self):
        """Starts the process without waiting for it."""
        with open(self.folder / "stdout", "wb") as out, open(self.folder / "stderr", "wb") as err:
            self.process = subprocess.Popen(
                [BINARY, "run", "--config", str(self.folder / "config.yaml"), *self.arguments],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment(**self.variables))
        return self

    def start(self):
        self.launch()
        eventually(self.is_ready, lambda: f"ready\n{self.output()}")
        self.fds_at_start = self.fds()
        return self

    def output(self):
        return (self.folder / "stdout").read_text(errors="replace") + (self.folder / "stderr").read_text(errors="replace")

    def observe(self, path):
        """(status, body) of the observability port; status 0 when it cannot be reached."""
        connection = http.client.HTTPConnection("127.0.0.1", self.observability, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def is_ready(self):
        assert self.process.poll() is None, f"exited with {self.process.returncode}:\n{self.output()}"
        return self.observe("/ready")[0] == 200

    def metrics(self):
        return Series(self.observe("/metrics")[1])

    def await_counted(self, count):
        """The metrics once `count` requests are in them: a client has its answer a little earlier."""
        eventually(lambda: self.metrics().total("istio_requests_total") >= count, lambda: f"{count} requests counted")
        return self.metrics()

    def log(self):
        text = self.log_file.read_text() if self.log_file.exists() else ""
        complete = text[:text.rfind("\n") + 1]  # the file may be read while its last line is being written
        return [json.loads(line) for line in complete.splitlines()]

    def await_log(self, count=1):
        """The access log once it has `count` lines (it is buffered)."""
        eventually(lambda: len(self.log()) >= count, lambda: f"{count} lines in the access log; there are {self.log()}")
        return self.log()

    def rss(self):
        """Resident bytes."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024

    def fds(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def signal(self, number):
        self.was_told_to_end |= number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
        self.process.send_signal(number)

    def reload(self):
        """SIGHUP, then waits until a reload was counted. Returns true when it succeeded."""
        before = self.metrics()
        self.signal(signal.SIGHUP)
        counted = "tidegate_config_reloads_total"
        eventually(lambda: self.metrics().total(counted) > before.total(counted), lambda: f"a reload\n{self.output()}")
        good = {"result": "success"}
        return self.metrics().total(counted, **good) > before.total(counted, **good)

    def wait(self, patience=30):
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {patience} s:\n{self.output()}") from None

    def stop(self):
        """SIGTERM, and an examination: exit code, sanitizer reports, leaked descriptors."""
        if self.process is None:
            return self.discard()
        try:
            has_ended = self.process.poll() is not None
            assert not has_ended or self.was_told_to_end or self.expected_exit != 0, (
                f"ended by itself, or was ended by somebody else, with {self.process.returncode}:\n{self.output()}")
            if not has_ended:
                self.examine_descriptors()
                self.signal(signal.SIGTERM)
            code = self.wait()
            output = self.output()
            assert not SANITIZER.search(output), f"sanitizer report:\n{output}"
            assert self.expected_exit in (None, code), f"exit code {code}, not {self.expected_exit}:\n{output}"
        finally:
            self.discard()

    def examine_descriptors(self):
        if self.fds_at_start is None or self.may_leak:
            return
        eventually(lambda: self.process.poll() is not None or self.fds() <= self.fds_at_start, self.open_files)

    def open_files(self):
        folder = f"/proc/{self.process.pid}/fd"
        return f"no more than {self.fds_at_start} descriptors: {[os.readlink(f'{folder}/{fd}') for fd in os.listdir(folder)]}"

    def discard(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for port in self.held:
            port.release()


def tidegate(*arguments, cwd=None, variables=None, timeout=60):
    """Runs a command of the binary to its end: code, stdout, stderr."""
    done = subprocess.run([os.path.abspath(BINARY), *map(str, arguments)], cwd=cwd, env=environment(**(variables or {})),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    assert not SANITIZER.search(done.stderr), done.stderr
    return done
