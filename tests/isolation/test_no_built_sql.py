"""SQL that is built from strings is the one way around the walls, so our code has none outside of a few files.

What reaches the database is the ORM's, a literal, a constant of the module, or psycopg's `sql.SQL(…)`, which quotes.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_THE_PRODUCT = {
    "tests",
    "sandbox",
    "benchmarks",
    "docs",
    "var",
    "build",
    "locale",
    "node_modules",
    "staticfiles",
}
# Methods and classes whose argument is SQL, and which argument.
SQL_CALLS = {
    "execute": 0,
    "executemany": 0,
    "callproc": 0,
    "copy": 0,
    "raw": 0,
    "RawSQL": 0,
    "RunSQL": 0,
    "extra": None,  # its arguments are pieces of SQL: never
    "mogrify": 0,
}
# Files that name schemas and roles, which cannot be parameters; each quotes what it names.
BUILD_SQL = {
    "shops/db/base.py": "sets path and role; both names are validated and quoted",
    "shops/isolation.py": "grants and policies; psycopg.sql quotes every name",
    "shops/schema_template.py": "replays the template's own dump",
    "shops/db/rehearsal.py": "repeats, with their values, statements that the program itself executed before",
    "shops/guard.py": "asks its list of constant questions",
}


def product_files() -> list[Path]:
    """Every Python file of every room, whichever rooms there are."""
    rooms = [p for p in ROOT.iterdir() if p.is_dir() and p.name not in NOT_THE_PRODUCT and p.name[0] != "."]
    return sorted(file for room in rooms if list(room.rglob("*.py")) for file in room.rglob("*.py"))


def literals(tree: ast.Module) -> set[str]:
    """Names that the module binds to a text without any placeholder for Python, once."""
    names: dict[str, list[bool]] = {}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name):
                names.setdefault(target.id, []).append(is_constant(node.value))
    top = {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    return {name for name, constant in names.items() if constant == [True] and name in top}


def is_constant(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_quoted(node: ast.expr) -> bool:
    """sql.SQL("…") with a literal, and its .format(…) or .join(…)."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in ("format", "join"):
        return is_quoted(function.value)
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called == "SQL" and len(node.args) == 1 and is_constant(node.args[0])


def built_sql(source: str) -> Iterator[int]:
    """The lines of `source` where something else than a literal is executed."""
    tree = ast.parse(source)
    known = literals(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name not in SQL_CALLS or is_no_sql(node):
            continue
        position = SQL_CALLS[name]
        if position is None or not is_harmless(node.args[position] if node.args else None, known):
            yield node.lineno


def is_no_sql(node: ast.Call) -> bool:
    """Others have a method of the name too: a management command's execute(*args), a dict's copy()."""
    starred = any(isinstance(argument, ast.Starred) for argument in node.args)
    return starred or not (node.args or node.keywords)


def is_harmless(argument: ast.expr | None, known: set[str]) -> bool:
    if argument is None:
        return False
    if isinstance(argument, ast.IfExp):
        return is_harmless(argument.body, known) and is_harmless(argument.orelse, known)
    if isinstance(argument, ast.List):  # RunSQL takes a list of statements
        return all(is_harmless(each, known) for each in argument.elts)
    return (
        is_constant(argument)
        or is_quoted(argument)
        or (isinstance(argument, ast.Name) and argument.id in known)
    )


def test_our_code_builds_no_sql() -> None:
    files = product_files()
    assert len(files) > 40
    found = {
        f"{relative}:{line}"
        for file in files
        if (relative := str(file.relative_to(ROOT))) not in BUILD_SQL
        for line in built_sql(file.read_text(encoding="utf-8"))
    }
    assert found == set(), "pass values as parameters, and names through psycopg.sql"


def test_the_exceptions_are_needed() -> None:
    """A file that no longer builds SQL loses its exception."""
    needless = [name for name in BUILD_SQL if not list(built_sql((ROOT / name).read_text(encoding="utf-8")))]
    assert needless == []


@pytest.mark.parametrize(
    "line",
    [
        "cursor.execute(f'SELECT {x}')",
        "cursor.execute('SELECT ' + x)",
        "cursor.execute('SELECT %s' % x)",
        "cursor.execute('SELECT {}'.format(x))",
        "cursor.execute(text)",
        "cursor.execute(sql.SQL(text))",
        "cursor.execute(sql.SQL(f'{x}').format())",
        "Model.objects.raw(f'SELECT {x}')",
        "Model.objects.extra(where=['x'])",
        "RawSQL(x, [])",
        "migrations.RunSQL([f'DROP {x}'])",
        "cursor.copy(f'COPY {x} TO STDOUT')",
        "self.connection.cursor().execute(query=x)",
    ],
)
def test_the_check_sees_it(line: str) -> None:
    assert list(built_sql(line)) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "cursor.execute('SELECT %s', [x])",
        "TEXT = 'SELECT %s'\ncursor.execute(TEXT, [x])",
        "cursor.execute(sql.SQL('SELECT {}').format(sql.Identifier(x)))",
        "migrations.RunSQL(['DROP TABLE x'])",
        "super().execute(*args, **options)",
        "values.copy()",
    ],
)
def test_the_check_lets_it_pass(line: str) -> None:
    assert list(built_sql(line)) == []
