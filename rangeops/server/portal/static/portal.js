// What pages do beside being pages. Everything works without it but maps and what moves by itself.
//
//   <form data-into="#part">      sends itself and puts the answer (a part of a page) into #part
//   <div data-from="/x" data-every="5">  is asked for anew every 5 s, while the page is looked at
//   <button data-confirm="Sure?"> asks before it does anything
//   <input type="file" data-drop> takes a file that is dropped on its label
//   data-focus                    gets the focus when it appears: an alert after a form came back
//   data-stream="/api/v1/events"  dispatches the server's events on document, as "feed:<kind>"
"use strict";

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

async function ask(address, options = {}) {
  const headers = { "X-Requested-With": "portal", ...(csrf ? { "X-CSRF-Token": csrf } : {}), ...options.headers };
  const response = await fetch(address, { credentials: "same-origin", ...options, headers });
  if (response.redirected && new URL(response.url).pathname === "/sign-in") location.assign(response.url);
  return response;
}

function appeared(root) {
  root.querySelector("[data-focus]")?.focus();
  document.dispatchEvent(new CustomEvent("part", { detail: root }));
}

async function submitInto(form, submitter) {
  const target = document.querySelector(form.dataset.into);
  target.setAttribute("aria-busy", "true");
  try {
    const response = await ask(submitter?.formAction || form.action, { method: "POST", body: new FormData(form, submitter) });
    target.innerHTML = await response.text();
    appeared(target);
  } catch {
    const said = document.createElement("p");
    said.className = "notice bad";
    said.setAttribute("role", "alert");
    said.textContent = document.documentElement.lang === "nl"
      ? "De server antwoordt niet. Er is niets verzonden dat zeker is; probeer het opnieuw."
      : "The server doesn't answer. Whether it took this isn't known; try again.";
    target.replaceChildren(said);
  } finally {
    target.removeAttribute("aria-busy");
  }
}

async function renew(part) {
  try {
    const response = await ask(part.dataset.from);
    if (!response.ok) throw new Error(response.statusText);
    const text = await response.text();
    if (part.dataset.shown !== text) {
      part.dataset.shown = text;
      part.innerHTML = text;
      document.dispatchEvent(new CustomEvent("part", { detail: part }));
    }
    part.classList.remove("stale");
  } catch {
    part.classList.add("stale"); // its figures are of an earlier moment: the style sheet says so
  }
}

function keepNew(part) {
  const every = Number(part.dataset.every) * 1000;
  setInterval(() => { if (!document.hidden) renew(part); }, every);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(part); });
}

function takeDrops(input) {
  const zone = input.closest("label");
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function follow(element) {
  const source = new EventSource(element.dataset.stream);
  for (const kind of ["picture", "log", "changed", "reset"]) {
    source.addEventListener(kind, (event) => {
      document.dispatchEvent(new CustomEvent(`feed:${kind}`, { detail: JSON.parse(event.data) }));
    });
  }
  source.onopen = () => document.body.classList.remove("cut-off");
  source.onerror = () => document.body.classList.add("cut-off");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.dataset.into) {
    event.preventDefault();
    submitInto(form, event.submitter);
  }
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-every]").forEach(keepNew);
  document.querySelectorAll("[data-drop]").forEach(takeDrops);
  document.querySelectorAll("[data-stream]").forEach(follow);
  document.querySelector("[data-focus]")?.focus();
});
