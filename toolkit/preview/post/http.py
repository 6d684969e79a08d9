"""JSON over HTTP as forges want it: paging, rate limits, and repeated tries where that cannot do a thing twice.

Owns when to wait and for how long. What a request means is the forge's module.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

import urllib3

__all__ = ["Answer", "Client", "ForgeError", "NotFound", "Unsure"]

TRIES: Final = 5
LONGEST_WAIT_SECONDS: Final = 120.0
"""A limit that is lifted later than this is reported instead: a CI run costs money while it waits."""
_TIMEOUT: Final = urllib3.Timeout(connect=10, read=60)
_SAFE: Final = frozenset({"GET", "PUT", "PATCH", "DELETE"})
"""Methods that do the same however often they are sent."""
_MOST_PAGES: Final = 100


class ForgeError(RuntimeError):
    """The forge refuses or does not answer; the text says what it said, and never holds the token."""


class NotFound(ForgeError):  # noqa: N818 - what the forge says
    """What was asked for is not there, or not for us."""


class Unsure(ForgeError):  # noqa: N818 - reads as what it is at the raise site
    """A request that must not be sent twice may or may not have been carried out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    data: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class Client:
    """One forge's API."""

    base: str
    """Address of the API, without a slash at the end."""
    headers: Mapping[str, str] = field(repr=False)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=_TIMEOUT))

    def send(self, method: str, path: str, data: Any = None) -> Answer:
        """Send a request, again where that is safe.

        Args:
            method: HTTP method.
            path: Below the API's address, or a whole address of the same server.
            data: JSON to send.

        Raises:
            NotFound: 404 or 410.
            Unsure: A POST ended without an answer, or in an error of the server.
            ForgeError: Any other refusal, or no answer after several tries.
        """
        problem = ""
        for attempt in range(TRIES):
            try:
                answer = self._once(method, path, data)
            except urllib3.exceptions.HTTPError as error:
                problem = f"{method} {path}: no answer ({type(error).__name__})"
                wait = 2.0**attempt
            else:
                if answer.status < 400:
                    return answer
                problem = f"{method} {path}: {answer.status} {_said(answer)}"
                wait = self._wait(answer, attempt, problem)
            if method not in _SAFE and not _was_refused(problem):
                raise Unsure(problem)
            if attempt < TRIES - 1:
                self.sleep(wait)
        raise ForgeError(f"{problem}; gave up after {TRIES} tries")

    def pages(self, path: str) -> Iterator[Any]:
        """The items of all pages of a list."""
        next_path: str | None = path
        for _ in range(_MOST_PAGES):
            if next_path is None:
                return
            answer = self.send("GET", next_path)
            yield from answer.data if isinstance(answer.data, list) else ()
            next_path = _next(answer, next_path)
        raise ForgeError(f"{path}: more than {_MOST_PAGES} pages")

    def _once(self, method: str, path: str, data: Any) -> Answer:
        body = None if data is None else json.dumps(data).encode()
        headers = {**self.headers, **({"Content-Type": "application/json"} if body else {})}
        address = self._address(path)
        response = self.pool.request(method, address, body=body, headers=headers, redirect=False)
        try:
            parsed = json.loads(response.data) if response.data else None
        except ValueError:
            parsed = None
        return Answer(response.status, parsed, {key.lower(): value for key, value in response.headers.items()})

    def _address(self, path: str) -> str:
        if path.startswith(f"{self.base}/"):
            return path
        if "://" in path:  # the token goes to no other server
            raise ForgeError(f"the forge names a page on another server: {path.split('?')[0]}")
        return urljoin(f"{self.base}/", path.lstrip("/"))

    def _wait(self, answer: Answer, attempt: int, problem: str) -> float:
        """Seconds until the next try.

        Raises:
            ForgeError: Another try would not help.
        """
        if answer.status in (404, 410):
            raise NotFound(problem)
        if answer.status in (409, 423) or answer.status >= 500:
            return 2.0**attempt
        if not _limited(answer):
            raise ForgeError(problem)
        wait = self._limit_seconds(answer, attempt)
        if wait > LONGEST_WAIT_SECONDS:
            raise ForgeError(f"{problem}; the limit is lifted in {wait:.0f} s only")
        return wait

    def _limit_seconds(self, answer: Answer, attempt: int) -> float:
        """When the forge takes requests again, by its own words."""
        after = answer.headers.get("retry-after", "")
        reset = answer.headers.get("x-ratelimit-reset") or answer.headers.get("ratelimit-reset", "")
        if after.isdigit():
            return float(after)
        if reset.isdigit() and answer.headers.get("x-ratelimit-remaining", "0") == "0":
            return max(1.0, float(reset) - self.now() + 1)
        return 2.0 ** (attempt + 2)


def _limited(answer: Answer) -> bool:
    """Whether a refusal is one of too many requests: GitHub says so with 403 as well."""
    if answer.status == 429:
        return True
    marks = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return answer.status == 403 and (marks or "rate limit" in _said(answer).lower())


def _was_refused(problem: str) -> bool:
    """Whether the server refused before doing anything, so that even a POST may be sent again."""
    return any(f": {status} " in problem for status in (403, 409, 423, 429))


def _said(answer: Answer) -> str:
    data = answer.data
    text = data.get("message") or data.get("error") if isinstance(data, Mapping) else None
    return str(text)[:300] if text else ""


def _next(answer: Answer, path: str) -> str | None:
    """Where the next page is: by a Link header, or by GitLab's number of it."""
    for part in answer.headers.get("link", "").split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return address.strip().strip("<>")
    number = answer.headers.get("x-next-page", "")
    if not number.isdigit():
        return None
    kept = [each for each in path.partition("?")[2].split("&") if each and not each.startswith("page=")]
    return f"{path.partition('?')[0]}?{'&'.join([*kept, f'page={number}'])}"
