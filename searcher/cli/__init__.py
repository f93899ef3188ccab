"""The terminal tool. No search logic lives here: it calls the library and shows what it gives.

``main`` runs a command and turns whatever happens into an exit status:

====  ===============================================================
   0  there are hits, or the command did what it was asked to
   1  no hit, no such document; with --strict, some files were skipped
   2  an error; what is wrong and what to do is said on stderr
 130  interrupted by Ctrl-C
 129  a command that writes was ended by SIGHUP: its terminal is gone
 143  a command that writes was ended by SIGTERM, as systemd does it
====  ===============================================================

Results go to stdout, everything else to stderr. What is slow to import is imported where it is
used, so that ``--help`` and a wrong option are answered at once.
"""

import os
import sys
from collections.abc import Sequence

from searcher.cli.streams import drop, make_streams_safe

PROGRAM = "searcher"
DEBUG_VARIABLE = "SEARCHER_DEBUG"
_COMPLETION_VARIABLE = "_SEARCHER_COMPLETE"  # what the completion scripts set

NO_HIT = 1
ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the terminal tool; returns the exit status.

    Args:
        arguments: What was typed after the name of the program; what the process was started
            with if left out.
    """
    typed = sys.argv[1:] if arguments is None else list(arguments)
    try:
        make_streams_safe()
        status = _run(typed)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt as interruption:
        from searcher.cli.messages import tell_interrupted
        from searcher.cli.signals import die_of, received

        _flush_or_drop_output()
        tell_interrupted(str(interruption))
        number = received()
        return INTERRUPTED if number is None else die_of(number)
    except BrokenPipeError:
        # Whoever read the output, such as head, has seen enough.
        drop(sys.stdout)
        return 0
    except Exception as error:
        from searcher.cli.messages import tell_error

        if os.environ.get(DEBUG_VARIABLE):
            raise
        _flush_or_drop_output()
        tell_error(error, typed)
        return ERROR


def _run(arguments: list[str]) -> int:
    shell = os.environ.get(_COMPLETION_VARIABLE)
    if shell:
        from searcher.cli.completing.shells import answer

        sys.stdout.write(answer(shell, arguments) + "\n")
        return 0
    from click.exceptions import Exit

    from searcher.cli.root import root

    try:
        with root.make_context(PROGRAM, arguments) as context:
            status = root.invoke(context)
    except Exit as done:  # --help and --version
        return done.exit_code
    return status if isinstance(status, int) else 0


def _flush_or_drop_output() -> None:
    """Where the output cannot be written, as on a full disk, do not try again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        drop(sys.stdout)
