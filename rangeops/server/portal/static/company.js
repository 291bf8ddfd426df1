// What the pages for companies do beside being pages: a file's size is said before it is sent, a queue leads on to the
// verdict, and a finding is shown on the map.
"use strict";

function sayWhatWasChosen(input) {
  const said = input.closest("label").querySelector("[data-chosen]");
  const most = Number(input.dataset.most);
  const file = input.files[0];
  input.setCustomValidity("");
  said.textContent = "";
  if (!file) return;
  said.textContent = `${file.name}, ${Math.ceil(file.size / 1024)} kB`;
  if (file.size > most) {
    const limit = `${most / 1024 / 1024} MB`;
    input.setCustomValidity(document.documentElement.lang === "nl" ? `Groter dan ${limit}.` : `Larger than ${limit}.`);
    input.reportValidity();
  }
}

function leadOn(root) {
  const place = root.querySelector("[data-go]")?.dataset.go;
  if (place?.startsWith("/company/")) location.replace(place);
}

function showPlace(button) {
  const map = document.querySelector(".map");
  if (!map?.leaflet) return;
  const [latitude, longitude] = button.dataset.place.split(" ").map(Number);
  map.leaflet.setView([latitude, longitude], Math.max(map.leaflet.getZoom(), 17), { animate: false });
  map.scrollIntoView({ block: "center", behavior: "instant" });
  map.focus({ preventScroll: true });
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("input[data-most]").forEach((input) => input.addEventListener("change", () => sayWhatWasChosen(input)));
  document.querySelectorAll("form[data-upload]").forEach((form) => form.addEventListener("submit", () => {
    form.querySelector("[data-waiting]")?.removeAttribute("hidden");
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-busy", "true"));
  }));
  document.querySelectorAll("[data-place]").forEach((button) => button.addEventListener("click", () => showPlace(button)));
  leadOn(document);
});
document.addEventListener("part", (event) => leadOn(event.detail));
