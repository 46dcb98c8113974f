"""The commands that need no configuration: `demo` and `proxy`."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from harness import behaviours, client
from harness.case import EdgeTest
from harness.gateway import BINARY, SANITIZER, Port, environment
from harness.waiting import PATIENCE, eventually


class Command:
    """A command that stays until it is interrupted; its output is read while it runs."""

    def __init__(self, *arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-command-"))
        self.process = subprocess.Popen([os.path.abspath(BINARY), *arguments], cwd=self.folder, env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.output = ""

    def read(self, wanted):
        """The output once the pattern is found in it `wanted` times."""
        pattern, count = wanted
        deadline = time.monotonic() + PATIENCE
        while len(re.findall(pattern, self.output, re.MULTILINE)) < count:
            assert time.monotonic() < deadline, f"no {pattern} in:\n{self.output}"
            select.select([self.process.stdout], [], [], 0.1)
            data = self.process.stdout.read()
            assert data != b"", f"ended early:\n{self.output}"
            self.output += (data or b"").decode(errors="replace")
        return self.output

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        try:
            rest, _ = self.process.communicate(timeout=30)
        finally:
            self.close()
        self.output += (rest or b"").decode(errors="replace")
        assert not SANITIZER.search(self.output), self.output
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class CommandTest(EdgeTest):
    def command(self, *arguments):
        command = Command(*arguments)
        self.addCleanup(command.close)
        return command


class Demo(CommandTest):
    CURL = (r"^\s*\$?\s*curl .+$", 3)

    def curls(self, output):
        return [line.strip().lstrip("$ ") for line in re.findall(self.CURL[0], output, re.MULTILINE)]

    def run_printed(self, line, folder):
        done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_three_printed_curl_commands_work_as_printed(self):
        demo = self.command("demo")
        lines = self.curls(demo.read(self.CURL))
        self.assertEqual(len(lines), 3)
        answers = [self.run_printed(line, demo.folder) for line in lines]
        self.assertTrue(any("301" in answer for answer in answers), answers)
        self.assertTrue(any("200" in answer or "{" in answer for answer in answers), answers)
        self.assertEqual(demo.interrupt(), 0)

    def test_a_second_demo_finds_other_ports(self):
        first = self.command("demo")
        printed = [self.curls(first.read(self.CURL))]
        second = self.command("demo")
        printed.append(self.curls(second.read(self.CURL)))
        self.assertTrue(set(re.findall(r":(\d{4,5})", " ".join(printed[0])))
                        .isdisjoint(re.findall(r":(\d{4,5})", " ".join(printed[1]))), printed)
        for each, lines in zip((first, second), printed):
            for line in lines:
                self.run_printed(line, each.folder)
            self.assertEqual(each.interrupt(), 0)


class Proxy(CommandTest):
    def proxy(self, to):
        """The command on free ports, once it serves: (command, plain port, TLS port)."""
        held = [Port(), Port()]
        for port in held:
            self.addCleanup(port.release)
        plain, secure = (port.number for port in held)
        command = self.command("proxy", "--to", to, "--from", f"127.0.0.1:{secure}", "--http-port", str(plain))
        eventually(lambda: self.serves(command, plain), lambda: f"the proxy to serve: {command.output}")
        return command, plain, secure

    def serves(self, command, port):
        assert command.process.poll() is None, command.process.stdout.read()
        try:
            return client.request(port, host="localhost").status
        except OSError:
            return False

    def curl(self, *arguments):
        done = subprocess.run(["curl", "-sSk", *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_proxy_needs_no_file(self):
        command, plain, secure = self.proxy(f"127.0.0.1:{self.origin().port}")
        redirected = client.request(plain, target="/a?b", host="localhost")
        self.assertEqual((redirected.status, redirected.get("location")), (301, f"https://localhost:{secure}/a?b"))
        answer = json.loads(self.curl(f"https://localhost:{secure}/path?x=y"))
        self.assertEqual((answer["method"], answer["target"]), ("GET", "/path?x=y"))
        self.assertEqual(command.interrupt(), 0)

    def test_the_host_of_the_origin_may_be_left_out(self):
        command, _, secure = self.proxy(f":{self.origin(behaviours.named).port}")
        self.assertEqual(self.curl(f"https://localhost:{secure}/"), "origin")
        self.assertEqual(command.interrupt(), 0)

    def test_a_missing_destination_is_wrong_usage(self):
        command = self.command("proxy")
        eventually(lambda: command.process.poll() is not None, "the command to end")
        self.assertEqual(command.process.returncode, 2)
