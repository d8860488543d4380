"""UI: brings both catalogues up to date with the messages that templates and pages use.

`python -m ui.extraction` adds new messages, drops unused ones and keeps every translation. English message
ids translate to themselves. A development tool: nothing of the running product imports it.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from ui.translation import LANGUAGES, LOCALES, catalogue_path, read_catalogue

FOLDER = Path(__file__).parent
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}


def used_messages() -> Catalog:
    """Every message of the room, as a template catalogue."""
    catalogue = Catalog(project="xunji")
    found = extract_from_dir(
        str(FOLDER),
        METHODS,
        options_map={"**.html": {"silent": "false"}},
        keywords=KEYWORDS,
        comment_tags=(),
        directory_filter=lambda _directory: True,
    )
    for _file, _line, message, _comments, _context in found:
        if message:
            catalogue.add(message)
    return catalogue


def updated(language: str) -> bytes:
    """The .po file of a language with exactly the used messages, sorted, without dates or places."""
    old, fresh = read_catalogue(language), Catalog(locale=LOCALES[language], project="xunji")
    for message in used_messages():
        if not message.id:
            continue
        known = old.get(message.id)
        string = known.string if known else ""
        if language == "en" and not (known and known.string):
            string = message.id
        fresh.add(message.id, string)
    out = BytesIO()
    write_po(out, fresh, no_location=True, omit_header=True, sort_output=True, width=100)
    header = (
        f'msgid ""\nmsgstr ""\n"Project-Id-Version: xunji\\n"\n"Language: {LOCALES[language]}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {fresh.plural_forms}\\n"\n\n'
    )
    return header.encode() + out.getvalue().strip() + b"\n"


def main() -> None:
    """Writes both catalogues."""
    for language in LANGUAGES:
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(updated(language))


if __name__ == "__main__":
    main()
