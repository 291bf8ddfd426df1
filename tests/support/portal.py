"""The portal as a browser asks for it, without one: cookies, forms with their session's mark, and what a page says."""

import re
from html import unescape
from typing import Any, Self

import httpx

CSRF = re.compile(r'<meta name="csrf" content="([0-9a-f]+)">')


class Portal:
    """One visitor's browser. `async with Portal(url) as portal: await portal.sign_in("rita", PASSWORD)`."""

    def __init__(self, url: str, *, language: str = "en") -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, headers={"Accept-Language": language})
        self.csrf = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        answer = await self.http.get(path, **kwargs)
        if found := CSRF.search(answer.text):
            self.csrf = found[1]
        return answer

    async def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> httpx.Response:
        """A form, as a page of ours sends it."""
        headers = {"Origin": self.url, **kwargs.pop("headers", {})}
        return await self.http.post(path, data={"csrf": self.csrf, **(data or {})}, headers=headers, **kwargs)

    async def sign_in(self, name: str, password: str) -> httpx.Response:
        """The start page of whoever it is. Asserts that it worked."""
        answer = await self.post("/sign-in", {"name": name, "password": password})
        assert answer.status_code == 303, words_of(answer)
        return await self.get("/", follow_redirects=True)


def words_of(answer: httpx.Response) -> str:
    """What a page says, without its marks."""
    body = re.sub(r"<(script|style).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
