"""Child processes that never outlive the test."""

import os
import signal
import subprocess


def start(arguments, log_path, **options):
    """A process in a group of its own; both streams go to `log_path`, or stdout to a pipe if the caller says so."""
    with open(log_path, "ab") as log:
        options.setdefault("stdout", log)
        return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=log, start_new_session=True, **options)


def end(process, signal_number=signal.SIGTERM, seconds=20):
    """Signals the process, waits for it, then kills what is left of its group."""
    if process.poll() is None:
        process.send_signal(signal_number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
    kill_group(process)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if process.stdout:
        process.stdout.close()


def tail(path, lines=80):
    try:
        with open(path, errors="replace") as file:
            return "".join(file.readlines()[-lines:])
    except FileNotFoundError:
        return "(no log)\n"
