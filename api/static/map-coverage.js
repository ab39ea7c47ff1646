// Coverage on the map: the rate of a rule, what is served, blind spots with their facts, and where to build next.
"use strict";

window.registryCoverage = function ({ map, config, below, say, both, lang, note, make, table, anchor, checkbox }) {
  const EMPTY = { type: "FeatureCollection", features: [] };
  const rules = config.coverage.rules, colors = { gaps: config.gaps.color, ...config.coverage.colors };
  const titles = { served: say("服务范围", "Area served"), gaps: say("盲区", "Blind spots"), sites: say("建议选址", "Proposed sites") };
  const shown = { served: false, gaps: false, sites: false }, asked = {};
  const picker = document.getElementById("rule"), rate = document.getElementById("rate");
  let rule = rules[0], markers = [], count, tier;
  const href = (rel) => rule.links.find((l) => l.rel === rel).href;
  const number = (v, digits = 0) => (v === null || v === undefined ? "—" : Number(v).toLocaleString(lang, { maximumFractionDigits: digits }));
  const percent = (v) => (v === null || v === undefined ? "—" : `${number(v, 2)} %`);
  const size = (own, name) => (own[`${name}_m`] !== undefined ? `${number(own[`${name}_m`])} m` : `${number(own[`${name}_m2`])} m²`);

  // -- layers -----------------------------------------------------------------------------------
  function layers(id, opacity) {
    const add = (kind, paint, only) => map.addLayer({ id: `${id}-${kind}`, type: kind, source: id, paint, filter: only,
      layout: { visibility: "none" } }, id === "sites" ? undefined : below);
    map.addSource(id, { type: "geojson", data: EMPTY });
    add("fill", { "fill-color": colors[id], "fill-opacity": opacity }, ["==", ["geometry-type"], "Polygon"]);
    add("line", { "line-color": colors[id], "line-width": ["match", ["geometry-type"], "LineString", 3, 1] }, ["!=", ["geometry-type"], "Point"]);
    if (id === "sites") add("circle", { "circle-color": colors[id], "circle-radius": 5 }, ["==", ["geometry-type"], "Point"]);
  }

  function visible(id, on) {
    shown[id] = on;
    ["fill", "line", "circle"].forEach((kind) => {
      if (map.getLayer(`${id}-${kind}`)) map.setLayoutProperty(`${id}-${kind}`, "visibility", on ? "visible" : "none");
    });
    if (on) load(id); else forget(id);
  }

  function forget(id) {
    if (asked[id]) asked[id].abort();
    map.getSource(id).setData(EMPTY);
    if (id === "sites") { markers.forEach((m) => m.remove()); markers = []; }
    note(id, "");
  }

  function show(id, features) {
    map.getSource(id).setData({ type: "FeatureCollection", features });
  }

  async function load(id) {
    forget(id);
    const signal = (asked[id] = new AbortController()).signal;
    note(id, id === "sites" ? say("正在选址……", "Choosing sites …") : "");
    try {
      if (id === "sites") await loadSites(signal);
      else await registryLoad.pages(href(id), config.most, signal, (features) => show(id, features));
      if (id !== "sites") note(id, "");
    } catch (error) {
      if (error.name !== "AbortError") note(id, `${titles[id]}${say("：", ": ")}${error.message}`);
    }
  }

  async function loadRate() {
    rate.replaceChildren(rule.edition);
    if (asked.rate) asked.rate.abort();
    const signal = (asked.rate = new AbortController()).signal;
    try {
      const told = await registryLoad.json(href("collection"), signal);
      rate.replaceChildren(anchor(href("collection").replace("f=json", "f=html"), percent(told.value)), ` · ${rule.edition}`);
    } catch (error) {
      if (error.name !== "AbortError") rate.append(` · ${error.message}`);
    }
  }

  // -- sites ------------------------------------------------------------------------------------
  async function loadSites(signal) {
    const address = new URL(href("sites"));
    address.searchParams.set("p", count.value);
    if (rule.tiers.length > 1) address.searchParams.set("tier", tier.value);
    const told = await registryLoad.json(address.href, signal);
    show("sites", told.features);
    markers = told.features.map((f) => {
      const el = make("button", String(f.properties.rank), "site-marker"), box = new maplibregl.LngLatBounds();
      const walk = (c) => (typeof c[0] === "number" ? box.extend([c[0], c[1]]) : c.forEach(walk));
      walk(f.geometry.coordinates);
      const popup = new maplibregl.Popup({ maxWidth: "340px" }).setDOMContent(siteContent(f.properties));
      return new maplibregl.Marker({ element: el }).setLngLat(box.getCenter()).setPopup(popup).addTo(map);
    });
    note("sites", say(`${told.features.length} 处：${percent(told.before_percent)} → ${percent(told.after_percent)}`,
      `${told.features.length} sites: ${percent(told.before_percent)} → ${percent(told.after_percent)}`));
  }

  function siteContent(own) {
    const box = make("div", undefined, "popup");
    box.append(make("h2", say(`建议选址 ${own.rank}`, `Proposed site ${own.rank}`)), table([
      [say("新增覆盖", "Gain"), size(own, "gain")], [say("新增人口", "People gained"), number(own.gain_people)],
      [say("建后覆盖率", "Covered then"), percent(own.covered_percent)], [say("服务半径", "Radius"), `${number(own.radius_m)} m`],
      [say("备选点", "Candidate"), own.candidate_name || own.candidate_id]]));
    return box;
  }

  function content(feature) {
    const own = feature.properties, box = make("div", undefined, "popup");
    if (feature.source === "sites") return siteContent(own);
    box.append(make("h2", feature.source === "gaps" ? say("覆盖盲区", "Blind spot") : titles.served), table(feature.source === "gaps" ? [
      [own.length_m === undefined ? say("面积", "Area") : say("长度", "Length"),
        own.length_m === undefined ? `${number(own.area_m2)} m²` : `${number(own.length_m)} m`],
      [say("人口", "People"), number(own.population)], [say("所属区", "District"), own.district || "—"],
      [say("最近的设施", "Nearest facility"), anchor(own.nearest, own.nearest_name || own.nearest_id)],
      [say("相距", "Distance"), own.nearest_m === null || own.nearest_m === undefined ? "—" : `${number(own.nearest_m)} m`],
    ] : [[say("面积", "Area"), `${number(own.area_m2)} m²`]]));
    return box;
  }

  // -- the panel --------------------------------------------------------------------------------
  function field(title, el) {
    const row = make("label", undefined, "layer");
    row.append(make("span", title), el);
    document.getElementById("analyses").append(row);
    el.addEventListener("change", () => shown.sites && load("sites"));
    return el;
  }

  function options(select, named, value) {
    select.replaceChildren(...named.map(([key, title]) => Object.assign(make("option", title), { value: key })));
    select.value = value;
  }

  function choose(id) {
    rule = rules.find((r) => r.id === id);
    options(tier, rule.tiers.map((t, n) => [String(n + 1), t]), String(rule.tier || 1));
    tier.closest("label").hidden = rule.tiers.length < 2;
    loadRate();
    Object.keys(shown).filter((layer) => shown[layer]).forEach(load);
  }

  const rank = { sites: 0.5, gaps: 5, served: 8 };
  layers("served", 0.15);
  layers("gaps", 0.45);
  layers("sites", 0.5);
  picker.hidden = !rule;
  if (!rule) return { rank, content };
  for (const id of ["served", "gaps", "sites"]) checkbox("analyses", id, titles[id], colors[id], false, false, (on) => visible(id, on));
  count = field(say("再建几处", "How many"), Object.assign(make("input"), { type: "number", id: "sites-p", min: 1, max: 50, value: 3 }));
  tier = field(say("建哪一档", "Tier"), Object.assign(make("select"), { id: "sites-tier" }));
  options(picker, rules.map((r) => [r.id, both(r.title)]), rules.some((r) => r.id === "park") ? "park" : rule.id);
  picker.addEventListener("change", () => choose(picker.value));
  choose(picker.value);
  document.getElementById("layer-gaps").click();
  return { rank, content };
};
