// The signature: drawn with a finger, posted as a PNG data URL and as strokes [[x, y, ms], …].

import SignaturePad from "../vendor/signature_pad/signature_pad.min.js";

export class Pen {
  constructor(canvas) {
    this.canvas = canvas;
    const form = canvas.closest("form");
    this.image = form.querySelector('input[name="signature"]');
    this.strokes = form.querySelector('input[name="strokes"]');
    this.hint = canvas.parentElement.querySelector(".pad-hint");
    this.pad = new SignaturePad(canvas, {
      minWidth: 2,
      maxWidth: 6,
      penColor: "#1a1f2b",
      backgroundColor: "#ffffff",
    });
    this.pad.addEventListener("beginStroke", () => {
      this.hint.hidden = true;
      // "Please sign" is answered; its room stays, so that the pad does not move under the finger.
      const error = form.querySelector(".errors");
      if (error) error.style.visibility = "hidden";
    });
    this.pad.addEventListener("endStroke", () => this.#keep());
    form.querySelector("[data-sign-again]").addEventListener("click", () => {
      this.pad.clear();
      this.hint.hidden = false;
      this.#keep();
    });
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  /** The canvas has one dot per pixel of the panel; what is drawn is kept when its size changes. */
  #fit() {
    const { canvas, pad } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === canvas.width && height === canvas.height) return;
    const scale = Math.min(width / canvas.width, height / canvas.height);
    const drawn = pad.toData().map((stroke) => ({
      ...stroke,
      points: stroke.points.map((point) => ({ ...point, x: point.x * scale, y: point.y * scale })),
    }));
    canvas.width = width;
    canvas.height = height;
    pad.clear();
    pad.fromData(drawn);
    this.#keep();
  }

  #keep() {
    const { pad } = this;
    const empty = pad.isEmpty();
    const began = pad.toData()[0]?.points[0]?.time ?? 0;
    this.image.value = empty ? "" : pad.toDataURL("image/png");
    this.strokes.value = empty
      ? ""
      : JSON.stringify(
          pad.toData().map(({ points }) => points.map((p) => [Math.round(p.x), Math.round(p.y), p.time - began])),
        );
  }
}
