// Four crosses, one after the other: where each was touched, as parts of the screen.

const PAUSE_MS = 500; // a finger that bounces touches once
const crosses = JSON.parse(document.querySelector("[data-crosses]").dataset.crosses);
const cross = document.getElementById("cross");
const say = document.getElementById("say");
const steps = [...document.querySelectorAll(".steps li")];
const points = [];
let ready = 0;

function show() {
  const [x, y] = crosses[points.length];
  cross.style.left = `${x * 100}%`;
  cross.style.top = `${y * 100}%`;
  cross.classList.remove("taken");
  cross.removeAttribute("hidden");
  steps.forEach((step, at) => {
    step.className = at < points.length ? "over" : at === points.length ? "now" : "";
  });
  tell(`第 ${points.length + 1} 个，共 ${crosses.length} 个`);
}

function tell(words, wrong = false) {
  say.textContent = words;
  say.classList.toggle("wrong", wrong);
}

/** Parts of the page are parts of the screen only where the page is all of it. */
function whole() {
  return Math.abs(innerWidth - screen.width) <= 1 && Math.abs(innerHeight - screen.height) <= 1;
}

function send() {
  const width = Math.round(innerWidth * devicePixelRatio);
  const height = Math.round(innerHeight * devicePixelRatio);
  document.forms[0].elements.result.value = JSON.stringify({ width, height, points });
  document.forms[0].submit();
}

document.addEventListener("pointerdown", (event) => {
  if (points.length === crosses.length || performance.now() < ready) return;
  if (event.pointerType !== "touch") {
    tell("请用手指，不用鼠标", true);
    return;
  }
  if (!whole()) {
    tell("页面没有占满屏幕：请用全屏打开（F11）", true);
    return;
  }
  points.push([event.clientX / innerWidth, event.clientY / innerHeight]);
  cross.classList.add("taken");
  ready = performance.now() + PAUSE_MS;
  setTimeout(points.length === crosses.length ? send : show, PAUSE_MS);
});
document.addEventListener("contextmenu", (event) => event.preventDefault());

show();
