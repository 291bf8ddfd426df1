// Maps: our own layers from GeoJSON, styled by each feature's `kind`; tiles only where the range has set a server for them.
// Every map is an element .map with data-layers (addresses) and data-tiles (a template or ""). Its Leaflet map hangs on the
// element as `leaflet`, and "map" is dispatched on it when it is there: pages with moving things take it from there.
"use strict";

const INK = {
  boundary: { color: "var(--map-edge)", weight: 2, fill: false },
  zone: { color: "var(--map-zone)", weight: 1.5, dashArray: "3 4", fillOpacity: 0.08 },
  volume: { color: "var(--map-volume)", weight: 1.5, fillOpacity: 0.05 },
  runway: { color: "var(--map-runway)", weight: 7, opacity: 0.6 },
  geography: { color: "var(--ok)", weight: 2, fillOpacity: 0.12 },
  contingency: { color: "var(--warn)", weight: 1.5, dashArray: "7 4", fillOpacity: 0.05 },
  buffer: { color: "var(--soft)", weight: 1.2, dashArray: "2 5", fill: false },
  path: { color: "var(--accent)", weight: 3 },
  track: { color: "var(--ink)", weight: 2 },
  untrusted: { color: "var(--bad)", weight: 2, dashArray: "4 4" },
  alarm: { color: "var(--bad)", weight: 2, fillOpacity: 0.8 },
  command: { color: "var(--accent)", weight: 2, fillOpacity: 0.8 },
  finding: { color: "var(--bad)", weight: 3, fillOpacity: 0.4 },
  point: { color: "var(--accent)", weight: 2, fillOpacity: 0.8 },
  vehicle: { color: "var(--ink)", weight: 2, fillOpacity: 0.9 },
};
const FORBIDDEN = { color: "var(--bad)", weight: 1.5, fillOpacity: 0.12 };

function styleOf(feature) {
  const { kind, restriction } = feature.properties;
  return kind === "zone" && restriction === "PROHIBITED" ? FORBIDDEN : INK[kind] ?? INK.point;
}

function wordsOf({ name, restriction, floor_amsl_m: floor, ceiling_amsl_m: ceiling, text }) {
  const band = ceiling === undefined ? "" : `${Math.round(floor)}–${Math.round(ceiling)} m AMSL`;
  return [name, restriction, band, text].filter(Boolean).join(" · ");
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function drawn(collection) {
  return L.geoJSON(collection, {
    style: styleOf,
    pointToLayer: (feature, at) => L.circleMarker(at, { radius: feature.properties.kind === "finding" ? 8 : 5, ...styleOf(feature) }),
    onEachFeature: (feature, layer) => {
      const words = wordsOf(feature.properties);
      // As text, never as HTML: names come from files of others. A layer has one tooltip: where that is a label, the words pop up.
      if (feature.properties.label) {
        layer.bindTooltip(document.createTextNode(feature.properties.label), { permanent: true, direction: "right", className: "label" });
        if (words) layer.bindPopup(() => element("p", words));
      } else if (words) {
        layer.bindTooltip(document.createTextNode(words), { sticky: true });
      }
    },
  });
}

async function makeMap(place) {
  const map = L.map(place, { preferCanvas: false, zoomSnap: 0.25, attributionControl: Boolean(place.dataset.tiles) });
  map.attributionControl?.setPrefix(false);
  if (place.dataset.tiles) L.tileLayer(place.dataset.tiles, { maxZoom: 19, className: "tiles" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  place.leaflet = map;
  place.layers = {};
  let bounds = null;
  for (const address of place.dataset.layers.split(" ").filter(Boolean)) {
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok) continue;
    const layer = drawn(await response.json()).addTo(map);
    place.layers[address] = layer;
    const own = layer.getBounds();
    // The last layer that says where it is decides what is looked at: a plan rather than the whole range.
    if (own.isValid()) bounds = own;
  }
  if (bounds) map.fitBounds(bounds.pad(0.08));
  place.dispatchEvent(new CustomEvent("map", { bubbles: true, detail: map }));
}

window.rangeMap = { drawn, styleOf };
document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".map").forEach(makeMap));
document.addEventListener("part", (event) => event.detail.querySelectorAll(".map").forEach(makeMap));
