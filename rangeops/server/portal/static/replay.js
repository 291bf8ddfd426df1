// Plays an incident's film: map, figures, what stood, what screens showed and the plots, all at one moment. A value that
// wasn't known then is shown as such; nothing is filled in between two moments.
"use strict";

(() => {
  const root = document.getElementById("replay");
  const words = JSON.parse(root.dataset.words);
  const at = (id) => document.getElementById(id);
  const STALE_S = 2, LOST_S = 5, TRAIL_S = 30, DRAWN_EVERY_MS = 50;
  const SVG = "http://www.w3.org/2000/svg";
  let film = null, t = 0, length = 0, playing = false, speed = 1, lastDrawn = 0, lastFrame = 0;
  let map = null, markers = new Map(), plots = [];

  function make(tag, text = "", attributes = {}) {
    const made = document.createElement(tag);
    if (text !== "") made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  function drawn(tag, attributes) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  const two = (number) => String(number).padStart(2, "0");
  function clock(seconds) {
    const moment = new Date(Date.parse(film.begins) + seconds * 1000);
    return `${two(moment.getUTCHours())}:${two(moment.getUTCMinutes())}:${two(moment.getUTCSeconds())}.${Math.floor(moment.getUTCMilliseconds() / 100)}`;
  }

  const index = () => Math.max(0, Math.min(Math.floor(t / film.step_s + 1e-6), film.moments - 1));
  const figure = (value, digits = 0) => (value === null || value === undefined ? "--" : value.toFixed(digits));

  // -- one moment ------------------------------------------------------------------------------------------------

  function ageWords(age) {
    if (age === null || age > LOST_S) return words.unknown;
    return age > STALE_S ? `${words.stale} ${age.toFixed(1)} s` : `${age.toFixed(1)} s`;
  }

  function drawTable(i) {
    const rows = film.vehicles.map((vehicle) => {
      const row = make("tr", "", vehicle.sysid === film.own ? { class: "own" } : {});
      const head = make("th", vehicle.callsign || `sysid ${vehicle.sysid}`, { scope: "row" });
      row.append(head);
      const mode = vehicle.modes[i], standing = vehicle.standings[i];
      const cells = mode === null
        ? [[words.unseen], [words.unknown], ["--", 1], ["--", 1], ["--", 1], ["--", 1]]
        : [
            [film.words[mode] || words.unknown], [vehicle.latitude_deg[i] === null ? words.unknown : words.standings[film.words[standing]]],
            [figure(vehicle.altitude_amsl_m[i]), 1], [figure(vehicle.ground_speed_mps[i], 1), 1],
            [vehicle.battery_percent[i] === null ? "--" : `${vehicle.battery_percent[i]} %`, 1], [ageWords(vehicle.age_s[i]), 1],
          ];
      for (const [text, isNumber] of cells) row.append(make("td", text, isNumber ? { class: "number" } : {}));
      return row;
    });
    at("replay-vehicles").tBodies[0].replaceChildren(...rows);
  }

  function list(id, texts, empty) {
    const items = texts.length ? texts.map((text) => make("li", text)) : [make("li", empty)];
    const place = at(id), shown = texts.join("\n") || empty;
    if (place.dataset.shown === shown) return;
    place.dataset.shown = shown;
    place.replaceChildren(...items);
  }

  function sceneAt(seconds) {
    let low = 0, high = film.scenes.length - 1, found = { alarms: [], commands: [], seen: [] };
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (film.scenes[middle].at_s <= seconds + 1e-6) { found = film.scenes[middle]; low = middle + 1; } else high = middle - 1;
    }
    return found;
  }

  function drawMap(i) {
    if (!map) return;
    for (const vehicle of film.vehicles) {
      let marks = markers.get(vehicle.sysid);
      const place = vehicle.latitude_deg[i] === null ? null : [vehicle.latitude_deg[i], vehicle.longitude_deg[i]];
      if (!marks) {
        if (!place) continue;
        const style = rangeMap.styleOf({ properties: { kind: "vehicle" } });
        marks = {
          trail: L.polyline([], rangeMap.styleOf({ properties: { kind: "track" } })).addTo(map),
          spot: L.circleMarker(place, { radius: vehicle.sysid === film.own ? 7 : 5, ...style }).addTo(map),
        };
        marks.spot.bindTooltip(document.createTextNode(vehicle.callsign || String(vehicle.sysid)), { permanent: true, direction: "right", className: "label" });
        markers.set(vehicle.sysid, marks);
      }
      const trail = [];
      for (let n = Math.max(0, i - Math.round(TRAIL_S / film.step_s)); n <= i; n++) {
        if (vehicle.latitude_deg[n] !== null) trail.push([vehicle.latitude_deg[n], vehicle.longitude_deg[n]]);
      }
      marks.trail.setLatLngs(trail);
      // Nobody knew where it was: the mark goes, its trail says where it was last.
      if (place) marks.spot.setLatLng(place).addTo(map); else marks.spot.remove();
    }
  }

  function lookAtAll() {
    // The volumes and the whole of what the incident's own vehicle flew, wherever that was.
    const bounds = L.latLngBounds([]);
    for (const layer of Object.values(map.getContainer().layers).slice(-1)) bounds.extend(layer.getBounds());
    const own = film.vehicles.find((vehicle) => vehicle.sysid === film.own);
    own?.latitude_deg.forEach((latitude, n) => { if (latitude !== null) bounds.extend([latitude, own.longitude_deg[n]]); });
    if (bounds.isValid()) map.fitBounds(bounds.pad(0.08), { animate: false });
  }

  function drawPlots() {
    const utc = Date.parse(film.begins) / 1000 + t;
    for (const plot of plots) {
      plot.cursor.setAttribute("transform", `translate(${plot.x(utc)} 0)`);
      plot.value.textContent = plot.valueAt(utc);
    }
  }

  function markCurrentEvent() {
    const before = film.marks.filter((mark) => mark.at_s <= t + 1e-6).length - 1;
    at("replay-events").querySelector("[aria-current]")?.removeAttribute("aria-current");
    at("replay-events").children[before]?.setAttribute("aria-current", "true");
  }

  function show() {
    const i = index(), scene = sceneAt(t);
    at("replay-utc").textContent = clock(t);
    at("replay-offset").textContent = `+${t.toFixed(1)} / ${length.toFixed(0)} s`;
    const scrub = at("replay-scrub");
    scrub.value = t;
    scrub.setAttribute("aria-valuetext", `${clock(t)} UTC`);
    drawTable(i);
    drawMap(i);
    list("replay-alarms", scene.alarms, words.none);
    list("replay-commands", scene.commands, words.none);
    list("replay-seen", scene.seen, words.nobody);
    drawPlots();
    markCurrentEvent();
    root.dataset.at = t.toFixed(1);
  }

  // -- time ------------------------------------------------------------------------------------------------------

  function go(seconds) {
    t = Math.max(0, Math.min(seconds, length));
    show();
  }

  function play(on) {
    playing = on;
    if (on && t >= length) t = 0;
    at("replay-play").textContent = on ? words.pause : words.play;
    root.dataset.playing = on;
    lastFrame = performance.now();
    if (on) requestAnimationFrame(turn);
  }

  function turn(now) {
    if (!playing) return;
    // A frame's own time may be earlier than when play was pressed: time doesn't run backwards.
    t = Math.min(t + Math.max(0, now - lastFrame) / 1000 * speed, length);
    lastFrame = Math.max(now, lastFrame);
    if (t >= length) play(false);
    if (now - lastDrawn >= DRAWN_EVERY_MS || !playing) {
      lastDrawn = now;
      show();
    }
    if (playing) requestAnimationFrame(turn);
  }

  function setSpeed(value) {
    speed = Number(value);
    at("replay-speed").value = String(value);
  }

  function faster(by) {
    const choice = at("replay-speed");
    const next = Math.max(0, Math.min(choice.selectedIndex + by, choice.options.length - 1));
    setSpeed(choice.options[next].value);
  }

  function toEvent(forward) {
    const times = film.marks.map((mark) => mark.at_s);
    const next = forward ? times.find((each) => each > t + 0.05) : times.findLast((each) => each < t - 0.05);
    if (next !== undefined) go(next);
  }

  const DEEDS = {
    start: () => go(0), end: () => go(length), back: () => go(t - 1), on: () => go(t + 1), play: () => play(!playing),
    "far-back": () => go(t - 30), "far-on": () => go(t + 30),
    "event-before": () => toEvent(false), "event-after": () => toEvent(true), slower: () => faster(-1), faster: () => faster(1),
  };
  const KEYS = {
    " ": "play", ArrowLeft: "back", ArrowRight: "on", PageUp: "far-back", PageDown: "far-on", ",": "event-before", ".": "event-after",
    "+": "faster", "=": "faster", "-": "slower", Home: "start", End: "end",
  };

  function keyed(event) {
    if (!film || event.ctrlKey || event.altKey || event.metaKey) return;
    const deed = KEYS[event.key], inside = event.target.closest("select, textarea, input:not([type=range]), .map");
    const presses = event.key === " " && event.target.closest("button, a, summary");
    if (!deed || inside || presses) return;
    event.preventDefault();
    DEEDS[deed]();
  }

  // -- what stands still -----------------------------------------------------------------------------------------

  function drawMarks() {
    const svg = at("replay-marks");
    svg.setAttribute("viewBox", "0 0 1000 14");
    for (const mark of film.marks) {
      const kind = mark.kind === "alarm" ? "alarm" : mark.kind === "command" ? "command" : "other";
      const x = length ? mark.at_s / length * 1000 : 0, tall = kind === "other" ? 6 : 14;
      svg.append(drawn("rect", { class: kind, x: x - 1, y: 14 - tall, width: 2, height: tall }));
    }
  }

  function listEvents() {
    const items = film.marks.map((mark) => {
      const item = make("li", "", { class: mark.kind === "alarm" ? "bad" : mark.kind === "command" ? "info" : "" });
      const button = make("button", `${clock(mark.at_s)}  ${mark.kind}: ${mark.text}`, { type: "button" });
      button.addEventListener("click", () => go(mark.at_s));
      item.append(button);
      if (mark.entry !== null) item.append(make("a", `${words.entry} ${mark.entry}`, { href: root.dataset.entries + mark.entry }));
      return item;
    });
    at("replay-events").replaceChildren(...items);
  }

  function plotOf({ name, unit, values, levels, zero_is_edge: edged }, utc) {
    const known = values.filter((value) => value !== null);
    if (known.length < 2) return null;
    const WIDTH = 600, HEIGHT = 150, LEFT = 44, BOTTOM = 18, TOP = 8;
    const wanted = [...known, ...levels.map(([level]) => level), ...(edged ? [0] : [])];
    const room = Math.max((Math.max(...wanted) - Math.min(...wanted)) * 0.08, 1);
    const low = Math.min(...wanted) - room, high = Math.max(...wanted) + room;
    const starts = Date.parse(film.begins) / 1000;
    const x = (moment) => LEFT + Math.max(0, Math.min((moment - starts) / (length || 1), 1)) * (WIDTH - LEFT - 8);
    const y = (value) => TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);
    const figure_ = make("figure"), caption = make("figcaption"), value = make("span");
    caption.append(make("span", `${words[name]} [${unit}]`), value);
    const svg = drawn("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words[name] });
    if (edged && y(0) < HEIGHT - BOTTOM) svg.append(drawn("rect", { class: "outside", x: LEFT, y: y(0), width: WIDTH - LEFT - 8, height: HEIGHT - BOTTOM - y(0) }));
    for (const number of [low + room, (low + high) / 2, high - room]) {
      svg.append(drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - 8, y1: y(number), y2: y(number) }));
      const label = drawn("text", { x: LEFT - 6, y: y(number) + 4, "text-anchor": "end" });
      label.textContent = number.toFixed(Math.abs(high - low) < 10 ? 1 : 0);
      svg.append(label);
    }
    for (const [level, word] of levels) {
      svg.append(drawn("line", { class: "level", x1: LEFT, x2: WIDTH - 8, y1: y(level), y2: y(level) }));
      const label = drawn("text", { x: LEFT + 4, y: y(level) - 3 });
      label.textContent = words[word];
      svg.append(label);
    }
    let line = [];
    const draw = () => { if (line.length) svg.append(drawn("polyline", { class: "line", points: line.join(" ") })); line = []; };
    values.forEach((each, n) => {
      if (each === null || (n && utc[n] - utc[n - 1] > LOST_S)) draw();
      if (each !== null) line.push(`${x(utc[n]).toFixed(1)},${y(each).toFixed(1)}`);
    });
    draw();
    const cursor = drawn("line", { class: "cursor", x1: 0, x2: 0, y1: TOP, y2: HEIGHT - BOTTOM });
    svg.append(cursor);
    svg.addEventListener("click", (event) => {
      const box = svg.getBoundingClientRect();
      go(((event.clientX - box.left) / box.width * WIDTH - LEFT) / (WIDTH - LEFT - 8) * length);
    });
    figure_.append(caption, svg);
    at("replay-plots").append(figure_);
    const valueAt = (moment) => {
      let near = -1;
      for (let n = 0; n < utc.length && utc[n] <= moment; n++) near = n;
      const stands = near >= 0 && moment - utc[near] <= STALE_S && values[near] !== null;
      return stands ? `${values[near].toFixed(1)} ${unit}` : "--";
    };
    return { x, cursor, value, valueAt };
  }

  // -- beginning -------------------------------------------------------------------------------------------------

  async function read(address) {
    const response = await ask(address);
    if (response.ok) return response.json();
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    throw new Error(page.querySelector(".notice")?.textContent?.trim() || `${response.status}`);
  }

  function say(text, kind) {
    const state = at("replay-state");
    state.textContent = text;
    state.className = `notice ${kind}`;
    state.hidden = !text;
  }

  async function begin() {
    try {
      const [made, figures] = await Promise.all([read(root.dataset.film), read(root.dataset.figures)]);
      film = made;
      film.own = figures.sysid;
      length = (Date.parse(film.ends) - Date.parse(film.begins)) / 1000;
      at("replay-date").textContent = film.begins.slice(0, 10);
      const scrub = at("replay-scrub");
      scrub.max = length;
      scrub.disabled = false;
      drawMarks();
      listEvents();
      plots = figures.plots.map((plot) => plotOf(plot, figures.utc_s)).filter(Boolean);
      const remarks = [film.damage && `${words.damage}${film.damage}.`, film.marks_left_out && `${film.marks_left_out} ${words.left_out}.`];
      say(remarks.filter(Boolean).join(" "), "warn");
      root.dataset.ready = "true";
      if (map) lookAtAll();
      show();
    } catch (error) {
      say(words.failed + error.message, "bad");
    }
  }

  root.addEventListener("map", (event) => { map = event.detail; if (film) { lookAtAll(); show(); } });
  at("replay-scrub").addEventListener("input", (event) => go(Number(event.target.value)));
  at("replay-speed").addEventListener("change", (event) => setSpeed(event.target.value));
  root.querySelectorAll("[data-deed]").forEach((button) => button.addEventListener("click", () => film && DEEDS[button.dataset.deed]()));
  document.addEventListener("keydown", keyed);
  document.addEventListener("DOMContentLoaded", begin);
})();
