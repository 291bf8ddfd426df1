"""Many vehicles of our simulator behind one bad radio, for the tests and proofs of what gets through it, and how truly."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import fault_proxy
from acceptance_flights import compiled, place
from backends import OURS, flying, spec
from range_ground import RangeGround, free_udp_ports

from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.sim.scenario import Scenario
from rangeops.sim.simulator import Simulator

BAD_RADIO = fault_proxy.Weather(loss=0.3, delay_s=0.02, jitter_s=0.2)
LOAD_WITHIN_S = 300.0
COMMAND_WITHIN_S = 75.0  # it gives up after 60 s
MODES = {CommandKind.HOLD: 17, CommandKind.RTL: 6, CommandKind.LAND: 9}


@dataclass
class Judged:
    """What was said, held against the vehicle itself. wrong: said equal or seen, and isn't; or nothing was said."""

    runs: int = 0
    good: int = 0
    stated: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def note(self, *, good: bool, true: bool, detail: str, what: str) -> None:
        self.runs += 1
        if good and true:
            self.good += 1
        elif good or not detail:
            self.wrong.append(f"{what}: said {'done' if good else 'nothing'}, and the vehicle knows otherwise")
        else:
            self.stated.append(f"{what}: {detail}")


@dataclass
class StormyRange:
    ground: RangeGround
    simulator: Simulator
    proxy: fault_proxy.FaultProxy
    sysids: tuple[int, ...]

    def held(self, sysid: int) -> list[tuple[int, float, int, int]]:
        """The fence that is really on board."""
        items = self.simulator._fleet.member(sysid, where="test").vehicle.items.fence
        return [(item.command, item.param1, item.x, item.y) for item in items]

    def mode(self, sysid: int) -> int:
        return int(self.simulator._fleet.member(sysid, where="test").vehicle.mode.number)

    def fence_round(self, number: int, judged: Judged) -> None:
        """Every vehicle gets a fence that it didn't have before, all at one time."""
        fences = {sysid: compiled(sysid, place(sysid), 100.0 + 7 * number) for sysid in self.sysids}
        before = {sysid: self.held(sysid) for sysid in self.sysids}
        orders = {s: self.ground.order(CommandKind.LOAD_FENCE, s, fence) for s, fence in fences.items()}
        try:
            took_s = self.ground.until(
                lambda: all(self.ground.over(order) for order in orders.values()), LOAD_WITHIN_S, "the end of all loads"
            )
        except AssertionError:
            took_s = LOAD_WITHIN_S
        judged.slowest_s = max(judged.slowest_s, took_s)
        for sysid, order in orders.items():
            self._judge_load(sysid, fences[sysid], before[sysid], ended=self.ground.over(order), judged=judged)

    def _judge_load(self, sysid: int, fence: CompiledFence, before, *, ended: bool, judged: Judged) -> None:
        wanted = [(item.command, item.param1, item.x, item.y) for item in fence.items]
        held = self.held(sysid)
        read_back = self.ground.read_backs(sysid)[-1] if ended else None
        judged.note(
            good=read_back is not None and read_back.equal,
            true=held == wanted,
            detail=read_back.detail if read_back is not None else "",
            what=f"fence of #{sysid}",
        )
        if held not in (wanted, before):
            judged.wrong.append(f"#{sysid} holds a mixture of two fences")

    def command_round(self, kind: CommandKind, judged: Judged) -> None:
        """Every vehicle is told the same; whoever is said to do it must be doing it."""
        orders = {sysid: self.ground.order(kind, sysid) for sysid in self.sysids}
        truly: dict[int, bool] = {}

        def all_over() -> bool:
            for sysid in self.sysids:
                if sysid not in truly and self.ground.vehicle(sysid).commands.progress is None:
                    truly[sysid] = self.mode(sysid) == MODES[kind]
            return len(truly) == len(self.sysids)

        judged.slowest_s = max(judged.slowest_s, self.ground.until(all_over, COMMAND_WITHIN_S, f"the end of {kind}"))
        for sysid, order in orders.items():
            progress = self.ground.progress(order)
            assert progress is not None
            seen = progress.stage is CommandStage.SEEN
            disobedient = progress.stage is CommandStage.NOT_OBEYED
            judged.note(good=seen, true=truly[sysid], detail=progress.detail, what=f"{kind.value} of #{sysid}")
            if disobedient and truly[sysid]:
                judged.wrong.append(f"#{sysid} was called disobedient, and does it")


@contextmanager
def stormy_range(count: int, seed: int, weather: fault_proxy.Weather = BAD_RADIO) -> Iterator[StormyRange]:
    """`count` vehicles on one radio: calm until all are trusted, and then its weather."""
    (range_port,) = free_udp_ports(1)
    sysids = tuple(range(1, count + 1))
    with fault_proxy.udp(("127.0.0.1", range_port), seed) as (proxy, (_, port)):
        scenario = Scenario("storm", tuple(spec(sysid, place(sysid), port) for sysid in sysids), seed=seed)
        ground = RangeGround([f"udpin:127.0.0.1:{range_port}"])
        try:
            with flying(OURS, scenario) as simulator:
                assert isinstance(simulator, Simulator)
                ground.until(lambda: all(ground.trusted(sysid) for sysid in sysids), 60, "all vehicles trusted")
                proxy.up.weather = proxy.down.weather = weather
                yield StormyRange(ground, simulator, proxy, sysids)
        finally:
            ground.close()
