"""Two languages everywhere: by `lang`, else Accept-Language, else the setting."""

from __future__ import annotations

import json
import re

import pytest


@pytest.mark.parametrize("query, header, lang", [
    ("", "", "zh"), ("", "en", "en"), ("", "en-GB,en;q=0.9", "en"), ("", "zh-CN,zh;q=0.9,en;q=0.5", "zh"),
    ("", "fr", "zh"), ("", "fr,en;q=0.3", "en"), ("?lang=en", "zh", "en"), ("?lang=zh", "en", "zh"), ("", "en;q=0", "zh")])
def test_the_language_is_chosen_by_parameter_then_header_then_setting(client, query, header, lang):
    answer = client.get(f"/collections/road{query}", headers={"Accept-Language": header} if header else {})
    assert answer.headers["Content-Language"] == lang
    assert json.loads(answer.data)["title"] == {"zh": "道路", "en": "Road"}[lang]
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_setting_decides_where_nobody_asks(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_LANG", "en")
    assert json.loads(client.get("/collections/road").data)["title"] == "Road"


def test_titles_come_in_both_languages_whatever_was_asked(get):
    for lang in ("zh", "en"):
        assert get(f"/collections/road?lang={lang}")["titles"] == {"zh": "道路", "en": "Road"}
        field = get(f"/collections/road/schema?lang={lang}")["properties"]["road_class"]
        assert field["x-titles"]["zh"] and field["x-titles"]["en"] and field["title"] == field["x-titles"][lang]
        assert all(c["x-titles"]["zh"] and c["x-titles"]["en"] for c in field["oneOf"])


def test_a_problem_speaks_the_language_of_the_request_and_carries_both(refused):
    zh, en = refused("/collections/road/items?limit=x"), refused("/collections/road/items?limit=x&lang=en")
    assert zh["detail"] == zh["zh"] == en["zh"] and en["detail"] == en["en"] == zh["en"]
    assert refused("/nothing", 404, **{"Accept-Language": "en"})["title"] == "Not found"


@pytest.mark.parametrize("address", ["/", "/collections", "/collections/road", "/collections/road/items", "/inventory",
                                     "/indicators", "/coverage/park", "/map", "/api", "/nothing"])
def test_a_page_in_english_has_no_chinese_of_ours(client, address):
    """Names of things stay as they are; menus and headings do not."""
    text = client.get(f"{address}?lang=en&f=html", headers={"Accept": "text/html"}).text
    top = re.sub(r'<script type="application/json".*?</script>', "", text.split("<main")[0])
    top = top.replace("中文", "")  # the way back
    assert not [c for c in top if "一" <= c <= "鿿"]
    assert 'lang="en"' in text


def test_chinese_in_a_query_works_in_every_spelling(client):
    plain = client.get("/collections/road/items?name=解放路1")
    encoded = client.get("/collections/road/items?name=%E8%A7%A3%E6%94%BE%E8%B7%AF1")
    assert plain.status_code == encoded.status_code == 200
    assert json.loads(plain.data)["numberMatched"] == json.loads(encoded.data)["numberMatched"] > 0
