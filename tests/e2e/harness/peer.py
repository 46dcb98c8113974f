"""Peers in processes of their own: servers that say {"port": N} first, clients that say one line of JSON at their end."""

import json
import pathlib
import select
import subprocess
import sys

from harness.waiting import PATIENCE

TESTS = pathlib.Path(__file__).resolve().parent.parent


def command(name, arguments):
    """Of a script, by its name: Python's are in peers/, the others in node/."""
    is_python = name.endswith(".py")
    script = TESTS / ("peers" if is_python else "node") / name
    return [sys.executable if is_python else "node", str(script), *map(str, arguments)]


class Server:
    def __init__(self, name, *arguments):
        self.process = subprocess.Popen(command(name, arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        readable, _, _ = select.select([self.process.stdout], [], [], 60)
        assert readable, f"{name} does not listen"
        self.name, self.port = name, json.loads(self.process.stdout.readline())["port"]

    def close_connections(self):
        """All it has for that is its end."""
        self.process.kill()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def run_client(name, *arguments):
    """What it says at its end. On its way it names on stderr what it is about to try."""
    try:
        done = subprocess.run(command(name, arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=6 * PATIENCE, check=False)
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"{name} is still running: {late.stderr}") from None
    assert done.returncode == 0, f"{name}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)
