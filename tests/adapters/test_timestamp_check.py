"""A timestamp is one of the authority that the verifier trusts, over these bytes; nothing in the bundle can say so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.timestamp_check import TrustedAuthority
from domain.evidence.errors import EvidenceError, MalformedError, SignatureError
from tests.adapters.openssl_authority import OpensslAuthority

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("direct"))


@pytest.fixture(scope="module")
def through_issuer(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("through"), through_issuer=True)


def test_a_token_says_when_it_was_made(direct: OpensslAuthority) -> None:
    made = TrustedAuthority(direct.root).made_at(direct.stamp(b"checkpoint"), b"checkpoint", b"")
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)


def test_a_token_over_other_bytes_is_refused(direct: OpensslAuthority) -> None:
    with pytest.raises(SignatureError):
        TrustedAuthority(direct.root).made_at(direct.stamp(b"checkpoint"), b"another", b"")


def test_a_token_of_another_authority_is_refused(direct: OpensslAuthority, through_issuer: OpensslAuthority) -> None:
    with pytest.raises(SignatureError):
        TrustedAuthority(through_issuer.root).made_at(direct.stamp(b"checkpoint"), b"checkpoint", b"")


def test_a_chain_leads_from_the_token_to_the_root(through_issuer: OpensslAuthority) -> None:
    trusted, token = TrustedAuthority(through_issuer.root), through_issuer.stamp(b"checkpoint")
    assert trusted.made_at(token, b"checkpoint", through_issuer.issuer)
    with pytest.raises(SignatureError):
        trusted.made_at(token, b"checkpoint", b"")


def test_a_root_that_the_bundle_brings_along_is_not_believed(
    direct: OpensslAuthority, through_issuer: OpensslAuthority
) -> None:
    """The library would take it for one of ours."""
    with pytest.raises(SignatureError):
        TrustedAuthority(through_issuer.root).made_at(direct.stamp(b"checkpoint"), b"checkpoint", direct.root)


@pytest.mark.parametrize("token", [b"", b"\x30\x03\x02\x01\x02", b"no token"])
def test_what_is_no_token_is_refused(direct: OpensslAuthority, token: bytes) -> None:
    with pytest.raises(EvidenceError):
        TrustedAuthority(direct.root).made_at(token, b"checkpoint", b"")


def test_an_authority_has_a_certificate(tmp_path: Path) -> None:
    for pem in (b"", b"no certificate"):
        with pytest.raises(MalformedError):
            TrustedAuthority(pem)
