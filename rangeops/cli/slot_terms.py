"""What `rangeops slot book` takes beside volume and time, read from short texts."""

from pathlib import Path
from typing import TYPE_CHECKING

from rangeops.domain.errors import Invalid

if TYPE_CHECKING:
    from rangeops.domain.slot_terms import Authorisation, Emission, Jamming, Need, Permit
    from rangeops.domain.volumes import Volume


def emission(text: str) -> "Emission":
    """KIND:LOW-HIGH:MW[:DUTY], as sik-868:869.4-869.65:500:10. Raises Invalid."""
    from rangeops.domain.slot_terms import Emission

    kind, _, rest = text.partition(":")
    try:
        band, *figures = rest.split(":")
        low, high = map(float, band.split("-"))
        power, duty = map(float, figures if len(figures) > 1 else (*figures, "100"))
        return Emission(kind, low, high, power, duty)
    except (TypeError, ValueError) as error:
        raise Invalid(
            f"{text!r:.60} is no setting of a radio", where="--radio", do="Write it as sik-868:869.4-869.65:500:10."
        ) from error


def authorisation(text: str) -> "Authorisation":
    """Raises Invalid."""
    from rangeops.domain.slot_terms import Authorisation

    for member in Authorisation:
        if member.value == text:
            return member
    names = ", ".join(member.value for member in Authorisation)
    raise Invalid(f"{text!r:.30} is no authorisation", where="--authorisation", do=f"Use {names}.")


def permit(text: str) -> "Permit":
    """NAME or NAME=REFERENCE."""
    from rangeops.domain.slot_terms import Permit

    name, _, reference = text.partition("=")
    return Permit(name, reference)


def need(text: str) -> "Need":
    """RESOURCE=AMOUNT, or RESOURCE for one. Raises Invalid."""
    from rangeops.domain.slot_terms import Need

    resource, _, amount = text.partition("=")
    try:
        return Need(resource, int(amount or "1"))
    except ValueError as error:
        raise Invalid(f"{text!r:.60} says no amount", where="--needs", do="Write it as crew=1.") from error


def jamming(text: str) -> "Jamming | None":
    """PERMIT:REACH_M:GRACE_MINUTES; "" for none. Raises Invalid."""
    from rangeops.domain.slot_terms import Jamming

    if not text:
        return None
    try:
        permit_text, reach, grace = text.rsplit(":", 2)
        return Jamming(permit_text, float(reach), int(grace))
    except ValueError as error:
        raise Invalid(f"{text!r:.60} can't be read", where="--jam", do="Write it as PERMIT:1500:10.") from error


def drawn(path: Path | None, floor_amsl_m: float | None, ceiling_amsl_m: float | None) -> "Volume | None":
    """The one polygon of a GeoJSON file, with its heights. Raises Invalid, NotFound."""
    if path is None:
        return None
    if floor_amsl_m is None or ceiling_amsl_m is None:
        raise Invalid("what is drawn has no heights", where="--drawn", do="Give --floor and --ceiling, metres AMSL.")
    import json

    from rangeops.domain.volumes import Volume

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        while "coordinates" not in found:
            found = found["geometry"] if "geometry" in found else found["features"][0]
        rings = [tuple((float(point[1]), float(point[0])) for point in ring[:-1]) for ring in found["coordinates"]]
        if found["type"] != "Polygon":
            raise ValueError(found["type"])
        return Volume(rings[0], floor_amsl_m, ceiling_amsl_m, tuple(rings[1:]))
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise Invalid(
            f"it holds no polygon ({type(error).__name__})", where=str(path), do="Draw one polygon, save it as GeoJSON."
        ) from error
