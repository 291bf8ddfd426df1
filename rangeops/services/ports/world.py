"""What the use cases ask of the world around them: the time, rules that recur, hardware's tables, weather texts, secrets."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from rangeops.domain.aircraft import Airframe
from rangeops.domain.closures import Closure
from rangeops.domain.hardware import Radio
from rangeops.domain.now import Now
from rangeops.domain.schedules import Span
from rangeops.domain.weather import WeatherReport

Clock = Callable[[], Now]


class Recurrences(Protocol):
    """When closures hold, on the range's own clock."""

    def spans(self, closure: Closure, starts: datetime, ends: datetime) -> tuple[Span, ...]:
        """Its times that touch [starts, ends), in order. Raises Invalid for a rule that can't be read."""

    def check(self, rule: str, first: datetime) -> None:
        """Raises Invalid for a rule that isn't understood or doesn't hold on its first day."""


class SecretBox(Protocol):
    """Keeps short secrets from whoever has the database alone."""

    def sealed(self, text: str, about: str) -> str: ...
    def opened(self, sealed: str, about: str) -> str | None:
        """None for what wasn't sealed here, about this."""


class Radios(Protocol):
    """The kinds of sets that hardware/radios knows, with their limits."""

    def get(self, radio: str) -> Radio:
        """Raises NotFound."""


class Airframes(Protocol):
    def get(self, airframe: str) -> Airframe:
        """Raises NotFound."""

    def all(self) -> tuple[Airframe, ...]: ...


ReadWeather = Callable[[str, datetime], tuple[WeatherReport, ...]]
"""The METAR, SPECI and TAF reports of a text that was received just then. Raises Invalid."""
