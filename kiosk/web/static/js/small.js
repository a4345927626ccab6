// Small helpers: seconds that run, and masked values that show themselves.

const REVEAL_MS = 5_000;
const HOLD_MS = 400;
const SAY_AFTER = 3;

/** Counts the seconds in `element` down and calls `done` at nought. Returns the interval. */
export function countDown(element, done) {
  const ends = performance.now() + Number(element.dataset.seconds) * 1000;
  return setInterval(() => {
    const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    element.textContent = left;
    if (left === 0) done();
  }, 200);
}

/** Says after three seconds how long it has been, and how long it can be at most. */
export function countUp(element) {
  const began = performance.now();
  const longest = Number(element.dataset.longest ?? 0);
  return setInterval(() => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    if (seconds < SAY_AFTER) return;
    element.textContent = `已等 ${seconds} 秒${longest ? `，最多等 ${longest} 秒` : ""}`;
  }, 250);
}

/** Masked values: shown while the button is held, or for five seconds after a tap. */
export function reveal() {
  let hide = null;
  let since = 0;

  const close = () => {
    hide?.();
    hide = null;
  };
  const open = (button) => {
    close();
    const value = button.parentElement.querySelector("[data-clear]");
    const words = button.querySelector(".words");
    const masked = value.innerHTML;
    value.textContent = value.dataset.clear;
    value.classList.add("shown-clear");
    words.textContent = "隐藏";
    const timer = setTimeout(close, REVEAL_MS);
    hide = () => {
      clearTimeout(timer);
      value.innerHTML = masked;
      value.classList.remove("shown-clear");
      words.textContent = "显示";
    };
    hide.button = button;
  };

  document.addEventListener("pointerdown", (event) => {
    const button = event.target.closest?.("[data-reveal]");
    if (!button) return;
    since = performance.now();
    if (hide?.button === button) since = -Infinity; // a second tap hides at once
    else open(button);
  });
  document.addEventListener("pointerup", () => {
    if (hide && performance.now() - since > HOLD_MS) close();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal]");
    if (!button || event.detail > 0) return; // detail 0: pressed by key or assistive technology
    if (hide?.button === button) close();
    else open(button);
  });
}
