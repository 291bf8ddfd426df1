"""A test company in a real browser: from signing in to an approved slot, with a mouse, with keys alone, on a phone."""

import pytest
from browser import ENTER, TAB
from company import COMPANY, MEMBER, OUTSIDE, SECRET, decided
from web import PHONE, is_sound, sign_in

from rangeops.domain.slots import SlotEvent

SCRIPT = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'

PLACES = """(() => [...document.querySelectorAll(
  "a[href], button:not(:disabled), input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest("details:not([open]) > :not(summary)"))
  .map((each, number) => { each.dataset.tabbed = "no"; return number; }).length)()"""
NEXT = """(() => {
  const here = document.activeElement;
  if (here.dataset.tabbed === "no") here.dataset.tabbed = "yes";
  const { outlineStyle, outlineWidth } = getComputedStyle(here);
  const isSeen = here === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
  return { tag: here.tagName, html: here.outerHTML.slice(0, 90), isSeen,
           left: [...document.querySelectorAll("[data-tabbed=no]")].map((each) => each.outerHTML.slice(0, 90)) };
})()"""


async def upload(page, url, tmp_path, content=OUTSIDE, *, name="survey", file="survey.plan"):
    path = tmp_path / file
    path.write_bytes(content)
    await page.opens(f"{url}/company/plans/new")
    await page.chooses_files("#file", path)
    await page.fills("input[name=name]", name)
    await page.fills("select[name=volume]", "EAST")
    await page.fills("select[name=airframe]", "survey-quad")
    await page.follows("form[data-upload] button[type=submit]")
    return await page.value("location.pathname")


async def ask(page):
    """From free times to a request; the slot's page is shown then."""
    await page.follows(".windows a")
    await page.fills("input[name=callsign]", "Kestrel")
    await page.fills("input[name=sysid]", "7")
    await page.fills("input[name=contact]", "+31 6 1234 5678")
    await page.presses("input[name=pilots]")
    await page.follows("main form button[type=submit]")


async def becomes_a_member(page, client, url):
    """By an invitation of the range: whoever is invited chooses name and password himself, and signs in."""
    made = await client.invite("Noor de Boer", roles=["company-member"], company=COMPANY, confirm=SECRET)
    await page.opens(f"{url}/invitation")
    await is_sound(page)
    await page.fills("input[name=code]", made.code)
    await page.follows("main button[type=submit]")
    assert "Noor de Boer" in await page.text("main")
    await page.fills("input[name=name]", "noor")
    await page.fills("input[name=password]", "a rainy day in Twente")
    await page.fills("input[name=again]", "a rainy day in Twente")
    await is_sound(page)
    await page.follows("main button[type=submit]")
    await sign_in(page, url, "noor", "a rainy day in Twente")


async def test_a_company_from_its_invitation_to_an_approved_slot(page, client, url, tmp_path):
    await becomes_a_member(page, client, url)
    assert await page.value("location.pathname") == "/company"
    await is_sound(page)
    await upload(page, url, tmp_path)
    assert "It was refused. WP 3 is 120 m outside the EAST volume's south-east edge" in await page.text()
    await page.until("document.querySelector('.map').leaflet && document.querySelector('.map path')")
    assert "GEO-01" in await page.text(".map")
    await is_sound(page)
    await page.follows("form[action$='/fix'] button")
    assert "It passed" in await page.text()
    assert "WP 3 moved 164 m north-west" in await page.text()
    await is_sound(page)
    await page.follows("a[href$='/changes']")
    assert "52.2747950,6.9000000" in await page.text("table")
    await is_sound(page)
    await page.opens(f"{url}/company/plans/P2")
    await page.follows("a[href^='/company/slots/find']")
    await is_sound(page)
    await ask(page)
    assert await page.text(".progress-steps [aria-current=step]") == "requested"
    await is_sound(page)
    (slot,) = await client.slots()
    assert (slot.callsign, slot.terms.pilots, slot.plan) == ("Kestrel", ("ACME-P1",), "P2")
    slot = await decided(client, slot, SlotEvent.APPROVE)
    await page.opens(f"{url}/company/slots/{slot.id}")
    assert await page.text(".progress-steps [aria-current=step]") == "approved"
    await page.follows("section[aria-labelledby=briefing] button")
    assert "acknowledged" in await page.text("section[aria-labelledby=briefing]")
    await is_sound(page)
    for path in ("/company", "/company/plans", "/company/slots", "/company/flights", "/company/documents"):
        await page.opens(url + path)
        await is_sound(page)
    await page.opens(f"{url}/company/slots/{slot.id}")
    await page.fills("section[aria-labelledby=cancel] input[name=reason]", "rain")
    await page.follows("section[aria-labelledby=cancel] button")
    assert page.asked == ["Cancel this slot? What it held is offered to others at once."]
    assert (await client.slot(slot.id)).reason == "rain"


async def test_keys_alone_reach_everything_and_show_where_they_are(page, client, url, tmp_path):
    await page.opens(f"{url}/sign-in")
    await page.until("document.activeElement.name === 'name'")
    await page.types(MEMBER)
    await page.strikes(TAB)
    await page.types(SECRET)
    await page.value("window.__before = true")
    await page.strikes(ENTER)
    await page.arrived()
    await page.strikes(TAB)
    assert await page.value("document.activeElement.className") == "skip"  # the first is past the head
    await upload(page, url, tmp_path)
    await every_place_is_reached(page)
    for path in ("/company", "/company/slots/find", "/company/slots/request?volume=EAST&airframe=survey-quad"):
        await page.opens(url + path)
        await every_place_is_reached(page)


async def every_place_is_reached(page):
    count = await page.value(PLACES)
    assert count > 10
    await page.value("document.activeElement.blur()")
    unseen = []
    for _ in range(count + 30):  # a field of date and time has several stops
        await page.strikes(TAB)
        found = await page.value(NEXT)
        if not found["isSeen"]:
            unseen.append(found["html"])
        if not found["left"]:
            break
    assert found["left"] == []
    assert unseen == []


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_on_a_phone_in_the_dark_every_page_fits_and_can_be_read(member, client, url, tmp_path, language):
    page = member
    plan = await upload(page, url, tmp_path)
    await page.opens(f"{url}/company/slots/find?airframe=survey-quad&volume=EAST&minutes=30&days=2")
    await page.follows(".windows a")
    await page.fills("input[name=callsign]", "Kestrel")
    await page.fills("input[name=sysid]", "7")
    await page.fills("input[name=contact]", "+31 6 1234 5678")
    await page.follows("main form button[type=submit]")
    (slot,) = await client.slots()
    slot = await decided(client, slot, SlotEvent.APPROVE)
    await page.value(f"document.cookie = 'language={language}; path=/'")
    await page.sized(*PHONE, mobile=True, scale=2)
    await page.coloured("dark")
    places = ("/company/plans/new", plan, "/company/slots/find?airframe=survey-quad&minutes=30&days=1",
              "/company/slots/request?volume=EAST&airframe=survey-quad", f"/company/slots/{slot.id}", f"/fly/{slot.id}")  # fmt: skip
    for path in ("/company", "/company/plans", "/company/slots", "/company/flights", "/company/documents", *places):
        await page.opens(url + path)
        assert await page.value("document.documentElement.lang") == language
        await is_sound(page)


DROP = """(size) => {
  const held = new DataTransfer(), zone = document.querySelector(".drop");
  held.items.add(new File([new Uint8Array(size)], "dropped.plan"));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
  }
}"""


async def test_a_file_is_dropped_and_one_that_is_too_large_is_not_sent(member, url):
    page = member
    await page.opens(f"{url}/company/plans/new")
    await page.value(f"({DROP})(3000)")
    assert await page.text("[data-chosen]") == "dropped.plan, 3 kB"
    assert await page.value("document.getElementById('file').checkValidity()")
    await page.value(f"({DROP})(4 * 1024 * 1024 + 1)")
    assert await page.value("document.getElementById('file').validationMessage") == "Larger than 4 MB."
    asked = len(page.requested)
    await page.presses("form[data-upload] button[type=submit]")
    assert await page.value("location.pathname") == "/company/plans/new"
    assert len(page.requested) == asked
    await page.value(f"({DROP})(3000)")
    await page.follows("form[data-upload] button[type=submit]")
    sentence = "It isn't JSON: line 1, column 1. Save it again from the program that made it."
    assert await page.text("[role=alert]") == sentence
    assert await page.value("document.activeElement.getAttribute('role')") == "alert"  # where one reads on
    await is_sound(page)
    page.said[:] = [each for each in page.said if "status of 400" not in each]


async def test_what_strangers_name_things_runs_nowhere(member, client, url, tmp_path):
    page = member
    await page.call("Page.addScriptToEvaluateOnNewDocument", source="window.pwned = 0")
    plan = await upload(page, url, tmp_path, name=SCRIPT, file="<img src=x onerror=alert(1)>.plan")
    await page.until("document.querySelector('.map').leaflet && document.querySelector('.map path')")
    assert SCRIPT in await page.text("h1")
    point = await page.value(
        "(() => { const b = document.querySelector('.map path.leaflet-interactive').getBoundingClientRect();"
        " return [b.left + b.width / 2, b.top + b.height / 2]; })()"
    )
    await page.call("Input.dispatchMouseEvent", type="mouseMoved", x=point[0], y=point[1])
    await page.opens(f"{url}/company/slots/request?volume=EAST&airframe=survey-quad&starts=2099-01-01T10:00")
    await page.fills("input[name=callsign]", SCRIPT[:60])
    await page.fills("input[name=sysid]", "7")
    await page.fills("input[name=contact]", SCRIPT[:60])
    await page.follows("main form button[type=submit]")  # refused: too far ahead; shown again with what was typed
    assert await page.value("document.querySelector('input[name=callsign]').value") == SCRIPT[:60]
    page.said[:] = [each for each in page.said if "status of 400" not in each]  # of the refusal, as every browser does
    for path in (
        "/company",
        "/company/plans",
        plan,
        f"{plan}/changes",
        f"/company/plans/new?name={SCRIPT}",
        "/company/slots",
    ):
        await page.opens(url + path)
        assert await page.value("window.pwned") == 0, path
    assert page.asked == []
