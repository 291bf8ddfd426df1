"""The hardware folder: what is shipped is whole, and a defect is one sentence."""

import shutil
from pathlib import Path

import pytest

from rangeops.adapters.hardware.profiles import Hardware
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.hardware import IdUse, ParameterRule, id_blocks_from, radio_from

SHIPPED = Path(__file__).parents[3] / "hardware"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(SHIPPED, tmp_path / "hardware"))


def test_what_is_shipped_has_no_defect():
    hardware = Hardware(SHIPPED)
    hardware.check()
    assert {radio.id for radio in hardware.radios.all()} >= {"sik-433", "sik-868", "rfd868x", "wifi-24", "lte"}


def test_the_legal_figures_are_the_netherlands():
    radios = {radio.id: radio for radio in Hardware(SHIPPED).radios.all()}
    figures = {
        name: (radio.low_mhz, radio.high_mhz, radio.power_mw, radio.duty_percent) for name, radio in radios.items()
    }
    assert figures["sik-433"] == (433.05, 434.79, 10, 100)
    assert figures["sik-868"] == figures["rfd868x"] == (869.4, 869.65, 500, 10)
    assert figures["wifi-24"][2] == 100
    assert [radio.id for radio in radios.values() if not radio.legal_nl] == ["sik-915"]


@pytest.mark.parametrize("link", Hardware(SHIPPED).links.all(), ids=lambda link: link.id)
def test_a_radio_link_stays_in_its_radios_band_and_power(link):
    registers = dict(link.sik)
    if not registers:
        return
    radio = Hardware(SHIPPED).radios.get(link.radio)
    assert radio.low_mhz <= registers["MIN_FREQ"] / 1000 < registers["MAX_FREQ"] / 1000 <= radio.high_mhz
    assert 10 ** (registers["TXPOWER"] / 10) <= radio.power_mw * 1.005  # dBm; 27 is 501 mW
    assert registers["DUTY_CYCLE"] <= radio.duty_percent
    assert link.rts_cts == bool(registers["RTSCTS"])


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("radios/lte.toml", 'id = "lte"', 'id = "other"', "lte.toml: it describes 'other'"),
        ("radios/lte.toml", "[legal]", "[legal", "lte.toml: it isn't TOML"),
        ("radios/sik-433.toml", "power_mw", "power_w", "unknown key power_w"),
        ("radios/sik-433.toml", 'measure = "erp"', 'measure = "dbm"', "measure must be one of erp, eirp"),
        ("links/sik-433.toml", 'radio = "sik-433"', 'radio = "sik-434"', "its radio 'sik-434' isn't known"),
        ("links/usb.toml", "baud = 115200", "baud = 3", "baud must be between 1200 and"),
        ("airframes/survey-quad.toml", "mtom_kg = 5.0", "mtom = 5.0", "unknown key mtom"),
        ("airframes/survey-quad.toml", "range_m = 3000", "range_m = 3", "range_m must be between 10 and"),
        ("airframes/survey-plane.toml", "loiter_radius_m = 100", "radius_m = 100", "unknown key radius_m"),
        ("airframes/survey-plane.toml", "glide_ratio = 9", "glide_ratio = 0", "glide_ratio must be between 1 and"),
        ("sysids.toml", "last = 199", "last = 198", "it begins at 200 instead of 199"),
        ("acceptance.toml", 'at_least = "4.3.0"', 'at_least = "new"', "at_least is no version"),
        ("acceptance.toml", "gcs = true", "gcs = true\nbits = 4", "it must say one thing"),
        ("acceptance.toml", 'classes = ["copter"]', 'classes = ["kite"]', "names or classes are missing or unknown"),
    ],
)
def test_a_defect_is_one_sentence_with_its_file(folder, file, old, new, says):
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(Invalid) as raised:
        Hardware(folder).check()
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    assert path.name in raised.value.where


def test_an_unknown_id_names_those_that_are_known():
    with pytest.raises(NotFound, match="Use one of lte, rfd868x"):
        Hardware(SHIPPED).radios.get("smoke-signals")


def test_every_sysid_is_somebodys_and_the_factorys_is_nobodys():
    blocks = Hardware(SHIPPED).id_blocks()
    use = {number: block.use for block in blocks for number in range(block.first, block.last + 1)}
    assert use.keys() == set(range(1, 256))
    assert (use[1], use[2], use[250], use[255]) == (IdUse.FACTORY, IdUse.COMPANY, IdUse.GROUND, IdUse.GROUND)
    with pytest.raises(Invalid, match="it ends at 9 instead of 255"):
        id_blocks_from({"block": [{"first": 1, "last": 9, "use": "company", "note": "x"}]}, where="t")


def test_a_radio_of_a_network_has_no_figures_of_its_own():
    radio = radio_from(
        {"id": "x", "name": "X", "interface": "network", "legal": {"netherlands": True, "law": "its operator's"}},
        where="x.toml",
    )
    assert (radio.power_mw, radio.measure) == (None, None)


def rule(**given):
    base = {
        "names": ("A",), "classes": frozenset(), "one_of": (), "at_least": None, "at_most": None, "bits": 0, "gcs": False,
        "may_lack": False, "why": "w", "do": "d",
    }  # fmt: skip
    return ParameterRule(**(base | given))


@pytest.mark.parametrize(
    ("given", "good", "bad", "wanted"),
    [
        ({"gcs": True}, 250, 255, "250"),
        ({"one_of": (1.0, 3.0)}, 3, 2, "1 or 3"),
        ({"bits": 4}, 7, 3, "with bits 4"),
        ({"at_least": 1.0, "at_most": 10.0}, 10, 11, "at least 1 and at most 10"),
        ({"at_most": 10.0}, 0, 11, "at most 10"),
    ],
)
def test_each_kind_of_rule_holds_and_is_told(given, good, bad, wanted):
    assert rule(**given).holds(good, 250)
    assert not rule(**given).holds(bad, 250)
    assert rule(**given).wanted(250) == wanted


def test_every_class_has_rules_for_its_failsafe_and_fence():
    limits = Hardware(SHIPPED).limits()
    for vehicle_class in (VehicleClass.COPTER, VehicleClass.PLANE, VehicleClass.ROVER):
        names = {name for each in limits.rules_for(vehicle_class) for name in each.names}
        assert {"SYSID_MYGCS", "MAV_GCS_SYSID", "FENCE_ACTION", "ARMING_CHECK"} <= names
        assert names & {"FS_GCS_ENABLE", "FS_GCS_ENABL"}


def test_a_plane_circles_over_home_as_it_loiters_unless_told_otherwise(folder):
    plane = Hardware(folder).airframes.get("survey-plane")
    assert (plane.loiter_radius_m, plane.rtl_radius_m) == (100, 100)
    file = folder / "airframes" / "survey-plane.toml"
    file.write_text(file.read_text().replace("loiter_radius_m = 100", "loiter_radius_m = 100\nrtl_radius_m = 80"))
    assert Hardware(folder).airframes.get("survey-plane").rtl_radius_m == 80


def test_a_parachute_and_lights_are_read(folder):
    file = folder / "airframes" / "survey-quad.toml"
    text = file.read_text().replace('class = "copter"', 'class = "copter"\nnight_lights = true')
    file.write_text(text + "\n[parachute]\nopening_s = 1.5\nsink_mps = 5\n")
    quad = Hardware(folder).airframes.get("survey-quad")
    assert quad.night_lights
    assert (quad.parachute.opening_s, quad.parachute.sink_mps) == (1.5, 5)


def test_how_tightly_each_class_turns():
    airframes = Hardware(SHIPPED).airframes
    assert airframes.get("survey-quad").turn_radius_m(8.0) == 0.0
    assert airframes.get("survey-plane").turn_radius_m(22.0) == pytest.approx(22**2 / 9.81)  # 45 degrees of bank
    assert airframes.get("utility-rover").turn_radius_m(5.0) == pytest.approx(5**2 / (9.81 * 0.6))
