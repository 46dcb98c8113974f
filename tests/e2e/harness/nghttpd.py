"""Debian's nghttpd as an origin: HTTP/2 as nghttp2 speaks it, in clear or over TLS. It serves files and sends uploads back."""

import pathlib
import shutil
import socket
import subprocess
import tempfile

from harness.gateway import Port
from harness.waiting import eventually


class Nghttpd:
    """`certificate` (of harness.certificates) makes it speak TLS."""

    def __init__(self, certificate=None, *options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-nghttpd-"))
        self.held = Port()  # nghttpd sets SO_REUSEADDR, which is enough to bind beside its holder
        self.port, self.name = self.held.number, "nghttpd"
        credentials = [certificate.key_file, certificate.certificate_file] if certificate else []
        command = [shutil.which("nghttpd") or "/usr/sbin/nghttpd", "-a", "127.0.0.1", "-d", str(self.folder), "--echo-upload",
                   *([] if certificate else ["--no-tls"]), *options, str(self.port), *credentials]
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        eventually(self.answers, lambda: f"nghttpd to listen: {(self.folder / 'output').read_text()}")

    def answers(self):
        assert self.process.poll() is None, (self.folder / "output").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def close_connections(self):
        """All it has for that is its end."""
        self.process.kill()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.held.release()
        shutil.rmtree(self.folder, ignore_errors=True)
