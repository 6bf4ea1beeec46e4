"""What every event log does. Each adapter runs these through a subclass with a fixture ``log``."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from domain.evidence.digest import leaf_hash
from domain.ledger.entry import MAX_ENTRY_BYTES
from domain.ledger.errors import (
    AppendRejected,
    ConditionFailed,
    EntryTooLarge,
    FormatError,
    Invalid,
    KeyReused,
    NotFound,
    WindowClosed,
)
from domain.ledger.ports import SealedPart
from domain.ledger.query import EVERYTHING, Condition
from tests.adapters.happenings import BEGINNING, Whispered, appending, happened, item, nothing_about, query


class EventLogContract:
    async def test_positions_follow_each_other_and_an_append_has_one_time(self, log: Any) -> None:
        before = (await log.read()).head
        one = await log.append(appending(happened("one", "a:1")))
        two = await log.append(appending(happened("two", "a:1"), happened("three", "a:2")))
        assert (one.first, one.last, two.first, two.last) == (before + 1, before + 1, before + 2, before + 3)
        assert one.recorded_at <= two.recorded_at
        assert one.received_at == BEGINNING
        reading = await log.read(after=before)
        assert [each.position for each in reading.events] == [before + 1, before + 2, before + 3]
        assert [each.event.what for each in reading.events] == ["one", "two", "three"]
        assert [each.recorded_at for each in reading.events] == [one.recorded_at, two.recorded_at, two.recorded_at]
        assert reading.head == before + 3

    async def test_leaves_are_hashes_of_the_stored_bytes(self, log: Any) -> None:
        trap = happened('"recorded_at":"0000000000000000000000000000"', "a:1")
        receipt = await log.append(appending(trap, happened("二", "a:2")))
        entries = await self.stored(log)
        assert receipt.leaves == tuple(leaf_hash(entry) for entry in entries[receipt.first - 1 : receipt.last])

    async def stored(self, log: Any) -> list[bytes]:
        return list(log.entries)

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            (EVERYTHING, "1 2 3 4 5"),
            (query(item("a:1")), "1 2 4"),
            (query(item("a:1", "b:1")), "1 4"),
            (query(item("b:1", "a:1", types=("Whispered",))), "4"),
            (query(item(types=("Happened",))), "1 2 3"),
            (query(item(types=("Happened", "Whispered"))), "1 2 3 4 5"),
            (query(item(types=("Nothing",))), ""),
            (query(item(types=("Whispered",)), item("a:2")), "3 4 5"),
            (query(item("a:2"), item("a:1", types=("Happened",)), item("a:1", types=("Happened",))), "1 2 3"),
            (query(item("a:9"), item("b:1")), "1 4 5"),
        ],
    )
    async def test_a_query_selects_exactly_what_its_items_say(self, log: Any, asked: Any, expected: str) -> None:
        before = await self.five(log)
        reading = await log.read(asked, after=before)
        assert " ".join(each.event.what for each in reading.events) == expected
        assert reading.head == before + 5
        two = await log.read(asked, after=before, limit=2)
        assert two.events == reading.events[:2]
        assert (await log.read(asked, after=before, upto=before + 3)).events == [
            each for each in reading.events if each.position <= before + 3
        ]
        assert (await log.read(asked, after=before, limit=0)).events == []

    async def five(self, log: Any) -> int:
        before: int = (await log.read()).head
        await log.append(appending(happened("1", "a:1", "b:1"), happened("2", "a:1", "a:1"), happened("3", "a:2")))
        await log.append(
            appending(Whispered(what="4", about=("a:1", "b:1", "c:1")), Whispered(what="5", about=("b:1",)))
        )
        return before

    async def test_a_reader_sees_only_the_classes_it_may_see(self, log: Any) -> None:
        before = await self.five(log)
        for asked in (EVERYTHING, query(item("b:1")), query(item(types=("Whispered", "Happened")))):
            reading = await log.read(asked, after=before, classes=frozenset({"open", "office"}))
            assert [each for each in reading.events if each.event.type_name == "Whispered"] == []
            assert reading.events
        assert (await log.read(after=before, classes=frozenset())).events == []
        assert len((await log.read(after=before, classes=frozenset({"sealed"}), limit=1)).events) == 1

    @pytest.mark.parametrize(
        ("asked", "fails"),
        [
            (query(item("a:1")), True),
            (query(item("a:1", "b:1", types=("Happened", "Whispered"))), True),
            (query(item("a:2", "b:1")), False),
            (query(item("a:2", types=("Whispered",))), False),
            (query(item(types=("Whispered",))), True),
            (query(item(types=("Nothing",))), False),
            (query(item("a:9"), item(types=("Nothing",)), item("a:2")), True),
            (EVERYTHING, True),
        ],
    )
    async def test_a_condition_fails_exactly_when_its_query_matches_after_it(
        self, log: Any, asked: Any, fails: bool
    ) -> None:
        before = await self.five(log)
        head = before + 5
        if fails:
            with pytest.raises(ConditionFailed):
                await log.append(appending(happened("6"), condition=Condition(asked, before)))
            assert (await log.read()).head == head
        else:
            assert (await log.append(appending(happened("6"), condition=Condition(asked, before)))).first == head + 1
            head += 1
        for after in (head, head + 100):
            head += 1
            assert (await log.append(appending(happened("7"), condition=Condition(asked, after)))).first == head

    async def test_the_same_key_and_request_answer_what_was_stored_the_first_time(self, log: Any) -> None:
        key = str(uuid4())
        unique = nothing_about("a:1")
        first = await log.append(appending(happened("one", "a:1"), key=key, request=b"1", condition=unique))
        head = (await log.read()).head
        again = await log.append(appending(happened("one", "a:1"), key=key, request=b"1", condition=unique))
        assert again == msgspec.structs.replace(first, duplicate=True)
        probe = await log.append(appending(key=key, request=b"1"))
        assert probe == again
        for other in (appending(happened("one", "a:1"), key=key, request=b"2"), appending(key=key, request=b"2")):
            with pytest.raises(KeyReused):
                await log.append(other)
        assert (await log.read()).head == head

    async def test_a_key_belongs_to_its_actor(self, log: Any) -> None:
        key = str(uuid4())
        mine = appending(happened("mine"), key=key)
        theirs = appending(happened("theirs"), key=key, request=b"other")
        first = await log.append(mine)
        actor = type(theirs.context.actor)(person=str(uuid4()))
        second = await log.append(replace(theirs, context=replace(theirs.context, actor=actor)))
        assert second.first == first.last + 1

    async def test_a_refusal_is_not_remembered(self, log: Any) -> None:
        key = str(uuid4())
        await log.append(appending(happened("one", "a:1")))
        with pytest.raises(ConditionFailed):
            await log.append(appending(happened("two", "a:1"), key=key, condition=nothing_about("a:1")))
        with pytest.raises(NotFound):
            await log.append(appending(key=key))
        head = (await log.read()).head
        receipt = await log.append(
            appending(happened("two", "a:1"), key=key, condition=nothing_about("a:1", after=head))
        )
        assert not receipt.duplicate

    async def test_an_append_past_its_window_is_refused(self, log: Any) -> None:
        now = (await log.append(appending(happened("now")))).recorded_at
        with pytest.raises(WindowClosed):
            await log.append(appending(happened("late"), recorded_before=now))
        await log.append(appending(happened("in time"), recorded_before=now + timedelta(days=1)))

    async def test_what_cannot_be_stored_is_refused_before_it_is_queued(self, log: Any) -> None:
        head = (await log.read()).head
        good = appending(happened("x", "a:1"))
        wrong = [
            appending(happened("x", "no tag")),
            appending(happened("x", *(f"a:{n}" for n in range(17)))),
            appending(happened("e\u0301")),
            appending(happened("x\x00")),
            replace(good, ids=("not-a-uuid",)),
            replace(good, ids=()),
            replace(good, context=replace(good.context, key="x")),
            replace(good, context=replace(good.context, received_at=datetime(2026, 1, 1))),  # noqa: DTZ001
            replace(good, recorded_before=datetime(2026, 1, 1)),  # noqa: DTZ001
            replace(good, condition=Condition(query(item("a tag")))),
            replace(good, condition=Condition(query(item("a\x00b")))),
            replace(good, condition=Condition(query(item("a:1")), after=-1)),
            replace(good, sealed=(SealedPart("short", "key", b""),)),
        ]
        for append in wrong:
            with pytest.raises(Invalid):
                await log.append(append)
        with pytest.raises(EntryTooLarge):
            await log.append(appending(happened("x" * MAX_ENTRY_BYTES)))
        with pytest.raises(FormatError):
            await log.append(appending(happened("\ud800")))
        assert (await log.read()).head == head

    async def test_an_entry_may_have_its_full_length(self, log: Any) -> None:
        short = await log.append(appending(happened("")))
        length = len((await self.stored(log))[short.first - 1])
        full = await log.append(appending(happened("x" * (MAX_ENTRY_BYTES - length))))
        assert len((await self.stored(log))[full.first - 1]) == MAX_ENTRY_BYTES
        with pytest.raises(EntryTooLarge):
            await log.append(appending(happened("x" * (MAX_ENTRY_BYTES - length + 1))))

    async def test_sealed_parts_are_stored_with_their_event_or_not_at_all(self, log: Any) -> None:
        kept, lost = (SealedPart(digit * 64, "person/note/2026", b"cipher") for digit in "ab")
        await self.keyed(log, kept.key_id)
        await log.append(appending(happened("1", "a:1"), sealed=(kept,)))
        with pytest.raises(ConditionFailed):
            await log.append(appending(happened("2"), sealed=(lost,), condition=nothing_about("a:1")))
        assert await self.sealed(log) == {kept.commitment}
        with pytest.raises(AppendRejected):
            await log.append(appending(happened("3"), sealed=(kept,)))

    async def keyed(self, log: Any, key_id: str) -> None:
        """Have the vault hold a key, where it is asked for one."""

    async def sealed(self, log: Any) -> set[str]:
        return set(log.parts)

    async def test_an_id_is_stored_once(self, log: Any) -> None:
        ids = (str(uuid4()),)
        await log.append(appending(happened("1"), ids=ids))
        with pytest.raises(AppendRejected):
            await log.append(appending(happened("2"), ids=ids))

    async def test_an_instant_leads_to_the_last_position_recorded_by_then(self, log: Any) -> None:
        receipts = []
        for number in range(9):
            receipts.append(await log.append(appending(happened(str(number)), happened("and"))))
            await self.later(log)
        for receipt in receipts:
            assert await log.read_recorded_until(receipt.recorded_at) == receipt.last
            assert await log.read_recorded_until(receipt.recorded_at - timedelta(microseconds=1)) == receipt.first - 1
        assert await log.read_recorded_until(datetime(1999, 1, 1, tzinfo=UTC)) == 0
        assert await log.read_recorded_until(datetime(2999, 1, 1, tzinfo=UTC)) == receipts[-1].last

    async def later(self, log: Any) -> None:
        """Let time pass."""

    async def test_a_follower_sees_every_event_once_and_in_order(self, log: Any) -> None:
        before = (await log.read()).head
        seen: list[int] = []

        async def follow() -> None:
            async for batch in log.follow(before):
                seen.extend(each.position for each in batch)
                if len(seen) >= 60:
                    return

        following = asyncio.create_task(follow())
        for number in range(20):
            await log.append(appending(happened(str(number)), happened("and"), happened("more")))
        await asyncio.wait_for(following, 10)
        assert seen == list(range(before + 1, before + 61))

    async def test_a_follower_of_a_query_gets_only_what_it_selects(self, log: Any) -> None:
        seen: list[str] = []

        async def follow() -> None:
            async for batch in log.follow(0, query=query(item("a:1"))):
                seen.extend(each.event.what for each in batch)
                if len(seen) == 2:
                    return

        following = asyncio.create_task(follow())
        for what, about in (("1", "a:1"), ("2", "a:2"), ("3", "a:1"), ("4", "a:2")):
            await log.append(appending(happened(what, about)))
        await asyncio.wait_for(following, 10)
        assert seen == ["1", "3"]

    async def test_exactly_one_of_eight_racers_wins_each_of_twenty_rounds(self, log: Any) -> None:
        for number in range(20):
            head = (await log.read()).head
            tag = f"round:{number}"
            racers = [
                log.append(appending(happened(str(racer), tag), condition=nothing_about(tag, after=head)))
                for racer in range(8)
            ]
            results = await asyncio.gather(*racers, return_exceptions=True)
            assert sum(not isinstance(result, BaseException) for result in results) == 1
            assert sum(isinstance(result, ConditionFailed) for result in results) == 7
            assert len((await log.read(query(item(tag)))).events) == 1
