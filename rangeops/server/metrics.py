"""What a Prometheus server reads of this one: requests, queues and processes, and the range in numbers. Nobody is named.

Requests are counted as they come; everything else is looked at when it is asked for. Names and units after
https://prometheus.io/docs/practices/naming/.
"""

from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rangeops import __version__
from rangeops.domain.alarm_states import AlarmState
from rangeops.domain.now import Now
from rangeops.server.workers import Pool

if TYPE_CHECKING:
    from rangeops.server.operations import Operations

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
Tallied = Mapping[tuple[str, ...], float]
"""Figures by their labels' values."""

_OTHER: Final = "other"  # methods that no route has


class Metrics:
    """One server's. `answered` on the event loop, `text` in a thread."""

    def __init__(self, operations: "Operations") -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "rangeops_http_requests",
            "Requests answered, by route template.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rangeops_http_request_duration_seconds",
            "Until the answer began.",
            ("method", "route"),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(_Range(operations))

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """route: a template, so that there are as many series as routes. seconds: None where no answer began."""
        method = method if method in _METHODS else _OTHER
        self._requests.labels(method, route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


_METHODS: Final = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WEBSOCKET"])


class _Range(Collector):
    """Everything that is looked at when it is asked for."""

    def __init__(self, operations: "Operations") -> None:
        self._operations = operations

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        now = self._operations.clock()
        yield _gauge("rangeops_info", "This server.", {(__version__,): 1.0}, "version")
        yield from self._of_server()
        yield from self._of_range(now)
        yield from self._of_record(now)

    def _of_server(self) -> Iterator[Metric]:
        operations = self._operations
        feeds: Tallied = {("websocket",): float(len(operations.hub)), ("sse",): float(len(operations.events))}
        yield _gauge("rangeops_feed_clients", "Clients that follow the feed.", feeds, "kind")
        lanes = operations.work.lanes
        waiting: Tallied = {(name,): float(len(lane.queue)) for name, lane in lanes.items()}
        running: Tallied = {(name,): float(lane.queue.running) for name, lane in lanes.items()}
        yield _gauge("rangeops_work_waiting", "Work that waits for its turn.", waiting, "lane")
        yield _gauge("rangeops_work_running", "Work under way.", running, "lane")
        pools = operations.pools
        yield _gauge("rangeops_workers", "Worker processes.", dict(_standing(pools)), "pool", "state")
        lost = CounterMetricFamily("rangeops_workers_lost", "Workers lost over their work.", labels=("pool", "how"))
        for pool in pools:
            for how in ("wall", "cpu", "memory", "died"):
                lost.add_metric((pool.name, how), pool.lost[how])
        yield lost

    def _of_range(self, now: Now) -> Iterator[Metric]:
        live = self._operations.live
        picture = live.picture(now)
        vehicles: Tallied = {
            ("known",): len(picture.vehicles),
            ("positioned",): sum(view.latitude_deg is not None for view in picture.vehicles),
            ("armed",): sum(view.armed for view in picture.vehicles),
            ("airborne",): sum(view.airborne for view in picture.vehicles),
        }
        yield _gauge("rangeops_vehicles", "Vehicles, by what is known of them.", vehicles, "state")
        yield _gauge("rangeops_traffic", "Other aircraft seen.", {(): float(len(picture.traffic))})
        alarms = Tally((str(int(alarm.priority.value)), alarm.state.value) for alarm in picture.alarms)
        told: dict[tuple[str, ...], float] = {key: float(count) for key, count in alarms.items()}
        for priority in ("1", "2", "3"):  # a series that comes and goes alarms nobody
            told.setdefault((priority, AlarmState.UNACKED.value), 0.0)
        yield _gauge("rangeops_alarms", "Alarms that aren't normal.", told, "priority", "state")
        yield _gauge("rangeops_enforcing", "1: every watch is heard.", {(): float(picture.enforcement)})
        silence: Tallied = {(name,): live.silent_s(name, now) for name in live.watches}
        yield _gauge("rangeops_watch_silence_seconds", "Since the watch's last snapshot.", silence, "watch")

    def _of_record(self, now: Now) -> Iterator[Metric]:
        operations = self._operations
        head = operations.services.audit_head().seq
        yield _gauge("rangeops_record_head", "The record's last entry.", {(): float(head)})
        checkpoint = operations.newest_checkpoint()
        if checkpoint is not None:
            age_s = (now.utc - checkpoint.checkpoint.utc).total_seconds()
            yield _gauge("rangeops_checkpoint_age_seconds", "Since the newest signed checkpoint.", {(): age_s})
            behind = max(head - checkpoint.checkpoint.size, 0)
            yield _gauge("rangeops_record_unsigned_entries", "Entries after it.", {(): float(behind)})


def _standing(pools: tuple[Pool, ...]) -> Iterator[tuple[tuple[str, str], float]]:
    for pool in pools:
        yield (pool.name, "busy"), float(pool.busy)
        yield (pool.name, "ready"), float(pool.ready)


def _gauge(name: str, says: str, values: Tallied, *labels: str) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
