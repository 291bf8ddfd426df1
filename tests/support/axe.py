"""Pages held against WCAG 2.2, levels A and AA: axe-core's rules in the page itself, and the one that it hasn't.

axe.min.js comes as a file of the package axe-core-python, which needs no other browser driver (docs/decisions/0100). Its
release knows WCAG 2.1; what 2.2 adds and a program can judge is the size of targets (2.5.8), which is measured here.
"""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from browser import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SMALLEST_TARGET_PX = 24

_RUN = """(async () => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: %s }, resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map((node) =>
    `${id}: ${help}: ${node.target.join(" ")} ${node.html.slice(0, 120)}: ${(node.failureSummary ?? "").replace(/\\s+/g, " ").slice(0, 200)}`));
})()"""

# 2.5.8: at least 24 px each way, or so far from every other target that circles of 24 px on the small ones meet none;
# targets in a sentence, and those that the browser itself draws, are excepted.
_TARGETS = """(() => {
  const least = %d, seen = [];
  for (const each of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0'][role]")) {
    if (each.disabled || each.type === "hidden" || !each.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const around = each.closest("label") ?? each;
    const box = around.getBoundingClientRect();
    const offScreen = box.right < 0 || box.bottom < 0;
    if (box.width && box.height && !offScreen) seen.push({ each, box });
  }
  const inSentence = ({ each }) => getComputedStyle(each).display === "inline"
    && each.parentElement.textContent.trim().length > each.textContent.trim().length;
  const small = seen.filter(({ box }) => box.width < least || box.height < least);
  const centre = ({ box }) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const near = (one, other) => {
    const [x, y] = centre(one), { left, right, top, bottom } = other.box;
    return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)) < least / 2;
  };
  return small.filter((one) => !inSentence(one))
    .filter((one) => seen.some((other) => other.each !== one.each && !other.each.contains(one.each) && near(one, other)))
    .map(({ each, box }) => `target-size: ${Math.round(box.width)}x${Math.round(box.height)} px: ${each.outerHTML.slice(0, 120)}`);
})()"""


@cache
def _axe() -> str:
    return Path(str(distribution("axe-core-python").locate_file("axe_core_python/axe.min.js"))).read_text("utf-8")


async def violations(page: Page) -> list[str]:
    """Whatever of the page that is shown breaks a rule, one line each; empty where nothing does."""
    if not await page.value("typeof axe === 'object'"):
        await page.value(f"{_axe()};true")
    found = await page.value(_RUN % list(TAGS))
    assert found is not None, "axe gave no answer"
    targets: list[str] = await page.value(_TARGETS % SMALLEST_TARGET_PX)
    return [*found, *targets]
