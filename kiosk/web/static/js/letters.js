// A long list by the first letter of its entries: 和平区 under H. A character with two readings is under both.

import { lettersOf } from "./pinyin.js";

const MANY = 20;
const GROUPS = 6;
const REST = "#";

function letters(label) {
  const first = label.match(/\p{Script=Han}|[A-Za-z0-9]/u)?.[0] ?? "";
  if (/[A-Za-z]/.test(first)) return [first.toUpperCase()];
  const found = lettersOf(first);
  return found.length ? found : [REST];
}

/** [{name, letters}]: about GROUPS groups with as many entries each, in the order of the alphabet. */
function groups(labels) {
  const counts = new Map();
  for (const letter of labels.flatMap(letters)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const sorted = [...counts.keys()].sort((a, b) => (a === REST) - (b === REST) || a.localeCompare(b));
  const each = labels.length / GROUPS;
  const made = [];
  let size = Infinity;
  for (const letter of sorted) {
    if (size >= each && made.length < GROUPS) {
      made.push([]);
      size = 0;
    }
    made.at(-1).push(letter);
    size += counts.get(letter);
  }
  return made.map((of) => ({
    letters: new Set(of),
    name: of.length > 1 ? `${of[0]}–${of.at(-1)}` : of[0],
  }));
}

/** The row of letters over `labels`, or null where it would help nobody; `pick(has)` is told what stays. */
export function letterRow(labels, pick) {
  const found = groups(labels);
  if (labels.length <= MANY || found.length < 3) return null;
  const row = document.createElement("div");
  row.className = "letters";
  row.role = "group";
  row.ariaLabel = "按拼音首字母找";
  const choose = (button, has) => {
    for (const other of row.children) other.setAttribute("aria-pressed", String(other === button));
    pick(has);
  };
  const add = (name, has) => {
    const button = row.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "btn";
    button.textContent = name;
    button.setAttribute("aria-pressed", String(row.children.length === 1));
    button.addEventListener("click", () => choose(button, has));
  };
  add("全部", () => true);
  for (const group of found) add(group.name, (label) => letters(label).some((each) => group.letters.has(each)));
  return row;
}
