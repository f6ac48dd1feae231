"""Waiting for something to become true, with a deadline and no fixed sleeps."""

import time


class TimedOut(AssertionError):
    pass


def until(what, condition, seconds=60.0):
    """Asks `condition` until its answer is true and returns that answer; TimedOut names `what` and the last answer."""
    end = time.monotonic() + seconds
    pause = 0.01
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimedOut(f"after {seconds:g} s still not: {what}; the last look gave {answer!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
