// The page's own life: posts a touch, learns by a short poll that something happened, swaps the page.
// Everything works without it as plain forms; it adds paging, the keyboard, the pen, and no flicker.

import { closeKeyboard, keyboardFor } from "./keys.js";
import { Pager } from "./pager.js";
import { countDown, countUp, reveal } from "./small.js";
import { Pen } from "./pen.js";

const POLL_MS = 300;
const ANSWER_MS = 20_000;
const LOST_AFTER = 10; // polls without an answer, about three seconds
const TOUCH_MS = 5_000; // the agent is told of typing and drawing at most this often

let busy = false;
let lost = 0;
let told = -Infinity;
let typing = false;
let before = null; // what had the focus when the idle warning came
let pager = null;
let timers = [];

const turn = () => Number(document.body.dataset.turn);
const cover = (name) => document.querySelector(`[data-cover="${name}"]`);

// ---- one page ----

function begin(focus) {
  const root = document.documentElement;
  root.classList.add("js");
  const content = document.querySelector("[data-pages]");
  pager = content ? new Pager(content) : null;
  const canvas = document.querySelector("canvas[data-sign]");
  if (canvas) new Pen(canvas);
  for (const input of document.querySelectorAll("input[data-keyboard]")) input.inputMode = "none";
  startTimers();
  const summary = document.querySelector(".errors");
  const overlay = document.querySelector(".idle button");
  if (overlay) overlay.focus();
  else if (summary) summary.focus();
  else if (focus) document.querySelector("h1")?.focus({ preventScroll: true });
  setInert();
}

function startTimers() {
  timers.forEach(clearInterval);
  timers = [];
  const seconds = document.querySelector("[data-seconds]");
  if (seconds) timers.push(countDown(seconds, () => (cover("blank").hidden = false)));
  for (const each of document.querySelectorAll("[data-elapsed]")) timers.push(countUp(each));
}

function setInert() {
  const warned = document.querySelector(".idle") !== null;
  for (const part of document.querySelectorAll(".topbar, main, .bar, #keyboard")) part.inert = warned;
}

/** Puts the HTML of a view on the screen. The same page with another frame keeps what is typed. */
function apply(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  const body = next.body;
  if (body.dataset.turn === undefined) throw new Error("not a page");
  const fresh = ["home", "out-of-service"].includes(body.dataset.kind);
  if (fresh && document.body.dataset.kind !== body.dataset.kind) {
    location.replace("/"); // a new document: nothing of the last visit stays in this one's memory
    return;
  }
  const same = body.dataset.same === document.body.dataset.same;
  const look = next.documentElement.className;
  document.title = next.title;
  if (same) {
    swapFrame(body, look);
    return;
  }
  closeKeyboard();
  document.documentElement.className = look;
  document.body.replaceWith(document.adoptNode(body));
  begin(true);
}

function swapFrame(body, look) {
  const now = document.body;
  now.dataset.turn = body.dataset.turn;
  now.className = `${body.className}${now.classList.contains("typing") ? " typing" : ""}`;
  for (const input of now.querySelectorAll('input[name="turn"]')) input.value = body.dataset.turn;
  for (const part of [".topbar", ".banner"]) now.querySelector(part).replaceWith(body.querySelector(part));
  const warned = now.querySelector(".idle");
  const idle = body.querySelector(".idle");
  if (idle && !warned) before = document.activeElement;
  warned?.remove();
  if (idle) now.append(idle);
  cover("blank").hidden = true;
  setInert();
  startTimers();
  if (idle) idle.querySelector("button").focus();
  else if (warned) (before === document.body ? document.querySelector("h1") : before)?.focus();
  if (document.documentElement.className !== `${look} js`.trim()) {
    document.documentElement.className = `${look} js`.trim();
    pager?.layout();
  }
}

// ---- speaking with the agent ----

async function load(path, options = {}) {
  const answer = await fetch(path, { ...options, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

async function exchange(path, options) {
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    apply(await load(path, options));
    found();
  } catch {
    cover("lost").hidden = false;
    lost = LOST_AFTER;
  } finally {
    busy = false;
    document.body.removeAttribute("aria-busy");
  }
}

function found() {
  lost = 0;
  cover("lost").hidden = true;
}

async function poll() {
  try {
    if (!busy) {
      const shown = turn();
      const { turn: present } = JSON.parse(await load(`/events?after=${shown}`));
      const stale = present !== turn() || lost >= LOST_AFTER;
      if (!busy && stale) await exchange("/");
      else if (!busy) lost = 0;
    }
  } catch {
    lost += 1;
    if (lost >= LOST_AFTER) cover("lost").hidden = false;
  }
  setTimeout(poll, POLL_MS);
}

function tellTouched() {
  const now = performance.now();
  if (busy || now - told < TOUCH_MS) return;
  told = now;
  fetch("/touch", { method: "POST", signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => {});
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  if (busy || !submitter) return;
  if (submitter.closest(".bar .right") && pager?.nextUnseen()) return;
  submitter.classList.add("working");
  exchange("/act", { method: "POST", body: new URLSearchParams(new FormData(form, submitter)) });
});

// ---- touch ----

// Judged where the finger comes down, and before anybody else hears of it: by the click the field has
// moved to make room, and a key that turned the keyboard over is no longer there.
document.addEventListener(
  "pointerdown",
  (event) => {
    typing = event.target.closest?.("#keyboard, [data-keyboard], label") !== null;
    event.target.closest?.("button, .option, a")?.classList.add("pressed");
    // A touch on the idle cover is answered by its one button alone.
    if (!document.querySelector(".idle")) tellTouched();
  },
  true,
);
for (const name of ["pointerup", "pointercancel", "dragend"]) {
  document.addEventListener(name, () => {
    for (const each of document.querySelectorAll(".pressed")) each.classList.remove("pressed");
  });
}
document.addEventListener("input", tellTouched);
for (const name of ["contextmenu", "dragstart"]) document.addEventListener(name, (event) => event.preventDefault());

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-to]");
  if (link) {
    event.preventDefault();
    toField(document.getElementById(`f-${link.dataset.to}`));
    return;
  }
  if (!typing) closeKeyboard();
});

function toField(field) {
  pager?.show(field);
  field.focus();
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-keyboard]")) keyboardFor(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault(); // else the form's first button would be pressed, whichever that is
    closeKeyboard();
  }
});
document.addEventListener("room-changed", () => {
  pager?.layout();
  const field = document.activeElement;
  if (field?.matches("input[data-keyboard]")) {
    pager?.show(field);
    field.scrollIntoView({ block: "nearest" });
  }
});

reveal();
history.replaceState(null, "", "/"); // a reload asks for the present page and never posts again
begin(false);
poll();
