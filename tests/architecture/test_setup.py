"""What the set-up says where it cannot work. That it works elsewhere is shown by `.ci/run`, in a folder of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_a_folder_in_which_python_makes_no_environment_is_named_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(PROJECT / "requirements" / "install.py", folder / "requirements")
    done = subprocess.run(
        [sys.executable, "requirements/install.py", "run"], cwd=folder, capture_output=True, text=True, check=False
    )
    (sentence,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "':' in its path" in sentence
    assert str(folder) in sentence
