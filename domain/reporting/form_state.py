"""The published versions of one form."""

from collections.abc import Sequence
from typing import Final

from domain.ledger.command import Perspective
from domain.ledger.slice import Selector, event
from domain.registry.events import Role
from domain.reporting.errors import FormNotPublished
from domain.reporting.events import ArithmeticRule, FormField, FormPublished

FORM_KEEPERS: Final = frozenset({Role.SECTION_OFFICER, Role.REGISTRAR})
"""Who publishes forms and adopts rules."""


class FormState(Perspective):
    """``versions`` by number, ``latest`` as the highest, 0 before the first."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.versions: dict[int, FormPublished] = {}

    def consistency_boundary(self) -> Sequence[Selector]:
        """Every version of the form."""
        return [Selector(types=type(self).projected_types, tags=[f"form:{self.form}"])]

    @event(FormPublished)
    def _(
        self,
        form: str,
        form_version: int,
        title_zh: str,
        title_en: str,
        has_classes: bool,
        fields: tuple[FormField, ...],
        rules: tuple[ArithmeticRule, ...],
    ) -> None:
        if form == self.form:
            self.versions[form_version] = FormPublished(
                form=form,
                form_version=form_version,
                title_zh=title_zh,
                title_en=title_en,
                has_classes=has_classes,
                fields=fields,
                rules=rules,
            )

    @property
    def latest(self) -> int:
        """The number of the newest version."""
        return max(self.versions, default=0)

    def require(self, form_version: int) -> FormPublished:
        """The version as it was published. Raises FormNotPublished."""
        published = self.versions.get(form_version)
        if published is None:
            raise FormNotPublished(form=self.form, form_version=form_version)
        return published
