// Hands off for some seconds, then a grid to be painted green. Only where a touch was reported turns green:
// nothing is drawn between two reports, for a dead stripe would be painted over.

const QUIET_MS = 8_000; // without a new cell, and it is asked whether the rest is dead
const by = (id) => document.getElementById(id);
const grid = by("grid");
const seconds = Number(grid.dataset.seconds);
const side = Number(grid.dataset.cell) * (innerWidth / screen.width);
const columns = Math.max(1, Math.round(innerWidth / side));
const rows = Math.max(1, Math.round(innerHeight / side));
const touched = new Set();
const ghosts = [];
let phase = "begin";
let quiet;

function cellOf(event) {
  const part = (at, whole, count) => Math.min(count - 1, Math.max(0, Math.floor((at / whole) * count)));
  return [part(event.clientX, innerWidth, columns), part(event.clientY, innerHeight, rows)];
}

function show(next) {
  phase = next;
  for (const id of ["begin", "off", "ask"]) by(id).hidden = id !== next;
  grid.hidden = by("rest").hidden = next !== "paint";
  clearTimeout(quiet);
  if (next === "paint") quiet = setTimeout(ask, QUIET_MS);
}

function handsOff(left) {
  by("left").textContent = left;
  if (left > 0) setTimeout(handsOff, 1000, left - 1);
  else show("paint");
}

function ask() {
  by("dead").textContent = columns * rows - touched.size;
  show("ask");
}

function paint(event) {
  const [column, row] = cellOf(event);
  const at = row * columns + column;
  if (touched.has(at)) return;
  touched.add(at);
  grid.children[at].className = "touched";
  const left = columns * rows - touched.size;
  by("rest").textContent = `还有 ${left} 格`;
  clearTimeout(quiet);
  if (left === 0) send();
  else quiet = setTimeout(ask, QUIET_MS);
}

function send() {
  phase = "sent";
  const cells = [...touched].map((at) => [at % columns, Math.floor(at / columns)]);
  document.forms[0].elements.result.value = JSON.stringify({ columns, rows, touched: cells, ghosts });
  document.forms[0].submit();
}

grid.style.gridTemplate = `repeat(${rows}, 1fr) / repeat(${columns}, 1fr)`;
grid.append(...Array.from({ length: columns * rows }, () => document.createElement("i")));
by("rest").textContent = `还有 ${columns * rows} 格`;
by("start").addEventListener("click", () => {
  show("off");
  handsOff(seconds);
});
by("more").addEventListener("click", () => show("paint"));
by("end").addEventListener("click", send);
document.addEventListener("pointerdown", (event) => {
  if (phase === "paint") paint(event);
  if (phase !== "off") return;
  if (ghosts.length < 1000) ghosts.push(cellOf(event));
  by("ghosts").textContent = `有 ${ghosts.length} 次触摸`;
  by("ghosts").classList.add("wrong");
});
document.addEventListener("pointermove", (event) => {
  if (phase === "paint" && event.buttons) for (const each of event.getCoalescedEvents()) paint(each);
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
