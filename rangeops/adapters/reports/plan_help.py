"""Why each rule of the plan checker is there, for whoever reads a finding far from the range. docs/plan-rules.md has more."""

from collections.abc import Mapping
from typing import Final

from rangeops.domain.plan_findings import Code

WHY: Final[Mapping[Code, str]] = {
    Code.FMT_01: "What can't be read can't be judged, and what can't be judged never passes.",
    Code.FMT_02: "The range loads the fence. Another fence would replace it, and a rally point would move the way home.",
    Code.FMT_03: "A place far off is another site's plan, or has latitude and longitude swapped.",
    Code.CMD_01: "Only commands whose effect on the flight is known can be judged; others may disable the fence or move home.",
    Code.CMD_02: "A mission that never ends is ended by its battery.",
    Code.CMD_03: "A mission that ends in the air leaves the vehicle there until its battery decides.",
    Code.GEO_01: "Nobody else flies in the volume; outside it others may. Legs count, not waypoints only.",
    Code.GEO_02: "Take-off and landing happen at home.",
    Code.GEO_03: "A closed zone is closed for a reason: people, crewed traffic, an authority's order.",
    Code.GEO_04: "A failsafe may begin anywhere on the route, and then the vehicle flies straight home.",
    Code.GEO_05: "What leaves the volume, and what falls, must still come down inside the range.",
    Code.GEO_06: "A vehicle that is told to stop needs room for it before the edge.",
    Code.GEO_07: "A plane holds and returns in circles, and these must fit, too.",
    Code.GEO_08: "A vehicle that must come down at once needs a place where it may.",
    Code.GEO_09: "Two slots never share air in the same minutes.",
    Code.ALT_01: "Above the ceiling the air is somebody else's.",
    Code.ALT_02: "Regulation (EU) 2019/947: at most 120 m above the closest point of the ground.",
    Code.ALT_03: "Too low is into the ground, or into what stands on it.",
    Code.ALT_04: "Heights above home are wrong by as much as home's altitude is.",
    Code.ALT_05: "A climb or descent at full speed overshoots.",
    Code.LINK_01: "A vehicle that no longer hears can't be stopped.",
    Code.LINK_02: "A link that passes through the ground, or a vehicle that its pilot can't see, can't be relied on.",
    Code.SPD_01: "The contingency volume and the stopping distance are sized for a speed.",
    Code.ENE_01: "The reserve is for what isn't planned.",
    Code.TIME_01: "When the slot is over the volume is somebody else's.",
    Code.TIME_02: "In the dark a vehicle without lights can't be seen.",
    Code.TIME_03: "Outside its hours nobody watches.",
    Code.REG_01: "Without current papers nobody may fly.",
}
