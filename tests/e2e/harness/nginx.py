"""Debian's nginx as an origin: a second opinion on HTTP, in a process of its own that can be killed."""

import pathlib
import shutil
import socket
import subprocess
import tempfile

from harness.gateway import Port
from harness.waiting import eventually

CONFIGURATION = """
daemon off; master_process off; error_log {folder}/error.log; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; {options}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 1g; gzip on; gzip_types *; gzip_min_length 10;
  types {{ text/plain txt; application/octet-stream bin; }}
  server {{
    listen 127.0.0.1:{port}; root {folder}/files;
    location / {{ }}
    location /name {{ return 200 "{name}"; }}
    location /late {{ return 503 "late"; }}
  }}
}}
"""


class Nginx:
    def __init__(self, name="nginx", options=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-nginx-"))
        self.files = self.folder / "files"
        self.files.mkdir()
        self.held = Port()
        self.port, self.name, self.options = self.held.number, name, options
        self.process = None

    def start(self):
        # nginx sets SO_REUSEADDR on its listener, which is enough to bind beside the port's holder.
        text = CONFIGURATION.format(folder=self.folder, port=self.port, name=self.name, options=self.options)
        (self.folder / "nginx.conf").write_text(text)
        binary = shutil.which("nginx") or "/usr/sbin/nginx"
        log = open(self.folder / "output", "wb")
        self.process = subprocess.Popen([binary, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")],
                                        stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        eventually(self.answers, lambda: f"nginx to listen: {(self.folder / 'output').read_text()}")
        return self

    def answers(self):
        assert self.process.poll() is None, (self.folder / "output").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.kill()
        self.held.release()
        shutil.rmtree(self.folder, ignore_errors=True)
