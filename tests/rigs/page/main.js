// Opens a camera when told to, and tells what it sees. The messages are described in page_server.py.

import { Judge } from "./judge.js";

const page = new URLSearchParams(location.search).get("page");
const REPORT_EVERY_MS = 200;
const PATIENCE_MS = 10_000;
const RETRY_MS = 250;

const now = () => performance.timeOrigin + performance.now();

async function tell(kind, what = {}) {
  await fetch("/event", { method: "POST", body: JSON.stringify({ page, kind, at: now(), ...what }) });
}

class Viewer {
  constructor(stream, judge) {
    this.stream = stream;
    this.judge = judge;
    this.track = stream.getVideoTracks()[0];
    this.frames = [];
    this.wanted = [];
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.srcObject = stream;
    document.body.append(this.video);
    for (const event of ["mute", "unmute", "ended"]) {
      this.track.addEventListener(event, () => tell("track", { event }));
    }
    this.timer = setInterval(() => this.report(), REPORT_EVERY_MS);
    this.video.requestVideoFrameCallback((_, about) => this.step(about));
  }

  step(about) {
    const at = now();
    if (this.track.readyState === "ended") return;
    this.video.requestVideoFrameCallback((_, next) => this.step(next));
    const { videoWidth: width, videoHeight: height } = this.video;
    this.canvas.width = width;
    this.canvas.height = height;
    this.context.drawImage(this.video, 0, 0);
    const seen = this.judge.look(this.context.getImageData(0, 0, width, height).data, width, height);
    this.frames.push({ at, width, height, presented: about.presentedFrames, ...seen });
    this.show(seen);
  }

  // Sends the picture to whoever wants one like it.
  show(seen) {
    const isLike = ({ person }) => !person || (!seen.slate && !seen.flat);
    const wanted = this.wanted.filter(isLike);
    this.wanted = this.wanted.filter((wish) => !isLike(wish));
    for (const { name } of wanted) tell("picture", { name, png: this.canvas.toDataURL("image/png") });
  }

  async report() {
    const frames = this.frames.splice(0);
    if (frames.length) await tell("frames", { frames });
  }

  async close() {
    clearInterval(this.timer);
    this.track.stop();
    await this.report();
    this.video.srcObject = null;
    this.video.remove();
  }
}

const cameras = async () =>
  (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");

async function openStream({ device, width, height, rate }) {
  const wish = { width: { ideal: width }, height: { ideal: height } };
  if (rate) wish.frameRate = { ideal: rate };
  const choose = async () => (await cameras()).find((camera) => camera.label === device)?.deviceId;
  const ask = (id) => navigator.mediaDevices.getUserMedia({ video: id ? { ...wish, deviceId: { exact: id } } : wish });
  const known = await choose();
  const stream = await ask(known);
  if (known || !device || stream.getVideoTracks()[0].label === device) return stream;
  // Names are told only once a camera has been allowed.
  const id = await choose();
  if (!id) return stream;
  stream.getVideoTracks()[0].stop();
  return ask(id);
}

// Chromium ends what it looks for cameras with some seconds after the last was let go of, and knows of none at first when
// it has started that again.
async function openPatiently(wish) {
  for (const until = now() + PATIENCE_MS; ; ) {
    const asked = now();
    try {
      return { asked, stream: await openStream(wish), opened: now() };
    } catch (error) {
      if (error.name !== "NotFoundError" || now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

let viewer = null;

const deeds = {
  async open(wish) {
    const { asked, stream, opened } = await openPatiently(wish);
    await viewer?.close();
    viewer = new Viewer(stream, new Judge(wish.judge ?? {}));
    await tell("opened", {
      asked,
      opened,
      label: viewer.track.label,
      settings: viewer.track.getSettings(),
      cameras: (await cameras()).map((camera) => camera.label),
    });
    await viewer.video.play();
  },
  async picture(wish) {
    viewer.wanted.push(wish);
  },
  async close() {
    await viewer?.close();
    viewer = null;
    await tell("closed");
  },
};

async function main() {
  await tell("ready", { browser: navigator.userAgent });
  for (let done = 0; ; ) {
    const answer = await fetch(`/commands?page=${encodeURIComponent(page)}&after=${done}`);
    for (const command of (await answer.json()).commands) {
      done++;
      try {
        await deeds[command.do](command);
      } catch (error) {
        await tell("failed", { doing: command.do, name: error.name, message: error.message });
      }
    }
  }
}

main();
