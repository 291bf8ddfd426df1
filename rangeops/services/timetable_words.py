"""Why a request has no place in a timetable, in a sentence."""

from rangeops.domain.timetable import Timetable
from rangeops.domain.timetable_reading import Blocked
from rangeops.services.changes import span

_NAMED = 3  # of many closures


def why_not(timetable: Timetable, blocked: Blocked) -> str:
    if blocked.nearest is None:
        if not blocked.closures:
            return "nothing is open for it, long enough, within the times that it asked for"
        whys = list(dict.fromkeys(each.why or f"{each.volume} is closed" for each in blocked.closures))
        more = f" and {len(whys) - _NAMED} more" if len(whys) > _NAMED else ""
        return f"closed at every time that it asked for: {'; '.join(whys[:_NAMED])}{more}"
    first = blocked.nearest.start
    where = span(timetable.at(first), timetable.at(first + blocked.request.steps))
    taken = [*(f"{each} is there" for each in blocked.requests), *(f"no {each} is left" for each in blocked.resources)]
    others = (
        f"; it has {blocked.places - 1} other places, with as much or more in the way" if blocked.places > 1 else ""
    )
    return f"nearest to free is {blocked.nearest.volume} {where}: {', '.join(taken)}{others}"
