"""The article's figures: each number as the article claims it, against what the events give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.pages.article import CLAIMS, Claim


@dataclass(frozen=True, slots=True)
class Pair:
    """A claimed number beside the rebuilt one; ``sign`` is =, ≥ or ≠."""

    claimed: str
    value: str
    sign: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A rebuilt row. ``evidence`` is the address of its events; ``coverage`` says what a zero stands on.

    ``doubt`` says what the article's own number leaves open.
    """

    claim: Claim
    pairs: tuple[Pair, ...]
    as_of: datetime | None
    evidence: str
    coverage: str | None
    doubt: str | None

    @property
    def agrees(self) -> bool:
        """Whether every number of the row does."""
        return all(pair.agrees for pair in self.pairs)


def pairs_of(claim: Claim, values: Sequence[int]) -> tuple[Pair, ...]:
    """Each claimed value beside its rebuilt one. ``≥`` agrees when the ledger has no less."""
    pairs = []
    for claimed, relation, value in zip(claim.values, claim.relations, values, strict=True):
        said = int(claimed.replace(",", ""))
        agrees = value >= said if relation == "≥" else value == said
        sign = ("≥" if relation == "≥" else "=") if agrees else "≠"
        pairs.append(Pair(claimed + ("+" if relation == "≥" else ""), f"{value:,}", sign, agrees))
    return tuple(pairs)


def by_theme(claims: Iterable[Claim]) -> list[tuple[str, list[Claim]]]:
    """The claims that are not yet rebuilt, under the article's headings, in its order."""
    themes: dict[str, list[Claim]] = {}
    for claim in claims:
        themes.setdefault(claim.theme, []).append(claim)
    return list(themes.items())


CLAIM_OF: Final[Mapping[int, Claim]] = {claim.row: claim for claim in CLAIMS}
