"""``wenze verify``: a bundle against a policy, offline; no database, no settings, nobody's word.

Exit code 0: valid; 1: invalid; 2: not checked, or nothing that could be read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from api.cli.terminal import AsJson, answer, stderr
from api.error_rows import Language
from api.settings import user_language
from api.verdict_sentences import (
    LIMITS,
    OPTIONAL,
    SIMULATED,
    STATES,
    STEPS,
    VOID,
    WHOLE,
    WORDS,
    finding_sentence,
    printable,
)
from domain.evidence.errors import MalformedError
from domain.evidence.verdict import SignatureShown, State, Step, Verdict

EXIT: Final = {State.VALID: 0, State.INVALID: 1, State.NOT_CHECKED: 2}
_COLOURS: Final = {State.VALID: "green", State.INVALID: "red", State.NOT_CHECKED: "yellow"}
_GLYPHS: Final = {State.VALID: "√", State.INVALID: "×", State.NOT_CHECKED: "–"}
_SHOWN: Final = 20


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle: a zip, or a folder.")],
    policy: Annotated[Path, typer.Option(help="Which log and witnesses are trusted; from your own hands.")],
    *,
    timestamp_ca: Annotated[
        Path | None, typer.Option(help="The root of the timestamp authority that is trusted (PEM).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a bundle."""
    language = user_language()
    try:
        verdict = _judge(bundle, policy, timestamp_ca)
    except (OSError, MalformedError) as error:
        stderr().print(_unreadable(language), printable(str(error)), style="red", markup=False, highlight=False)
        raise typer.Exit(EXIT[State.NOT_CHECKED]) from error
    if as_json:
        answer(verdict_json(verdict, language))
    else:
        _print(verdict, language)
    raise typer.Exit(EXIT[verdict.state])


def _judge(bundle: Path, policy: Path, timestamp_ca: Path | None) -> Verdict:
    from adapters.files.bundles import read_bundle
    from adapters.timestamp_check import TrustedAuthority
    from domain.evidence.policy import parse_policy
    from domain.evidence.verify_bundle import verify_bundle

    trusted = parse_policy(policy.read_bytes())
    authority = None if timestamp_ca is None else TrustedAuthority(timestamp_ca.read_bytes())
    return verify_bundle(read_bundle(bundle), trusted, timestamps=None if authority is None else authority.made_at)


def verdict_json(verdict: Verdict, language: Language) -> dict[str, Any]:
    """The verdict for programs: codes, and the sentences of a language beside them."""
    return {
        "verdict": verdict.state.value,
        "sentence": WHOLE[verdict.state].said(language),
        "origin": verdict.origin,
        "size": verdict.size,
        "entries": verdict.entries,
        "simulated": verdict.simulated,
        "steps": [
            {
                "number": step.number,
                "step": step.name.value,
                "state": step.state.value,
                "required": step.required,
                "findings": [
                    {
                        "state": each.state.value,
                        "reason": each.reason.value,
                        "sentence": finding_sentence(each, language),
                        "details": dict(each.details),
                    }
                    | ({} if each.position is None else {"position": each.position})
                    for each in step.findings
                ],
            }
            for step in verdict.steps
        ],
        "signatures": [_signature_json(each) for each in verdict.signatures],
    }


def _signature_json(shown: SignatureShown) -> dict[str, Any]:
    said = {
        "position": shown.position,
        "type": shown.type,
        "subject": shown.subject,
        "level": shown.level,
        "person": shown.person,
        "decision": shown.decision,
        "recorded_at": shown.recorded_at,
        "counts": shown.counts.value,
    }
    optional = {"examined": shown.examined, "strength": shown.strength, "void_since": shown.void_since}
    return said | {name: each for name, each in optional.items() if each is not None}


def _print(verdict: Verdict, language: Language) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for step in verdict.steps:
        state = f"{_GLYPHS[step.state]} {STATES[step.state].said(language)}"
        optional = OPTIONAL.said(language) if step.state is State.NOT_CHECKED and not step.required else ""
        title = STEPS[step.name].said(language) + optional
        console.print(f"{step.number:>2}  [{_COLOURS[step.state]}]{state}[/]  {title}")
        for line in _lines(step, language):
            console.print(f"      {escape(line)}")
    if verdict.signatures:
        console.print()
    for each in verdict.signatures:
        words = [_word(word, language) for word in (each.decision, each.examined, each.strength) if word is not None]
        line = " · ".join((f"L{each.level} {each.subject}", each.person, *words, each.recorded_at))
        colour, counts = _COLOURS[each.counts], STATES[each.counts].said(language)
        void = "" if each.void_since is None else VOID.said(language, {"position": str(each.void_since)})
        console.print(f"{each.position:>6}  [{colour}]{counts}[/]{void}  {escape(printable(line))}")
    console.print()
    if verdict.simulated:
        console.print(SIMULATED.said(language))
    console.print(LIMITS.said(language))
    console.print(f"[bold {_COLOURS[verdict.state]}]{WHOLE[verdict.state].said(language)}[/]")


def _lines(step: Step, language: Language) -> Iterator[str]:
    """What is not valid, and of a step that holds how often."""
    wrong = [each for each in step.findings if each.state is not State.VALID]
    wrong.sort(key=lambda each: each.state is not State.INVALID)
    for each in wrong[:_SHOWN]:
        place = "" if each.position is None else f"#{each.position} "
        yield f"{place}{STATES[each.state].said(language)}: {finding_sentence(each, language)}"
    if len(wrong) > _SHOWN:
        yield f"… {len(wrong) - _SHOWN}"
    if not wrong and len(step.findings) > 1:
        yield f"√ {len(step.findings)}"


def _word(word: str, language: Language) -> str:
    return WORDS[word].said(language) if word in WORDS else word


def _unreadable(language: Language) -> str:
    return "无法读取：" if language == "zh" else "Cannot be read:"
