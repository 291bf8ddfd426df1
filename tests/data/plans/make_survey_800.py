"""Makes survey-800.plan: a survey as QGroundControl saves one, 798 photo waypoints in a pattern, drawn over an edge.

`python tests/data/plans/make_survey_800.py`. The lawn-mower pattern lies in the East volume of the Twente range; whoever
drew it took the last two lines too far, and one line too high. QGroundControl's own key names and nesting; one item a line.
"""

import json
import math
from pathlib import Path

from rangeops.domain.geodesy import SiteFrame

FRAME = SiteFrame(52.275833, 6.889167)
AXIS = math.radians(53.0)
LINES, POINTS = 38, 21
FIRST_U, LINE_M = 205.0, 16.2
FIRST_V, POINT_M = -525.0, 12.0
HIGH_LINE, HEIGHT_M, TOO_HIGH_M = 20, 60.0, 95.0
HOME = (500.0, -300.0)


def place(u: float, v: float) -> tuple[float, float]:
    """Along the runway's axis from the reference point, and to its left."""
    east, north = u * math.sin(AXIS) - v * math.cos(AXIS), u * math.cos(AXIS) + v * math.sin(AXIS)
    latitude, longitude = FRAME.to_geodetic(east, north)
    return round(latitude, 8), round(longitude, 8)


def item(number: int, command: int, params: list[float | None], altitude_m: float = 0.0) -> dict[str, object]:
    return {
        "autoContinue": True,
        "command": command,
        "doJumpId": number,
        "frame": 3,
        "params": params,
        "type": "SimpleItem",
        **({"AMSLAltAboveTerrain": None, "Altitude": altitude_m, "AltitudeMode": 1} if altitude_m else {}),
    }


def waypoints() -> list[dict[str, object]]:
    made = []
    for line in range(LINES):
        u = FIRST_U + line * LINE_M + (40.0 if line >= LINES - 2 else 0.0)
        points = range(POINTS) if line % 2 == 0 else reversed(range(POINTS))
        height_m = TOO_HIGH_M if line == HIGH_LINE else HEIGHT_M
        made += [
            item(3 + len(made) + n, 16, [0, 0, 0, None, *place(u, FIRST_V + point * POINT_M), height_m], height_m)
            for n, point in enumerate(points)
        ]
    return made


def plan() -> str:
    photos = waypoints()
    home = [*place(*HOME), 35]
    corners = ((FIRST_U, FIRST_V), (FIRST_U + LINES * LINE_M, FIRST_V), (FIRST_U + LINES * LINE_M, FIRST_V + 240.0))
    items = [
        item(1, 22, [15, 0, 0, None, *home[:2], 30], 30),
        item(2, 178, [1, 5, -1, 0, 0, 0, 0]),
        {
            "TransectStyleComplexItem": {"Items": ["ITEMS"], "HoverAndCapture": True, "version": 2},
            "angle": 143,
            "complexItemType": "survey",
            "polygon": [list(place(*corner)) for corner in corners],
            "type": "ComplexItem",
            "version": 5,
        },
        item(3 + len(photos), 20, [0, 0, 0, 0, 0, 0, 0]),
    ]
    document = {
        "fileType": "Plan",
        "geoFence": {"circles": [], "polygons": [], "version": 2},
        "groundStation": "QGroundControl",
        "mission": {
            "cruiseSpeed": 15,
            "firmwareType": 3,
            "globalPlanAltitudeMode": 1,
            "hoverSpeed": 5,
            "items": items,
            "plannedHomePosition": home,
            "vehicleType": 2,
            "version": 2,
        },
        "rallyPoints": {"points": [], "version": 2},
        "version": 1,
    }
    photo_lines = ",\n".join(json.dumps(photo, separators=(",", ":")) for photo in photos)
    return json.dumps(document, indent=1).replace('"ITEMS"', photo_lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("survey-800.plan").write_text(plan(), encoding="utf-8")
