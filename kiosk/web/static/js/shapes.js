// What is typed takes the form of its kind while it is typed, and is read back in words.

const WEEKDAYS = "日一二三四五六";

/** `text` in the form of `kind`; unchanged where the kind has none. */
export function shaped(kind, text) {
  const digits = text.replace(/\D/g, "");
  switch (kind) {
    case "date":
      return [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].filter(Boolean).join("-");
    case "month":
      return [digits.slice(0, 4), digits.slice(4, 6)].filter(Boolean).join("-");
    case "amount":
    case "number": {
      const places = kind === "amount" ? 2 : 6;
      const sign = kind === "number" && text.startsWith("-") ? "-" : "";
      const [whole, ...rest] = text.replace(/[^\d.]/g, "").split(".");
      return `${sign}${rest.length ? whole || "0" : whole}${rest.length ? `.${rest.join("").slice(0, places)}` : ""}`;
    }
    case "credit-code":
    case "plate":
    case "id-number":
      return text.toUpperCase();
    default:
      return text;
  }
}

/** What stands under the field: the day in words, the sum with its thousands, how much room is left. */
export function readBack(kind, text, longest) {
  if (kind === "long-text") return `最多写 ${longest} 个字，还能写 ${longest - text.length} 个`;
  if (kind === "amount") {
    const [whole, rest = ""] = text.split(".");
    return whole.length > 3 ? `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${rest.padEnd(2, "0")} 元` : "";
  }
  const [year, month, day = "01"] = text.split("-");
  if (text.length < (kind === "date" ? 10 : 7)) return "";
  const found = new Date(Date.UTC(year, month - 1, day));
  found.setUTCFullYear(year); // else the years 0 to 99 are those of the last century
  const is = found.getUTCMonth() === month - 1 && found.getUTCDate() === Number(day);
  if (!is) return `没有这一${kind === "date" ? "天" : "月"}，请再看一看`;
  if (kind === "month") return `${year} 年 ${Number(month)} 月`;
  return `${year} 年 ${Number(month)} 月 ${Number(day)} 日，星期${WEEKDAYS[found.getUTCDay()]}`;
}

/** Gives the field `input` its form, and reads it back where the page has a place for that. */
export function reshape(input) {
  const kind = input.dataset.keyboard;
  const text = shaped(kind, input.value);
  if (text !== input.value) input.value = text;
  const reading = input.closest(".field")?.querySelector("[data-reading]");
  if (reading) reading.textContent = readBack(kind, text, input.maxLength);
}
