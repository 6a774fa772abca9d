"""The texts of prompts' versions, which the state does not keep."""

from __future__ import annotations

from sqlalchemy import select, text

from app.adapters.store import tables
from app.adapters.store.codec import time_of
from app.adapters.store.database import Database
from app.adapters.store.failures import as_read_failure
from app.adapters.store.worker import Worker
from app.domain.errors import UserError
from app.domain.prompts import PromptId, PromptVersion, PromptVersionId

_COLUMNS = tables.PROMPT_VERSIONS.columns
_READ = (_COLUMNS.id, _COLUMNS.prompt, _COLUMNS.number, _COLUMNS.text, _COLUMNS.created, _COLUMNS.note)


class SqlPrompts:
    """Where the words of prompts are looked up (services.ports.PromptStore)."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker

    async def version(self, id_: PromptVersionId) -> PromptVersion:
        """Return a version with its text, deleted or not; raise UserError when there never was one of this id."""
        return await self._worker.do(self._version, id_)

    async def texts(self, prompts: tuple[PromptId, ...]) -> tuple[PromptVersion, ...]:
        """Return every version ever made of these prompts, oldest first within each."""
        return await self._worker.do(self._texts, prompts)

    async def containing(self, words: tuple[str, ...]) -> frozenset[PromptId]:
        """Return the prompts whose active version holds every one of the words, letters large or small."""
        return await self._worker.do(self._containing, words)

    def _version(self, id_: PromptVersionId) -> PromptVersion:
        with as_read_failure("a prompt"), self._database.read() as connection:
            row = connection.execute(select(*_READ).where(_COLUMNS.id == id_)).one_or_none()
        if row is None:
            raise UserError(f"There is no version {id_} of a prompt here; choose another prompt.")
        return _made(*row)

    def _texts(self, prompts: tuple[PromptId, ...]) -> tuple[PromptVersion, ...]:
        asked = select(*_READ).order_by(_COLUMNS.prompt, _COLUMNS.number)
        if len(prompts) == 1:
            asked = asked.where(_COLUMNS.prompt == prompts[0])
        wanted = frozenset(prompts)
        with as_read_failure("the prompts"), self._database.read() as connection:
            return tuple(_made(*row) for row in connection.execute(asked) if row[1] in wanted)

    def _containing(self, words: tuple[str, ...]) -> frozenset[PromptId]:
        holds = " AND ".join(f"instr(lower(v.text), :w{place}) > 0" for place in range(len(words))) or "1"
        query = f"SELECT p.id FROM prompts p JOIN prompt_versions v ON v.id = p.active WHERE {holds}"
        parameters = {f"w{place}": word.lower() for place, word in enumerate(words)}
        with as_read_failure("the prompts"), self._database.read() as connection:
            return frozenset(PromptId(found) for (found,) in connection.execute(text(query), parameters))


def _made(id_: str, prompt: str, number: int, words: str, created: str, note: str) -> PromptVersion:
    return PromptVersion(PromptVersionId(id_), PromptId(prompt), number, words, time_of(created), note)
