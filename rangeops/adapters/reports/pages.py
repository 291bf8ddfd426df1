"""What every page has in common: one environment for the templates, and outside text that can't turn a page around.

Escaping alone leaves direction overrides and controls as they are; here they are shown.
"""

from typing import Any, Final

import jinja2
from markupsafe import Markup

from rangeops.domain.text import safe_text


def shown(value: Any) -> Any:
    """A template's `finalize`: escaping itself is the environment's."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return safe_text(value, limit=len(value) + 1)
    return value


ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("rangeops.adapters.reports"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=shown,
)
