// Long content in pages instead of scrolling: blocks are laid out one after the other until the page is full.

const NEXT_LABEL = "下一页";

export class Pager {
  constructor(content) {
    this.content = content;
    this.nav = content.parentElement.querySelector(".pager");
    this.through = content.matches("[data-through]");
    this.primary = document.querySelector(".bar .right .btn");
    this.label = this.primary?.querySelector(".words").innerHTML;
    this.at = 0;
    this.seen = new Set();
    this.sheet = Number(this.nav?.dataset.sheet ?? 1);
    this.sheets = Number(this.nav?.dataset.sheets ?? 1);
    this.nav?.addEventListener("click", (event) => this.#clicked(event));
    this.layout();
  }

  /** Measures anew (another size, the keyboard came or went) and stays where the reader was. */
  layout() {
    const first = this.pages?.[this.at]?.[0];
    this.#collect();
    if (this.nav) this.nav.hidden = this.sheets < 2;
    this.pages = [this.blocks];
    this.#reveal(this.blocks);
    if (this.#overflows() && this.nav) {
      this.nav.hidden = false;
      this.pages = this.#split();
      this.nav.hidden = this.sheets < 2 && this.pages.length === 1;
    }
    const found = this.pages.findIndex((page) => page.includes(first));
    this.go(Math.max(0, found));
  }

  /** Measures anew, from the first page: it is another list. */
  restart() {
    this.pages = null;
    this.layout();
  }

  /** Turns to the page that holds `element`. */
  show(element) {
    const found = this.pages.findIndex((page) => page.some((block) => block.contains(element)));
    if (found >= 0) this.go(found);
  }

  /** Where everything must have been seen before going on: turns the page and says true while it was not. */
  nextUnseen() {
    const unseen = this.#firstUnseen();
    if (!this.through || unseen < 0) return false;
    this.go(unseen);
    return true;
  }

  go(at) {
    this.at = Math.min(at, this.pages.length - 1);
    for (const block of this.pages[this.at]) this.seen.add(block);
    this.#reveal(this.pages[this.at]);
    this.content.scrollTop = 0;
    this.#paint();
  }

  #firstUnseen() {
    return this.pages.findIndex((page) => page.some((block) => !this.seen.has(block)));
  }

  #collect() {
    this.blocks = [];
    this.wrappers = [];
    for (const child of this.content.children) {
      const holder = child.matches("[data-blocks]") ? child : child.querySelector("[data-blocks]");
      if (holder && !this.#staysWhole(child, holder)) {
        this.wrappers.push([child, [...holder.children]]);
        this.blocks.push(...holder.children);
      } else {
        this.blocks.push(child);
      }
    }
    const table = this.content.querySelector("table");
    if (table) {
      table.classList.remove("stacked");
      this.#reveal(this.blocks);
      table.classList.toggle("stacked", table.scrollWidth > this.content.clientWidth + 1);
    }
  }

  /** Whether it is one question among others, whose answers have room on one sheet. */
  #staysWhole(child, holder) {
    if (!child.matches(".field") || this.content.children.length < 2) return false;
    const all = [...this.content.children];
    const hidden = all.map((each) => each.hidden);
    for (const each of holder.children) each.hidden = false;
    for (const each of all) each.hidden = each !== child;
    if (this.nav) this.nav.hidden = false;
    const fits = !this.#overflows();
    all.forEach((each, at) => (each.hidden = hidden[at]));
    return fits;
  }

  #reveal(page) {
    const shown = new Set(page);
    for (const block of this.blocks) block.hidden = !shown.has(block);
    for (const [wrapper, blocks] of this.wrappers) wrapper.hidden = !blocks.some((block) => shown.has(block));
  }

  #overflows() {
    return this.content.scrollHeight > this.content.clientHeight + 1;
  }

  #split() {
    const pages = [];
    let page = [];
    for (const block of this.blocks) {
      page.push(block);
      this.#reveal(page);
      if (this.#overflows() && page.length > 1) {
        page.pop();
        const carried = [];
        while (page.length > 1 && page.at(-1).matches("[data-keep]")) carried.unshift(page.pop());
        pages.push(page);
        page = [...carried, block];
      }
    }
    pages.push(page);
    return pages;
  }

  #paint() {
    if (!this.nav) return;
    const count = this.pages.length;
    const [back, , on] = this.nav.children;
    back.disabled = this.at === 0 && this.sheet < 2;
    on.disabled = this.at >= count - 1 && this.sheet >= this.sheets;
    const part = this.sheets > 1 && count > 1 ? `\n本页第 ${this.at + 1}/${count} 屏` : "";
    const [at, of] = this.sheets > 1 ? [this.sheet, this.sheets] : [this.at + 1, count];
    this.nav.querySelector(".count").textContent = `第 ${at} 页，共 ${of} 页${part}`;
    if (!this.through || !this.primary || this.primary.disabled) return;
    const more = this.#firstUnseen() >= 0;
    const words = this.primary.querySelector(".words");
    if (more) words.textContent = NEXT_LABEL;
    else words.innerHTML = this.label;
    on.style.visibility = more ? "hidden" : "";
  }

  #clicked(event) {
    const button = event.target.closest("[data-turn-page]");
    const to = this.at + Number(button?.dataset.turnPage);
    if (!button || to < 0 || to >= this.pages.length) return; // another sheet: the agent is asked
    event.preventDefault();
    this.go(to);
  }
}
