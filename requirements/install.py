"""Make `.venv` hold exactly what one of the pinned lists says, and this project itself.

Usage: python requirements/install.py run|test|bench

Does nothing when nothing changed since the last time. Two at once wait for each other. A folder that was moved or
copied gets a new `.venv`: programs in it hold its old path. Only the standard library, for it runs before the rest.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
# Each list contains those before it, at the same versions.
LISTS = ("run", "test", "bench")


def wanted(name: str) -> str:
    """The digest of everything the outcome depends on."""
    digest = hashlib.sha256(os.fsencode(PROJECT))
    for file in (PROJECT / "requirements" / f"{name}.txt", PROJECT / "pyproject.toml"):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def is_done(name: str) -> bool:
    """Whether this list, or one that contains it, is installed and the interpreter still runs."""
    for candidate in LISTS[LISTS.index(name) :]:
        stamp = VENV / f"{candidate}.installed"
        if stamp.exists() and stamp.read_text() == wanted(candidate):
            return interpreter_runs()
    return False


def interpreter_runs() -> bool:
    try:
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        return subprocess.run([PYTHON, "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def was_made_here() -> bool:
    """Whether pip in `.venv` starts the interpreter of this folder and not that of the folder it was copied from."""
    marker = VENV / "pyvenv.cfg"
    scripts = list((VENV / "bin").glob("activate"))
    return marker.exists() and any(str(VENV) in script.read_text(errors="replace") for script in scripts)


def install(name: str) -> None:
    if not (interpreter_runs() and was_made_here()):
        say(f"making .venv with Python {sys.version.split()[0]}")
        if VENV.exists():
            shutil.rmtree(VENV)
        venv.create(VENV, with_pip=True)
    for stamp in VENV.glob("*.installed"):
        stamp.unlink()
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    say(f"installing requirements/{name}.txt")
    run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", Path("requirements", f"{name}.txt")])
    # Only when it must be: the program `wenze` is away for an instant, and a demo beside us may be starting.
    project = hashlib.sha256((PROJECT / "pyproject.toml").read_bytes()).hexdigest()
    linked = VENV / "project.linked"
    if not (linked.exists() and linked.read_text() == project and (VENV / "bin" / "wenze").exists()):
        run([*pip, "--no-build-isolation", "--no-deps", "-e", "."])
        linked.write_text(project)
    (VENV / f"{name}.installed").write_text(wanted(name))


def run(command: "list[str | Path]") -> None:
    """In our folder, for pip reads more than a path into an absolute one: `[1]` at its end would be an extra."""
    if (status := subprocess.run(command, check=False, stdin=subprocess.DEVNULL, cwd=PROJECT).returncode) != 0:
        sys.exit(status)


def say(text: str) -> None:
    sys.stderr.write(f"wenze: {text}\n")


def main() -> None:
    name = sys.argv[1]
    if os.pathsep in str(PROJECT):
        sys.exit(f"wenze: {PROJECT}: Python makes no .venv in a folder with {os.pathsep!r} in its path; rename it")
    if is_done(name):
        return
    try:
        with (PROJECT / "requirements" / "install.py").open() as lock:  # locks need no file of their own
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_done(name):
                install(name)
    except PermissionError as error:
        sys.exit(f"wenze: {error}: .venv belongs to somebody else; remove it, or use a clone of your own")


if __name__ == "__main__":
    main()
