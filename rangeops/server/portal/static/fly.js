// The pilot's page: asked for anew every second. What isn't current is never shown: three seconds without an answer, and
// the figures go and the page says so. (The style sheet does the same by itself after four, should this script stand still.)
"use strict";

const EVERY_MS = 1000;
const PATIENCE_MS = 2500;
const OLD_MS = 3000;

const now = document.getElementById("now");
const lost = document.getElementById("lost");
const told = document.getElementById("told");
let answered = performance.now();
let asking = false;
let alerting = false;
let sound = null;
let lock = null;
let wantsLock = false;

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const response = await fetch(now.dataset.from, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.redirected && new URL(response.url).pathname === "/sign-in") {
      location.assign(response.url);
      return;
    }
    if (!response.ok) throw new Error(response.statusText);
    now.innerHTML = await response.text();
    answered = performance.now();
    tell();
  } catch {
    // How long it has been silent is said by `judge`; the next second asks again.
  } finally {
    asking = false;
    judge();
  }
}

function judge() {
  const silent = performance.now() - answered;
  const isOld = silent > OLD_MS;
  document.body.classList.toggle("lost", isOld);
  lost.hidden = !isOld;
  if (isOld) lost.querySelector("[data-silent]").textContent = String(Math.floor(silent / 1000));
}

function tell() {
  const live = now.querySelector(".live");
  const words = live.dataset.told;
  if (words === told.dataset.last) return;
  const isFirst = told.dataset.last === undefined;
  told.dataset.last = words;
  told.textContent = words; // read aloud, where somebody listens, and only when it has changed
  if (alerting && !isFirst) alertPilot(live.dataset.worst === "1");
}

function alertPilot(urgent) {
  navigator.vibrate?.(urgent ? [400, 150, 400, 150, 400] : [250, 150, 250]);
  if (!sound) return;
  const tone = sound.createOscillator();
  const loud = sound.createGain();
  tone.frequency.value = urgent ? 1500 : 900;
  loud.gain.value = 0.4;
  tone.connect(loud).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + (urgent ? 1 : 0.4));
}

async function keepAwake() {
  if (!wantsLock || document.hidden || !("wakeLock" in navigator)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", showAwake);
  } catch {
    lock = null; // as with little battery: the phone decides
  }
  showAwake();
}

function showAwake() {
  document.querySelector("[data-awake]").setAttribute("aria-pressed", String(Boolean(lock && !lock.released)));
}

document.querySelector("[data-alert]").addEventListener("click", (event) => {
  alerting = !alerting;
  if (alerting) {
    sound ??= new AudioContext();
    sound.resume();
    alertPilot(false);
  }
  event.currentTarget.setAttribute("aria-pressed", String(alerting));
});
document.querySelector("[data-awake]").addEventListener("click", async () => {
  wantsLock = !(lock && !lock.released);
  if (!wantsLock) await lock.release();
  await keepAwake();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  judge();
  keepAwake();
  ask();
});
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
window.addEventListener("offline", judge);
window.addEventListener("online", ask);

wantsLock = true;
keepAwake();
tell();
setInterval(ask, EVERY_MS);
setInterval(judge, 250);
