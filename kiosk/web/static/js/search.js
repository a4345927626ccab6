// The keys to find an item: a letter stands in the field at once, and the list follows as fast as it is answered.

const KEYS = {
  key: (text, letter) => text + letter,
  erase: (text) => text.slice(0, -1),
  clear: () => "",
};

export class Search {
  #asking = false;
  #asked;

  /** `finder` is the page's part; `ask(query)` posts and shows what is answered. */
  constructor(finder, ask) {
    this.finder = finder;
    this.field = finder.querySelector("#f-query");
    this.ask = ask;
    this.#asked = this.field.value;
  }

  /** Whether `button` was one of the keys that change the text, and has. */
  pressed(button) {
    const [verb, letter] = button.value.split(":");
    const change = KEYS[verb];
    if (!change || !button.matches(".key")) return false;
    const text = change(this.field.value, letter);
    if (text.length <= this.field.maxLength) this.field.value = text;
    this.find();
    return true;
  }

  /** Asks for what stands in the field, until what is shown is what stands there. */
  async find() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#asked !== this.field.value) {
        this.#asked = this.field.value;
        await this.ask(this.#asked);
      }
    } finally {
      this.#asking = false;
    }
  }

  /** Whether `body` shows the same keys, so that only the list is another. */
  followedBy(body) {
    return body.querySelector("[data-search]")?.className === this.finder.className;
  }

  /** Puts the list of `body` in the place of this one; what was touched keeps the focus, if it is still there. */
  follow(body) {
    const [here, there] = [this.finder, body].map((root) => (selector) => root.querySelector(selector));
    const status = here(".how-many");
    const within = here(".list").contains(document.activeElement);
    here(".list").replaceWith(there(".list"));
    if (status.textContent !== there(".how-many").textContent) status.replaceChildren(...there(".how-many").childNodes);
    if (within) status.focus();
  }
}
