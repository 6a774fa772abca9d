"""What can be typed after `tapeline`: the global options, before or after the sub-command, and the sub-commands."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path
from typing import NoReturn

from app.cli import analyse, doctor, records, rerun, run
from app.domain.errors import UserError


class _Parser(ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}; see tapeline --help.")


def parse(words: list[str], version: str) -> Namespace:
    """Return what was typed; raise UserError for what cannot be understood."""
    shared = _Parser(add_help=False)
    _add_shared(shared)
    parser = _Parser(
        prog="tapeline",
        description="A desktop trading workstation for Interactive Brokers that can show why every order exists. "
        "Without a sub-command it opens the window; `tapeline practice --help` tells of the practice gateway.",
        parents=[shared],
    )
    parser.add_argument("--version", action="version", version=f"tapeline {version}")
    parser.add_argument("--self-test", action="store_true", help="do the main job once on a fresh practice market")
    parser.add_argument("--seed", type=int, default=None, help="seed of the practice market")
    parser.add_argument("--json", action="store_true", help="with --self-test: print one JSON object")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, text: str) -> ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[shared])

    analyse.add_arguments(command("analyse", "read a CSV of bars by the rules"))
    run.add_arguments(command("run", "run a strategy now"))
    for kind, text in records.KINDS.items():
        records.add_list_arguments(command(kind, text))
    records.add_lineage_arguments(command("lineage", "the chain that led to a run, signal, order, fill or position"))
    rerun.add_arguments(command("rerun", "a run again from its stored inputs"))
    doctor.add_arguments(command("doctor", "check the way to the broker"))
    command("practice", "the practice gateway on its own")
    return parser.parse_args(words)


def _add_shared(parser: ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, default=SUPPRESS, metavar="DIR", help="where everything is kept")
    parser.add_argument("--profile", default=SUPPRESS, metavar="NAME", help="gateway of the settings, or practice")
    parser.add_argument("--gateway", default=SUPPRESS, metavar="HOST:PORT", help="a gateway that runs on its own")
