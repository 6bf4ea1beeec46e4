"""Why no bundle is made."""

from typing import ClassVar

from domain.ledger.errors import NotFound, Refusal, WenzeError


class NothingToBundle(NotFound):
    """Nothing was recorded of what was asked, or nothing that the asker may see."""

    code: ClassVar[str] = "nothing_to_bundle"


class BundleTooLarge(Refusal):
    """More entries than a bundle has: ask for less at a time."""

    code: ClassVar[str] = "bundle_too_large"


class NotPublished(WenzeError):
    """The published checkpoint does not hold all of it yet."""

    code: ClassVar[str] = "not_published"


class DisclosureNotAllowed(Refusal):
    """Personal values are disclosed to the school that they are from, and to the discipline office."""

    code: ClassVar[str] = "disclosure_not_allowed"
