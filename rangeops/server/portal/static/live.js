// The live map: every picture of the server's drawn as it comes. Where nobody knows where a vehicle is, its last place is
// hollow and says UNKNOWN; where no picture comes any more, the whole page says that it is cut off.
"use strict";

(() => {
  const root = document.getElementById("live");
  const words = JSON.parse(root.dataset.words);
  const stands = new Set(root.dataset.stands.split(" "));
  const at = (id) => document.getElementById(id);
  const STALE_S = 2, TRAIL_S = 60, SILENT_MS = 3000;
  const SIGN = { 1: "bad", 2: "warn", 3: "info" };
  let map = null, volumes = null, heardAt = performance.now(), enforcing = at("live-cut").hidden;
  const marks = new Map(), others = new Map();

  function make(tag, text = "", attributes = {}) {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  const figure = (value, digits = 0) => (value === null || value === undefined ? "--" : value.toFixed(digits));
  const isKnown = (view) => view.latitude_deg !== null && view.longitude_deg !== null && view.position_age_s !== null;
  const isFresh = (view) => isKnown(view) && view.trusted && view.position_age_s <= STALE_S;

  function ageWords(view) {
    if (!isKnown(view)) return words.unknown;
    return view.position_age_s > STALE_S ? `${words.stale} ${view.position_age_s.toFixed(0)} s` : `${view.position_age_s.toFixed(1)} s`;
  }

  function drawTable(vehicles) {
    const rows = vehicles.map((view) => {
      const row = make("tr");
      row.append(make("th", view.callsign || `sysid ${view.sysid}`, { scope: "row" }));
      const texts = [view.company || "–", view.mode || "--", words.standings[view.standing] ?? view.standing];
      const numbers = [
        figure(view.height_m), figure(view.ground_speed_mps, 1),
        view.battery_percent === null ? "--" : `${view.battery_percent} %`, ageWords(view),
      ];
      for (const text of texts) row.append(make("td", text));
      for (const text of numbers) row.append(make("td", text, { class: "number" }));
      return row;
    });
    at("live-vehicles").tBodies[0].replaceChildren(...rows);
  }

  function drawAlarms(alarms) {
    const standing = alarms.filter((alarm) => stands.has(alarm.state));
    const shown = standing.map((alarm) => `${alarm.id} ${alarm.state} ${alarm.value}`).join("|");
    const place = at("live-alarms");
    if (place.dataset.shown === shown) return;
    place.dataset.shown = shown;
    const items = standing.map((alarm) => {
      const item = make("li", "", { class: SIGN[alarm.priority] });
      item.append(make("strong", `P${alarm.priority} ${alarm.source}`), ` ${alarm.title} `, make("small", `${alarm.value}, ${alarm.state}`));
      return item;
    });
    place.replaceChildren(...(items.length ? items : [make("li", words.none)]));
  }

  function label(view, lastSeen) {
    const name = view.callsign || `sysid ${view.sysid}`;
    if (isFresh(view)) return `${name} ${figure(view.height_m)} m`;
    if (isKnown(view)) return `${name} ${view.position_age_s > STALE_S ? ageWords(view) : "?"}`;
    return `${name} ${words.unknown} ${Math.round((performance.now() - lastSeen) / 1000)} s`;
  }

  function drawVehicle(view) {
    const now = performance.now();
    let mark = marks.get(view.sysid);
    if (!mark) {
      if (!isKnown(view)) return;
      mark = { trail: [], seen: now, name: document.createTextNode("") };
      mark.line = L.polyline([], { ...rangeMap.styleOf({ properties: { kind: "track" } }), opacity: 0.5, interactive: false }).addTo(map);
      mark.spot = L.circleMarker([view.latitude_deg, view.longitude_deg], { radius: 6, ...rangeMap.styleOf({ properties: { kind: "vehicle" } }) }).addTo(map);
      mark.spot.bindTooltip(mark.name, { permanent: true, direction: "right", className: "label" });
      marks.set(view.sysid, mark);
    }
    if (isKnown(view)) {
      const place = [view.latitude_deg, view.longitude_deg], last = mark.trail.at(-1);
      mark.seen = now;
      mark.spot.setLatLng(place);
      if (!last || last.place[0] !== place[0] || last.place[1] !== place[1]) mark.trail.push({ place, now });
    }
    while (mark.trail.length && now - mark.trail[0].now > TRAIL_S * 1000) mark.trail.shift();
    mark.line.setLatLngs(mark.trail.map(({ place }) => place));
    mark.spot.setStyle(isFresh(view) ? { fillOpacity: 0.9, dashArray: null } : { fillOpacity: 0, dashArray: "3 3" });
    mark.name.data = label(view, mark.seen);
  }

  function drawTraffic(traffic) {
    const here = new Set();
    for (const each of traffic) {
      here.add(each.id);
      let mark = others.get(each.id);
      if (!mark) {
        mark = { name: document.createTextNode("") };
        mark.spot = L.circleMarker([each.latitude_deg, each.longitude_deg], { radius: 4, color: "var(--warn)", weight: 2 }).addTo(map);
        mark.spot.bindTooltip(mark.name, { permanent: true, direction: "right", className: "label" });
        others.set(each.id, mark);
      }
      mark.spot.setLatLng([each.latitude_deg, each.longitude_deg]).setStyle({ fillOpacity: each.stale ? 0 : 0.8, dashArray: each.stale ? "3 3" : null });
      mark.name.data = `${each.kind === "crewed" ? "✈" : "◇"} ${each.name} ${figure(each.altitude_amsl_m)} m${each.stale ? ` ${words.stale}` : ""}`;
    }
    for (const [id, mark] of others) if (!here.has(id)) { mark.spot.remove(); others.delete(id); }
  }

  function drawMap(picture) {
    if (!map) return;
    const here = new Set(picture.vehicles.map((view) => view.sysid));
    picture.vehicles.forEach(drawVehicle);
    for (const [sysid, mark] of marks) if (!here.has(sysid)) { mark.spot.remove(); mark.line.remove(); marks.delete(sysid); }
    drawTraffic(picture.traffic);
    const spots = [...marks.values()].map((mark) => mark.spot.getLatLng());
    if (at("live-follow").checked && spots.length) map.fitBounds(L.latLngBounds(spots).pad(0.3), { animate: false, maxZoom: 17 });
  }

  function say(text) {
    const place = at("live-cut"), words_ = place.firstElementChild;
    if (words_.textContent !== text) words_.textContent = text;
    place.hidden = !text;
  }

  function judge() {
    const silent = performance.now() - heardAt > SILENT_MS;
    root.dataset.cut = silent;
    document.body.classList.toggle("cut-off", silent);
    say(silent ? words.cut : enforcing ? "" : words.down);
    if (silent) for (const mark of marks.values()) mark.spot.setStyle({ fillOpacity: 0, dashArray: "3 3" });
  }

  const keepThem = () => root.setAttribute("data-volumes", "old"); // the feed is cut off with them, which is said

  async function renewVolumes() {
    const response = await ask("/live/volumes.json");
    if (!response.ok || !map) return;
    const layer = rangeMap.drawn(await response.json());
    volumes?.remove();
    volumes = layer.addTo(map);
    volumes.bringToBack();
  }

  document.addEventListener("feed:picture", ({ detail }) => {
    heardAt = performance.now();
    enforcing = detail.enforcement;
    at("live-utc").textContent = detail.utc.slice(11, 19);
    at("live-drill").textContent = detail.drill;
    drawTable(detail.vehicles);
    drawAlarms(detail.alarms);
    drawMap(detail);
    root.dataset.pictures = String(Number(root.dataset.pictures ?? 0) + 1);
    judge();
  });
  document.addEventListener("feed:changed", ({ detail }) => { if (detail.noun === "slots") renewVolumes().catch(keepThem); });
  root.addEventListener("map", (event) => {
    map = event.detail;
    volumes = map.getContainer().layers["/live/volumes.json"];
  });
  setInterval(judge, 500);
  setInterval(() => { if (!document.hidden) renewVolumes().catch(keepThem); }, 30_000); // a slot's time begins and ends by itself
})();
