"""The portal's words in the visitor's language. The English is the key, as on the control room's screens."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Final

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "nl": "Nederlands"}
SOURCE: Final = "en"
COOKIE: Final = "language"
FOLDER: Final = Path(__file__).with_name("locales")
DOMAIN: Final = "portal"
_MOST_WISHES: Final = 20


def language_of(cookies: Mapping[str, str], accept_language: str) -> str:
    """What he chose, else the first of his browser's languages that we have, in the order of their weights (RFC 9110 §12.5.4)."""
    if (chosen := cookies.get(COOKIE, "")) in LANGUAGES:
        return chosen
    wishes = [_wish(each) for each in accept_language.split(",")[:_MOST_WISHES]]
    known = [wish for wish in wishes if wish[1] in LANGUAGES and wish[0] > 0]
    return max(known, key=lambda wish: wish[0])[1] if known else SOURCE


def said(text: str, language: str) -> str:
    """In this language; the text itself where it has no translation."""
    return text if language == SOURCE else _words(language).get(text, text)


def dated(moment: datetime, form: str, language: str) -> str:
    """As strftime writes it, but %a and %b by names in this language."""
    for code in ("%a", "%b"):
        if code in form:
            form = form.replace(code, said(f"{moment:{code}}", language))  # the process's own locale is C
    return f"{moment:{form}}"


@cache
def _words(language: str) -> Mapping[str, str]:
    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        catalogue = GNUTranslations(file)
    known: Mapping[str, str] = catalogue._catalog  # type: ignore[attr-defined]  # noqa: SLF001  # it has no public listing
    return {text: words for text, words in known.items() if text}


def _wish(text: str) -> tuple[float, str]:
    """(weight, primary subtag). A weight that is none weighs nothing."""
    tag, _, weight = text.strip().partition(";q=")
    try:
        return float(weight or 1), tag.partition("-")[0].strip().lower()
    except ValueError:
        return 0.0, ""
