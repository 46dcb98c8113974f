"""Steady traffic from several threads while a test does something to the gateway or its origins."""

import threading

from harness import client
from harness.message import Malformed, Truncated


class Load:
    """`with Load(port) as load: ...; load.failures` - half of the threads keep their connection, half do not."""

    def __init__(self, port, threads=4, check=lambda answer: answer.status == 200, **request):
        self.port, self.check, self.request = port, check, request
        self.failures, self.count = [], 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(n % 2 == 0,)) for n in range(threads)]

    def work(self, keeps):
        connection = None
        while not self.stopping.is_set():
            try:
                connection = connection or client.Client(self.port)
                answer = connection.request(**self.request)
                problem = None if self.check(answer) else repr(answer)
                if answer.closes or not keeps:
                    connection.close()
                    connection = None
            except (OSError, Truncated, Malformed) as what:
                problem = f"{type(what).__name__}: {what}"
                connection = None
            with self.lock:
                self.count += 1
                if problem:
                    self.failures.append(problem)
        if connection:
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def has_done(self, more):
        """A condition for `eventually`: this many requests from now."""
        target = self.count + more
        return lambda: self.count >= target
