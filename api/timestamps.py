"""The timestamp authority of the settings, ready to be asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx

from adapters.publisher.published import PublishedLog
from adapters.publisher.publisher import Publisher
from adapters.publisher.stamping import Stamping
from adapters.timestamp_authority import TimestampAuthority
from adapters.timestamp_check import TrustedAuthority
from api.settings import Settings, SettingsWrong
from domain.evidence.errors import MalformedError


@asynccontextmanager
async def open_stamping(
    settings: Settings, publisher: Publisher, published: PublishedLog
) -> AsyncIterator[Stamping | None]:
    """None without an authority. Raises SettingsWrong when its root certificate cannot be read."""
    if settings.timestamp_url is None or settings.timestamp_ca is None:
        yield None
        return
    try:
        trusted = TrustedAuthority(settings.timestamp_ca.read_bytes())
    except (OSError, MalformedError) as error:
        raise SettingsWrong([f"WENZE_TIMESTAMP_CA: {error}"]) from error
    # Nothing from the environment: a proxy is set where the settings are, or not at all.
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Stamping(
            publisher.files,
            publisher.state,
            published,
            TimestampAuthority(settings.timestamp_url, trusted, client),
            every=timedelta(seconds=settings.timestamp_every),
            # Real time, also where the log's is simulated: an authority knows no other.
            now=lambda: datetime.now(UTC),
        )
