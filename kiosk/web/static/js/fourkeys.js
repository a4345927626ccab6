// The accessible keypad: previous and next move the focus through what can be done, in reading order; select
// does it; help says where one is, and asks for help when it is pressed again.

import { keyboardFor, typingInto } from "./keys.js";

const STOPS = "h1[tabindex], h2[tabindex], .errors[tabindex], a[href], button, input:not([type=hidden]), textarea";
const KEYS = "#keyboard button";
const SAID_MS = 12_000;
const DOUBLE_MS = 500; // a hand that shakes presses again within that
const HOW = "按“上一个”“下一个”键移动，按“选择”键确认；再按一次“帮助”键求助。";

let moving = false;
let asked = null; // where help was pressed last
let fading = null;
let turned = -Infinity; // when select turned the sheet last

/** Whether the focus is being moved: no field opens its keyboard before it is selected. */
export const isMoving = () => moving;

/** Whether the keypad was used last, and not a finger. */
export const isKeyed = () => "keyed" in document.documentElement.dataset;

/** A finger takes over: the marks of the keypad go. */
export function byFinger() {
  delete document.documentElement.dataset.keyed;
  unsay();
}

/** Does what `press` says on the page as it is. `sheet()` tells which sheet of a long page is shown; a button
    that turns it leads to the first thing on the new one. What is pressed twice does nothing there, where
    nobody has seen yet what it would do. Whether the sheet was turned. */
export function pressed(press, sheet) {
  document.documentElement.dataset.keyed = "";
  const here = document.activeElement;
  if (press === "help") {
    help(here);
    return false;
  }
  asked = null;
  unsay();
  if (press !== "select") move(here, press === "next" ? 1 : -1);
  else if (performance.now() - turned >= DOUBLE_MS) return select(here, sheet);
  return false;
}

/** Everything that can be reached now, in reading order. What lies over the page hides it: the idle warning,
    the keys on the screen. */
function stops() {
  const over = document.querySelector(".idle") ?? (typingInto() ? null : document.body);
  const found = over ? over.querySelectorAll(STOPS) : document.querySelectorAll(KEYS);
  const covered = !document.querySelector(".idle") && document.querySelector("[data-cover]:not([hidden])");
  return covered ? [] : [...found].filter(reachable);
}

const reachable = (each) =>
  !each.disabled && !each.closest("[inert]") && each.checkVisibility({ visibilityProperty: true });

/** Where the focus is among `all`; at nothing, it is at the title, which is read first. */
function place(all, here) {
  const at = all.indexOf(here);
  return at >= 0 ? at : Math.max(0, all.findIndex((each) => each.matches("h1, h2")));
}

function move(here, by) {
  const all = stops();
  if (all.length) focus(all[(place(all, here) + by + all.length) % all.length]);
}

function focus(element) {
  moving = true;
  element.focus({ focusVisible: true, preventScroll: true });
  moving = false;
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function select(here, sheet) {
  const all = stops();
  const at = all.indexOf(here);
  if (at < 0) {
    move(here, 1); // nothing is marked: show first what would be done
    return false;
  }
  const before = sheet();
  if (here.matches("[data-keyboard]")) type(here);
  else if (here.closest("#keyboard")) strike(here);
  else if (!here.matches("h1, h2, .errors")) here.click();
  const another = sheet() !== before;
  settle(here, at, another);
  if (!another || typingInto()) return false; // a field's keys came over the sheet: they were asked for
  turned = performance.now();
  return true;
}

/** Opens the keys for a field, and goes there. */
function type(field) {
  keyboardFor(field);
  const first = document.querySelector("#keyboard .hg-button");
  if (!first) return;
  first.scrollIntoView({ block: "nearest" });
  focus(first);
}

/** A key on the screen hears a finger, and no click. */
function strike(key) {
  const field = typingInto();
  for (const name of ["pointerdown", "pointerup"]) {
    key.dispatchEvent(new PointerEvent(name, { bubbles: true, cancelable: true }));
  }
  key.click();
  if (field && !typingInto()) focus(field);
}

/** What was selected may be gone, or lead elsewhere: the focus is never lost. */
function settle(here, at, turned) {
  if (document.body.hasAttribute("aria-busy")) return; // another page comes, and begins at its title
  const all = stops();
  if (!all.length) return;
  const first = document.querySelector("main [data-pages]");
  const onSheet = turned && all.find((each) => first?.contains(each));
  if (onSheet) focus(onSheet);
  else if (!all.includes(document.activeElement)) focus(all[Math.min(at, all.length - 1)]);
}

// ---- help ----

function help(here) {
  if (asked === here && fading) {
    asked = null;
    unsay();
    const button = document.querySelector(".bar .help");
    if (reachable(button)) button.click();
    return;
  }
  asked = here;
  say(here);
}

function say(here) {
  unsay();
  const strip = document.createElement("section");
  strip.className = here?.closest(".topbar") ? "where below" : "where";
  strip.setAttribute("role", "status");
  document.body.append(strip);
  const lines = [`现在在：${name(here)}`, HOW];
  for (const line of lines) strip.appendChild(document.createElement("p")).textContent = line;
  fading = setTimeout(unsay, SAID_MS);
}

function unsay() {
  clearTimeout(fading);
  fading = null;
  for (const each of document.querySelectorAll(".where")) each.remove();
}

/** What an element is called, and how it stands; never what was typed into it, for others may listen. */
function name(element) {
  const where = element === document.body || !element ? document.querySelector("h1") : element;
  const labelled = where.getAttribute("aria-label") ?? where.labels?.[0]?.textContent ?? where.textContent;
  const words = labelled.replace(/\s+/g, " ").trim();
  if (where.type === "radio" || where.type === "checkbox") return `${words}，${where.checked ? "已选" : "未选"}`;
  if (where.matches("[data-keyboard]")) return `${words}，${where.value ? "已填" : "未填"}，按“选择”键填写`;
  return words;
}
