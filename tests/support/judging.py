"""Plans judged without files, for the reports."""

from flights import LAP, RETURN, TAKE_OFF, item, mission, plan, waypoint

from rangeops.adapters.formats.item_lines import item_lines
from rangeops.adapters.formats.plan_files import read_plan, write_plan
from rangeops.domain.plans import FlightPlan
from rangeops.services.plan_judging import JudgedPlan, judged

OUTSIDE = mission(waypoint(400, -350), waypoint(400, -620), waypoint(600, -350))
ENDLESS = plan((TAKE_OFF, waypoint(*LAP[0]), item(177, params=(2, -1)), RETURN))


def judge(
    plan: FlightPlan, context, *, file: str = "test.plan", as_format: str = "plan", **how
) -> tuple[JudgedPlan, dict]:
    """As the command does it: through a file's bytes. Also the lines on which its items stand."""
    content = write_plan(plan, as_format).content
    reread = read_plan(f"x.{'plan' if as_format == 'plan' else 'waypoints'}", content)
    return judged(file, content, reread, context, **how), item_lines(content, len(reread.items))
