"""One start of each backend; every flight goes up at the same time, each in a thread, and its tests wait for its notes."""

from concurrent.futures import Future, ThreadPoolExecutor

import acceptance_air as air
import acceptance_commands
import acceptance_flights as flights
import fault_proxy
import pytest
from backends import BACKENDS, flying, spec
from range_ground import free_udp_ports

from rangeops.sim.scenario import Scenario

FLIGHTS = {
    "on_the_ground": flights.on_the_ground,
    "stops": air.stops,
    "failsafe": air.failsafe,
    "uplink": air.uplink,
    "runaway": air.runaway,
    "commands": acceptance_commands.commands,
}
UNTRUSTED_S = 6.0  # long enough to see positions that the EKF doesn't vouch for


@pytest.fixture(scope="session", params=BACKENDS)
def flown(request, tmp_path_factory):
    """The notes of a flight by its name: `flown("stops")` waits for its end."""
    backend = request.param
    names = {
        "on_the_ground": flights.GROUND_D,
        "stops": flights.STOPS_D,
        "failsafe": flights.FAILSAFE_D,
        "uplink": flights.UPLINK_D,
        "runaway": flights.RUNAWAY_D,
        "commands": flights.COMMANDS_D,
    }
    folder = tmp_path_factory.mktemp(backend.name)
    numbers = free_udp_ports(2 * len(names))
    ports = dict(zip(names, zip(numbers[::2], numbers[1::2], strict=True), strict=True))
    with fault_proxy.udp(("127.0.0.1", ports["uplink"][0])) as (proxy, (_, proxy_port)):
        specs = []
        for name, sysid in names.items():
            range_port, pilot_port = ports[name]
            home = air.runaway_place(110) if name == "runaway" else flights.place(sysid)
            specs.append(
                spec(
                    sysid,
                    home,
                    proxy_port if name == "uplink" else range_port,
                    pilot_port,
                    ready_after_s=UNTRUSTED_S if name == "on_the_ground" else 1.0,
                )
            )
        with flying(backend, Scenario("acceptance", tuple(specs))), ThreadPoolExecutor(len(names)) as crews:
            started: dict[str, Future] = {}
            for name, sysid in names.items():
                flight = flights.Flight(backend, folder, sysid, *ports[name])
                more = (proxy.up,) if name == "uplink" else ()
                started[name] = crews.submit(FLIGHTS[name], flight, *more)
            yield lambda name: started[name].result(timeout=300)
