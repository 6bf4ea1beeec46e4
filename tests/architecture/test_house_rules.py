"""The rules of the house that no linter knows. Each test names what breaks the rule, and where."""

import ast
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("domain", "adapters", "api")
HARD_LIMIT_LINES = 400
# What .gitignore names and begins with no dot.
NOT_COMMITTED = {"var", "build", "dist", "__pycache__"}
# A file that acts has a verb for a name; these are drawers, and drawers fill.
DRAWERS = re.compile(r"(Manager|Helper|Service|Utils?|Processor|Impl|Mixin)$")
DRAWER_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "service", "services", "manager", "base"}
SLICE_PACKAGES = ("domain/erasure", "domain/registry", "domain/reporting")


def sources(*suffixes: str, packages: Iterable[str] = PACKAGES) -> list[Path]:
    return [
        file
        for package in packages
        for file in sorted((PROJECT / package).rglob("*"))
        if file.suffix in suffixes and "__pycache__" not in file.parts
    ]


def tracked_files() -> Iterator[tuple[Path, str]]:
    """What is committed or about to be, as text; pictures and the like are not looked into."""
    for file in listed_by_git() or walked():
        try:
            yield file.relative_to(PROJECT), file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue


def listed_by_git() -> list[Path]:
    """Nothing where git is not installed, or this is no work tree."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True).stdout.decode()
    except FileNotFoundError:
        return []
    return [PROJECT / name for name in listed.split("\0") if name]


def walked() -> list[Path]:
    found: list[Path] = []
    for place, folders, files in os.walk(PROJECT):
        folders[:] = [
            name
            for name in folders
            if name == ".ci" or not (name.startswith(".") or name in NOT_COMMITTED or name.endswith(".egg-info"))
        ]
        found += [Path(place, name) for name in files if not name.endswith(".mo")]
    return found


def parsed() -> Iterator[tuple[Path, ast.Module]]:
    for file in sources(".py"):
        yield file.relative_to(PROJECT), ast.parse(file.read_text(encoding="utf-8"))


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        str(file.relative_to(PROJECT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in sources(".py", ".js", packages=(*PACKAGES, "tests", "alembic"))
    }
    assert {name: lines for name, lines in lengths.items() if lines > HARD_LIMIT_LINES} == {}


def test_the_rules_hold_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    with_git = {file for file in listed_by_git() if file.is_file() and file.suffix != ".mo"}
    if with_git:
        assert set(walked()) >= with_git
        assert not [file for file in walked() if ".venv" in file.parts or "__pycache__" in file.parts]
    monkeypatch.setenv("PATH", "")
    assert Path("Makefile") in {file for file, _ in tracked_files()}


def test_the_migrations_folder_is_no_package() -> None:
    """It would shadow the `alembic` that runs it."""
    assert not (PROJECT / "alembic" / "__init__.py").exists()


def test_every_folder_with_code_is_a_package() -> None:
    folders = {file.parent for file in sources(".py")}
    assert sorted(str(f.relative_to(PROJECT)) for f in folders if not (f / "__init__.py").exists()) == []


def test_every_module_says_what_it_is() -> None:
    assert [str(file) for file, tree in parsed() if tree.body and not ast.get_docstring(tree)] == []


def test_one_file_imports_the_slice_library() -> None:
    """So that its next major version is an edit of that file; the benchmarks measure its stores, and are not meant."""
    users = {
        str(file)
        for file, tree in parsed()
        if file.parts[0] == "domain" and any(name.split(".")[0] == "eventsourcing" for name in imports(tree))
    }
    assert users == {"domain/ledger/slice.py"}


def test_only_settings_reads_the_environment() -> None:
    readers = [
        f"{file}:{node.lineno}"
        for file, tree in parsed()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {a.name for a in node.names} & {"environ", "getenv"}
        )
    ]
    assert [where for where in readers if not where.startswith("api/settings.py:")] == []


def test_no_class_and_no_file_is_a_drawer() -> None:
    classes = [
        f"{file}: {node.name}"
        for file, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and DRAWERS.search(node.name)
    ]
    files = [str(file) for file, _ in parsed() if file.stem in DRAWER_FILES]
    assert classes + files == []


def test_slices_know_events_and_never_each_other() -> None:
    """A file with an `execute` is a command; what two commands share lives in a file that has none."""
    commands = {file for file, tree in parsed() if str(file.parent) in SLICE_PACKAGES and is_command(tree)}
    names = {".".join(file.with_suffix("").parts) for file in commands}
    crossings = [
        f"{file} imports {imported}"
        for file, tree in parsed()
        if file in commands
        for imported in imports(tree)
        if imported in names
    ]
    assert crossings == []


def is_command(tree: ast.Module) -> bool:
    return any(
        isinstance(member, ast.FunctionDef) and member.name == "execute"
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for member in node.body
    )


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_no_index_and_no_place_of_one_machine_is_written_down() -> None:
    """Lists are pinned by hash, so that any index will do; and a path of one machine is wrong on every other."""
    hosts = re.compile(r"pypi\.org|pythonhosted\.org|--(extra-)?index-url|--find-links|registry\.npmjs|proxy\.golang")
    homes = re.compile(r"(?<![\w.$~-])/(root|home/\w+|Users/\w+|work|workspace|opt)/")
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in tracked_files()
        if name != Path(__file__).relative_to(PROJECT)
        for number, line in enumerate(text.splitlines(), 1)
        if hosts.search(line) or homes.search(line)
    ]
    assert found == []


def test_every_pinned_package_has_a_hash() -> None:
    for file in sorted((PROJECT / "requirements").glob("*.txt")):
        joined = re.sub(r"\\\n", " ", file.read_text())
        pins = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert pins
        assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == [], file.name


def test_each_list_holds_the_smaller_one_at_the_same_versions() -> None:
    run, test, bench = (
        set(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==\S+", (PROJECT / "requirements" / f"{name}.txt").read_text(), re.M))
        for name in ("run", "test", "bench")
    )
    without_extras = [{re.sub(r"\[.*?\]", "", pin) for pin in pins} for pins in (run, test, bench)]
    assert without_extras[0] <= without_extras[1] <= without_extras[2]


def test_every_decision_is_listed() -> None:
    folder = PROJECT / "docs" / "adr"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(file.name for file in folder.glob("[0-9][0-9][0-9][0-9]-*.md"))
    assert decisions
    assert [name for name in decisions if name not in listed] == []
