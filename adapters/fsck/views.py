"""The views against what the log gives today: rebuilt beside the live ones, compared row by row, and dropped."""

from collections.abc import Callable
from typing import Final

from adapters.fsck.difference import Differences
from adapters.postgres.projector import Projector
from adapters.postgres.rebuild import OddRow, RebuildFailed, compare

_NO_ROW: Final = "no row"


async def check_views(
    projector: Projector,
    *,
    differences: Differences,
    unchecked: list[str],
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Name the fields of rows that differ, at the position that a row was last changed by; how many views there are."""
    try:
        compared = await compare(projector, progress=progress)
    except RebuildFailed as error:
        unchecked.append(f"the views: {error}")
        return 0
    for name, rows in compared.odd.items():
        for row in rows:
            _name(f"view {name} {row.key}", row, differences)
    unchecked += [f"the view {name}: it {why}" for name, why in compared.not_compared.items()]
    return len(compared.odd)


def _name(where: str, row: OddRow, differences: Differences) -> None:
    live, rebuilt = row.live, row.rebuilt
    position = int(str((live or rebuilt or {}).get("position", 0)))
    if live is None or rebuilt is None:
        expected, found = (_NO_ROW, live) if rebuilt is None else (rebuilt, _NO_ROW)
        differences.add(where, position, "row", expected=expected, found=found)
        return
    for field in sorted(live.keys() | rebuilt.keys()):
        if live.get(field) != rebuilt.get(field):
            differences.add(where, position, field, expected=rebuilt.get(field), found=live.get(field))
