"""What tests of pages in a real browser share: signing in by typing, and what every page must be."""

import json

from axe import violations
from browser import Page
from company import MEMBER, SECRET

PHONE = (360, 640)


async def sign_in(page: Page, url: str, name: str = MEMBER, password: str = SECRET) -> None:
    await page.opens(f"{url}/sign-in")
    await page.fills("input[name=name]", name)
    await page.fills("input[name=password]", password)
    await page.follows("main button[type=submit]")


async def is_sound(page: Page) -> None:
    """The page that is shown breaks no rule of WCAG, and is no wider than its window."""
    found = await violations(page)
    assert found == [], f"{await page.value('location.pathname')}: {json.dumps(found, indent=1)}"
    overhang = await page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overhang <= 0, f"{await page.value('location.pathname')} is {overhang} px too wide"
