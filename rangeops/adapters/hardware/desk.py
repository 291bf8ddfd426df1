"""What a person can do with hardware at a range's bench, put together; no server is needed for any of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rangeops.adapters.hardware.before import BenchBefore, BenchBeforeFile
from rangeops.adapters.hardware.bench import MavlinkBench
from rangeops.adapters.hardware.ports import SerialPortFound, serial_ports, udev_ignores
from rangeops.adapters.hardware.profiles import Hardware
from rangeops.adapters.hardware.seal import Checked, checked, sealed
from rangeops.adapters.hardware.second_library import DronekitOpinion, installed
from rangeops.adapters.sealing import signing_key
from rangeops.domain.aircraft import Airframe
from rangeops.domain.certificates import Certificate, StepResult
from rangeops.domain.errors import NotFound, Unavailable
from rangeops.domain.hardware import LinkPreset, Radio
from rangeops.domain.kept import Difference, Kept, differences
from rangeops.domain.now import Now
from rangeops.services.acceptance import Examination, Terms, accept
from rangeops.services.acceptance_steps import STEPS

_KEY: Final = "acceptance.key"
_FOLDER: Final = "certificates"
_BEFORE: Final = "bench"
_RESTORE_S: Final = 60.0
_HEARD_S: Final = 20.0
_READ_S: Final = 180.0


class HardwareDesk:
    def __init__(
        self,
        folder: Path,
        data: Path,
        *,
        range_id: str,
        gcs_sysid: int,
        operator: str,
        kept: Callable[[], tuple[Kept, ...]],
        clock: Callable[[], Now],
    ) -> None:
        own = data / "hardware"  # a range's own folder takes the place of the shipped one, whole
        self.hardware = Hardware(own if own.is_dir() else folder)
        self._data = data
        self._range_id = range_id
        self._gcs_sysid = gcs_sysid
        self._operator = operator
        self._kept = kept
        self._clock = clock

    def all(self) -> tuple[tuple[Airframe, ...], tuple[Radio, ...], tuple[LinkPreset, ...]]:
        """Raises Invalid for the first defect of the whole folder."""
        self.hardware.check()
        return self.hardware.airframes.all(), self.hardware.radios.all(), self.hardware.links.all()

    def show(self, profile: str) -> tuple[Airframe | Radio | LinkPreset, ...]:
        """What has this id: a radio and its link may be called alike. Raises NotFound, Invalid."""
        folders = (self.hardware.airframes, self.hardware.radios, self.hardware.links)
        found: tuple[Airframe | Radio | LinkPreset, ...] = tuple(
            folder.get(profile) for folder in folders if folder.has(profile)
        )
        if not found:
            raise NotFound("nothing has this id", where=f"{profile!r:.40}", do="See `rangeops hardware list`.")
        return found

    def ports(self) -> tuple[SerialPortFound, ...]:
        from serial.tools.list_ports import comports  # pyserial is loaded where ports are looked for

        return serial_ports(comports, ignored=udev_ignores)

    def accept(
        self,
        uri: str,
        airframe: str,
        *,
        sysid: int | None,
        allow_arming: bool,
        told: Callable[[StepResult], None],
    ) -> tuple[Certificate, Path]:
        """Examine the vehicle, and write what it came to. Raises RangeopsError where nothing can be examined."""
        terms = Terms(
            range_id=self._range_id,
            airframe=self.hardware.airframes.get(airframe),
            limits=self.hardware.limits(),
            id_blocks=self.hardware.id_blocks(),
            gcs_sysid=self._gcs_sysid,
            by=self._operator,
            allow_arming=allow_arming,
        )
        key = signing_key(self._data / _KEY)
        bench = self._bench(uri, sysid)
        second = DronekitOpinion(uri) if installed() else None
        bench.open()
        try:
            certificate = accept(Examination(bench, second, terms), STEPS, self._clock, told)
        finally:
            bench.close()
        path = self._data / _FOLDER / f"{certificate.id}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(sealed(certificate, key))
        except OSError as error:
            raise Unavailable(
                f"the certificate can't be written ({error.strerror})",
                where=str(path),
                do="Make room, or make it yours.",
            ) from error
        return certificate, path

    def parameters(self, uri: str, sysid: int | None, names: Sequence[str]) -> tuple[dict[str, float], str, int]:
        """A vehicle's parameters on this link (without names all), its firmware and sysid. Raises RangeopsError."""
        bench = self._bench(uri, sysid)
        bench.open()
        try:
            found = bench.look(_HEARD_S)
            firmware = f"{found.firmware} {found.firmware_sha}".strip()
            values = bench.parameters([(name,) for name in names], _READ_S) if names else bench.table(_READ_S)
            return values, firmware, found.sysid
        finally:
            bench.close()

    def restore_from_bench(self, uri: str, sysid: int | None) -> BenchBefore:
        """Put back what a killed acceptance had kept of the vehicle on this link. Raises RangeopsError."""
        bench = self._bench(uri, sysid)
        bench.open()
        try:
            return bench.restore(_RESTORE_S)
        finally:
            bench.close()

    def _bench(self, uri: str, sysid: int | None) -> MavlinkBench:
        return MavlinkBench(uri, sysid, self._gcs_sysid, self._clock, before=BenchBeforeFile(self._data / _BEFORE))

    def certificate(self, path: Path) -> Checked:
        """Raises NotFound, Invalid, Damaged."""
        key = self._data / _KEY
        ours = signing_key(key).public_key().public_bytes_raw() if key.exists() else None
        return checked(path, ours, self._clock())

    def kept_of(self, sysid: int) -> tuple[Kept, tuple[Difference, ...]]:
        """What is kept of one vehicle, newest slot first, and what the range changed. Raises NotFound."""
        theirs = [kept for kept in self._kept() if kept.sysid == sysid]
        if not theirs:
            raise NotFound(
                "nothing of it is kept: the range wrote nothing, or has put it back",
                where=f"vehicle {sysid}",
                do="Nothing needs to be done.",
            )
        return theirs[-1], tuple(differences(theirs[-1].before, theirs[-1].after))

    def all_kept(self) -> tuple[Kept, ...]:
        return self._kept()
