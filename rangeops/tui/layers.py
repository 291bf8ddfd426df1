"""What the map may leave out: what it must never leave out is no layer."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rangeops.tui.language import tr, tr_later


class Layer(Enum):
    """By the word for it. Vehicles, where unseen ones can be, the range's edge, and any edge that is threatened, always show."""

    ZONES = "zones"
    VOLUMES = "volumes"
    RUNWAY = "runway"
    TRAILS = "trails"
    VECTORS = "vectors"
    TRAFFIC = "traffic"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One line of the layers dialog. key: within it."""

    key: str
    layer: Layer
    title: str


LAYERS: Final[tuple[LayerRow, ...]] = (
    LayerRow("z", Layer.ZONES, tr_later("Zones")),
    LayerRow("v", Layer.VOLUMES, tr_later("Slots' volumes that nobody leaves")),
    LayerRow("r", Layer.RUNWAY, tr_later("Runway")),
    LayerRow("t", Layer.TRAILS, tr_later("Trails of 30 s")),
    LayerRow("c", Layer.VECTORS, tr_later("Courses: where each is in 30 s")),
    LayerRow("o", Layer.TRAFFIC, tr_later("Other aircraft, unless a vehicle meets them")),
    LayerRow("n", Layer.NAMES, tr_later("Names of zones and volumes")),
)

ALL: Final[frozenset[Layer]] = frozenset(Layer)


def hidden_note(shown: AbstractSet[Layer]) -> str:
    """What the map must say while it leaves something out; nothing where it doesn't."""
    left_out = ", ".join(tr(row.layer.value) for row in LAYERS if row.layer not in shown)
    return tr("hidden: {left_out}", left_out=left_out) if left_out else ""
