"""A real browser, headless, by its own debugging protocol: what a page shows, what it asks for, and keys typed into it."""

import asyncio
import base64
import json
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STARTS_S = 30.0
ANSWERS_S = 30.0


TAB, ENTER, ESCAPE, SPACE = "Tab", "Enter", "Escape", " "
_CODES = {TAB: 9, ENTER: 13, ESCAPE: 27, SPACE: 32, "ArrowDown": 40, "ArrowUp": 38}
_SHIFT = 8


class Page:
    """One page. requested: every URL that it has asked for; said: what it wrote to its console as an error or a warning.

    asked: what alert, confirm and prompt said; each is answered with yes.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.requested: list[str] = []
        self.said: list[str] = []
        self.sockets: list[str] = []
        self.asked: list[str] = []
        self._answering: set[asyncio.Task[Any]] = set()

    async def listen(self) -> None:
        async for data in self._socket:
            message = json.loads(data)
            answer = self._waiting.pop(message.get("id", 0), None)
            if answer is not None and not answer.done():  # whoever asked may have given up
                answer.set_result(message)
            match message.get("method"), message.get("params"):
                case "Network.requestWillBeSent", {"request": {"url": url}}:
                    self.requested.append(url)
                case "Network.webSocketCreated", {"url": url}:
                    self.sockets.append(url)
                case "Log.entryAdded", {"entry": {"level": "error" | "warning", "text": text} as entry}:
                    self.said.append(f"{text} {entry.get('url', '')}".strip())
                case "Runtime.consoleAPICalled", {"type": "error" | "warning" | "assert", "args": args}:
                    self.said.append(" ".join(str(each.get("value", each.get("description"))) for each in args))
                case "Page.javascriptDialogOpening", {"message": text}:
                    self.asked.append(text)
                    answer = asyncio.create_task(self.call("Page.handleJavaScriptDialog", accept=True))
                    self._answering.add(answer)
                    answer.add_done_callback(self._answering.discard)
                case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                    self.said.append(json.dumps(details)[:500])

    async def call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        answer = await asyncio.wait_for(self._waiting[number], ANSWERS_S)
        assert "error" not in answer, answer
        return answer["result"]

    async def goes_to(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return found["result"].get("value")

    async def until(self, expression: str, within_s: float = ANSWERS_S) -> Any:
        """What it comes to, once it is true; True for an element that is there."""
        looked = f"(async () => {{ const it = await ({expression}); return it instanceof Node || it; }})()"
        async with asyncio.timeout(within_s):
            while not (value := await self.value(looked)):  # noqa: ASYNC110  # the page tells nobody
                await asyncio.sleep(0.1)
        return value

    async def clicks(self, x: int, y: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def types(self, text: str) -> None:
        for key in text:
            code = {"\r": 13, "\x1b": 27}.get(key, ord(key.upper()))
            name = {"\r": "Enter", "\x1b": "Escape"}.get(key, key)
            common = {"key": name, "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=key, **common)
            await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def opens(self, url: str) -> None:
        """Go there, and wait until the page and its files are there."""
        await self.value("window.__before = true")  # of the page that is left
        await self.goes_to(url)
        await self.arrived()

    async def arrived(self) -> None:
        """Until another page than the one that `leaves` or `opens` marked is there whole."""
        await self.until("!window.__before && document.readyState === 'complete'")

    async def follows(self, selector: str) -> None:
        """Click a link or a button by what it is, scrolled to as a person would, and wait for the page behind it."""
        await self.value("window.__before = true")
        await self.presses(selector)
        await self.arrived()

    async def presses(self, selector: str) -> None:
        """Click in the middle of an element that can be seen there."""
        place = await self.until(
            f"""(() => {{
              const found = document.querySelector({json.dumps(selector)});
              if (!found) return null;
              found.scrollIntoView({{ block: "center", behavior: "instant" }});
              const box = found.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
              const there = document.elementFromPoint(x, y);
              return there && (found.contains(there) || there.contains(found)) ? [x, y] : null;
            }})()"""
        )
        await self.clicks(*place)

    async def fills(self, selector: str, text: str) -> None:
        """Type into a field, in place of what it holds; dates and choices are set, as a picker does."""
        await self.value(
            f"""(() => {{
              const field = document.querySelector({json.dumps(selector)});
              field.scrollIntoView({{ block: "center", behavior: "instant" }});
              field.focus();
              if (field.select && !/date|time|file/.test(field.type)) field.select();
              else {{
                field.value = {json.dumps(text)};
                field.dispatchEvent(new Event("input", {{ bubbles: true }}));
                field.dispatchEvent(new Event("change", {{ bubbles: true }}));
              }}
            }})()"""
        )
        if await self.value("document.activeElement.matches('input:not([type*=date]):not([type*=time]), textarea')"):
            await self.call("Input.insertText", text=text)

    async def chooses_files(self, selector: str, *paths: Path) -> None:
        """As if these files had been chosen in the browser's own dialog."""
        root = (await self.call("DOM.getDocument", depth=0))["root"]["nodeId"]
        node = (await self.call("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        assert node, f"there is no {selector}"
        await self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    async def strikes(self, key: str, *, shift: bool = False) -> None:
        """A key that is no letter: TAB, ENTER, ESCAPE, SPACE, arrows."""
        code = _CODES[key]
        text = {"text": "\r"} if key == ENTER else {"text": " "} if key == SPACE else {}
        common = {
            "key": key,
            "code": "Space" if key == SPACE else key,
            "windowsVirtualKeyCode": code,
            "nativeVirtualKeyCode": code,
            "modifiers": _SHIFT if shift else 0,
        }
        await self.call("Input.dispatchKeyEvent", type="keyDown", **text, **common)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def sized(self, width: int, height: int, *, mobile: bool = False, scale: float = 1.0) -> None:
        """A window, or with `mobile` a phone's screen, with touch."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=mobile)

    async def coloured(self, scheme: str) -> None:
        """Light or dark, as the system says."""
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def offline(self, *, cut: bool) -> None:
        await self.call(
            "Network.emulateNetworkConditions", offline=cut, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )

    async def cookies(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.call("Network.getCookies"))["cookies"]
        return found

    async def text(self, selector: str = "body") -> str:
        """What a person reads there; "" where there is nothing."""
        words = await self.value(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        return " ".join(str(words).split())

    async def picture(self, *, whole: bool = False) -> bytes:
        """whole: the page to its end, not only what the window shows."""
        return base64.b64decode((await self.call("Page.captureScreenshot", captureBeyondViewport=whole))["data"])


@asynccontextmanager
async def opened(folder: Path, size: tuple[int, int] = (1400, 800)) -> AsyncIterator[Page]:
    """A browser of its own, with an empty profile in this folder; it ends with the block."""
    assert CHROMIUM is not None
    profile = folder / "profile"
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",  # tests may run as root
        "--disable-gpu",
        "--enable-unsafe-swiftshader",  # a terminal in a page draws by WebGL; the browser complains where software does it
        "--disable-background-networking",
        "--disable-component-update",
        "--hide-scrollbars",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--window-size={size[0]},{size[1]}",
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port_file = profile / "DevToolsActivePort"
        async with asyncio.timeout(STARTS_S):
            while not port_file.exists() or not port_file.read_text().strip():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        port = port_file.read_text().split()[0]
        async with httpx.AsyncClient(trust_env=False) as http:
            targets = (await http.get(f"http://127.0.0.1:{port}/json")).json()
        target = next(each for each in targets if each["type"] == "page")
        async with connect(target["webSocketDebuggerUrl"], max_size=None, proxy=None) as socket:
            page = Page(socket)
            listening = asyncio.create_task(page.listen())
            try:
                for domain in ("Page", "Network", "Runtime", "Log", "DOM"):
                    await page.call(f"{domain}.enable")
                await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
                yield page
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()
