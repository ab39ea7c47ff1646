"""What a person sees on the map and the pages, in a real browser."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

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


CLICKED = """
const map = window.registryMap, layer = arguments[0];
for (const f of map.queryRenderedFeatures({layers: [layer]})) {
  let at = f.geometry.coordinates;
  while (typeof at[0] !== "number") at = at[0];
  const point = map.project(at), first = map.queryRenderedFeatures(point).find((g) => g.source !== "basemap");
  if (point.x > 350 && first && first.source === arguments[1]) {
    map.fire("click", {point, lngLat: map.unproject(point)});
    return true;
  }
}
return false;
"""


def popup(browser) -> str:
    return WebDriverWait(browser, 20).until(lambda b: b.find_element(By.CSS_SELECTOR, ".maplibregl-popup").text)


def test_a_blind_spot_says_its_area_people_and_nearest_facility(map_page):
    shown(map_page, "gaps")
    assert map_page.execute_script(CLICKED, "gaps-fill", "gaps")
    text = popup(map_page)
    for word in ("覆盖盲区", "面积", "m²", "人口", "最近的设施", "相距"):
        assert word in text, text


def test_what_is_served_and_where_to_build_next_are_drawn(map_page):
    shown(map_page, "gaps")
    for name in ("served", "sites"):
        map_page.find_element(By.ID, f"layer-{name}").click()
    assert shown(map_page, "served") > 0
    markers = WebDriverWait(map_page, 60).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".site-marker"))
    assert [m.text for m in markers] == ["1", "2", "3"]
    panel = map_page.find_element(By.ID, "panel").text
    assert "→" in panel and "3 处" in panel
    map_page.execute_script("arguments[0].click()", markers[0])
    text = popup(map_page)
    for word in ("建议选址 1", "新增覆盖", "建后覆盖率", "服务半径"):
        assert word in text, text
    map_page.find_element(By.ID, "layer-sites").click()
    assert not map_page.find_elements(By.CSS_SELECTOR, ".site-marker")


def test_another_rule_has_its_own_rate_blind_spots_and_tiers(map_page):
    shown(map_page, "gaps")
    before = map_page.find_element(By.ID, "rate").text
    assert map_page.find_element(By.ID, "sites-tier").is_displayed(), "parks have tiers"
    Select(map_page.find_element(By.ID, "rule")).select_by_value("toilet_roads")
    WebDriverWait(map_page, 40).until(lambda b: "%" in b.find_element(By.ID, "rate").text and b.find_element(By.ID, "rate").text != before)
    kinds = "return [...new Set(window.registryMap.querySourceFeatures('gaps').map((f) => f.geometry.type))].join()"
    WebDriverWait(map_page, 40).until(lambda b: "LineString" in b.execute_script(kinds))
    assert not map_page.find_element(By.ID, "sites-tier").is_displayed()


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
