"""UI: the two message catalogues, read from the .po files at start so that no binary is committed.

Message ids are English and short; Chinese (zh_CN) is the first language and both catalogues are complete
(tests/ui/test_translations.py). Knows no page and no service.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from domain.both_languages import half

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LOCALES: dict[str, str] = {"zh": "zh_CN", "en": "en"}
LOCALE_FOLDER = Path(__file__).parent / "locale"


def mark(message: str) -> str:
    """Marks a message for extraction where it is defined; it is translated where it is shown."""
    return message


def catalogue_path(language: str) -> Path:
    """The .po file of a language."""
    return LOCALE_FOLDER / LOCALES[language] / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    """A catalogue as committed; an absent file is an empty one."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=LOCALES[language], project="xunji")
    with path.open("rb") as file:
        return read_po(file, locale=LOCALES[language])


def _entries(catalogue: Catalog) -> Iterator[tuple[str, tuple[str, ...]]]:
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        identity = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if forms and all(forms):
            yield str(identity), tuple(str(form) for form in forms)


@dataclass(frozen=True)
class Translations:
    """One language's words. An unknown message shows itself; parameters are `%(name)s`."""

    language: Language
    messages: dict[str, tuple[str, ...]] = field(repr=False)

    def gettext(self, message: str, /, **params: Any) -> str:
        """The message in this language, with its parameters put in."""
        text = self.messages.get(message, (message,))[0]
        return text % params if params else text

    def ngettext(self, one: str, many: str, n: int, /, **params: Any) -> str:
        """The message for a count; `%(n)s` is the count. Chinese has one form."""
        forms = self.messages.get(one, (one, many))
        text = forms[0] if n == 1 or len(forms) == 1 else forms[1]
        return text % {"n": n, **params}

    def own(self, text: str) -> str:
        """What the system wrote in both languages, `zh / en`, in this one; any other text stays as it is."""
        return half(text, self.language)

    def pick(self, text: Any) -> str:
        """A visible text of a definition or master record (`zh` and `en`), in this language."""
        zh, en = (text.get("zh", ""), text.get("en", "")) if isinstance(text, dict) else (text.zh, text.en)
        return str(en or zh) if self.language == "en" else str(zh or en)


@cache
def translations(language: Language) -> Translations:
    """The catalogue of a language, read once."""
    return Translations(language, dict(_entries(read_catalogue(language))))
