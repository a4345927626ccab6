// The camera: its live picture, and one JPEG when the shutter is pressed. Nothing of it is kept here: the
// picture goes from the canvas into the post, and the stream ends with the page.

const LONGEST = { document: 1600, portrait: 1200, face: 720 }; // pixels of the longer side
const UPRIGHT = 3 / 4; // width to height of a face or a portrait, cut from the middle of what the camera gives
const MOST = 680_000; // characters of the data URL: about 500 KB of JPEG
const QUALITIES = [0.92, 0.85, 0.75, 0.6, 0.45];
const OPEN_MS = 10_000;
// What went wrong, in the agent's words (kiosk/camera.py), by the name of getUserMedia's error.
const WHY = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

export class Camera {
  /** `finder` shows it; `shutter` waits until there is a picture; `tell(word)` hears how it went; `gone` is
      called once when there will be none. */
  constructor(finder, shutter, tell, gone) {
    this.kind = finder.dataset.camera;
    this.finder = finder;
    this.video = finder.querySelector("video");
    this.shutter = shutter;
    this.tell = tell;
    this.gone = gone;
    this.stopped = false;
    this.shutter.disabled = true;
    this.timer = setTimeout(() => this.#give("silent"), OPEN_MS);
    this.video.requestVideoFrameCallback(() => this.#ready()); // the first that is seen, not only promised
    this.#open();
  }

  async #open() {
    try {
      const document_ = this.kind === "document";
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: {
          width: { ideal: document_ ? 1920 : 1280 },
          height: { ideal: document_ ? 1440 : 960 },
          facingMode: { ideal: document_ ? "environment" : "user" },
        },
      });
      this.stream = stream;
      if (this.stopped) {
        this.stop(); // allowed too late: nobody waits for it any more
        return;
      }
      for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#give("lost"));
      this.video.srcObject = stream;
      await this.video.play();
    } catch (error) {
      this.#give(WHY[error.name] ?? "failed"); // refused, not there, taken by another, or no secure origin
    }
  }

  #ready() {
    clearTimeout(this.timer);
    const { videoWidth, videoHeight } = this.video;
    const shape = this.kind === "document" ? videoWidth / videoHeight : UPRIGHT;
    this.finder.style.setProperty("--shape", shape);
    this.finder.classList.add("live");
    this.shutter.disabled = false;
    this.tell("ready");
  }

  #give(why) {
    if (this.stopped) return;
    this.stop();
    this.tell(why);
    this.gone();
  }

  /** Ends the stream: the camera's light goes out. */
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  /** What the camera sees now, as a JPEG data URL of at most MOST characters; the picture stands still. */
  shot() {
    const { video } = this;
    video.pause();
    let { videoWidth: width, videoHeight: height } = video;
    const [fullWidth, fullHeight] = [width, height];
    if (this.kind !== "document") {
      if (width / height > UPRIGHT) width = Math.round(height * UPRIGHT);
      else height = Math.round(width / UPRIGHT);
    }
    const [left, top] = [(fullWidth - width) / 2, (fullHeight - height) / 2];
    const canvas = document.createElement("canvas");
    let scale = Math.min(1, LONGEST[this.kind] / Math.max(width, height));
    for (;;) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.getContext("2d").drawImage(video, left, top, width, height, 0, 0, canvas.width, canvas.height);
      for (const quality of QUALITIES) {
        const picture = canvas.toDataURL("image/jpeg", quality);
        if (picture.length <= MOST) return picture;
      }
      scale *= 0.8; // a page full of noise
    }
  }

  /** After a shot that was not taken: the picture moves again. */
  resume() {
    if (!this.stopped && this.video.srcObject) this.video.play();
  }
}
