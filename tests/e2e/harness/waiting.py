"""Waiting for conditions, bounded: the only place that pauses."""

import os
import time

# How long something may take that must happen. Generous: sanitizer builds on a busy machine are slow.
PATIENCE = float(os.environ.get("E2E_PATIENCE", "20"))


def eventually(condition, what, patience=PATIENCE):
    """Returns the first true result of `condition`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {patience:g} s: {what() if callable(what) else what}")
        time.sleep(0.01)
