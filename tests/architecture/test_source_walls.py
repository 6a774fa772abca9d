"""The walls that imports alone cannot hold, read off the source of every module."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
ONE_ROOM = {  # library: the places that may import it
    "PySide6": ("app/ui/", "app/desktop.py", "app/life.py"),
    "PySide6QtAds": ("app/ui/",),
    "pyqtgraph": ("app/ui/",),
    "qasync": ("app/life.py",),
    "ib_async": ("app/adapters/ib/",),
    "eventkit": ("app/adapters/ib/",),
    "sqlalchemy": ("app/adapters/store/",),
    "alembic": ("app/adapters/store/",),
    "cattrs": ("app/adapters/store/",),
    "openai": ("app/adapters/llm/",),
    "httpx2": ("app/adapters/llm/",),
    "keyring": ("app/adapters/vault",),
    "talib": ("app/quant/",),
    "cronsim": ("app/adapters/cron.py",),
    "exchange_calendars": ("app/adapters/calendar.py", "app/practice/"),
    "pydantic": ("app/runtime/settings", "app/adapters/llm/"),
    "pandas": ("app/quant/", "app/adapters/store/", "app/adapters/export", "app/adapters/calendar.py", "app/practice/"),
    "filelock": ("app/runtime/instance.py",),
    "platformdirs": ("app/runtime/paths.py",),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def trees() -> list[tuple[str, ast.Module]]:
    return [(name_of(path), ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES]


def sources() -> list[tuple[str, str]]:
    return [(name_of(path), path.read_text(encoding="utf-8")) for path in SOURCES]


def calls(is_wrong: Callable[[ast.Call], bool], allowed: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        if not name.startswith(allowed)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and is_wrong(node)
    ]


def attribute(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def dotted(node: ast.expr) -> str:
    return ast.unparse(node)


def test_e8_no_dialog_or_menu_is_run_in_a_nested_loop() -> None:
    found = calls(lambda call: attribute(call) in {"exec", "exec_"} and "drag" not in dotted(call.func).lower())
    assert found == []


def test_tasks_are_started_in_one_place() -> None:
    starts = {"create_task", "ensure_future"}
    assert calls(lambda call: attribute(call) in starts, ("app/runtime/tasks.py", "app/practice/tasks.py")) == []


def test_async_slots_are_not_used() -> None:
    assert [name for name, tree in trees() if "asyncSlot" in ast.dump(tree)] == []


def test_the_clock_is_read_in_one_place() -> None:
    reads = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time", "time.time_ns"}
    clocks = ("app/runtime/clock.py", "app/practice/clock.py")
    assert calls(lambda call: dotted(call.func) in reads, clocks) == []


def test_nothing_is_printed() -> None:
    assert calls(lambda call: isinstance(call.func, ast.Name) and call.func.id == "print") == []


def test_money_is_never_a_lossy_column() -> None:
    found = [
        name
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sqlalchemy")
        and {alias.name for alias in node.names} & {"Numeric", "DECIMAL"}
    ]
    assert found == []


def test_colours_are_named_by_the_themes_alone() -> None:
    colour = re.compile(r"""["']#[0-9A-Fa-f]{6,8}["']""")
    assert [name_of(path) for path in SOURCES if colour.search(path.read_text(encoding="utf-8"))] == []


def test_the_loop_is_never_patched_or_run_by_the_broker_library() -> None:
    text = {name_of(path): path.read_text(encoding="utf-8") for path in SOURCES}
    assert [name for name, source in text.items() if "import nest_asyncio" in source or "ib.run(" in source] == []


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module.split(".")[0]


@pytest.mark.parametrize("library", sorted(ONE_ROOM))
def test_each_library_lives_in_one_room(library: str) -> None:
    found = [
        f"{name}:{line}"
        for name, tree in trees()
        if not name.startswith(ONE_ROOM[library])
        for line, top in imported(tree)
        if top == library
    ]
    assert found == []


def test_g8_orders_reach_the_broker_through_the_desk_alone() -> None:
    doors = {"place", "modify", "cancel", "cancel_everything"}
    named = [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        if name.startswith("app/")
        and not name.startswith(("app/services/desk.py", "app/adapters/ib/", "app/practice/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in doors and _is_channel(node.value)
    ]
    sends = calls(
        lambda call: attribute(call) in {"placeOrder", "cancelOrder", "reqGlobalCancel"}, ("app/adapters/ib/",)
    )
    hidden = [name for name, text in sources() if '"placeOrder"' in text or '"modify"' in text]
    assert named + sends + hidden == []


def _is_channel(owner: ast.expr) -> bool:
    """Say whether an expression is the order channel, by any of the names that the services have for it."""
    return dotted(owner).split(".")[-1].lstrip("_") in {"channel", "orders", "order_channel"}


def test_g8_the_channel_changes_orders_for_the_desk_alone() -> None:
    makers = calls(lambda call: dotted(call.func).split(".")[-1] == "Changes", ("app/services/desk.py",))
    assert makers == []


def test_g3_nothing_that_a_file_or_a_reply_holds_is_ever_run() -> None:
    runs = {"eval", "exec", "os.system", "os.popen", "np.load", "numpy.load", "pd.read_pickle", "pd.eval", "__import__"}
    child = ("app/quant/indicators/workshop_child.py",)  # runs what a person has read and confirmed, and nothing else
    assert calls(lambda call: dotted(call.func) in runs or is_shell(call), child) == []
    unsafe = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "xmlrpc"}
    assert [f"{name}:{line}" for name, tree in trees() for line, top in imported(tree) if top in unsafe] == []


def is_shell(call: ast.Call) -> bool:
    return any(keyword.arg == "shell" for keyword in call.keywords)


def test_f12_nothing_in_the_window_opens_a_link_or_lays_out_markup() -> None:
    opens = {"setOpenExternalLinks", "setOpenLinks", "setHtml", "setMarkdown", "openUrl"}
    ours = ("app/ui/report_pdf.py", "app/ui/panels/indicators_own.py")  # a document on its way to paper; our own folder
    assert calls(lambda call: attribute(call) in opens, ours) == []
    shows = {"QTextBrowser", "QWebEngineView", "RichText", "MarkdownText"}
    named = [f"{name}:{node.lineno}" for name, tree in trees() for node in ast.walk(tree) if name_in(node) in shows]
    assert named == []


def name_in(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def test_every_module_says_what_it_is() -> None:
    assert [name for name, tree in trees() if tree.body and not ast.get_docstring(tree)] == []


def test_no_file_names_this_machine_or_a_registry() -> None:
    wrong = re.compile(r"/(?:work|root|home)/\w|--(?:extra-)?index-url|pypi\.org/simple|registry\.npmjs")
    kept = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "packaging").rglob("*.*"), ROOT / "pyproject.toml"]
    this = Path(__file__)
    texts = {name_of(path): path.read_text(encoding="utf-8", errors="replace") for path in kept if path != this}
    assert [name for name, text in texts.items() if wrong.search(text)] == []
