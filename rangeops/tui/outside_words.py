"""What the watch and the server say of the range in fixed words with figures between them: recognised, to be said again.

Only what they say of now: a sentence that was recorded stays as it was. What people wrote, names and identifiers are
figures here. Whatever matches nothing stays English. No Textual.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from rangeops.domain.alarms import Alarm
from rangeops.tui.language import SOURCE, known, spoken, told, tr_later

_TEMPLATES: Final = (
    # Titles of alarms that name what they are about.
    tr_later("Leaves its volume by the {edge}"),
    tr_later("Leaves the range by the {edge}"),
    tr_later("Enters {zone}"),
    tr_later("Inside {zone}"),
    tr_later("Climbs through its ceiling"),
    tr_later("Wind over limit of {names}"),
    tr_later("Daylight ends soon for {names}"),
    tr_later("Night: {names} not allowed to fly"),
    # Their values and limits.
    tr_later("{figure} m beyond the {edge}"),
    tr_later("{figure} s to act"),
    tr_later("{figure} s over"),
    tr_later("{figure} s left"),
    tr_later("{figure} min left"),
    tr_later("{figure} m from {place}, {speed} m/s outward"),
    tr_later("{figure} m outside, {farther} m farther since it was told"),
    tr_later("its slot starts at {time} UTC"),
    tr_later("gusts {figure} m/s"),
    tr_later("wind {figure} m/s"),
    tr_later("no position"),
    tr_later("no estimator report"),
    tr_later("no server {figure} s"),
    tr_later("no picture {figure} s"),
    tr_later("no watch"),
    tr_later("watch silent {figure} s"),
    tr_later("night"),
    tr_later("withdrawn"),
    tr_later("not cleared"),
    tr_later("follows no source"),
    tr_later("not known: {detail}"),
    tr_later("{count} packets"),
    tr_later("it listens to {station}, the range is {ours}"),
    # Edges.
    tr_later("edge of {zone}"),
    tr_later("{compass} inner edge"),
    tr_later("{compass} edge"),
    tr_later("floor"),
    tr_later("ceiling"),
    tr_later("north"),
    tr_later("north-east"),
    tr_later("east"),
    tr_later("south-east"),
    tr_later("south"),
    tr_later("south-west"),
    tr_later("west"),
    tr_later("north-west"),
    # Whom a vehicle meets.
    tr_later("{name} {figure} m, {height} m in height"),
    tr_later("{name} {figure} m, {height} m in height in {seconds} s"),
    tr_later("{name}: {figure} m apart in {seconds} s"),
    tr_later("{name} unseen {figure} s"),
    tr_later("{name} near its circle"),
    # Why nothing is sent by itself.
    tr_later("pilot has control: decide"),
    tr_later("GNSS is jammed here"),
    tr_later("where it is isn't known"),
    tr_later("way home isn't known"),
    tr_later("way home crosses {names}"),
    tr_later("LAND is never sent by itself here"),
    # What clearance finds.
    tr_later("the slot is {state}, it must be briefed"),
    tr_later("{state}, until {time} UTC"),
    tr_later("no plan was handed in for it"),
    tr_later("plan {plan} passed"),
    tr_later("plan {plan} is {state}"),
    tr_later("{name} has not acknowledged the briefing"),
    tr_later("acknowledged by {name}, {time} UTC"),
    tr_later("company, insurance, aircraft and pilots are current"),
    tr_later("as when it was approved"),
    tr_later("changed, and checked anew"),
    tr_later("day or civil twilight until its end"),
    tr_later("{name} is not heard"),
    tr_later("{name} is heard"),
    tr_later("it isn't heard"),
    tr_later("{name}'s position can't be trusted yet"),
    tr_later("trusted"),
    tr_later("it answers the range"),
    tr_later("{name} doesn't answer the range"),
    tr_later("enabled, and it says so"),
    tr_later("{lost} % lost, {figure} ms round trip"),
    tr_later("{name} has not said go"),
    tr_later("go: {names}"),
    tr_later("the range safety officer's word is missing"),
    tr_later("the slot starts at {time} UTC"),
    tr_later("the slot ended at {time} UTC"),
    tr_later("no METAR of {names} was handed in"),
    tr_later("no TAF covers the slot"),
    tr_later("{report}: within limits"),
    tr_later("it isn't known when it is light here"),
    tr_later("it gets dark before the slot ends"),
    tr_later("no acceptance certificate for {name} holds today"),
    tr_later("firmware and parameters were not read today"),
    tr_later("items and parameters read back equal ({hash})"),
    tr_later("the fence on board is not verified: {detail}"),
    tr_later("whether the fence on board is on isn't known"),
    tr_later("the fence on board is {state}, not active"),
    tr_later("loss and round trip of its link aren't measured yet"),
    tr_later("its link loses {figure} %, {limit} % are allowed"),
    tr_later("its answers take {figure} s, {limit} s are allowed"),
    tr_later("{name} ({person}) says no-go"),
    tr_later("{name} ({person}) says no-go: {why}"),
    tr_later("operator: check the link"),
    tr_later("operator: load fence"),
    tr_later("to be proved at its first hover"),
    tr_later("wait"),
    # The hand-over page.
    tr_later("Hand-over of {range}"),
    tr_later("{moment}, made for {name}"),
    tr_later("DRILL {title}"),
    tr_later("{slot} to {time}"),
    tr_later("{figure} missing"),
    tr_later("complete, not given"),
    tr_later("not briefed"),
    tr_later("CLEARED"),
    tr_later("NOBODY"),
)

_IN_WORDS: Final = frozenset(["edge", "compass", "state"])
"""The parts that are words again; the others are figures and names."""

_FIELD: Final = re.compile(r"\{(\w+)\}")


# The longer a template's own words, the sooner it is tried.
_TRIED: Final = tuple(
    (tuple(filter(None, _FIELD.split(each)[::2])), each)
    for each in sorted((each for each in _TEMPLATES if "{" in each), key=lambda each: -len(_FIELD.sub("", each)))
)


@lru_cache(maxsize=len(_TRIED))
def _pattern(template: str) -> re.Pattern[str]:
    """Made when it is first needed: all of them at once are felt at the first alarm."""
    parts = _FIELD.split(template)  # text, name, text, name, …
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL
    )


def matched(text: str) -> tuple[str, Mapping[str, str]] | None:
    """The template that a text was made of, and its parts, those that are words in the language that is spoken.

    A part that should be a word and isn't known says that the text was made otherwise.
    """
    for words, template in _TRIED:
        if all(word in text for word in words) and (found := _pattern(template).fullmatch(text)) is not None:
            parts = {name: known(part) if name in _IN_WORDS else part for name, part in found.groupdict().items()}
            said = {name: part for name, part in parts.items() if part is not None}
            if len(said) == len(parts):
                return template, said
    return None


def in_words(alarm: Alarm) -> Alarm:
    """The same alarm as it is to be read: what it is, what to do, and how far it is."""
    if spoken() == SOURCE:
        return alarm
    return _alarm_in_words(alarm, spoken())


@lru_cache(maxsize=512)
def _alarm_in_words(alarm: Alarm, language: str) -> Alarm:  # noqa: ARG001  # told in it: another is another entry
    return replace(
        alarm, title=told(alarm.title), action=told(alarm.action), value=told(alarm.value), limit=told(alarm.limit)
    )
