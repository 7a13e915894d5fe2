// Draws the persons of one frame as vectors over its picture. Places are pixels of the camera's frame (the viewBox).

import { draw } from "./elements.js";
import { personColour } from "./palette.js";

const LEAST_SCORE = 0.3; // joints below are a guess and are not drawn
const TONES = ["left", "right", "middle"];
const FINE = "fine"; // points of a face or hand: thin lines, no dots

export class SkeletonLayer {
  constructor(svg) {
    this.zones = draw("g", { class: "zones" });
    this.persons = draw("g", { class: "persons" });
    this.svg = svg;
    this.scale = 1;
    this.known = new Map();
    svg.append(this.zones, this.persons);
    new ResizeObserver(() => this.measure()).observe(svg);
  }

  setSize(width, height) {
    if (this.width === width && this.height === height) return;
    [this.width, this.height] = [width, height];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.measure();
    this.setZones(this.zoneList ?? [], this.alarmed ?? new Set());
  }

  measure() {
    const box = this.svg.getBoundingClientRect();
    if (this.width && box.width) this.scale = box.width / this.width;
  }

  setZones(zones, alarmed) {
    [this.zoneList, this.alarmed] = [zones, alarmed];
    if (!this.width) return;
    const shapes = zones.map((zone) => {
      const corners = zone.polygon.map(([x, y]) => [x * this.width, y * this.height]);
      const [left, top] = corners.reduce((best, corner) => (corner[0] + corner[1] < best[0] + best[1] ? corner : best));
      const name = this.tag(zone.id, left + 6 / this.scale, top + 6 / this.scale);
      const outline = draw("polygon", { points: corners.map((corner) => corner.join(",")).join(" ") });
      return draw("g", { class: alarmed.has(zone.id) ? "zone alarmed" : "zone", "data-zone": zone.id }, outline, name);
    });
    this.zones.replaceChildren(...shapes);
  }

  // Text on a backing, upper left corner at (x, y), kept within the frame.
  tag(text, x, y) {
    const [letters, pad] = [12 / this.scale, 5 / this.scale];
    const width = text.length * letters * 0.62 + 2 * pad;
    const height = letters + 1.2 * pad;
    const left = Math.max(0, Math.min(x, this.width - width));
    const top = Math.max(0, Math.min(y, this.height - height));
    const backing = draw("rect", { x: left, y: top, width, height, rx: 3 / this.scale });
    const label = draw("text", { x: left + width / 2, y: top + height / 2, "font-size": letters }, text);
    return draw("g", { class: "tag" }, backing, label);
  }

  show(head) {
    const untracked = head.persons
      .filter((person) => person.track_id === null)
      .map((person) => ({ ...person, id: null, state: "tentative", trail: [] }));
    const seen = new Set();
    [...head.tracks, ...untracked].forEach((person, number) => {
      const key = person.id === null ? `untracked ${number}` : person.id;
      seen.add(key);
      this.place(key, person, head);
    });
    for (const [key, group] of this.known) {
      if (seen.has(key)) continue;
      group.remove();
      this.known.delete(key);
    }
  }

  place(key, person, head) {
    const group = this.known.get(key) ?? this.enter(key, person.id);
    group.setAttribute("class", `person ${person.state}`);
    const [x1, y1, x2, y2] = person.box;
    const stroke = Math.max(2, Math.min(4.5, (y2 - y1) * this.scale * 0.024));
    group.style.setProperty("--bone", stroke.toFixed(1));
    const { fine, ...bones } = bonePaths(person.keypoints, head);
    const parts = [trailPath(person.trail), ...TONES.map((side) => bones[side]), jointPath(person.keypoints, head), fine];
    parts.forEach((path, number) => group.children[number].setAttribute("d", path));
    const below = group.children[parts.length];
    if (person.id === null) return;
    const tag = this.tag(String(person.id), (x1 + x2) / 2 - 9 / this.scale, y1 - 22 / this.scale);
    if (below) below.replaceWith(tag);
    else group.append(tag);
  }

  enter(key, id) {
    const names = ["trail", ...TONES, "joints", FINE];
    const group = draw("g", { "data-track": id ?? "" }, ...names.map((name) => draw("path", { class: name })));
    group.style.setProperty("--person", personColour(id));
    this.known.set(key, group);
    this.persons.append(group);
    return group;
  }
}

function bonePaths(keypoints, head) {
  const paths = { left: "", right: "", middle: "", fine: "" };
  for (const [a, b] of head.bones) {
    if (keypoints[a][2] < LEAST_SCORE || keypoints[b][2] < LEAST_SCORE) continue;
    const side = head.sides[a] === head.sides[b] ? head.sides[a] : "middle";
    paths[side] += `M${keypoints[a][0]} ${keypoints[a][1]}L${keypoints[b][0]} ${keypoints[b][1]}`;
  }
  return paths;
}

function jointPath(keypoints, head) {
  const shown = keypoints.filter((joint, index) => joint[2] >= LEAST_SCORE && head.sides[index] !== FINE);
  return shown.map(([x, y]) => `M${x} ${y}h0`).join("");
}

function trailPath(trail) {
  return trail.length < 2 ? "" : `M${trail.map(([x, y]) => `${x} ${y}`).join("L")}`;
}
