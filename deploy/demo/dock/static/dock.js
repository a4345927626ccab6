// Fetches the panels, replaces those that changed, and posts what is done without leaving the page.
// Without script the page still works: forms post, and a reload shows what became of it.

const EVERY = 1000;
const said = document.querySelector("[data-said]");
const shown = new Map();

for (const panel of document.querySelectorAll("[data-panel]")) shown.set(panel.dataset.panel, null);

function draw(panels) {
  for (const [name, html] of Object.entries(panels)) {
    const panel = document.querySelector(`[data-panel="${name}"]`);
    if (!panel || shown.get(name) === html) continue;
    const first = shown.get(name) === null;
    shown.set(name, html);
    if (first) continue; // drawn by the server already
    const held = panel.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const open = [...panel.querySelectorAll("details[open]")].map((each) => each.dataset.key);
    panel.innerHTML = html;
    for (const key of open) panel.querySelector(`details[data-key="${key}"]`)?.setAttribute("open", "");
    if (held) panel.querySelector(`[data-key="${held}"]`)?.focus();
  }
}

function say(words) {
  said.textContent = words;
  said.hidden = !words;
}

async function ask(url, options = {}) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(60000), ...options });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  const form = new URLSearchParams(new FormData(event.target, button));
  button?.setAttribute("aria-busy", "true");
  say("");
  try {
    const answer = await ask("/do", { method: "POST", body: form });
    draw(answer.panels);
    say(answer.words);
  } catch {
    say("演示台没有应答：演示可能已经结束 · the dock does not answer");
  }
  button?.removeAttribute("aria-busy");
});

async function poll() {
  try {
    draw((await ask("/panels")).panels);
    document.body.classList.remove("gone");
  } catch {
    document.body.classList.add("gone");
  }
  setTimeout(poll, EVERY);
}

poll();
