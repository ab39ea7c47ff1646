// The map page: layers with checkboxes, colours of the declarations, popups with their titles.
"use strict";

(function () {
  const config = JSON.parse(document.getElementById("config").textContent);
  const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const say = (zh, en) => (lang === "zh" ? zh : en);
  const both = (titles) => titles[lang];
  const link = (layer, rel) => layer.links.find((l) => l.rel === rel).href;
  const schemas = {}, notes = {}, chosen = new Set();
  const narrow = window.matchMedia("(max-width: 40rem)").matches;

  function make(tag, text, cls) {
    const el = document.createElement(tag);
    if (text !== undefined) el.textContent = text;
    if (cls) el.className = cls;
    return el;
  }

  function swatch(color, cls) {
    const el = make("span", "", "swatch " + (cls || ""));
    el.style.background = color;
    return el;
  }

  // -- messages ---------------------------------------------------------------------------------
  function note(key, text) {
    if (text) notes[key] = text; else delete notes[key];
    const all = Object.values(notes), el = document.getElementById("message");
    el.hidden = !all.length;
    el.textContent = all.join(say("；", "; "));
  }

  // -- the map ----------------------------------------------------------------------------------
  // The style of the city, with nothing shown yet: what is not shown loads nothing.
  async function quiet() {
    const style = await registryLoad.json(config.style);
    style.layers.filter(collection).forEach((l) => { l.layout.visibility = "none"; });
    delete style.center;
    delete style.zoom;
    return style;
  }

  function collection(styled) {
    return styled.metadata && styled.metadata.collection;
  }

  if (!window.maplibregl) { note("gl", say("地图程序没有载入", "The map program did not load")); return; }
  let map, parts, coverage;

  function open(style) {
    parts = style.layers;
    try {
      map = new maplibregl.Map({ container: "map", style, bounds: config.bbox || [73, 18, 135, 54],
        fitBoundsOptions: { padding: { top: 30, bottom: 40, right: 50, left: narrow ? 30 : 310 } }, hash: "at", renderWorldCopies: false, attributionControl: false });
    } catch (error) {
      note("gl", say("这个浏览器不支持 WebGL，地图无法显示", "This browser has no WebGL; the map cannot be shown"));
      return;
    }
    window.registryMap = map; // for tests
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-right");
    map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-right");
    map.on("load", start);
  }

  function visible(id, on) {
    parts.filter((l) => collection(l) === id).forEach((l) => map.setLayoutProperty(l.id, "visibility", on ? "visible" : "none"));
  }

  // -- the panel --------------------------------------------------------------------------------
  function checkbox(parent, id, title, shade, on, disabled, changed) {
    const row = make("label", undefined, "layer" + (disabled ? " empty" : ""));
    const box = make("input");
    Object.assign(box, { type: "checkbox", checked: on, disabled, id: `layer-${id}` });
    box.addEventListener("change", () => changed(box.checked));
    row.append(box, ...(shade ? [swatch(shade)] : []), make("span", title));
    document.getElementById(parent).append(row);
    if (on) changed(true);
  }

  function toggle(layer, on) {
    if (on) chosen.add(layer.id); else chosen.delete(layer.id);
    visible(layer.id, on);
    legend();
  }

  function legend() {
    const codes = new Map();
    for (const layer of config.layers) {
      if (chosen.has(layer.id) && !layer.zone && layer.state) {
        layer.state.codes.forEach((c) => codes.set(c.value, c));
      }
    }
    const items = [...codes.values()].map((c) => {
      const li = make("li");
      li.append(swatch(c.color), make("span", both(c.title)));
      return li;
    });
    document.getElementById("legend").replaceChildren(...items);
  }

  // -- popups -----------------------------------------------------------------------------------
  function shown(value, property) {
    if (typeof value === "boolean") return value ? say("是", "yes") : say("否", "no");
    const code = property && property.oneOf && property.oneOf.find((c) => c.const === value);
    if (code) return code.title;
    const text = typeof value === "number" && property && (property["x-unit"] || property.type === "number")
      ? value.toLocaleString(lang, { maximumFractionDigits: 2 }) : String(value);
    return property && property["x-unit"] ? `${text} ${property["x-unit"]}` : text;
  }

  function table(pairs) {
    const list = make("dl", undefined, "fields");
    for (const [title, value] of pairs) {
      const dd = make("dd");
      dd.append(value); // a text or an element, never markup
      list.append(make("dt", title), dd);
    }
    return list;
  }

  function anchor(href, title) {
    if (!href) return "—";
    const a = make("a", String(title));
    a.href = href;
    return a;
  }

  async function content(layer, feature) {
    if (!schemas[layer.id]) schemas[layer.id] = registryLoad.json(link(layer, "describedby"));
    const properties = (await schemas[layer.id]).properties;
    const href = new URL(link(layer, "items"), location.href);
    href.pathname += `/${feature.id}`;
    const own = (await registryLoad.json(href.href)).properties, box = make("div", undefined, "popup");
    href.searchParams.set("f", "html");
    const head = make("a", own.name || own.code || String(feature.id));
    head.href = href.href;
    const title = make("h2", both(layer.title) + " ");
    title.append(head);
    const hidden = ["version", "updated_at", "length_surveyed", "area_surveyed"];
    const first = (key) => ["name", "code"].indexOf(key);
    box.append(title, table(Object.entries(own).sort((a, b) => first(b[0]) - first(a[0]))
      .filter(([key, v]) => v !== null && v !== undefined && !hidden.includes(key))
      .map(([key, v]) => [(properties[key] || {}).title || key, shown(v, properties[key])])));
    return box;
  }

  async function clicked(event) {
    const near = [[event.point.x - 4, event.point.y - 4], [event.point.x + 4, event.point.y + 4]];
    const found = map.queryRenderedFeatures(near).filter((f) => f.source !== "basemap");
    // A thing before the land it stands on: points, lines, areas, blind spots, zones.
    const rank = (f) => {
      const layer = config.layers.find((l) => l.id === f.source);
      return layer && layer.zone ? 9 : coverage.rank[f.source] ?? { Point: 0, MultiPoint: 0, LineString: 1,
        MultiLineString: 1 }[f.geometry.type] ?? 2;
    };
    const first = found.sort((a, b) => rank(a) - rank(b))[0];
    if (!first) return;
    if (first.properties.point_count > 1) { // many at one place: nearer
      map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 2 });
      return;
    }
    const popup = new maplibregl.Popup({ maxWidth: "340px" }).setLngLat(event.lngLat);
    try {
      const layer = config.layers.find((l) => l.id === first.source);
      popup.setDOMContent(layer ? await content(layer, first) : coverage.content(first)).addTo(map);
    } catch (error) {
      note("popup", error.message);
    }
  }

  // -- start ------------------------------------------------------------------------------------
  function start() {
    // Above the zones, below all that stands on the land.
    const first = parts.find((l) => config.layers.some((c) => c.id === collection(l) && !c.zone));
    coverage = registryCoverage({ map, config, below: first && first.id, say, both, lang, note, make, table, anchor, checkbox });
    for (const layer of config.layers) {
      checkbox(layer.zone ? "zones" : "assets", layer.id, both(layer.title), layer.state ? null : layer.color, layer.on, layer.empty,
        (on) => toggle(layer, on));
    }
    legend();
    map.on("click", clicked);
    document.body.dataset.ready = "yes";
  }

  quiet().then(open).catch((error) => note("gl", error.message));

  if (narrow) document.getElementById("panel").open = false;
  const city = document.getElementById("city");
  if (city) city.addEventListener("change", () => city.form.submit());
})();
