"""A survey quad that is ready after a second, under a virtual clock."""

import math
from dataclasses import replace

import pytest

from rangeops.sim.channel import mavlink
from rangeops.sim.lockstep import Lockstep
from rangeops.sim.scenario import Place, VehicleSpec, load_airframe

HOME = Place(52.275833, 6.889167)


def offset(north_m, east_m):
    """Degrees · 1e7 of a point near HOME."""
    latitude = HOME.latitude_deg + north_m / 111318.845
    longitude = HOME.longitude_deg + east_m / (111318.845 * math.cos(math.radians(HOME.latitude_deg)))
    return round(latitude * 1e7), round(longitude * 1e7)


@pytest.fixture
def spec():
    return VehicleSpec(
        callsign="D07",
        sysid=7,
        airframe=load_airframe("survey-quad", where="test"),
        home=HOME,
        home_elevation_amsl_m=35.0,
        heading_deg=53.0,
        ready_after_s=1.0,
    )


class Flight(Lockstep):
    """Shorthands for what a ground station does."""

    @property
    def v(self):
        return self.vehicle

    def ready(self):
        self.run(2.5)
        return self

    def airborne(self, height_m=20.0):
        if not self.v.navigation.trusted:
            self.ready()
        assert self.mode(4) == 0
        assert self.command(400, 1) == 0
        assert self.command(22, 0, 0, 0, 0, 0, 0, height_m) == 0
        assert self.wait(lambda: self.v.motion.up_m > height_m - 0.5, 30)
        return self

    def send_to(self, north_m, east_m, height_m=20.0):
        latitude, longitude = offset(north_m, east_m)
        return self.send(
            mavlink.MAVLink_set_position_target_global_int_message(
                0, self.v.sysid, 1, 6, 0x0DF8, latitude, longitude, height_m, 0, 0, 0, 0, 0, 0, 0, 0
            )
        )

    def upload(self, items, kind=0):
        """The result of MISSION_ACK for a whole transfer; items are MISSION_ITEM_INT fields from seq on."""
        answers = self.send(mavlink.MAVLink_mission_count_message(self.v.sysid, 1, len(items), kind))
        for _ in range(len(items) + 1):
            acks = [m for m in answers if m.get_type() == "MISSION_ACK"]
            if acks:
                return acks[0].type
            (request,) = [m for m in answers if m.get_type() == "MISSION_REQUEST"]
            answers = self.send(self.item(request.seq, items[request.seq], kind))
        raise AssertionError("the transfer didn't end")

    def item(self, seq, fields, kind=0):
        command, frame, params, x, y, z = fields
        return mavlink.MAVLink_mission_item_int_message(
            self.v.sysid, 1, seq, frame, command, 0, 1, *params, x, y, z, kind
        )

    def download(self, kind=0):
        (count,) = self.send(mavlink.MAVLink_mission_request_list_message(self.v.sysid, 1, kind))
        return [
            self.send(mavlink.MAVLink_mission_request_int_message(self.v.sysid, 1, seq, kind))[0]
            for seq in range(count.count)
        ]


def polygon(corners_m, command=5001):
    return [(command, 0, (len(corners_m), 0, 0, 0), *offset(*corner), 0.0) for corner in corners_m]


def circle(north_m, east_m, radius_m, command=5003):
    return (command, 0, (radius_m, 0, 0, 0), *offset(north_m, east_m), 0.0)


SQUARE = [(150, -150), (150, 150), (-150, 150), (-150, -150)]


@pytest.fixture
def flight(spec):
    return Flight(spec)


@pytest.fixture
def make_flight(spec):
    def make(**changes):
        keywords = {
            key: changes.pop(key) for key in ("wind", "gps_noise_m", "seed", "ground", "heartbeats") if key in changes
        }
        return Flight(replace(spec, **changes), **keywords)

    return make


@pytest.fixture
def shapes():
    """Builders of fence items."""

    class Shapes:
        square = staticmethod(lambda: polygon(SQUARE))
        polygon = staticmethod(polygon)
        circle = staticmethod(circle)
        offset = staticmethod(offset)

    return Shapes
