// Documents of the service, and features page by page until all are here or there are too many.
"use strict";

window.registryLoad = (function () {
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

  return { json, pages };
})();
