"""Settings: from variables, from options over them, and to a child process; what can't be is told with its name."""

import contextlib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.settings import Settings

SOME = Settings(
    data=Path("/srv/range"),
    range="polder",
    database_url="postgresql+psycopg://x",
    host="::1",
    port=0,
    gcs_sysid=251,
    operator="op 1",
    simulation=True,
    watch_name="mast",
)


def test_a_child_process_has_the_same_settings():
    assert Settings.from_environment(SOME.environment()) == SOME
    usual = Settings(data=Path("/x"))
    assert Settings.from_environment(usual.environment()) == usual


def test_an_option_is_over_its_variable():
    given_over = Settings.from_environment(SOME.environment(), port=9000, simulation=False)
    assert (given_over.port, given_over.simulation, given_over.range) == (9000, False, "polder")


def test_other_variables_are_nobody_s_business():
    assert Settings.from_environment({"RANGEOPS_DATA": "/x", "RANGEOPS_COLOUR": "red", "PORT": "1"}) == Settings(
        Path("/x")
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "abc"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("GCS_SYSID", "0"),
        ("GCS_SYSID", "256"),
        ("SIMULATION", "maybe"),
        ("OPERATOR", "../token"),
        ("OPERATOR", ""),
        ("TRUSTED_PROXIES", "127.0.0.1, my-proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PUBLIC_URL", "range.example"),
        ("PUBLIC_URL", "https://range.example/portal"),
        ("PUBLIC_URL", "https://me@range.example"),
        ("PUBLIC_URL", "javascript://range.example"),
        ("LOG", "xml"),
    ],
)
def test_what_cannot_be_is_told_with_its_variable(name, text):
    with pytest.raises(Invalid, match=f"RANGEOPS_{name}"):
        Settings.from_environment({"RANGEOPS_DATA": "/x", f"RANGEOPS_{name}": text})


@given(st.sampled_from([each.name for each in fields(Settings)]), st.text(st.characters(exclude_characters="\0")))
def test_any_text_is_a_setting_or_a_sentence(name, text):
    with contextlib.suppress(Invalid):  # anything else that it raises fails here
        Settings.from_environment({"RANGEOPS_DATA": "/x", f"RANGEOPS_{name.upper()}": text})


@pytest.mark.parametrize("lacking", ["TLS_CERT", "TLS_KEY"])
def test_a_certificate_without_its_key_or_a_key_alone_is_told(lacking):
    other = {"TLS_CERT": "TLS_KEY", "TLS_KEY": "TLS_CERT"}[lacking]
    with pytest.raises(Invalid, match=f"RANGEOPS_{lacking}"):
        Settings.from_environment({"RANGEOPS_DATA": "/x", f"RANGEOPS_{other}": "/etc/tls.pem"})


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://Range.Example", "range.example"), ("http://[::1]:8431/", "::1"), ("https://10.0.0.5:8443", "10.0.0.5")],
)
def test_the_public_name_is_what_a_browser_sends_as_host(url, host):
    assert Settings(Path("/x"), public_url=url).public_host == host


def test_proxies_are_addresses_and_networks_parted_by_commas():
    assert Settings(Path("/x"), trusted_proxies="127.0.0.1, ::1,10.0.0.0/8").proxies == (
        "127.0.0.1",
        "::1",
        "10.0.0.0/8",
    )
    assert Settings(Path("/x")).proxies == ()


@pytest.mark.parametrize(
    "tiles", ["https://tiles.example/{z}/{x}/{y}.png", "https://{s}.tiles.example:8443/a/{z}/{x}/{y}"]
)
def test_a_tile_server_is_a_template_under_https(tiles):
    assert Settings(data=Path("/x"), tiles=tiles).tiles == tiles


@pytest.mark.parametrize(
    "tiles",
    [
        "http://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/map.png",
        "https://tiles.example; script-src *//{z}/{x}/{y}",
        "https://tiles.example 'unsafe-inline'/{z}/{x}/{y}",
        "https://user@tiles.example/{z}/{x}/{y}",
        "https:///{z}/{x}/{y}",
        "javascript:alert(1)//{z}/{x}/{y}",
        "data:text/html,{z}/{x}/{y}",
    ],
)
def test_no_tile_server_opens_the_pages_policy_for_more(tiles):
    """Its host goes into every page's Content-Security-Policy."""
    with pytest.raises(Invalid, match="RANGEOPS_TILES"):
        Settings(data=Path("/x"), tiles=tiles)


def test_a_backup_s_page_names_all_that_proves_the_record():
    page = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
    backup = page[page.index("## Backup") : page.index("## Restore")]
    here = Settings(data=Path("data"))
    kept = (here.record_keys_folder, here.checkpoint_folder, here.tlog_folder, here.report_folder, here.secret_key_file)
    assert [each.name for each in kept if f"`{each.name}" not in backup] == []
