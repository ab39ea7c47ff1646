"""City plans over the web: the scorecard has the values of /indicators, links that open, and no more than the asker may see."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest

from registry import plans
from registry.plans.verdict import VERDICTS

CARD = "/plans/shaoxing_14/scorecard"


def path(href: str) -> str:
    assert href.startswith("http://localhost/")
    return href.removeprefix("http://localhost")


def test_every_plan_is_listed_and_its_links_open(get):
    listed = get("/plans")["plans"]
    assert [p["key"] for p in listed] == [p.key for p in plans.every()]
    for entry in listed:
        for link in entry["links"]:
            assert get(path(link["href"]))["plan"]["key"] == entry["key"]
    assert "http://localhost/plans" in {ln["href"] for ln in get("/")["links"]}


def test_the_scorecard_has_the_values_of_the_indicators(get):
    compared = 0
    for row in get(CARD)["rows"]:
        if row["answered_by"] != "indicator" or row["value"] is None:
            continue
        asks = row["asks"]
        where = ";".join(f"{k}:{','.join(v)}" for k, v in asks.get("where", {}).items())
        options = {k: v for k, v in asks.items() if k not in ("indicator", "class", "classes", "where")}
        address = f"/indicators/{row['answer']['code']}?" + "&".join(
            f"{k}={v}" for k, v in {"class": row["class"], "where": where, **options}.items() if v)
        figure = get(address)
        assert figure["value"] == row["answer"]["value"] and figure["bounds"] == row["answer"]["bounds"], row["key"]
        compared += 1
    assert compared >= 2


def test_the_evidence_of_a_row_opens_the_very_assets(get):
    row = next(r for r in get(CARD)["rows"] if r["id"] == "lighting_city")
    for which, href in row["evidence"].items():
        assert get(path(href))["numberMatched"] == row["answer"]["counts"][which]
    assert row["missing"][0]["href"] == row["evidence"]["unrated"] and row["verdict"] in VERDICTS


def test_the_links_of_works_and_entered_figures_open(get):
    for row in get(CARD)["rows"]:
        if row["answered_by"] != "indicator":
            for href in filter(None, row["evidence"].values()):
                get(path(href))


@pytest.mark.parametrize("verdict", list(VERDICTS))
def test_rows_of_one_verdict(get, verdict):
    whole, part = get(CARD), get(f"{CARD}?verdict={verdict}")
    assert part["rows"] == [r | {"answer": p["answer"]} for r, p in zip((r for r in whole["rows"] if r["verdict"] == verdict), part["rows"],
                                                                     strict=True)]
    assert part["summary"] == whole["summary"] and len(part["rows"]) == whole["summary"]["rows"][verdict]


def test_the_table_says_what_the_json_says(client, get):
    rows = get(CARD)["rows"]
    lines = list(csv.DictReader(io.StringIO(client.get(f"{CARD}?f=csv").data.decode("utf-8-sig"))))
    assert [(r["key"], r["verdict"]) for r in lines] == [(r["key"], r["verdict"]) for r in rows]
    assert [r["value"] for r in lines] == ["" if r["value"] is None else str(r["value"]) for r in rows]
    assert all(r["text"] and r["section"] and (r["missing"] or r["value"]) for r in lines)


def test_who_answers_for_a_target_stands_in_the_row_the_table_and_the_pages(client, get):
    said = next(t.department for t in plans.find("shaoxing_14").targets if t.id == "smart_cover").as_dict()
    assert next(r for r in get(CARD)["rows"] if r["id"] == "smart_cover")["department"] == said
    lines = csv.DictReader(io.StringIO(client.get(f"{CARD}?f=csv").data.decode("utf-8-sig")))
    assert next(r for r in lines if r["id"] == "smart_cover")["department.name"] == said["name"]
    for address in (CARD, "/plans/shaoxing_14"):
        assert f"责任部门：{said['name']} <span class=\"where\">{said['section']}</span>" in html.unescape(client.get(f"{address}?f=html").text)
    assert "原文留空" in client.get("/plans/bureaus_2021/scorecard?f=html").text
    assert "就全文而言" in client.get("/plans/bayannur_2019?f=html").text


def test_the_page_quotes_the_document_and_shows_what_contradicts(client):
    page = html.unescape(client.get(f"{CARD}?f=html").text)
    for words in ("城市道路照明亮灯率达到98%以上", "不能判定", "66.15", "/indicators/lighting_rate/evidence", "三（四）3；关键指标表 18"):
        assert words in page
    assert page.count('<tr id="') == len(re.findall(r'<span class="verdict (?:met|not_met|cannot_tell|no_figure)">[^<]+</span><br>', page))
    assert "City plans" in client.get("/plans?f=html&lang=en").text


def test_a_past_moment_is_carried_into_the_links(get):
    body = get(f"{CARD}?datetime=2010-01-01")
    assert body["on"] == "2010-01-01"
    row = next(r for r in body["rows"] if r["id"] == "lighting_city")
    assert "datetime=2010-01-01" in row["evidence"]["counted"] and row["timing"]["come"] is False
    assert all(r["value"] is None for r in get(f"{CARD}?as_of=2019-01-01")["rows"])


@pytest.mark.parametrize(("address", "status"), [
    ("/plans/atlantis", 404), ("/plans/atlantis/scorecard", 404), (f"{CARD}?verdict=perfect", 400), (f"{CARD}?datetime=soon", 400),
    (f"{CARD}?city=nowhere", 404), (f"{CARD}?colour=red", 400)])
def test_what_cannot_be_answered_is_refused(refused, address, status):
    refused(address, status)


def test_the_public_is_told_only_what_is_published(get, tmp_path, monkeypatch):
    file = tmp_path / "public.toml"
    file.write_text("[classes.streetlight]\nread = false\n", encoding="utf-8")
    before = next(r for r in get(CARD)["rows"] if r["id"] == "lighting_city")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    row = next(r for r in get(CARD)["rows"] if r["id"] == "lighting_city")
    assert before["value"] is not None and row["value"] is None
    assert row["missing"][0]["what"] == "sight" and not row["evidence"] and not row["answer"]
    assert not next(s for s in get("/plans/hexi_14/scorecard")["stocks"] if s["id"] == "lamps")["beside"]
