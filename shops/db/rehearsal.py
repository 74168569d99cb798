"""A play on the shop's own tables of which nothing stays: what is written is seen by whoever plays, and by nobody else.

    with rehearse(journal) as play:
        …                    # verbs, queries, transactions as always
        with aside(): …      # the outside is waited for, or something is written in earnest
    journal = play.journal   # to go on later, in another process

Everything runs in one transaction, the scene, that is rolled back. No transaction is held while something slow is waited
for: `aside` ends the scene, and a new one begins by writing again what was written so far, statement by statement, with
the same values. Ids, codes and times are made by the program and not by the database, so the scene is as it was left.
Tasks that were to be queued on commit never are, since there is no commit; and who goes out without leaving the scene
gets TransactionOpen from `shops.db.current.let_go`.

Others are not disturbed. Locks are held for as long as a scene lasts, which is the time of its queries; and where two
wait for each other, the play gives way long before PostgreSQL looks for somebody to end (deadlock_timeout, 1 s).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, OperationalError, transaction

from shops.db.current import TransactionOpen, here

# Statements that change rows; a WITH may have an INSERT or an UPDATE in its parts.
_WRITES = re.compile(
    r"\s*(?:(?:INSERT|UPDATE|DELETE)\b|WITH\b.*\b(?:INSERT\s+INTO|UPDATE\s+\w|DELETE\s+FROM)\b)",
    re.IGNORECASE | re.DOTALL,
)
_SAVEPOINT = "SAVEPOINT "
_BACK_TO = "ROLLBACK TO SAVEPOINT "
PATIENCE = "SET LOCAL lock_timeout = '400ms'"
# A scene that could not be set up because somebody had a row: once more.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that wrote `rows` rows, with its values. `many`: executed for each of a list of values."""

    sql: str
    values: Any
    many: bool
    rows: int


Journal = Sequence[Statement]
Prepare = Callable[[Journal], None]


class Rehearsal:
    """One play. `journal`: what was written so far; `lost`: statements of it that found the world changed."""

    def __init__(self, journal: Journal, prepare: Prepare | None) -> None:
        self.journal: list[Statement] = list(journal)
        self.lost = 0
        self._prepare = prepare
        self._marks: list[tuple[str, int]] = []
        self._scene: transaction.Atomic | None = None
        self._noting = False

    def begin(self) -> None:
        """Begin a scene, with everything in place that was written before. Raises database errors."""
        for attempt in range(TRIES):
            self._scene = transaction.atomic()
            self._scene.__enter__()
            try:
                self._set()
                break
            except OperationalError:
                self.end()
                if attempt + 1 == TRIES:
                    raise
            except BaseException:
                self.end()
                raise
        self._marks, self._noting = [], True

    def end(self) -> None:
        """Undo all of the scene. Does nothing when there is none."""
        self._noting = False
        scene, self._scene = self._scene, None
        if scene is None:
            return
        blocks = here().atomic_blocks
        if blocks and blocks[-1] is not scene:
            self._scene = scene
            raise TransactionOpen("A rehearsal was left in the middle of a transaction.")
        transaction.set_rollback(True)
        scene.__exit__(None, None, None)

    def _set(self) -> None:
        with here().cursor() as cursor:
            cursor.execute(PATIENCE)
        if not self.journal:
            return
        if self._prepare:
            self._prepare(self.journal)
        self.lost = sum(not _written_again(each) for each in self.journal)

    def note(self, execute: Callable[..., Any], sql: Any, values: Any, many: bool, context: Any) -> Any:
        """Called by Django around every statement: keep those that write; forget those a savepoint takes back."""
        result = execute(sql, values, many, context)
        if not self._noting:
            return result
        text = str(sql)
        if text.startswith(_SAVEPOINT):
            self._marks.append((text.removeprefix(_SAVEPOINT), len(self.journal)))
        elif text.startswith(_BACK_TO):
            self._go_back_to(text.removeprefix(_BACK_TO))
        elif _WRITES.match(text) and (rows := context["cursor"].rowcount):
            self.journal.append(Statement(text, _copied(values, many=many), many, rows))
        return result

    def _go_back_to(self, name: str) -> None:
        while self._marks:
            mark, length = self._marks[-1]
            if mark == name:
                del self.journal[length:]
                return
            self._marks.pop()


def _copied(values: Any, *, many: bool) -> Any:
    """The values as they are now: whoever made them may change them for the next statement."""
    if many:
        return [_copied(each, many=False) for each in values]
    return dict(values) if isinstance(values, Mapping) else tuple(values or ())


def _written_again(statement: Statement) -> bool:
    """Write what was written before; whether it came to the same."""
    try:
        with transaction.atomic(), here().cursor() as cursor:
            if statement.many:
                cursor.executemany(statement.sql, statement.values)
            else:
                cursor.execute(statement.sql, statement.values)
            return bool(cursor.rowcount == statement.rows)
    except IntegrityError:  # somebody has really taken what was only played
        return False


_playing: ContextVar[Rehearsal | None] = ContextVar("rehearsal", default=None)


def is_on() -> bool:
    """Whether this code plays: then nothing is committed."""
    return _playing.get() is not None


@contextmanager
def rehearse(journal: Journal = (), *, prepare: Prepare | None = None) -> Iterator[Rehearsal]:
    """Run the block without leaving a trace, after what an earlier block wrote (`journal`). Not inside a transaction.

    `prepare` is called with the journal at the beginning of every scene that has one, for locks that have to be taken
    first. Raises OperationalError when the database is away, or when rows that are needed stay locked.
    """
    play = Rehearsal(journal, prepare)
    with here().execute_wrapper(play.note):
        play.begin()
        token = _playing.set(play)
        try:
            yield play
        finally:
            _playing.reset(token)
            play.end()


@contextmanager
def aside() -> Iterator[None]:
    """Step out of the play, if there is one: the block holds no transaction of it, and what it writes stays.

    For what is slow, and for what is real all the same. Raises TransactionOpen inside a transaction of the play's.
    """
    play = _playing.get()
    if play is None:
        yield
        return
    play.end()
    token = _playing.set(None)
    try:
        yield
    finally:
        _playing.reset(token)
        play.begin()
