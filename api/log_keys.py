"""The key that signs the log: made at first use, and adopted by an event before anything is signed with it."""

import secrets
from contextlib import suppress
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from adapters.disk import Disk
from adapters.publisher.checking import last_signed
from adapters.publisher.errors import PublisherStateWrong
from adapters.publisher.state import PublisherState
from adapters.publisher.tile_files import TileFiles
from adapters.secret_files import make_secret
from adapters.signing_key import SigningKey
from api.ledger import Ledger, request_bytes
from api.settings import SECRET_BYTES, Settings
from domain.evidence.checkpoint import parse_checkpoint
from domain.evidence.note import ED25519
from domain.ledger.adopt_log_key import AdoptLogKey
from domain.ledger.entry import MACHINE, Actor
from domain.ledger.errors import LogKeyTaken
from domain.ledger.events import LogKeyAdopted
from domain.ledger.query import Query, QueryItem

ADOPTIONS: Final = Query((QueryItem(frozenset({LogKeyAdopted.type_name}), frozenset({"log:keys"})),))


def held_keys(settings: Settings, origin: str) -> list[SigningKey]:
    """The keys under a log's name that are at hand, the oldest first. Raises SecretExposed, SettingsWrong."""
    return [key for key in settings.log_keys() if key.name == origin]


def make_log_key(settings: Settings, origin: str) -> SigningKey:
    """A fresh key in a file of its own: ``log.key``, and ``log.2.key`` and so on after it."""
    key = SigningKey(origin, ED25519, secrets.token_bytes(SECRET_BYTES))
    number, made = 1, False
    while not made:
        name = "log.key" if number == 1 else f"log.{number}.key"
        made = make_secret(settings.keys_folder / name, key.private_text())
        number += 1
    return key


async def adopted_keys(ledger: Ledger) -> list[str]:
    """The keys that were adopted under the log's name, as ``vkey``, in order."""
    events = [recorded.event for recorded in (await ledger.log.read(ADOPTIONS)).events]
    vkeys = [event.vkey for event in events if isinstance(event, LogKeyAdopted)]
    return [vkey for vkey in vkeys if vkey.partition("+")[0] == ledger.origin]


async def adopt(ledger: Ledger, key: SigningKey, *, first: bool = False) -> None:
    """Record that a key signs from now on. Raises LogKeyTaken."""
    vkey = key.verifier.vkey()
    await ledger.carry_out(
        lambda: AdoptLogKey(vkey=vkey, origin=ledger.origin, first=first),
        actor=Actor(person=MACHINE),
        key=str(uuid5(NAMESPACE_URL, vkey)),
        request=request_bytes(AdoptLogKey.name, {"vkey": vkey}),
    )


async def adopt_first(ledger: Ledger, settings: Settings) -> None:
    """See to it that the log has a key; one is made where there is none. Raises PublisherStateWrong.

    Not where something was signed before: then the adoption is lost with a tail of the log, and an event in its place
    would keep that tail from coming back.
    """
    folder = settings.log_folder
    note = last_signed(PublisherState(folder / "state", Disk()), TileFiles(folder / "public"), ledger.origin)
    before = None if note is None else parse_checkpoint(note.text).origin
    if before not in (None, ledger.origin) and settings.origin != ledger.origin:
        # The database alone says that it goes on under another name: whoever owns it could leave all that was signed.
        raise PublisherStateWrong(f"{before} was signed and {ledger.origin} is not in WENZE_ORIGIN", position=0)
    if before == ledger.origin or await adopted_keys(ledger):
        return
    keys = held_keys(settings, ledger.origin) or [make_log_key(settings, ledger.origin)]
    with suppress(LogKeyTaken):  # another process was quicker
        await adopt(ledger, keys[0], first=True)


async def rotate(ledger: Ledger, settings: Settings) -> SigningKey:
    """Adopt the next key: one that is at hand and was never adopted, else a fresh one; which it is."""
    await adopt_first(ledger, settings)
    adopted = await adopted_keys(ledger)
    waiting = [key for key in held_keys(settings, ledger.origin) if key.verifier.vkey() not in adopted]
    # The file first: a key that nobody has adopted harms nobody, an adopted key that is lost ends the signing.
    key = waiting[0] if waiting else make_log_key(settings, ledger.origin)
    await adopt(ledger, key)
    return key
