"""Posting, against servers on this machine that answer as the forges do: pages, limits, faults, lost answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.previews.forges import Fault, Forge, serving
from tests.support.previews.golden import recorded, report_of_cases
from toolkit.preview.post import github, gitlab
from toolkit.preview.post.approved import approved_digests, differing
from toolkit.preview.post.forge import ForgeError, Posting
from toolkit.preview.post.http import Client, Unsure
from toolkit.preview.render.markdown import marker

REPORT = report_of_cases(("gpu-type", "policy-block"), recorded())
SAFE = report_of_cases(("nothing",), recorded())


@dataclass
class Site:
    forge: Forge
    posting: Posting
    waits: list[float]

    def send(self, report: Any = REPORT) -> list[str]:
        return self.posting.send(report, "", dry_run=False)

    @property
    def live(self) -> list[dict[str, Any]]:
        return self.forge.live(self.posting.key)


@pytest.fixture(params=["github", "gitlab"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    waits = list[float]()
    with serving(request.param) as forge:
        yield Site(forge, _posting(request.param, forge.base, tmp_path, waits), waits)


def _posting(kind: str, base: str, folder: Path, waits: list[float]) -> Posting:
    if kind == "gitlab":
        variables = {"GITLAB_TOKEN": "t", "CI_API_V4_URL": f"{base}/v4", "CI_PROJECT_PATH": "o/r"}
        posting = gitlab.posting(variables | {"CI_MERGE_REQUEST_IID": "7"}, None)
        clients: list[Client] = [posting.forge.client]  # type: ignore[attr-defined]
    else:
        event = folder / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "abc"}}}))
        variables = {"GITHUB_TOKEN": "secret-token", "GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": base}
        variables |= {"GITHUB_EVENT_PATH": str(event), "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
        posting = github.posting(variables, None)
        clients = [posting.forge.client, posting.forge.graphql]  # type: ignore[attr-defined]
    for client in clients:
        client.sleep = waits.append
    return posting


def once(status: int, method: str, *, headers: dict[str, str] | None = None, message: str = "") -> Fault:
    def fault(_forge: Forge, sent: str, path: str) -> tuple[int, dict[str, str], Any] | None:
        fits = sent == method and ("comments" in path or "notes" in path)
        return (status, headers or {}, {"message": message}) if fits else None

    return fault


def test_one_comment_is_made_and_then_kept_up_to_date(site: Site) -> None:
    for _ in range(7):
        site.forge.comment("a person's", False)
    site.send()
    site.send(SAFE)
    site.send(SAFE)
    (comment,) = site.live
    assert "✅ Safe" in comment["body"]
    assert len(site.forge.comments) == 8
    assert site.forge.labels == ["preview: safe"]


def test_a_comment_of_somebody_else_with_our_marker_is_left_alone(site: Site) -> None:
    theirs = site.forge.comment(f"{marker(site.posting.key)}\nforged", False)
    site.send()
    assert theirs["body"].endswith("forged")
    assert theirs["node_id"] not in site.forge.minimized
    assert len(site.live) == 1


def test_older_comments_of_ours_are_folded_away(site: Site) -> None:
    for text in ("one", "two"):
        site.forge.comment(f"{marker(site.posting.key)}\n{text}", True)
    site.send()
    (comment,) = site.live
    assert comment["id"] == 2
    before = list(site.forge.seen)
    site.send()
    assert not [
        each for each in site.forge.seen[len(before) :] if each[0] in ("PATCH", "PUT") and "/comments/" in each[1]
    ]


def test_a_comment_that_is_deleted_meanwhile_is_made_again(site: Site) -> None:
    site.forge.comment(f"{marker(site.posting.key)}\nold", True)

    def deleted(forge: Forge, method: str, path: str) -> tuple[int, dict[str, str], Any] | None:
        if method not in ("PATCH", "PUT") or not ("comments" in path or "notes" in path):
            return None
        forge.comments.clear()
        return 404, {}, {"message": "Not Found"}

    site.forge.faults.append(deleted)
    site.send()
    assert len(site.live) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 0])
def test_a_lost_answer_posts_nothing_twice(site: Site, status: int) -> None:
    site.forge.after.append(once(status, "POST"))
    site.send()
    assert len(site.live) == 1
    assert len(site.forge.comments) == 1


def test_a_fault_before_the_comment_is_made_is_survived(site: Site) -> None:
    site.forge.faults += [once(502, "POST"), once(503, "GET"), once(0, "GET")]
    site.send()
    assert len(site.forge.comments) == 1


def test_a_limit_is_waited_for_as_the_forge_says(site: Site) -> None:
    site.forge.faults += [
        once(429, "GET", headers={"Retry-After": "3"}),
        once(403, "POST", headers={"Retry-After": "5"}, message="You have exceeded a secondary rate limit"),
    ]
    site.send()
    assert site.waits[:2] == [3.0, 5.0]
    assert len(site.forge.comments) == 1


def test_a_limit_that_lasts_too_long_is_told(site: Site) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
    site.forge.faults.append(once(403, "GET", headers=headers, message="API rate limit exceeded"))
    with pytest.raises(ForgeError, match="the limit is lifted in"):
        site.send()
    assert not site.waits


def test_an_edit_conflict_is_tried_again(site: Site) -> None:
    site.forge.comment(f"{marker(site.posting.key)}\nold", True)
    site.forge.faults += [once(409, "PATCH"), once(409, "PUT")]
    site.send()
    assert len(site.live) == 1 and "old" not in site.live[0]["body"]


@pytest.mark.parametrize(("status", "words"), [(401, "401 Bad credentials"), (403, "403 Resource not accessible")])
def test_a_refusal_is_told_at_once_and_without_the_token(site: Site, status: int, words: str) -> None:
    site.forge.faults.append(once(status, "GET", message=words.partition(" ")[2]))
    with pytest.raises(ForgeError, match=words) as caught:
        site.send()
    assert "secret-token" not in str(caught.value)
    assert not site.waits


def test_a_server_that_stays_broken_is_given_up(site: Site) -> None:
    site.forge.faults += [once(500, "GET") for _ in range(10)]
    with pytest.raises(ForgeError, match="gave up after 5 tries"):
        site.send()


def test_a_dry_run_sends_nothing(site: Site) -> None:
    lines = site.posting.send(REPORT, "", dry_run=True)
    assert lines[0].startswith("would comment on o/r")
    assert not site.forge.seen


def test_the_approved_plan_is_read_back_and_compared(site: Site) -> None:
    site.send()
    approved = approved_digests(site.posting)
    assert approved == {stack.name: stack.digest for stack in REPORT.stacks}
    (blocked,) = [each for each in differing(REPORT, approved) if "failed" in each]
    assert "no plan to compare" in blocked
    assert differing(SAFE, approved)[0].startswith("eks-dev: the plan differs")
    assert differing(SAFE, {}) == ["eks-dev: no plan of it was approved"]


def test_no_plan_is_approved_by_a_forged_comment(site: Site) -> None:
    body = f'{marker(site.posting.key)}\n<!-- cartesia-infra plan {{"eks-dev": "{SAFE.stacks[0].digest}"}} -->'
    site.forge.comment(body, False)
    with pytest.raises(ForgeError, match="has no preview of ours"):
        approved_digests(site.posting)


@pytest.mark.parametrize("site", ["github"], indirect=True)
def test_github_gets_a_check_with_every_finding_and_a_summary(site: Site, tmp_path: Path) -> None:
    site.send()
    site.send()
    (check,) = site.forge.checks
    findings = sum(len(stack.findings) for stack in REPORT.stacks)
    assert check["conclusion"] == "failure"
    assert len(check["annotations"]) == 2 * findings
    assert {each["path"] for each in check["annotations"]} == {"stacks/Pulumi.eks-dev.yaml"}
    assert "⛔ Blocked" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("site", ["github"], indirect=True)
def test_the_token_goes_to_no_other_server(site: Site) -> None:
    client: Client = site.posting.forge.client  # type: ignore[attr-defined]
    with pytest.raises(ForgeError, match="another server"):
        client.send("GET", "http://127.0.0.1:1/steal")
    with pytest.raises(ForgeError, match="another server"):
        client.send("GET", f"{client.base}.evil.example/steal")


@pytest.mark.parametrize("site", ["github"], indirect=True)
def test_a_post_without_an_answer_is_not_repeated_by_itself(site: Site) -> None:
    client: Client = site.posting.forge.client  # type: ignore[attr-defined]
    site.forge.faults.append(once(502, "POST"))
    with pytest.raises(Unsure):
        client.send("POST", "repos/o/r/issues/7/comments", {"body": "x"})
    assert len(site.forge.seen) == 1


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_what_is_missing_is_named(kind: str) -> None:
    module = {"github": github, "gitlab": gitlab}[kind]
    with pytest.raises(ForgeError, match="must be set"):
        module.posting({}, None)
