// A long list, opened over the form: groups first (provinces), then what is in them; paged, by first letter.
// The answer goes into the page's own select, which is what the form posts.

import { letterRow } from "./letters.js";
import { Pager } from "./pager.js";

let open = null;

/** Whether a list lies over the form. */
export const picking = () => open !== null;

/** One level up, or the form again. */
export const pickerBack = () => open?.back();

/** The list is closed; nothing is chosen. */
export const closePicker = () => open?.close();

/** The panel or the type has another size. */
export const layoutPicker = () => open?.pager.layout();

/** Opens the list of `button`. `changed` is called when the list comes and when it goes. */
export function openPicker(button, changed) {
  open?.close();
  open = new Picker(button, changed);
  changed(); // the frame steps aside, and the list has more room
  layoutPicker();
}

/** Says on each button of the page what is chosen; `root` is the page. */
export function showChosen(root) {
  for (const button of root.querySelectorAll("[data-pick]")) {
    const select = document.getElementById(button.dataset.pick);
    if (select.dataset.begins) continue;
    const chosen = select.selectedOptions[0];
    button.querySelector(".words").textContent = chosen?.value ? chosen.text.trim() : "请选择";
    button.classList.toggle("answered", Boolean(chosen?.value));
  }
}

class Picker {
  constructor(button, changed) {
    this.button = button;
    this.changed = changed;
    this.select = document.getElementById(button.dataset.pick);
    this.entries = [...this.select.options].filter((option) => option.value);
    this.panel = document.getElementById("picker").content.firstElementChild.cloneNode(true);
    this.list = this.panel.querySelector(".options");
    this.title = this.panel.querySelector("h2");
    this.entry = this.panel.querySelector("[data-entry]").content.firstElementChild;
    this.panel.querySelector("[data-picker-close]").addEventListener("click", () => this.close());
    document.querySelector("main").after(this.panel);
    this.group = this.select.selectedOptions[0]?.dataset.in ?? "";
    this.draw();
  }

  /** The entries of the present group. */
  draw() {
    this.panel.querySelector(".letters")?.remove();
    const above = this.entries.find((each) => each.value === this.group);
    this.title.textContent = `${this.select.dataset.title}${above ? `：${above.text.trim()}` : ""}`;
    const shown = this.entries.filter((each) => (each.dataset.in ?? "") === this.group);
    const nodes = shown.map((each) => [label(each), this.node(each)]);
    const row = letterRow(
      nodes.map(([name]) => name),
      (has) => this.fill(nodes.filter(([name]) => has(name))),
    );
    if (row) this.panel.querySelector(".content").before(row);
    this.fill(nodes);
    this.title.focus({ preventScroll: true });
  }

  fill(nodes) {
    this.list.replaceChildren(...nodes.map(([, node]) => node));
    if (this.pager) this.pager.restart();
    else this.pager = new Pager(this.panel.querySelector(".content"));
    const chosen = this.list.querySelector('[aria-current="true"]');
    if (chosen) this.pager.show(chosen);
  }

  node(entry) {
    const node = this.entry.cloneNode(true);
    const within = this.entries.some((each) => each.dataset.in === entry.value);
    const chosen = this.select.selectedOptions[0];
    node.querySelector(".words").textContent = label(entry);
    if (!this.select.dataset.begins && (entry === chosen || entry.value === chosen?.dataset.in)) {
      node.setAttribute("aria-current", "true");
      node.querySelector(".chosen").hidden = false;
    }
    if (!within) node.querySelector(":scope > .icon:last-child").remove();
    node.addEventListener("click", () => (within ? this.into(entry.value) : this.choose(entry)));
    return node;
  }

  into(group) {
    this.group = group;
    this.draw();
  }

  choose(entry) {
    const { begins } = this.select.dataset;
    if (begins) begin(document.getElementById(begins), entry, this.entries);
    else this.select.value = entry.value;
    showChosen(document);
    this.close();
  }

  back() {
    const above = this.entries.find((each) => each.value === this.group);
    if (above) this.into(above.dataset.in ?? "");
    else this.close();
  }

  close() {
    this.panel.remove();
    open = null;
    this.changed();
    this.button.focus();
  }
}

const label = (entry) => entry.dataset.label ?? entry.text.trim();

/** Puts the names of a division before an address, in the place of another one that begins it. */
function begin(field, entry, entries) {
  const whole = (each) => {
    const above = entries.find((other) => other.value === each.dataset.in);
    return `${above ? whole(above) : ""}${label(each)}`;
  };
  const stands = entries.map(whole).filter((name) => field.value.startsWith(name));
  const longest = stands.reduce((a, b) => (b.length > a.length ? b : a), "");
  field.value = `${whole(entry)}${field.value.slice(longest.length)}`.slice(0, field.maxLength);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
