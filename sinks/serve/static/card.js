// One camera: its picture with skeletons, its figures and its history.

import { make, draw, say } from "./elements.js";
import { HistoryPlot } from "./history.js";
import { LiveView } from "./live.js";
import { SkeletonLayer } from "./skeleton.js";
import { milliseconds, noteSentence, personsWords, span, stateSentence, stateTone, stateWord } from "./words.js";

const STALE_SECONDS = 3;
const SILENT_SECONDS = 5;

export class CameraCard {
  constructor(camera, wantsPicture) {
    this.id = camera.id;
    this.alarmed = new Set();
    this.trouble = "";
    this.pictureAt = null;
    this.build();
    this.layer = new SkeletonLayer(this.svg);
    this.live = new LiveView(camera.id, {
      wantsPicture,
      onFrame: (head, bitmap) => this.showFrame(head, bitmap),
      onTrouble: (words) => (this.trouble = words),
    });
    this.update(camera);
  }

  build() {
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.svg = draw("svg", { class: "overlay", "aria-hidden": "true" });
    this.name = make("h2", { class: "name" });
    this.state = make("span", { class: "state" });
    this.why = make("span", { class: "why" });
    this.age = make("span");
    this.veil = make("p", { class: "veil" }, this.why, this.age);
    this.view = make("div", { class: "view", role: "img" }, this.canvas, this.svg);
    this.count = make("strong", { class: "number" });
    this.countWords = make("span", { class: "unit" });
    this.history = new HistoryPlot();
    this.note = make("p", { class: "note" });
    this.figures = {};
    const list = make("dl", { class: "figures" });
    for (const [key, label, hint] of [
      ["rate", "Frames a second", "How many pictures a second are looked at"],
      ["delay", "Delay", "From the camera's picture to its result"],
      ["inference", "Analysis", "Time to find the persons in one picture"],
    ]) {
      this.figures[key] = make("dd");
      list.append(make("div", { title: hint }, make("dt", {}, label), this.figures[key]));
    }
    const head = make("header", { class: "head" }, this.name, this.state);
    const stage = make("div", { class: "stage" }, this.view, this.veil);
    const people = make("div", { class: "people" }, make("p", { class: "count" }, this.count, this.countWords), this.history.element);
    this.element = make("article", { class: "card", "data-camera": this.id }, head, stage, people, list, this.note);
  }

  update(camera) {
    this.camera = camera;
    this.heardAt = performance.now();
    if (camera.picture_age_seconds !== null && this.pictureAt === null) {
      this.pictureAt = performance.now() - camera.picture_age_seconds * 1000;
    }
    if (camera.width && camera.height) this.resize(camera.width, camera.height);
    say(this.name, camera.label || camera.id);
    this.element.setAttribute("aria-label", `Camera ${camera.label || camera.id}`);
    say(this.figures.rate, camera.fps_out.toFixed(1));
    say(this.figures.delay, milliseconds(camera.latency_ms));
    say(this.figures.inference, milliseconds(camera.inference_ms));
    say(this.note, noteSentence(camera));
    this.note.hidden = !noteSentence(camera);
    this.layer.setZones(camera.zones, this.alarmed);
    this.tick();
  }

  resize(width, height) {
    this.element.style.setProperty("--ratio", `${width} / ${height}`);
    this.element.style.setProperty("--wide", width / height);
    this.layer.setSize(width, height);
  }

  setAlarmed(zones) {
    this.alarmed = zones;
    this.layer.setZones(this.camera.zones, zones);
  }

  showFrame(head, bitmap) {
    this.pictureAt = performance.now();
    this.resize(head.width, head.height);
    if (bitmap) {
      if (this.canvas.width !== bitmap.width) this.canvas.width = bitmap.width;
      if (this.canvas.height !== bitmap.height) this.canvas.height = bitmap.height;
      this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
    }
    this.layer.show(head);
    this.element.dataset.frame = head.frame_index;
    this.tick();
  }

  forgetPicture() {
    this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  // Says how things stand; called on every change and once a second. What is old must look old.
  tick() {
    const silent = (performance.now() - this.heardAt) / 1000;
    const age = this.pictureAt === null ? null : (performance.now() - this.pictureAt) / 1000;
    const limit = Math.max(STALE_SECONDS, this.camera.fps_out > 0 ? 3 / this.camera.fps_out : 0);
    const isSilent = silent > SILENT_SECONDS;
    const isStale = age === null || age > limit || isSilent;
    const tone = stateTone(this.camera.state);
    say(this.state, isSilent ? `No news for ${span(silent)}` : stateWord(this.camera.state));
    this.state.dataset.tone = isSilent || (isStale && age !== null && tone === "good") ? "bad" : tone;
    this.element.classList.toggle("stale", isStale);
    say(this.why, this.trouble || (tone === "good" ? "" : stateSentence(this.camera)));
    say(this.age, isStale ? ageWords(age) : "");
    this.veil.hidden = !this.why.textContent && !this.age.textContent;
    this.showPersons(isStale ? null : this.camera.persons);
  }

  // null: not known now, which is not the same as nobody.
  showPersons(persons) {
    const words = persons === null ? "persons now unknown" : personsWords(persons);
    say(this.count, persons === null ? "–" : String(persons));
    say(this.countWords, persons === null ? "not known now" : words);
    this.view.setAttribute("aria-label", `${this.camera.label || this.id}: ${persons ?? ""} ${words}`);
  }

  get needsAttention() {
    return this.state.dataset.tone === "bad";
  }

  remove() {
    this.live.close();
    this.element.remove();
  }
}

function ageWords(age) {
  return age === null ? "Waiting for the first picture…" : `No picture for ${span(age)}`;
}
