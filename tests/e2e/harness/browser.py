"""Debian's Chromium without a window, as a client that nobody here wrote."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--ignore-certificate-errors",
         "--no-proxy-server"]


class Browser:
    """`with Browser(url, "a.example"):` opens the page; what the page finds out it has to tell an origin."""

    def __init__(self, url, *names):
        self.url = url
        self.rules = ",".join(f"MAP {name} 127.0.0.1" for name in names)

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-browser-"))
        command = ["chromium", *FLAGS, f"--user-data-dir={self.folder}/profile", f"--host-resolver-rules={self.rules}", self.url]
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            start_new_session=True, env={**os.environ, "HOME": str(self.folder)})
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def output(self):
        return (self.folder / "output").read_text(errors="replace")
