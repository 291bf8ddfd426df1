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


class Page:
    """One page. requested: every URL that it has asked for; said: what it wrote to its console as an error."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.requested: list[str] = []
        self.said: list[str] = []
        self.sockets: list[str] = []

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
                case "Log.entryAdded", {"entry": {"level": "error", "text": text}}:
                    self.said.append(text)
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
        """What it comes to, once it is true."""
        async with asyncio.timeout(within_s):
            while not (value := await self.value(expression)):  # noqa: ASYNC110  # the page tells nobody
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

    async def picture(self) -> bytes:
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


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
        "--disable-background-networking",
        "--disable-component-update",
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
            for domain in ("Page", "Network", "Runtime", "Log"):
                await page.call(f"{domain}.enable")
            await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
            yield page
            listening.cancel()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()
