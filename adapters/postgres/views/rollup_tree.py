"""The roll-up tree of a day: the bureau's roll-up over its districts', with every gap named.

A roll-up stands for what it covered. It is *outdated* once that differs from what stands now: a report was filed,
corrected, withdrawn, signed or sent back, an absence excused, a duty opened or lifted. Its signatures stay valid for
their revision, and the schools are named. The bureau's is outdated as well when a district's that it covered is, was
sent back, or was built anew since, and when a district that was a gap has signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from adapters.postgres.view import Connection, View, read
from adapters.postgres.views.rollup_fold import DUTIES, REPORTS, ROLLUPS, RollupFold, built, rollups_of, take
from domain.ledger.entry import Recorded
from domain.reporting import events as facts

NAME: Final = "rollup_tree"

# The folds that a batch touches; primary key.
TOUCHED = "SELECT state FROM views.rollup WHERE generation = $1 AND rollup = ANY ($2::text[])"

# Rows, new or changed, as one JSON array; primary key.
WRITE = """
INSERT INTO views.rollup SELECT * FROM json_populate_recordset(NULL::views.rollup, $1::json)
ON CONFLICT (generation, rollup) DO UPDATE SET
    revision = excluded.revision, expected = excluded.expected, covered = excluded.covered, root = excluded.root,
    digest = excluded.digest, built_by = excluded.built_by, built_at = excluded.built_at,
    built_position = excluded.built_position, signed_by = excluded.signed_by, signed_at = excluded.signed_at,
    signed_revision = excluded.signed_revision, returned = excluded.returned,
    changed_position = excluded.changed_position, position = excluded.position, state = excluded.state
"""

# A generation's rows; primary key.
CLEAR = "DELETE FROM views.rollup WHERE generation = $1"

# The roll-ups whose rows differ between two generations; any index, all lead with generation.
DIFFERENCES = """
SELECT coalesce(one.rollup, other.rollup),
       to_jsonb(one.whole) - 'generation', to_jsonb(other.whole) - 'generation'
FROM (SELECT rollup, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.rollup AS each WHERE generation = $1) AS one
FULL JOIN
     (SELECT rollup, ltrim(each::text, '(0123456789') AS content, each AS whole
      FROM views.rollup AS each WHERE generation = $2) AS other
    ON one.rollup = other.rollup
WHERE one.content IS DISTINCT FROM other.content
ORDER BY 1 LIMIT 100
"""

# The roots of a span of days (the bureau's roll-up, or its districts' while the bureau's is not built; or one
# organisation's), page by page, each with the roll-ups below it; index rollup_by_date, and the primary key for
# the parents (one by one: NOT EXISTS would be planned as a hash of every roll-up there is).
TREE = """
SELECT root.state, ARRAY(
    SELECT below.state FROM views.rollup AS below
    WHERE below.generation = root.generation AND below.business_date = root.business_date
      AND below.parent = root.rollup AND below.rollup <> root.rollup
    ORDER BY below.level, below.organisation)
FROM views.rollup AS root
WHERE root.generation = views.live('rollup_tree') AND root.business_date BETWEEN $1 AND $2
  AND (root.business_date, root.level, root.rollup) > ($3, $4, $5)
  AND (root.organisation = $6 OR $6::text IS NULL AND (root.parent = root.rollup OR (
    SELECT parent.rollup FROM views.rollup AS parent
    WHERE parent.generation = root.generation AND parent.rollup = root.parent) IS NULL))
ORDER BY root.business_date, root.level, root.rollup LIMIT $7
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupNode:
    """A roll-up with the roll-ups below it; its gaps are the roll-up's ``missing``, ``excused`` and ``unsigned``.

    ``is_outdated``: what it shows no longer stands, directly or below. ``outdated_below`` names the districts that it
    covered and of which that is true, ``filled_below`` those that were a gap and have been signed since.
    """

    rollup: RollupFold
    is_outdated: bool
    outdated_below: tuple[str, ...] = ()
    filled_below: tuple[str, ...] = ()
    below: tuple["RollupNode", ...] = ()


async def fetch_rollup_tree(
    connection: Connection,
    first_day: date,
    last_day: date,
    *,
    organisation: str | None = None,
    after: tuple[date, int, str] = (date.min, 0, ""),
    limit: int = 500,
) -> list[RollupNode]:
    """The trees of a span (both ends included), after a root's key (day, level, roll-up), at most ``limit``.

    With ``organisation``, its own roll-ups are the roots.
    """
    rows = await read(connection, TREE, first_day, last_day, *after, organisation, limit)
    return [node_of(_STATE.decode(root), [_STATE.decode(each) for each in below]) for root, below in rows]


def node_of(rollup: RollupFold, below: Sequence[RollupFold] = ()) -> RollupNode:
    """A roll-up over those below it. What it covered of a district is that district's last signed one by then.

    A district that has built anew since has done so because something had changed, signed or not.
    """
    outdated: list[str] = []
    filled: list[str] = []
    for each in below:
        covered = each.covered_at(rollup.built_position)
        if covered is None:
            if each.covered_at(each.position + 1) is not None:
                filled.append(each.organisation)
        elif covered.revision != each.revision or covered.returned is not None or each.changes:
            outdated.append(each.organisation)
    return RollupNode(
        rollup=rollup,
        is_outdated=bool(rollup.changes or outdated or filled),
        outdated_below=tuple(outdated),
        filled_below=tuple(filled),
        below=tuple(node_of(each) for each in below),
    )


_STATE: Final = msgspec.json.Decoder(RollupFold)
_ENCODE: Final = msgspec.json.Encoder().encode


async def project(connection: Connection, generation: int, batch: Sequence[Recorded]) -> None:
    """Fold a batch into one generation. The caller owns the transaction."""
    names = {name for recorded in batch for name in rollups_of(recorded)}
    rows = await connection.fetch(TOUCHED, generation, sorted(names))
    folds = {fold.rollup: fold for fold in (_STATE.decode(row["state"]) for row in rows)}
    touched: set[str] = set()
    for recorded in batch:
        for name in rollups_of(recorded):
            if isinstance(recorded.event, facts.RollupBuilt):
                folds[name] = built(folds.get(name), recorded, recorded.event)
            elif name in folds:
                take(folds[name], recorded)
            else:
                continue  # before its first build there is nothing that could be outdated
            touched.add(name)
    if touched:
        await connection.execute(
            WRITE, _ENCODE([_stored(generation, folds[name]) for name in sorted(touched)]).decode()
        )


def _stored(generation: int, fold: RollupFold) -> dict[str, object]:
    signature = fold.signature
    changes = [each.position for each in fold.changes]
    return {
        "generation": generation,
        "rollup": fold.rollup,
        "parent": fold.parent,
        "level": fold.level,
        "organisation": fold.organisation,
        "business_date": fold.business_date,
        "revision": fold.revision,
        "expected": fold.expected,
        "covered": fold.covered,
        "root": fold.root,
        "digest": fold.digest,
        "built_by": fold.built_by,
        "built_at": fold.built_at,
        "built_position": fold.built_position,
        "signed_by": None if signature is None else signature.person,
        "signed_at": None if signature is None else signature.received_at,
        "signed_revision": fold.signatures[-1].revision if fold.signatures else None,
        "returned": fold.returned,
        "changed_position": max(changes, default=None),
        "position": fold.position,
        "state": fold,
    }


VIEW: Final = View(
    name=NAME,
    version=5,
    types=frozenset({*ROLLUPS, *DUTIES, *REPORTS}),
    project=project,
    clear=CLEAR,
    differences=DIFFERENCES,
)
