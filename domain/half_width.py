"""Domain: what Chinese input methods write for numbers, dates and codes - full width - in plain characters.

`１２３` is 123, `２０２７－１１－３０` is a day. Of NFKC only this: it would also make 102 of `10²`. Free
text stays as it was written: there `（甲）` is meant.
"""

_HALF = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def half_width(text: str) -> str:
    """The text with full-width letters, digits, signs and blanks in half width, as codes are read."""
    return text if text.isascii() else text.translate(_HALF)
