"""Who prepared a zero report attests it with the own key, at once, later, or not at all."""

from typing import Any

import pytest

from domain.ledger.errors import Invalid
from domain.registry.events import Relieved, Role
from domain.reporting import errors as reporting
from domain.reporting.correct_report import CorrectReport
from domain.reporting.digests import report_digest
from domain.reporting.events import ReportCorrected, ReportSubmitted, ZeroAttested
from domain.reporting.return_report import ReturnReport
from domain.reporting.submit_report import SubmitReport
from domain.signing import errors
from tests.domain.reporting.story import (
    EVENING,
    OFFICE_OF,
    ORIGIN,
    PRINCIPAL,
    REASON,
    REPORT,
    REPORTER,
    REVIEWER,
    SCHOOL,
    TEACHER,
    Story,
    acting,
    appointed,
    content,
    positive,
    uuid,
)
from tests.keys import (
    held,
)


def test_a_zero_report_is_attested_once_by_who_prepared_it() -> None:
    story = Story(appointed(TEACHER, Role.REPORTER, SCHOOL, uuid(401)))
    digest = story.filed().digest
    story.refuses(story.attests("00" * 32), reporting.NotTheCurrentRevision)
    story.refuses(story.attests(digest, TEACHER, appointment=uuid(401)), reporting.NotThePreparer)
    attested = story.does(story.attests(digest))
    assert (attested.revision, attested.digest, attested.person) == (1, digest, REPORTER)
    story.refuses(story.attests(digest), reporting.AlreadyAttested)
    story.signed(PRINCIPAL, 1, digest)


def test_it_is_attested_while_the_office_lasts() -> None:
    story = Story(Relieved(appointment=OFFICE_OF[REPORTER], person=REPORTER, organisation=SCHOOL, relieved_at=EVENING))
    command = story.attests(story.filed().digest)
    story.does(command)
    assert command.recorded_before == EVENING


def test_a_positive_report_is_not_attested_as_a_zero_report() -> None:
    story = Story()
    story.refuses(story.attests(story.filed(said=positive()).digest), reporting.NotAZeroReport)


def test_what_was_returned_is_corrected_and_then_attested() -> None:
    story = Story()
    digest = story.filed().digest
    story.signed(PRINCIPAL, 1, digest)
    story.does(story.declines(ReturnReport, REVIEWER, 2, digest))
    story.refuses(story.attests(digest), reporting.ReturnedForCorrection)
    story.does(story.attests(story.corrected().digest))


@pytest.mark.parametrize("corrects", [False, True])
def test_a_zero_report_is_attested_as_it_is_filed_or_corrected(corrects: bool) -> None:
    story = Story()
    revision = 1
    filing: dict[str, Any] = {"acting": acting(REPORTER), "origin": ORIGIN, "report": REPORT, "content": content()}
    kind: Any = SubmitReport
    if corrects:
        story.filed()
        revision, kind = 2, CorrectReport
        filing["reason"] = REASON
    coming = report_digest(
        origin=ORIGIN, report=REPORT, revision=revision, form="F1", form_version=1, content=content()
    )
    says = story.states(acting(REPORTER), "attest_zero", 0, coming, REPORT)
    attested = story.does(kind(**filing, nonce=says["nonce"], held=held(REPORTER, says)))
    assert isinstance(attested, ZeroAttested)
    assert (attested.digest, attested.revision) == (coming, revision)
    assert isinstance(story.history[-2], ReportCorrected if corrects else ReportSubmitted)


def test_a_filing_whose_attestation_is_wrong_is_not_filed() -> None:
    story = Story()
    says = story.states(acting(REPORTER), "attest_zero", 0, "00" * 32, REPORT)
    signing: dict[str, Any] = {"nonce": says["nonce"], "held": held(REPORTER, says)}
    filing: dict[str, Any] = {"acting": acting(REPORTER), "origin": ORIGIN, "report": REPORT, "content": content()}
    for half in signing.items():
        with pytest.raises(Invalid):
            SubmitReport(**filing, **dict([half]))
    command = SubmitReport(**filing, **signing)
    with pytest.raises(errors.SignatureWrong):
        story.does(command)
