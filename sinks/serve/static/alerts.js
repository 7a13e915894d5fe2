// The list of alerts, newest first.

import { make, say } from "./elements.js";
import { clockTime, kindWords, severityWords, span } from "./words.js";

const AT_ONCE = 50;
const MOST = 500; // kept on the page

export class AlertList {
  constructor(cameraName, onChange) {
    this.cameraName = cameraName;
    this.onChange = onChange;
    this.alerts = new Map();
    this.list = document.getElementById("alerts-list");
    this.none = document.getElementById("no-alerts");
    this.count = document.getElementById("alerts-count");
    this.more = document.getElementById("alerts-more");
    this.announcement = document.getElementById("announce");
    this.more.addEventListener("click", () => this.load(this.next));
  }

  async load(before = null) {
    const query = new URLSearchParams({ limit: AT_ONCE, ...(before ? { before } : {}) });
    const answer = await fetch(`/api/v1/alerts?${query}`);
    if (!answer.ok) return;
    const page = await answer.json();
    if (!before) this.alerts.clear();
    for (const alert of page.alerts) this.alerts.set(alert.id, alert);
    this.next = page.next;
    this.render();
  }

  add(alert) {
    const isNew = !this.alerts.has(alert.id);
    if (!isNew && this.alerts.get(alert.id).state === "resolved" && alert.state !== "resolved") return;
    this.alerts.set(alert.id, alert);
    if (isNew) say(this.announcement, `${severityWords(alert.severity)}: ${alert.rule}, ${this.place(alert)}`);
    this.render();
  }

  // Zones of a camera in which an alert holds now.
  alarmedZones(cameraId) {
    const firing = [...this.alerts.values()].filter((alert) => alert.camera === cameraId && alert.state === "firing");
    return new Set(firing.map((alert) => alert.zone).filter(Boolean));
  }

  render() {
    const sorted = [...this.alerts.values()].sort((a, b) => (a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0));
    for (const old of sorted.slice(MOST)) this.alerts.delete(old.id);
    this.list.replaceChildren(...sorted.slice(0, MOST).map((alert) => this.row(alert)));
    const firing = sorted.filter((alert) => alert.state === "firing").length;
    say(this.count, firing ? `${firing} now` : "");
    this.count.hidden = !firing;
    this.none.hidden = sorted.length > 0;
    this.more.hidden = !this.next || sorted.length >= MOST;
    this.onChange();
  }

  row(alert) {
    const began = new Date(alert.started_at);
    const lasted = alert.ended_at ? (new Date(alert.ended_at) - began) / 1000 : null;
    const state = alert.state === "firing" ? "Happening now" : `Over${lasted === null ? "" : ` after ${span(lasted)}`}`;
    return make(
      "li",
      { class: `alert ${alert.severity} ${alert.state}`, "data-alert": alert.id },
      make("p", { class: "title" }, make("span", { class: "severity" }, severityWords(alert.severity)), make("span", { class: "rule" }, alert.rule)),
      make("p", { class: "what" }, kindWords(alert.kind)),
      make("p", { class: "where" }, this.place(alert)),
      make("p", { class: "when" }, make("time", { datetime: alert.started_at }, clockTime(began)), make("span", { class: "how" }, state)),
    );
  }

  place(alert) {
    const person = alert.track_id === null ? "" : `person ${alert.track_id}`;
    return [this.cameraName(alert.camera), alert.zone ?? alert.line, person].filter(Boolean).join(" · ");
  }
}
