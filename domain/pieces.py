"""Domain: goods that are tracked piece by piece - which pieces of a line are kept, and which are set apart.

Whoever answers for some pieces of a line says which: by scanning those that are kept, or by naming those that
are not (药品管理法 36). Pure: serials of the line and scans come from the caller.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.errors import Refusal

_BETWEEN = re.compile(r"[\s,;，；、]+")


class PieceNotOfLine(Refusal):
    """A serial was named that is not one of the line's."""

    code = "piece_not_of_line"
    zh = "第 {line} 行没有追溯码 {serial}"
    en = "Line {line} has no serial {serial}"


class PiecesNotTold(Refusal):
    """It is not said which pieces are set apart: neither named nor left unscanned."""

    code = "pieces_not_told"
    zh = "第 {line} 行逐件追溯：有 {apart} 件另行处理，请填写其追溯码，或撤销其扫描（已扫描 {scanned} 件）"
    en = (
        "Line {line} is tracked piece by piece: {apart} are set apart. Name their serials, or undo "
        "their scans ({scanned} are scanned)"
    )


class SerialsNotScanned(Refusal):
    """Goods with serials are scanned piece by piece; the quantity that was answered is another."""

    code = "serials_not_scanned"
    zh = "第 {line} 行逐件追溯：须扫描 {wanted} 件，已扫描 {scanned} 件"
    en = "Line {line} is tracked piece by piece: {wanted} to scan, {scanned} scanned"


class MoreScanned(Refusal):
    """More was scanned of a line than is said to be there."""

    code = "more_scanned"
    zh = "第 {line} 行已扫描 {scanned}，多于填写的 {wanted}：请撤销多扫的，或改正数量"
    en = "{scanned} are scanned of line {line}, more than the {wanted} that you say: undo scans or correct it"


@dataclass(frozen=True)
class Pieces:
    """The serials of a line: those that are kept and those that are set apart."""

    kept: tuple[str, ...]
    apart: tuple[str, ...]


def named_in(text: str | None) -> tuple[str, ...]:
    """The serials that somebody wrote, one after the other, each once."""
    return tuple(dict.fromkeys(one for one in _BETWEEN.split(text or "") if one))


def split(
    line: int, every: Sequence[str], apart: int, *, scanned: Iterable[str], named: Sequence[str] = ()
) -> Pieces:
    """Which pieces of a line are kept when `apart` of them are not; the refusals above say what is missing.

    All or none set apart needs no names. Otherwise those that are named are set apart and every other is
    scanned; or, without names, the scanned ones are kept.
    """
    seen, of_line = set(scanned), set(every)
    stranger = next((serial for serial in named if serial not in of_line), None)
    if stranger is not None:
        raise PieceNotOfLine(line=line, serial=stranger)
    if apart and apart >= len(every):
        return Pieces((), tuple(every))
    out = set(named) if named else of_line - seen
    if named and len(out) != apart:
        raise PiecesNotTold(line=line, apart=apart, scanned=len(seen & of_line))
    kept = tuple(serial for serial in every if serial not in out)
    if not named and len(kept) > len(every) - apart:
        raise PiecesNotTold(line=line, apart=apart, scanned=len(kept))
    if len(seen.intersection(kept)) != len(every) - apart:
        raise SerialsNotScanned(line=line, wanted=len(every) - apart, scanned=len(seen.intersection(kept)))
    return Pieces(kept, tuple(serial for serial in every if serial in out))


def check_counted(line: int, quantity: int, *, scanned: int, serials: int, tracked: bool) -> None:
    """Of goods with serials as many pieces are scanned as are answered; of others not more."""
    if tracked and serials != quantity:
        raise SerialsNotScanned(line=line, wanted=quantity, scanned=serials)
    if scanned > quantity:
        raise MoreScanned(line=line, wanted=quantity, scanned=scanned)
