// The keyboard on the screen: digits, decimals, codes, plates, pinyin, letters. It makes room instead of covering the field.

import Keyboard from "../vendor/simple-keyboard/simple-keyboard.js";
import { Composer } from "./pinyin.js";

const LAYOUT = {
  pinyin: ["q w e r t y u i o p", "a s d f g h j k l", "{abc} z x c v b n m {bksp}", "{123} ， {space} 。"],
  abc: ["q w e r t y u i o p", "a s d f g h j k l", "{shift} z x c v b n m {bksp}", "{pinyin} {123} {space} . -"],
  shift: ["Q W E R T Y U I O P", "A S D F G H J K L", "{lower} Z X C V B N M {bksp}", "{pinyin} {123} {space} . -"],
  123: ["1 2 3 4 5 6 7 8 9 0", "- / # ( ) 、 · @ .", "区 路 街 号 楼 栋 室 {bksp}", "{pinyin} {abc} {space} 单元 门"],
  digits: ["1 2 3", "4 5 6", "7 8 9", "{clear} 0 {bksp}"],
  decimal: ["1 2 3", "4 5 6", "7 8 9", ". 0 {bksp}"],
  code: ["1 2 3 4 5 6 7 8 9 0", "q w e r t y u i o p", "a s d f g h j k l -", "{upper} z x c v b n m {bksp}"],
  upper: ["1 2 3 4 5 6 7 8 9 0", "Q W E R T Y U I O P", "A S D F G H J K L -", "{code} Z X C V B N M {bksp}"],
  "credit-code": ["1 2 3 4 5 6 7 8 9 0", "A B C D E F G H", "J K L M N P Q R", "T U W X Y {bksp}"],
  province: ["京 津 沪 渝 冀 豫 云 辽 黑", "湘 皖 鲁 新 苏 浙 赣 鄂 桂", "甘 晋 蒙 陕 吉 闽 贵 粤 青", "藏 川 宁 琼 使 领 {bksp}"],
  plate: ["1 2 3 4 5 6 7 8 9 0", "A B C D E F G H J K", "L M N P Q R S T U V", "W X Y Z 挂 学 警 港 澳 {bksp}"],
  "id-number": ["1 2 3", "4 5 6", "7 8 9", "X 0 {bksp}"],
};
const DISPLAY = {
  "{bksp}": "删除",
  "{clear}": "清空",
  "{space}": "空格",
  "{shift}": "大写",
  "{lower}": "小写",
  "{upper}": "大写",
  "{code}": "小写",
  "{abc}": "字母",
  "{123}": "数字",
  "{pinyin}": "拼音",
};
// Which keys a kind of field begins with; all others take Chinese.
const START = {
  ascii: "code",
  scan: "code", // in small letters, as a slip's number is printed
  digits: "digits",
  date: "digits",
  month: "digits",
  phone: "digits",
  number: "decimal",
  amount: "decimal",
  "id-number": "id-number",
  "credit-code": "credit-code",
  plate: "province",
};
const PADS = new Set(["digits", "decimal", "id-number"]);

let open = null;

/** Opens the keyboard for `input`, or turns it to it. */
export function keyboardFor(input) {
  if (open?.input === input) return;
  closeKeyboard(false);
  open = new ScreenKeyboard(input);
  roomChanged();
}

/** The field that is being typed into, or null. */
export const typingInto = () => open?.input ?? null;

/** Closes it; what is spelled and not chosen is taken as its first characters. */
export function closeKeyboard(announce = true) {
  if (!open) return;
  open.close();
  open = null;
  if (announce) roomChanged();
}

function roomChanged() {
  document.body.classList.toggle("typing", open !== null);
  document.dispatchEvent(new Event("room-changed"));
}

class ScreenKeyboard {
  constructor(input) {
    this.input = input;
    this.kind = input.dataset.keyboard;
    this.layout = this.fitting(START[this.kind] ?? "pinyin");
    this.composer = new Composer();
    this.from = 0;
    this.panel = document.getElementById("keyboard");
    this.panel.replaceChildren();
    this.panel.hidden = false;
    this.panel.classList.toggle("pad-keys", PADS.has(this.layout));
    this.strip = this.panel.appendChild(element("div", "strip"));
    const keys = this.panel.appendChild(element("div", "keys"));
    this.keys = new Keyboard(keys, {
      layout: LAYOUT,
      layoutName: this.layout,
      display: DISPLAY,
      mergeDisplay: true,
      theme: "hg-theme-kiosk",
      useButtonTag: true,
      preventMouseDownDefault: true, // the field keeps the focus
      physicalKeyboardHighlight: false,
      onKeyPress: (key) => this.pressed(key),
    });
    // After the tap that opened it, which would put the caret somewhere among the dots of a masked value.
    setTimeout(() => input.setSelectionRange(input.value.length, input.value.length));
    this.paint();
  }

  close() {
    while (this.composer.candidates.length > 0) this.take(this.composer.candidates[0]);
    this.keys.destroy();
    this.panel.replaceChildren();
    this.panel.hidden = true;
    if (document.activeElement === this.input) this.input.blur();
  }

  pressed(key) {
    this.keys.clearInput(); // its own copy of what is typed is not wanted
    const { composer } = this;
    const spelling = this.layout === "pinyin" && /^[a-z]$/.test(key);
    if (spelling) composer.push(key);
    else if (key === "{bksp}" && composer.buffer) composer.pop();
    else if (key === "{bksp}") this.insert("", 1);
    else if (key === "{clear}") this.replaceAll();
    else if (key === "{space}" && composer.buffer) this.take(composer.candidates[0]);
    else if (key === "{space}") this.insert(" ");
    else if (key.startsWith("{")) this.turnTo({ lower: "abc" }[key.slice(1, -1)] ?? key.slice(1, -1));
    else {
      this.take(composer.candidates[0]);
      this.insert(key);
    }
    const fitting = this.fitting(this.layout);
    if (fitting !== this.layout) this.turnTo(fitting);
    this.from = 0;
    this.paint();
  }

  /** A plate begins with its province; the characters after it are others. */
  fitting(layout) {
    if (this.kind !== "plate") return layout;
    return this.input.value ? "plate" : "province";
  }

  turnTo(layout) {
    this.take(this.composer.candidates[0]);
    this.composer.clear();
    this.layout = layout;
    this.keys.setOptions({ layoutName: layout });
  }

  take(candidate) {
    if (candidate) this.insert(this.composer.choose(candidate));
    this.from = 0;
  }

  /** Puts `text` at the caret, within the field's length; `back` characters before it go. */
  insert(text, back = 0) {
    const { input } = this;
    let start = input.selectionStart ?? input.value.length;
    const end = input.selectionEnd ?? start;
    if (back && start === end) start -= [...input.value.slice(0, start)].at(-1)?.length ?? 0;
    const room = input.maxLength < 0 ? Infinity : input.maxLength - input.value.length + (end - start);
    if (text.length > room) return;
    input.setRangeText(text, start, end, "end");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  replaceAll() {
    this.input.select();
    this.insert("");
  }

  paint() {
    this.strip.replaceChildren(...(this.composer.buffer ? this.spelling() : this.resting()));
  }

  resting() {
    const what = element("div", "what");
    const label = document.querySelector(`label[for="${CSS.escape(this.input.id)}"]`);
    what.append(element("p", "", `正在填写：${label?.textContent ?? ""}`));
    const done = button("btn primary done", "完成", () => closeKeyboard());
    if (this.kind !== "long-text") return [what, done];
    return [what, button("btn", "换行", () => this.insert("\n")), done];
  }

  spelling() {
    const all = this.composer.candidates;
    const fits = this.fits();
    const what = element("div", "what");
    what.append(element("span", "typed", this.composer.buffer));
    for (const each of all.slice(this.from, this.from + fits)) {
      const choose = () => {
        this.take(each);
        this.paint();
      };
      what.append(button("btn candidate", each.text, choose));
    }
    const move = (by) => () => {
      this.from += by;
      this.paint();
    };
    const back = button("btn", "‹", move(-fits), "前面的字");
    const on = button("btn", "›", move(fits), "后面的字");
    back.disabled = this.from === 0;
    on.disabled = this.from + fits >= all.length;
    return [what, back, on];
  }

  /** How many candidates fit beside the letters and the two arrows. */
  fits() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const target = parseFloat(getComputedStyle(this.strip).getPropertyValue("--target")) * rem;
    const letters = Math.max(7, this.composer.buffer.length * 1.5) * rem;
    return Math.max(2, Math.floor((this.strip.clientWidth - letters - 12 * rem) / (target + 0.5 * rem)));
  }
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(className, text, act, label = text) {
  const made = element("button", className, text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", act);
  return made;
}
