"""Outside text on a page: what would turn it around even when it is escaped, direction overrides and controls, is shown."""

from typing import Any

from markupsafe import Markup

from rangeops.domain.text import safe_text


def shown(value: Any) -> Any:
    """A template's `finalize`: escaping itself is the environment's."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return safe_text(value, limit=len(value) + 1)
    return value
