"""A city with a day on which something is filed, and hands that sign by the book or against it."""

from dataclasses import dataclass
from typing import Any

from domain.evidence.statement import statement_digest
from tests.api.city import City, found_city, open_day
from tests.api.conftest import Office, Person, signable
from tests.keys import held_over


@dataclass
class SigningDay:
    """A founded city on an open day, with the school's zero report filed; ``digest`` is its newest revision's."""

    city: City
    report: str
    digest: str

    @classmethod
    async def begin(cls, office: Office) -> "SigningDay":
        city = await found_city(office)
        await open_day(city)
        await city.reporter.did("reporting", "submit_report", report=city.report(), content=city.content())
        day = cls(city, city.report(), "")
        await day.look()
        return day

    async def look(self) -> None:
        """See which revision stands now."""
        fresh = {"Wenze-Position-AtLeast": (await self.city.officer.sees("/api/v1/whoami")).headers["wenze-position"]}
        self.digest = (await self.city.officer.sees(f"/api/v1/reports/{self.report}", **fresh)).json()["row"]["digest"]

    async def told(self, person: Person, command: str = "sign_report", **asked: Any) -> dict[str, Any]:
        """The body of a decision without its signature: what was asked, with the nonce and the statement shown."""
        asked = signable(command, **{"report": self.report, "digest": self.digest} | asked)
        told = await person.asks(asked | {"command": command})
        (shown,) = told["statements"]
        return {"asked": asked, "nonce": told["nonce"], "statement": shown["statement"], "problem": shown["problem"]}

    async def sends(
        self,
        person: Person,
        told: dict[str, Any],
        command: str = "sign_report",
        *,
        by: str | None = None,
        number: int = 1,
        key: str | None = None,
        posted: str | None = None,
        **said: Any,
    ) -> tuple[int, str]:
        """Send a decision, signed by ``by`` over its statement with ``said`` put in; the status and code answered.

        ``posted`` is the nonce that is sent, where it is another than the one that was given out.
        """
        digest = statement_digest({name: each for name, each in (told["statement"] | said).items() if each is not None})
        answer = await person.does(
            "reporting", command, key=key, **told["asked"], nonce=posted or told["nonce"],
            held=self.hand(by or person.id, digest, number),
        )  # fmt: skip
        return answer.status_code, answer.json().get("code", "stored")

    @staticmethod
    def hand(person: str, digest: str, number: int = 1) -> dict[str, Any]:
        made = held_over(person, digest, number)
        return {"method": made.method, "credential": made.credential, "signature": made.signature}


STORED = (200, "stored")
