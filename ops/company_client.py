"""Room `ops`: people and programs of a company as HTTP clients, for the demo player and the trials.

It knows the outward contract (`/api/v1`) and nothing behind it. A call that got no answer is repeated with
the same Idempotency-Key until it has one or patience ends: what a handheld in patchy Wi-Fi does.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

CALL_TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
ACCEPTED, UNAUTHENTICATED, CONFLICT, FAULT = 202, 401, 409, 500

Send = Callable[[str], Awaitable[httpx.Response]]


class Refused(Exception):
    """The company said no: a final 4xx. `code` is the problem's stable code."""

    def __init__(self, call: str, status: int, problem: Mapping[str, Any]) -> None:
        self.call, self.status, self.problem = call, status, problem
        self.code = str(problem.get("code", ""))
        super().__init__(
            f"{call}: {status} {self.code} {problem.get('detail', '')} {problem.get('fields') or ''}"
        )


class NoAnswer(Exception):
    """Patience ended before a final answer came."""

    code = "no_answer"


@dataclass
class CallFigures:
    """What was called how often, how long the answers took and how often a call had to be repeated."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    repeats: Counter[str] = field(default_factory=Counter)

    def report(self) -> dict[str, Any]:
        """Calls, repeats by reason, and median and 95th percentile of milliseconds of each call."""
        return {
            "total": sum(len(times) for times in self.seconds.values()),
            "repeats": dict(sorted(self.repeats.items())),
            "by_call": {
                call: {"count": len(times), "p50_ms": percentile(times, 50), "p95_ms": percentile(times, 95)}
                for call, times in sorted(self.seconds.items())
            },
        }


def percentile(seconds: list[float], percent: int) -> float:
    """A percentile of durations, in milliseconds."""
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1) if ordered else 0.0


@dataclass
class CompanyClient:
    """All callers of one company (`demo.json`: users with passwords and posts, API keys)."""

    base_url: str
    company: Mapping[str, Any]
    patience_seconds: float = PATIENCE_SECONDS
    figures: CallFigures = field(default_factory=CallFigures)

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(
            base_url=f"{self.base_url}/api/v1",
            timeout=CALL_TIMEOUT_SECONDS,
            headers={"Accept-Language": "en"},
            limits=httpx.Limits(max_connections=50, keepalive_expiry=5),
            trust_env=False,
        )
        self.callers: dict[str, Caller] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    def person(self, username: str) -> "Caller":
        """A person of the company, logged in at the first call."""
        if username not in self.callers:
            user = next(user for user in self.company["users"] if user["username"] == username)
            self.callers[username] = Caller(self, user=user)
        return self.callers[username]

    def program(self) -> "Caller":
        """The integrator's API key."""
        return Caller(self, bearer=self.company["api_key"])

    def administrator(self) -> "Caller":
        """The administrator's API key."""
        return Caller(self, bearer=self.company["admin_api_key"])

    def holders(self, post: str, site: str) -> list["Caller"]:
        """The people who hold a post at a site, those of that site alone first."""
        found = [
            (held["site"] is None, user["username"])
            for user in self.company["users"]
            for held in user["posts"]
            if held["post"] == post and held["site"] in {None, site}
        ]
        return [self.person(username) for _, username in sorted(found)]


@dataclass
class Caller:
    """One person or program: every call is made until it is answered finally."""

    client: CompanyClient
    user: Mapping[str, Any] | None = None
    bearer: str = ""

    @property
    def username(self) -> str:
        return str(self.user["username"]) if self.user else "program"

    @property
    def name(self) -> str:
        """The name as the company prints it."""
        return str(self.user["name"]) if self.user else ""

    @property
    def password(self) -> str:
        """What this person types at a signature."""
        assert self.user is not None
        return str(self.user["password"])

    async def get(self, path: str, **query: Any) -> Any:
        """Read; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return await self._call("GET", path, lambda _: self._send("GET", path, params=given))

    async def pages(self, path: str, **query: Any) -> list[Any]:
        """All items of a paged list."""
        found, after = [], None
        while True:
            page = await self.get(path, **query, after=after)
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Command; `key` is the Idempotency-Key of all repeats (a new one when none is given)."""
        return await self._call("POST", path, lambda k: self._send("POST", path, key=k, json=body), key)

    async def append(self, path: str, body: Any) -> Any:
        """Append what carries an id of its own (a scan, a line result): its repeats need no key."""
        return await self._call("POST", path, lambda _: self._send("POST", path, json=body))

    async def put(self, path: str, body: Any) -> Any:
        """Save."""
        return await self._call("PUT", path, lambda k: self._send("PUT", path, key=k, json=body))

    async def attach(self, content: bytes, file_name: str, *, task_id: str | None = None) -> str:
        """Keep a file, as a performer of the task when one is named; its id."""
        data = {"task_id": task_id} if task_id else {}
        files = {"file": (file_name, content, "application/pdf")}
        answer = await self._call(
            "POST",
            "/attachments",
            lambda k: self._send("POST", "/attachments", key=k, data=data, files=files),
        )
        return str(answer["id"])

    async def _send(self, method: str, path: str, *, key: str = "", **given: Any) -> httpx.Response:
        if not self.bearer:
            await self._log_in()
        headers = {"Authorization": f"Bearer {self.bearer}"}
        if key:
            headers["Idempotency-Key"] = key
        return await self.client.http.request(method, path, headers=headers, **given)

    async def _log_in(self) -> None:
        assert self.user is not None
        body = {"username": self.username, "password": self.password}
        answer = await self.client.http.post("/auth/token", json=body)
        answer.raise_for_status()
        self.bearer = answer.json()["token"]

    async def _call(self, method: str, path: str, send: Send, key: str | None = None) -> Any:
        """Send until there is a final answer: its JSON, or Refused, or NoAnswer after the patience."""
        call, key = named(method, path), key or str(uuid4())
        figures, began, pause = self.client.figures, time.monotonic(), FIRST_PAUSE
        while True:
            reason, wait, answer = "", pause, None
            try:
                answer = await send(key)
                reason, wait = self._why_not_final(answer, pause)
            except httpx.HTTPStatusError as error:  # of the log-in
                reason, answer = f"log-in {error.response.status_code}", error.response
                if error.response.status_code < FAULT:
                    raise
            except httpx.TransportError as error:
                reason = type(error).__name__
            if answer is not None and not reason:
                figures.seconds[call].append(time.monotonic() - began)
                return final(call, answer)
            figures.repeats[reason] += 1
            if time.monotonic() - began > self.client.patience_seconds:
                raise NoAnswer(f"{call}: {reason} {answer.text[:500] if answer is not None else ''}")
            await asyncio.sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _why_not_final(self, answer: httpx.Response, pause: float) -> tuple[str, float]:
        """Why the call must be made again (empty when the answer is final) and after how many seconds."""
        status = answer.status_code
        if status == ACCEPTED:
            return "202 not yet known", float(answer.json().get("retry_after", pause))
        if status >= FAULT:
            return str(status), pause
        if status == CONFLICT and answer.json().get("code") == "in_progress":
            return "409 in_progress", pause
        if status == UNAUTHENTICATED and self.user is not None and self.bearer:
            self.bearer = ""  # the session has ended: log in again, once per answer
            return "401 session", 0.0
        return "", pause


def final(call: str, answer: httpx.Response) -> Any:
    """The JSON of a final answer, or Refused."""
    if answer.is_error:
        is_json = "json" in answer.headers.get("content-type", "")
        raise Refused(call, answer.status_code, answer.json() if is_json else {"detail": answer.text[:500]})
    return answer.json() if answer.content else None


def named(method: str, path: str) -> str:
    """The call without the ids in its path: `POST /tasks/*/complete`."""
    parts = ["*" if any(sign.isdigit() for sign in part) else part for part in path.split("/")]
    return f"{method} {'/'.join(parts)}"
