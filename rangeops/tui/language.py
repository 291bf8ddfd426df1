"""What the screens say, in the language that whoever sits there has chosen. No Textual.

The source's own English is the key: `tr` looks a text up when it is drawn, so that another language holds from the next
drawing on. What has no translation is said in English. docs/tools/make_messages.py collects the texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "nl": "Nederlands"}
"""What the screens' words are there in, each by its own name."""

SOURCE: Final = "en"
DOMAIN: Final = "rangeops"
FOLDER: Final = Path(__file__).with_name("locales")
_CACHED_TEXTS: Final = 2048


@dataclass(slots=True)
class _Spoken:
    """words: by the English text; empty while English itself is spoken."""

    language: str
    words: Mapping[str, str]


_NOW: Final = _Spoken(SOURCE, {})


def use(language: str) -> None:
    """Speak it from now on; what is drawn already must be drawn anew. Raises KeyError for one that isn't in LANGUAGES."""
    LANGUAGES[language]  # no other one
    if language != _NOW.language:
        _NOW.language, _NOW.words = language, {} if language == SOURCE else words_of(language)
        known.cache_clear()


def spoken() -> str:
    """The language that is spoken now, by its ISO 639-1 code."""
    return _NOW.language


def words_of(language: str) -> Mapping[str, str]:
    """The compiled catalogue that is shipped, by the English text."""
    from gettext import GNUTranslations  # an English room doesn't wait for it

    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        catalogue = GNUTranslations(file)
    known: Mapping[str, str] = catalogue._catalog  # type: ignore[attr-defined]  # noqa: SLF001  # it has no public listing
    return {text: said for text, said in known.items() if text}


def by_environment(environment: Mapping[str, str]) -> str:
    """What somebody who never chose is spoken to in: as POSIX says, the first of these that is set, where we have it."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if locale := environment.get(name):
            code = locale.partition(".")[0].partition("_")[0].lower()
            return code if code in LANGUAGES else SOURCE
    return SOURCE


def tr(text: str, /, **figures: Any) -> str:
    """In the language that is spoken now. figures: what stands in the text's {braces}, with their formats."""
    said = _NOW.words.get(text, text)
    return said.format(**figures) if figures else said


def tr_later(text: str) -> str:
    """As it is: for texts in tables, which `tr` is asked for when they are drawn."""
    return text


def dated(moment: date, form: str) -> str:
    """As strftime writes it, but %a and %b by names in the language that is spoken."""
    if _NOW.words:
        form = form.replace("%a", tr(_DAYS[moment.weekday()])).replace("%b", tr(_MONTHS[moment.month - 1]))
    return f"{moment:{form}}"


def told(text: str) -> str:
    """A text that the watch or the server made of fixed words and its own figures; one that isn't known stays as it is."""
    return (known(text) or text) if _NOW.words else text


@lru_cache(maxsize=_CACHED_TEXTS)
def known(text: str) -> str | None:
    """The same in the language that is spoken; None where it is none of our texts, and made of none."""
    from rangeops.tui.outside_words import matched

    if (said := _NOW.words.get(text)) is not None:
        return said
    found = matched(text)
    return None if found is None else tr(found[0], **found[1])


_DAYS: Final = (
    tr_later("Mon"),
    tr_later("Tue"),
    tr_later("Wed"),
    tr_later("Thu"),
    tr_later("Fri"),
    tr_later("Sat"),
    tr_later("Sun"),
)
_MONTHS: Final = (
    tr_later("Jan"),
    tr_later("Feb"),
    tr_later("Mar"),
    tr_later("Apr"),
    tr_later("May"),
    tr_later("Jun"),
    tr_later("Jul"),
    tr_later("Aug"),
    tr_later("Sep"),
    tr_later("Oct"),
    tr_later("Nov"),
    tr_later("Dec"),
)
