"""What may be attached is told by its bytes, whatever its sender calls it."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from registry.kinds.media import MEDIA, OFFICE


def book() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


SAMPLES = {
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF", "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 ", "image/heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "application/pdf": b"%PDF-1.7\n", f"{OFFICE}spreadsheetml.sheet": book(),
    f"{OFFICE}wordprocessingml.document": archive("[Content_Types].xml", "word/document.xml"),
    "text/plain": "会议纪要\r\n第 1 条".encode()}
REFUSED = [b"<html><script>", b"  \n<svg xmlns='x'>", b"\xef\xbb\xbf<!doctype html>", b"\x7fELF\x02", b"MZ\x90\0", archive("a.txt"),
           b"PK\x03\x04broken", b"\0" * 20, b"GIF89a\x01\0", b"\xff\xff\xff\xff"]


@pytest.mark.parametrize("media", MEDIA)
def test_each_kind_is_told_from_the_others(media):
    assert [m for m, fits in MEDIA.items() if fits(SAMPLES[media])] == [media]


@pytest.mark.parametrize("data", REFUSED)
def test_markup_programs_and_archives_are_none_of_them(data):
    assert not any(fits(data) for fits in MEDIA.values())


def test_text_of_the_local_code_page_is_text():
    assert MEDIA["text/plain"]("会议纪要".encode("gb18030"))
