"""Both verifiers of evidence packages find the same: one file of vectors, one test for each of them."""

from __future__ import annotations

import ast
import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical
from domain.merkle import MerkleTree, audit_path, merkle_root
from services import evidence_package_page
from services import evidence_package_verifier as verifier
from services.evidence_package_page import LibraryMissing, Page, page
from tests import evidence_vectors
from tests.evidence_vectors import zip_of

if TYPE_CHECKING:
    from playwright.async_api import Browser

VECTORS = json.loads(evidence_vectors.FILE.read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = VECTORS["cases"]
IN_PAGE = """async ({ packages, own }) => {
  const found = [];
  for (const [data, fingerprint] of packages) {
    const done = await evidence.check(evidence.ofBase64(data), { fingerprint, own });
    found.push(await done.report());
  }
  return found;
}"""
HEIGHTS = """() => {
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  return [...document.querySelectorAll("caption")].map((one) => one.getBoundingClientRect().height);
}"""
ED25519 = [  # RFC 8032, 7.1, tests 1 to 3: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def expected(case: dict[str, Any]) -> tuple[str, list[list[str]]]:
    return case["verdict"], case["findings"]


def told(report: dict[str, Any]) -> tuple[str, list[list[str]]]:
    """Verdict and findings; their order is a matter of reading."""
    return report["verdict"], sorted([one["code"], one["file"], one["row"]] for one in report["findings"])


def test_the_vectors_are_those_that_the_script_writes() -> None:
    assert evidence_vectors.vectors() == VECTORS, "python -m tests.evidence_vectors > the file"
    assert len({case["name"] for case in CASES}) == len(CASES) >= 25
    codes = {code for case in CASES for code, _, _ in case["findings"]}
    assert codes == set(verifier.WORDS), "every code has a case"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_script_finds_what_is_expected(case: dict[str, Any]) -> None:
    found = verifier.check(zip_of(VECTORS["files"], case["edits"]), case["fingerprint"])
    assert told(found.report()) == expected(case)
    said = "\n".join(verifier.told(found))
    assert all(file in said and row in said for _, file, row in case["findings"])


@pytest.mark.browser
@pytest.mark.parametrize("own", [True, False], ids=["browser", "library"])
async def test_the_page_finds_the_same_without_a_network(browser: Browser, tmp_path: Path, own: bool) -> None:
    """In a browser that is off-line, by its own Ed25519 and by the library that the page brings along."""
    empty = page()
    place = tmp_path / "verify.html"
    place.write_bytes(empty.before + empty.after)
    packages = [
        [base64.b64encode(zip_of(VECTORS["files"], case["edits"])).decode(), case["fingerprint"]]
        for case in CASES
    ]
    context = await browser.new_context(offline=True)
    asked: list[str] = []
    tab = await context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: asked.append(str(error)))
    tab.on("console", lambda said: asked.append(said.text) if said.type == "error" else None)
    await tab.goto(place.as_uri())
    found = await tab.evaluate(IN_PAGE, {"packages": packages, "own": own})
    await context.close()
    wrong = {
        case["name"]: (told(report), expected(case))
        for case, report in zip(CASES, found, strict=True)
        if told(report) != expected(case)
    }
    assert wrong == {}
    assert asked == [place.as_uri()]


@pytest.mark.browser
async def test_the_page_shows_what_it_carries(browser: Browser, tmp_path: Path) -> None:
    empty = page()
    for name, verdict in (("untouched", "sound"), ("a changed byte in a record", "unsound")):
        case = next(one for one in CASES if one["name"] == name)
        data = base64.b64encode(zip_of(VECTORS["files"], case["edits"]))
        place = tmp_path / f"{verdict}.html"
        place.write_bytes(empty.before + data + empty.after)
        context = await browser.new_context(
            offline=True, locale="en-GB", viewport={"width": 360, "height": 740}
        )
        tab = await context.new_page()
        await tab.goto(place.as_uri())
        await tab.wait_for_selector(f"html[data-verdict={verdict}]")
        said = await tab.locator("main").inner_text()
        assert ("Everything is as it was sealed" in said) == (verdict == "sound")
        assert "Batch B1" in said
        for _, file, row in case["findings"]:
            assert file in said and row in said
        heights = await tab.evaluate(HEIGHTS)
        assert heights and max(heights) < 60, "a title is read along a line, also on a phone"
        await tab.click("#language")
        assert "封存密钥的指纹" in await tab.locator("main").inner_text()
        assert await tab.evaluate("document.documentElement.scrollWidth") <= 360
        await context.close()


@pytest.mark.parametrize(("public", "message", "signature"), ED25519)
def test_signatures_are_verified_as_rfc_8032_has_them(public: str, message: str, signature: str) -> None:
    key, content, signed = (bytes.fromhex(one) for one in (public, message, signature))
    assert verifier.is_signed(key, content, signed)
    assert not verifier.is_signed(key, content + b"!", signed)
    assert not verifier.is_signed(key, content, signed[:63] + bytes([signed[63] ^ 1]))
    assert not verifier.is_signed(key[:31], content, signed)
    beyond = int.from_bytes(signed[32:], "little") + verifier.ORDER
    assert not verifier.is_signed(key, content, signed[:32] + beyond.to_bytes(32, "little"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_the_canonical_form_is_the_one_of_the_product(value: Any) -> None:
    assert verifier.canonical(value).encode() == canonical(value, normalise=False)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_a_tree_gives_the_paths_of_the_rfc(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    path = MerkleTree(entries).path(index)
    assert path == audit_path(index, entries)
    assert verifier.root_by_path(entries[index], index, len(entries), path) == merkle_root(entries)
    with pytest.raises(IndexError):
        MerkleTree(entries).path(len(entries))


def test_the_script_is_plain_python_of_long_ago() -> None:
    source = evidence_package_page.verify_script().decode()
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names | {"__future__"}
    newer = {"removeprefix", "removesuffix", "bit_count", "walk_packages", "is_relative_to"}
    assert not {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & newer


def test_the_script_tells_in_words_and_by_its_status(tmp_path: Path) -> None:
    script = tmp_path / "verify.py"
    script.write_bytes(evidence_package_page.verify_script())
    for name, status, said in (("untouched", 0, "SOUND"), ("a changed byte in the README", 1, "README.txt")):
        case = next(one for one in CASES if one["name"] == name)
        (tmp_path / "package.zip").write_bytes(zip_of(VECTORS["files"], case["edits"]))
        done = subprocess.run(
            [sys.executable, "-I", "-S", script, tmp_path / "package.zip"], capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (status, b"")
        assert said in done.stdout.decode()


def test_the_page_allows_its_own_code_alone() -> None:
    text = (page().before + page().after).decode()
    policy = text.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_without_the_library_no_page_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_package_page, "NOBLE", Path("nowhere"))
    with pytest.raises(LibraryMissing):
        page.__wrapped__()
    assert isinstance(page(), Page)
