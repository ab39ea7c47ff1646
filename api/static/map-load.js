// Features of a layer for what is in view: page by page until all are here or there are too many.
"use strict";

window.registryLoad = (function () {
  // A view a little larger than the window, so that a small move asks for nothing.
  function around(bounds) {
    const [w, s, e, n] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const x = (e - w) * 0.15, y = (n - s) * 0.15;
    const within = (v, most) => Math.max(-most, Math.min(most, v));
    return [within(w - x, 180), within(s - y, 90), within(e + x, 180), within(n + y, 90)];
  }

  function contains(outer, inner) {
    return outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];
  }

  async function json(url, signal) {
    const answer = await fetch(url, { signal, headers: { Accept: "application/geo+json, application/json" } });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail || answer.statusText);
    return body;
  }

  function next(page) {
    const link = (page.links || []).find((l) => l.rel === "next");
    return link && link.href;
  }

  // Calls show(features, {done, more}) after each page, so that something is seen early.
  async function pages(first, most, signal, show) {
    let features = [], url = first;
    while (url) {
      const page = await json(url, signal);
      // Features without a place match any bbox; a map has nothing to draw for them.
      features = features.concat(page.features.filter((f) => f.geometry));
      url = next(page);
      const more = Boolean(url) && features.length >= most;
      show(features, { done: !url || more, more, matched: page.numberMatched });
      if (more) return;
    }
  }

  class Layer {
    constructor(href, options) {
      this.href = href;
      this.options = options;
      this.whole = null; // the box whose features are all here
    }

    async refresh(bounds, show) {
      const box = around(bounds);
      const seen = [Math.max(-180, bounds.getWest()), Math.max(-90, bounds.getSouth()),
        Math.min(180, bounds.getEast()), Math.min(90, bounds.getNorth())];
      if (this.whole && contains(this.whole, seen)) return;
      if (this.underWay) this.underWay.abort();
      this.underWay = new AbortController();
      this.whole = null;
      const url = new URL(this.href, location.href);
      url.searchParams.set("bbox", box.map((v) => v.toFixed(6)).join(","));
      url.searchParams.set("limit", this.options.page);
      await pages(url.href, this.options.most, this.underWay.signal, (features, state) => {
        if (state.done && !state.more) this.whole = box;
        show(features, state);
      });
    }
  }

  return { Layer, json, pages };
})();
