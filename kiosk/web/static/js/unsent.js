// What stands in a form and was not sent yet. When the agent draws the same questions anew by itself, as it does
// when a code was read, it is kept; what the agent has changed meanwhile is not touched.

const SELECTOR = "main :is(input, textarea, select)[name]:not([type=hidden])";

const fields = (body) => [...body.querySelectorAll(SELECTOR)];
const nameOf = (field) => (field.type === "radio" ? `${field.name}=${field.value}` : field.name);

function drawn(field) {
  if (field.type === "radio") return field.defaultChecked;
  if (field.options) return [...field.options].find((option) => option.defaultSelected)?.value ?? "";
  return field.defaultValue;
}

const standing = (field) => (field.type === "radio" ? field.checked : field.value);

/** The answers on `body` that differ from those that it was drawn with. */
export function unsent(body) {
  const changed = fields(body).filter((field) => standing(field) !== drawn(field));
  return new Map(changed.map((field) => [nameOf(field), { drawn: drawn(field), now: standing(field) }]));
}

/** Puts them into `body`, which asks the same questions, wherever it was drawn as before. */
export function refill(body, answers) {
  for (const field of fields(body)) {
    const kept = answers.get(nameOf(field));
    if (!kept || kept.drawn !== drawn(field)) continue;
    if (field.type === "radio") field.checked = kept.now;
    else field.value = kept.now;
  }
}
