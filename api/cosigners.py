"""The policy of the settings, and its witnesses, ready to be asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from adapters.publisher.cosigning import Cosigning
from adapters.publisher.http_witness import HttpWitness
from api.settings import Settings, SettingsWrong, is_web_address
from domain.evidence.errors import MalformedError, PolicyError
from domain.evidence.policy import Policy, parse_policy


def read_policy(settings: Settings) -> Policy | None:
    """The policy; None without a file. Raises SettingsWrong."""
    if settings.policy is None:
        return None
    try:
        policy = parse_policy(settings.policy.read_bytes())
    except (OSError, MalformedError) as error:
        raise SettingsWrong([f"WENZE_POLICY: {error}"]) from error
    for name, party in policy.witnesses.items():
        if party.url is not None and not is_web_address(party.url):
            raise SettingsWrong([f"WENZE_POLICY: the address of {name} must begin with http:// or https://"])
    return policy


@asynccontextmanager
async def open_cosigning(policy: Policy, origin: str) -> AsyncIterator[Cosigning]:
    """Those witnesses whose address the policy tells. Raises SettingsWrong for a policy of other logs."""
    try:
        policy.log_keys(origin)
    except PolicyError as error:
        raise SettingsWrong([f"WENZE_POLICY: {error}"]) from error
    # Nothing from the environment: a proxy is set where the settings are, or not at all.
    async with httpx.AsyncClient(trust_env=False) as client:
        cosigning = Cosigning(
            [
                HttpWitness(name, party.key, party.url, client)
                for name, party in policy.witnesses.items()
                if party.url is not None
            ],
            policy,
        )
        try:
            yield cosigning
        finally:
            await cosigning.stop()
