"""The real watch loop with an order for one vehicle, as the server would have given it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk import TWENTE, TomlAirframes
from range_ground import RANGE_SYSID, clock

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import operational_volumes
from rangeops.watch.journal import Journal
from rangeops.watch.loop import Loop
from rangeops.watch.memory import Memory
from rangeops.watch.recorder import Recorder


def watch_of(folder: Path, port: int, sysid: int, volume: str = "EAST") -> Loop:
    """It hears on a UDP port of this machine; nobody is at the other end of its wire."""
    airframe = TomlAirframes().get("survey-quad")
    geography = TWENTE.volume(volume).flight_geography
    now = datetime.now(UTC)
    order = VehicleOrder(
        sysid=Sysid(sysid),
        callsign=f"D{sysid:02}",
        company="ACME",
        slot=SlotId("S1"),
        starts=now,
        ends=now + timedelta(hours=1),
        airframe=airframe,
        volumes=operational_volumes(geography, airframe, TWENTE.frame, TWENTE.assumptions),
        cleared=True,
        fence_sha256="00",
        rtl_altitude_m=30,
        contact="",
    )
    memory = Memory(folder / "memory")
    memory.keep_orders(
        Orders(
            version=1,
            range_id="twente",
            origin_latitude_deg=TWENTE.frame.origin_latitude_deg,
            origin_longitude_deg=TWENTE.frame.origin_longitude_deg,
            elevation_amsl_m=35.0,
            boundary=TWENTE.boundary,
            policy=TWENTE.policy,
            links=(f"udpin:127.0.0.1:{port}",),
            vehicles=(order,),
        )
    )
    loop = Loop(
        name="acceptance",
        fleet=Fleet(RANGE_SYSID),
        wire=UnixWire(folder / "nobody.sock", "acceptance"),
        journal=Journal(folder / "journal", "acceptance"),
        recorder=Recorder(folder / "tlogs"),
        memory=memory,
        clock=clock,
        beat=lambda: None,
    )
    loop.begin()
    return loop
