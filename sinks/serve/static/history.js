// The small plot of how many persons were in view, second by second.

import { draw, make, say } from "./elements.js";
import { clockTime } from "./words.js";

const BUCKET_SECONDS = 5;
const [WIDTH, HEIGHT] = [600, 100];

export class HistoryPlot {
  constructor() {
    this.area = draw("path", { class: "area" });
    this.line = draw("path", { class: "line" });
    this.cursor = draw("path", { class: "cursor" });
    this.svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }, this.area, this.line, this.cursor);
    this.most = make("span", { class: "most" });
    this.from = make("span");
    this.reading = make("span", { class: "reading" });
    this.until = make("span");
    const axis = make("div", { class: "axis", "aria-hidden": "true" }, this.from, this.reading, this.until);
    this.element = make("div", { class: "history" }, make("div", { class: "plot" }, this.most, this.svg), axis);
    this.buckets = [];
    this.svg.addEventListener("pointermove", (event) => this.read(event));
    this.svg.addEventListener("pointerleave", () => this.forget());
  }

  show(series) {
    this.series = series;
    this.buckets = bucketed(series);
    const known = this.buckets.filter((value) => value !== null);
    const most = Math.max(1, Math.ceil(Math.max(0, ...known)));
    const runs = drawnRuns(this.buckets, most * 1.08);
    this.line.setAttribute("d", runs.map((run) => `M${run.map((point) => point.join(" ")).join("L")}`).join(""));
    this.area.setAttribute("d", runs.map((run) => `M${run[0][0]} ${HEIGHT}L${run.map((point) => point.join(" ")).join("L")}L${run.at(-1)[0]} ${HEIGHT}Z`).join(""));
    const isNow = Math.abs(Date.now() / 1000 - series.until) < 120;
    const minutes = Math.round((series.until - series.since) / 60);
    say(this.most, known.length ? String(most) : "");
    say(this.from, isNow ? `${minutes} min ago` : clockTime(new Date(series.since * 1000)));
    say(this.until, isNow ? "now" : clockTime(new Date(series.until * 1000)));
    const words = known.length ? `at most ${most} in view` : "nothing recorded yet";
    this.svg.setAttribute("aria-label", `Persons in the last ${minutes} minutes: ${words}`);
    if (!this.pointed) say(this.reading, known.length ? "" : "Persons over time appear here");
  }

  read(event) {
    if (!this.buckets.length) return;
    this.pointed = true;
    const box = this.svg.getBoundingClientRect();
    const share = Math.max(0, Math.min(0.9999, (event.clientX - box.left) / box.width));
    const number = Math.floor(share * this.buckets.length);
    const value = this.buckets[number];
    const moment = new Date((this.series.since + number * BUCKET_SECONDS) * 1000);
    this.cursor.setAttribute("d", `M${share * WIDTH} 0V${HEIGHT}`);
    say(this.reading, `${value === null ? "nothing recorded" : Math.round(value * 10) / 10} at ${clockTime(moment)}`);
  }

  forget() {
    this.pointed = false;
    this.cursor.setAttribute("d", "");
    say(this.reading, "");
  }
}

function bucketed(series) {
  const count = Math.ceil((series.until - series.since) / BUCKET_SECONDS);
  const sums = Array.from({ length: count }, () => [0, 0]);
  for (const second of series.seconds) {
    const sum = sums[Math.floor((second.second_utc - series.since) / BUCKET_SECONDS)];
    if (!sum) continue;
    sum[0] += second.persons;
    sum[1] += 1;
  }
  return sums.map(([persons, seconds]) => (seconds ? persons / seconds : null));
}

// Unbroken stretches as points of the plot: where nothing is known there is a gap, not a zero.
function drawnRuns(buckets, top) {
  const runs = [];
  let run = null;
  buckets.forEach((value, number) => {
    if (value === null) {
      run = null;
      return;
    }
    if (!run) runs.push((run = [[(number / buckets.length) * WIDTH, y(value, top)]]));
    run.push([((number + 1) / buckets.length) * WIDTH, y(value, top)]);
  });
  return runs;
}

function y(value, top) {
  return Math.round((1 - value / top) * (HEIGHT - 2) * 10) / 10 + 1;
}
