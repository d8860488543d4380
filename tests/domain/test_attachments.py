import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attachments import (
    MAX_BYTES,
    AttachmentTooLarge,
    MediaTypeNotAccepted,
    check_size,
    media_type_of,
    shown_name,
)

SAMPLES = {
    "application/pdf": b"%PDF-1.7 x",
    "image/png": b"\x89PNG\r\n\x1a\n x",
    "image/jpeg": b"\xff\xd8\xff\xe0 x",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
}


@pytest.mark.parametrize(("media_type", "content"), SAMPLES.items())
def test_the_bytes_say_what_a_file_is(media_type: str, content: bytes) -> None:
    assert media_type_of(content) == media_type
    assert media_type_of(content, media_type + "; charset=x") == media_type
    assert media_type_of(content, "application/octet-stream") == media_type


def test_html_named_a_report_and_a_wrong_name_are_refused() -> None:
    for content, told in ((b"<html>", "application/pdf"), (b"", None), (SAMPLES["image/png"], "text/html")):
        with pytest.raises(MediaTypeNotAccepted):
            media_type_of(content, told)


def test_size_is_bounded() -> None:
    check_size(b"x")
    with pytest.raises(AttachmentTooLarge):
        check_size(bytes(MAX_BYTES + 1))


@given(st.text(max_size=300))
def test_a_shown_name_is_never_a_path_and_never_empty(name: str) -> None:
    shown = shown_name(name, "image/png")
    assert shown
    assert len(shown) <= 120
    assert not set(shown) & set('\\/:*?"<>|\x00\n')
    assert shown not in {".", ".."}
