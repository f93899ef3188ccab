"""The main program of a worker process: it answers requests until there are no more.

It is no copy of the main process, so the caller's program is not run again. The two speak in
pickles over the worker's standard input and output; each request gets one answer.
"""

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any, BinaryIO


def serve(begin: Callable[[Any], Callable[[Any], object]]) -> None:
    """Answer requests until the standard input ends.

    Args:
        begin: Takes what the main process says first, and gives what answers requests. What this
            raises is the answer to the first request.
    """
    import signal

    # Held back already where there is such a thing; Ctrl-C is for the main process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = _private_streams()
    answer_to: Callable[[Any], object] | None = None
    first: Any = None
    is_told = False
    while True:
        try:
            message: Any = pickle.load(requests)
        except (EOFError, pickle.UnpicklingError):
            return
        if not is_told:
            first, is_told = message, True
            continue
        answer: object
        try:
            if answer_to is None:
                answer_to = begin(first)
            answer = answer_to(message)
        except Exception as raised:  # to be raised by the main process
            answer = raised
        try:
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except BrokenPipeError:  # the main process is gone, and so is who would read of it
            os._exit(0)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the main process, where nothing that prints or reads can get at them.

    What readers of other people print goes to standard error.
    """
    requests = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = sys.stderr
    return requests, answers
