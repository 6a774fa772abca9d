"""The command line: `tapeline` opens the window, its sub-commands work without one. Every failure is one sentence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.runtime.streams import settle_streams

if TYPE_CHECKING:
    from argparse import Namespace

VERSION = "0.1.0"


def main(words: list[str] | None = None) -> int:
    """Do what the words say; return the exit code: 0 done, 1 the answer is no, 2 it could not run."""
    words = sys.argv[1:] if words is None else words
    settle_streams()
    if words == ["--version"]:  # answered before anything else is imported
        sys.stdout.write(f"tapeline {VERSION}\n")
        return 0
    practice_words = _for_practice(words)
    if practice_words is not None:
        from app.practice.main import main as practice

        return practice(practice_words)
    return _guarded(words)


def _for_practice(words: list[str]) -> list[str] | None:
    """Return what the practice gateway is told, a --data-dir before the sub-command included; None if not meant."""
    named = 2 if words[:1] == ["--data-dir"] else 1 if words and words[0].startswith("--data-dir=") else 0
    return words[:named] + words[named + 1 :] if words[named : named + 1] == ["practice"] else None


def _guarded(words: list[str]) -> int:
    from app.domain.errors import TapelineError
    from app.runtime.errors import Refusal

    try:
        from app.cli.arguments import parse

        arguments = parse(words, VERSION)
        code = _dispatch(arguments)
        sys.stdout.flush()  # here, where a reader that has gone away can be answered
        return code
    except (TapelineError, Refusal) as error:
        sys.stderr.write(f"tapeline: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("tapeline: interrupted.\n")
        return 2
    except BrokenPipeError:  # whoever read our output has had enough
        _forget_output()
        return 0
    except Exception as error:  # nobody is left to tell of a bug but the user: in one sentence, its trace in the log
        import logging

        if logging.getLogger().handlers:
            logging.getLogger(__name__).error("a command failed", exc_info=error)
        sys.stderr.write(f"tapeline: Tapeline failed in a way nobody foresaw ({error!r}); please report it.\n")
        return 2


def _forget_output() -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain at its end."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _dispatch(arguments: Namespace) -> int:
    from app import jobs
    from app.domain.errors import UserError

    if arguments.self_test and arguments.command is not None:
        raise UserError(f"--self-test goes without a sub-command; leave it or {arguments.command} out.")
    if arguments.self_test:
        return jobs.self_test(arguments, sys.stdout)
    match arguments.command:
        case None:
            return jobs.window(arguments, sys.stdout)
        case "analyse":
            return jobs.analyse(arguments, sys.stdout)
        case "run":
            return jobs.run(arguments, sys.stdout)
        case "rerun":
            return jobs.rerun(arguments, sys.stdout)
        case "doctor":
            return jobs.doctor(arguments, sys.stdout)
        case "practice":
            raise UserError("The practice gateway takes its own options: type `tapeline practice` and those after it.")
        case _:
            return jobs.records(arguments, sys.stdout)


if __name__ == "__main__":
    from multiprocessing import freeze_support

    freeze_support()
    sys.exit(main())
