"""Every event type of the ledger. A type that is not here cannot be stored or read."""

from typing import Final

from domain.erasure import events as erasure
from domain.ledger import events as ledger
from domain.ledger.event import Catalogue
from domain.registry import events as registry
from domain.reporting import events as reporting
from domain.signing import events as signing

CATALOGUE: Final = Catalogue((*ledger.EVENTS, *registry.EVENTS, *reporting.EVENTS, *signing.EVENTS, *erasure.EVENTS))
