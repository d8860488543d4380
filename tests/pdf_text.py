"""The text of a PDF that the product printed: enough of the format to read its own notes back, no more."""

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) [\d.]+ Tf")
_TOKEN = re.compile(rb"/f\d+ [\d.]+ Tf|\\.|\(|\)", re.DOTALL)
_CHARACTER = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_SPECIAL = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """All words in the order in which they are painted, without blanks."""
    return re.sub(r"\s", "", "".join(pieces_of(pdf)))


def pieces_of(pdf: bytes) -> list[str]:
    """Each piece of a line as it is painted: no number runs into the next one."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    return [piece for body in objects.values() if _is_page(body) for piece in _page(body, objects)]


def pages_of(pdf: bytes) -> int:
    """How many pages there are."""
    return sum(_is_page(body) for _, body in _OBJECT.findall(pdf))


def _is_page(body: bytes) -> bool:
    return re.search(rb"/Type/Page\b", body) is not None


def _page(body: bytes, objects: dict[int, bytes]) -> list[str]:
    resources = objects[_reference(body, b"Resources")]
    fonts = {
        name: _mapping(_stream(objects[_reference(objects[int(number)], b"ToUnicode")]))
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    said: list[str] = []
    characters: dict[int, str] = {}
    for font, glyphs in _painted(_stream(objects[_reference(body, b"Contents")])):
        if font:
            characters = fonts[font]
            continue
        raw = re.sub(rb"\\([0-7]{1,3}|.)", _unescaped, glyphs, flags=re.DOTALL)
        codes = (int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2))
        said.append("".join(characters.get(code, "") for code in codes))
    return said


def _painted(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Fonts as they are chosen, and strings as they stand; a string may hold parentheses in pairs."""
    depth, start = 0, 0
    for found in _TOKEN.finditer(content):
        if font := _FONT.match(found[0]):
            yield font[1], b""
        elif found[0] == b"(":
            start = found.end() if depth == 0 else start
            depth += 1
        elif found[0] == b")":
            depth -= 1
            if depth == 0:
                yield b"", content[start : found.start()]


def _reference(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, (name, body[:200])
    return int(found[1])


def _stream(body: bytes) -> bytes:
    raw = body.partition(b"stream\n")[2].removesuffix(b"endstream").removesuffix(b"\n")
    return zlib.decompress(raw)


def _mapping(cmap: bytes) -> dict[int, str]:
    parts = re.findall(r"beginbfchar(.*?)endbfchar", cmap.decode("latin-1"), re.DOTALL)
    pairs = [pair for part in parts for pair in _CHARACTER.findall(part)]
    return {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    return bytes([int(escape, 8)]) if escape.isdigit() else _SPECIAL.get(escape, escape)
