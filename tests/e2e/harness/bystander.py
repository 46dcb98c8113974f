"""Another client, while somebody misbehaves: asks again and again, and remembers whether it was served."""

import threading

from harness import client


class Bystander(threading.Thread):
    """`with Bystander(port) as other: …`, then `other.verdict()`."""

    def __init__(self, port, path="/"):
        super().__init__(daemon=True)
        self.port, self.path = port, path
        self.done = threading.Event()
        self.served = 0
        self.trouble = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()

    def run(self):
        while not self.done.is_set() or not self.served:
            try:
                status = client.request(self.port, target=self.path).status
            except Exception as what:  # whatever it is, the client was not served
                status = repr(what)
            if status != 200:
                self.trouble.append(status)
                return
            self.served += 1
