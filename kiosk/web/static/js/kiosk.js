// The page's own life: posts a touch, learns by a short poll that something happened, swaps the page.
// Everything but the camera works without it as plain forms; it adds paging, the keyboard, the pen, the lists
// over a form, and no flicker.

import { Camera } from "./camera.js";
import { byFinger, isKeyed, isMoving, pressed } from "./fourkeys.js";
import { closeKeyboard, keyboardFor } from "./keys.js";
import { letterRow } from "./letters.js";
import { Pager } from "./pager.js";
import { closePicker, layoutPicker, openPicker, pickerBack, picking, showChosen } from "./picker.js";
import { reshape } from "./shapes.js";
import { countDown, countUp, reveal } from "./small.js";
import { Pen } from "./pen.js";
import { Search } from "./search.js";
import { refill, unsent } from "./unsent.js";

const POLL_MS = 300;
const KEYED_MS = 100; // while somebody uses the keypad: a press is answered before the next
const ANSWER_MS = 20_000;
const LOST_AFTER = 10; // polls without an answer, about three seconds
const TOUCH_MS = 5_000; // the agent is told of typing and drawing at most this often

let busy = false;
let lost = 0;
let told = -Infinity;
let typing = false;
let before = null; // what had the focus when the idle warning came
let pager = null;
let search = null;
let camera = null;
let timers = [];

const turn = () => Number(document.body.dataset.turn);
const cover = (name) => document.querySelector(`[data-cover="${name}"]`);

// ---- one page ----

function begin(focus) {
  const root = document.documentElement;
  root.classList.add("js");
  const content = document.querySelector("[data-pages]");
  pager = content ? new Pager(content) : null;
  const finder = document.querySelector("[data-search]");
  search = finder && new Search(finder, (query) => post({ action: "find", query }));
  const canvas = document.querySelector("canvas[data-sign]");
  if (canvas) new Pen(canvas);
  for (const input of document.querySelectorAll("[data-keyboard]")) {
    input.inputMode = "none";
    if (input.closest(".field")?.querySelector("[data-reading]")) reshape(input);
  }
  for (const list of document.querySelectorAll("[data-letters]")) filtered(list);
  showChosen(document);
  openCamera();
  startTimers();
  const summary = document.querySelector(".errors");
  const overlay = document.querySelector(".idle button");
  if (overlay) overlay.focus();
  else if (summary) summary.focus();
  else if (focus) document.querySelector("h1")?.focus({ preventScroll: true });
  setInert();
}

/** A choice among very many: by first letter, in a row over the list. */
function filtered(list) {
  const entries = [...list.children];
  const name = (entry) => entry.querySelector(".words").textContent.trim();
  const row = letterRow(entries.map(name), (has) => {
    list.replaceChildren(...entries.filter((entry) => has(name(entry))));
    pager.restart();
  });
  if (!row) return;
  list.closest(".content").before(row);
  pager.layout();
}

function openCamera() {
  const finder = document.querySelector("[data-camera]");
  const shutter = document.querySelector(".bar .right .btn");
  camera = finder && shutter ? new Camera(finder, shutter, tellCamera, () => say("no-camera")) : null;
}

/** How it went with the camera, for the agent, who cannot see it. */
function tellCamera(word) {
  const body = new URLSearchParams({ is: word });
  fetch("/camera", { method: "POST", body, keepalive: true, signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => {});
}

/** Posts an action by the page itself, as soon as nothing else is on the way. */
function say(action) {
  if (busy) setTimeout(() => say(action), POLL_MS);
  else post({ action });
}

const post = (fields) =>
  exchange("/act", { method: "POST", body: new URLSearchParams({ turn: turn(), ...fields }) });

function startTimers() {
  timers.forEach(clearInterval);
  timers = [];
  const seconds = document.querySelector("[data-seconds]");
  if (seconds) timers.push(countDown(seconds, blank));
  for (const each of document.querySelectorAll("[data-elapsed]")) timers.push(countUp(each));
}

function blank() {
  cover("blank").hidden = false;
  camera?.stop();
}

function setInert() {
  const warned = document.querySelector(".idle") !== null;
  for (const part of document.querySelectorAll(".topbar, main, .bar, #keyboard, .picker")) part.inert = warned;
  if (picking()) document.querySelector("main").inert = true;
  document.body.classList.toggle("picking", picking());
}

/** Puts the HTML of a view on the screen. The same page with another frame keeps what is typed; so do the same
    questions, where the agent has drawn them anew `byItself`, or before a touch could count. */
function apply(html, byItself) {
  const next = new DOMParser().parseFromString(html, "text/html");
  const body = next.body;
  if (body.dataset.turn === undefined) throw new Error("not a page");
  if (anotherDocument(document.body.dataset.kind, body.dataset.kind)) {
    camera?.stop();
    location.replace("/");
    return;
  }
  const same = body.dataset.same === document.body.dataset.same;
  const look = next.documentElement.className;
  document.title = next.title;
  if (same) {
    swapFrame(body, look);
    return;
  }
  if (search?.followedBy(body) && document.documentElement.className === `${look} js`.trim()) {
    swapFrame(body, look);
    document.body.dataset.same = body.dataset.same;
    search.follow(body);
    pager = new Pager(document.querySelector("[data-pages]"));
    return;
  }
  closeKeyboard();
  closePicker();
  const keeps = byItself || "missed" in body.dataset;
  const answers = keeps && sameQuestions(body) ? unsent(document.body) : new Map();
  document.documentElement.className = look;
  document.body.replaceWith(document.adoptNode(body));
  refill(document.body, answers);
  begin(true);
}

function sameQuestions(next) {
  const asks = (body) => body.dataset.kind === "form" && body.querySelector("h1")?.textContent;
  return asks(next) !== false && asks(next) === asks(document.body);
}

/** Home: nothing of the last visit stays in this document's memory. The camera: the policy of a document says
    whether it may be used, and a picture goes with the document it was taken in. */
function anotherDocument(from, to) {
  return from !== to && (["home", "out-of-service"].includes(to) || [from, to].includes("camera"));
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
  camera?.resume();
  setInert();
  startTimers();
  if (idle) idle.querySelector("button").focus();
  else if (warned) (before === document.body ? document.querySelector("h1") : before)?.focus();
  if (document.documentElement.className !== `${look} js`.trim()) {
    document.documentElement.className = `${look} js`.trim();
    pager?.layout();
    layoutPicker();
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
    apply(await load(path, options), options === undefined);
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
      const { turn: present, pressed: presses } = JSON.parse(await load(`/events?after=${shown}`));
      for (const press of presses) if (keyPressed(press, shown)) break; // the rest was for the sheet before
      const stale = present !== turn() || lost >= LOST_AFTER;
      if (!busy && stale) await exchange("/");
      else if (!busy) lost = 0;
    }
  } catch {
    lost += 1;
    if (lost >= LOST_AFTER) cover("lost").hidden = false;
  }
  setTimeout(poll, isKeyed() ? KEYED_MS : POLL_MS);
}

/** A press counts for the page that was seen when it was made, and for no other. Whether it turned the sheet. */
function keyPressed(press, shown) {
  if (busy || turn() !== shown) return false;
  if (!document.querySelector(".idle")) tellTouched();
  return pressed(press, () => pager?.at);
}

function tellTouched(by = "") {
  const now = performance.now();
  if (busy || now - told < TOUCH_MS) return;
  told = now;
  const body = new URLSearchParams({ by });
  fetch("/touch", { method: "POST", body, signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => {});
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  if (submitter && search?.pressed(submitter)) return;
  if (busy || !submitter) return;
  if (picking() && submitter.closest(".bar .left")) {
    pickerBack();
    return;
  }
  const primary = submitter.closest(".bar .right");
  if (primary && pager?.nextUnseen()) return;
  submitter.classList.add("working");
  const data = new FormData(form, submitter);
  if (primary && camera) data.set("picture", camera.shot());
  exchange("/act", { method: "POST", body: new URLSearchParams(data) });
});

// ---- touch ----

// Judged where the finger comes down, and before anybody else hears of it: by the click the field has
// moved to make room, and a key that turned the keyboard over is no longer there.
document.addEventListener(
  "pointerdown",
  (event) => {
    if (event.isTrusted) byFinger();
    typing = event.target.closest?.("#keyboard, [data-keyboard], label") !== null;
    event.target.closest?.("button, .option, a")?.classList.add("pressed");
    // A touch on the idle cover is answered by its one button alone.
    // That a finger was here tells the touchscreen's driver whether it listens to the panel that is touched.
    if (!document.querySelector(".idle")) tellTouched(event.pointerType === "touch" ? "finger" : "");
  },
  true,
);
for (const name of ["pointerup", "pointercancel", "dragend"]) {
  document.addEventListener(name, () => {
    for (const each of document.querySelectorAll(".pressed")) each.classList.remove("pressed");
  });
}
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-keyboard]")) reshape(event.target);
  if (event.target === search?.field) search.find();
  tellTouched();
});
window.addEventListener("pagehide", () => camera?.stop());
for (const name of ["contextmenu", "dragstart"]) document.addEventListener(name, (event) => event.preventDefault());

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-to]");
  if (link) {
    event.preventDefault();
    toField(document.getElementById(`f-${link.dataset.to}`));
    return;
  }
  if (!typing) closeKeyboard();
  const pick = event.target.closest("[data-pick]");
  if (pick) openPicker(pick, setInert);
});

function toField(field) {
  const shown = document.querySelector(`[data-pick="${CSS.escape(field.id)}"]`) ?? field;
  pager?.show(shown);
  shown.focus();
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-keyboard]") && !isMoving()) keyboardFor(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches('input, textarea[rows="2"]')) {
    event.preventDefault(); // else the form's first button would be pressed, whichever that is
    closeKeyboard();
  }
});
document.addEventListener("room-changed", () => {
  pager?.layout();
  const field = document.activeElement;
  layoutPicker();
  if (field?.matches("[data-keyboard]")) {
    pager?.show(field);
    field.scrollIntoView({ block: "nearest" });
  }
});

reveal();
history.replaceState(null, "", "/"); // a reload asks for the present page and never posts again
begin(false);
poll();
