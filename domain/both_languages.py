"""Domain: what the system writes in both languages at once, `zh / en`, and the half that one reader gets."""

import re

_HAN = re.compile("[\u4e00-\u9fff]")


def half(text: str, language: str) -> str:
    """The half of `zh / en` in a language, `zh` or `en`; any other text stays as it is."""
    zh, slash, en = text.partition(" / ")
    both = slash and _HAN.search(zh) and not _HAN.search(en)
    return (en if language == "en" else zh) if both else text
