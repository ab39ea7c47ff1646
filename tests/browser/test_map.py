"""What a person sees on the map and the pages, in a real browser."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SHOWN = """
const map = window.registryMap;
if (!map || !map.loaded()) return null;
return map.queryRenderedFeatures().filter(f => f.source && f.source.includes(arguments[0])).length;
"""


def shown(browser, source: str) -> int:
    """How many features of a source are drawn, once there are any."""
    return WebDriverWait(browser, 40).until(lambda b: b.execute_script(SHOWN, source))


@pytest.fixture
def map_page(browser, site):
    browser.get(f"{site}/map?lang=zh")
    return browser


def test_the_map_draws_roads_parks_and_blind_spots(map_page):
    assert shown(map_page, "road") > 100
    assert shown(map_page, "park") > 10
    assert shown(map_page, "gaps") > 10


def test_a_layer_that_is_ticked_appears(map_page):
    shown(map_page, "road")
    box = map_page.find_element(By.CSS_SELECTOR, "input[type=checkbox][value=streetlight], #layer-streetlight")
    box.click()
    assert shown(map_page, "streetlight") > 100


def test_the_legend_and_titles_are_those_of_the_declarations(map_page):
    shown(map_page, "road")  # the panel is filled when the layers are told
    text = map_page.find_element(By.ID, "panel").text
    for word in ("完好", "破损", "未知", "道路", "公园", "盲区", "行政区"):
        assert word in text, word


def test_the_page_of_coverage_shows_the_rate_and_the_table(browser, site):
    browser.get(f"{site}/coverage/park?lang=zh")
    text = browser.find_element(By.TAG_NAME, "main").text
    assert "公园绿地服务半径覆盖率" in text and "%" in text and "云栖区" in text


def test_nothing_goes_wrong_in_the_console(browser, site):
    browser.get_log("browser")
    for path in ("/", "/map", "/collections", "/collections/road", "/collections/road/items", "/inventory",
                 "/indicators", "/indicators/intact_rate?class=road&by=road_class", "/coverage/park", "/api"):
        browser.get(site + path)
    wrong = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert not [m for m in wrong if "favicon" not in m], wrong


def test_maplibre_draws_a_style_and_a_tilejson_as_they_are_served(map_page, site):
    shown(map_page, "road")
    map_page.get_log("browser")
    map_page.execute_script("window.registryMap.setStyle(arguments[0], {diff: false}); window.registryMap.jumpTo({zoom: 14.5})",
                            f"{site}/styles/road?f=mapbox")
    assert shown(map_page, "road") > 5
    map_page.execute_script("""
        const map = window.registryMap;
        map.addSource("by-tilejson", {type: "vector", url: arguments[0]});
        map.addLayer({id: "x", type: "line", source: "by-tilejson", "source-layer": "road"});""",
                            f"{site}/collections/road/tiles/WebMercatorQuad?f=tilejson")
    assert shown(map_page, "by-tilejson") > 5
    assert not [e for e in map_page.get_log("browser") if e["level"] == "SEVERE"]
