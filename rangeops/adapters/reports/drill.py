"""A drill's debrief: one HTML file that loads nothing from anywhere, and prints well."""

from rangeops import __version__
from rangeops.adapters.reports.pages import ENVIRONMENT
from rangeops.domain.drills import DrillResult, Verdict

_GOOD = frozenset([Verdict.IN_TIME, Verdict.KEPT, Verdict.RIGHT])


def drill_html(result: DrillResult) -> str:
    return ENVIRONMENT.get_template("drill.html.j2").render(
        result=result,
        score=result.score,
        good=lambda finding: finding.verdict in _GOOD,
        lessons=[finding for finding in result.score.findings if finding.teach],
        seconds=_seconds,
        version=__version__,
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
