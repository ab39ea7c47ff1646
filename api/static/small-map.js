// The small map of a page of features: draws what the page's own GeoJSON link gives, or what the page holds already.
"use strict";

(function () {
  const place = document.getElementById("small-map");
  const hide = () => { place.hidden = true; };
  if (!place || !window.maplibregl) return;

  function box(features) {
    const bounds = new maplibregl.LngLatBounds();
    const walk = (c) => (typeof c[0] === "number" ? bounds.extend([c[0], c[1]]) : c.forEach(walk));
    features.forEach((f) => f.geometry && walk(f.geometry.coordinates));
    return bounds;
  }

  const EMPTY = { type: "FeatureCollection", features: [] };

  function read(address) {
    return fetch(address).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)));
  }

  // What lies below comes when it comes: the map does not wait for it.
  function below(map) {
    const under = place.dataset.under;
    if (!under) return;
    map.on("load", () => read(under).then((data) => {
      map.getSource("below").setData(data);
    }).catch(() => {}));
  }

  function start(data) {
    const bounds = box(data.features || [data]);
    if (bounds.isEmpty()) { hide(); return; }
    const color = place.dataset.color;
    const map = new maplibregl.Map({
      container: place, bounds, fitBoundsOptions: { padding: 24, maxZoom: 16 }, renderWorldCopies: false,
      attributionControl: false, cooperativeGestures: true,
      style: { version: 8, sources: { here: { type: "geojson", data }, below: { type: "geojson", data: EMPTY } }, layers: [
        { id: "paper", type: "background", paint: { "background-color": "#f4f3ef" } },
        { id: "below", type: "fill", source: "below",
          paint: { "fill-color": place.dataset.underColor || "#888", "fill-opacity": 0.35 } },
        { id: "fill", type: "fill", source: "here", filter: ["==", ["geometry-type"], "Polygon"],
          paint: { "fill-color": color, "fill-opacity": 0.35 } },
        { id: "line", type: "line", source: "here", filter: ["!=", ["geometry-type"], "Point"],
          paint: { "line-color": color, "line-width": 2 } },
        { id: "point", type: "circle", source: "here", filter: ["==", ["geometry-type"], "Point"],
          paint: { "circle-color": color, "circle-radius": 4, "circle-stroke-color": "#fff", "circle-stroke-width": 1 } },
      ] },
    });
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    below(map);
  }

  const held = place.dataset.features;
  (held ? Promise.resolve(JSON.parse(held)) : read(place.dataset.source)).then(start).catch(hide);
})();
