// The live page: puts cameras, alerts and the header together.

import { AlertList } from "./alerts.js";
import { CameraCard } from "./card.js";
import { say } from "./elements.js";

const SERIES_EVERY_MS = 5000;
const MINUTES = 10;
const REMEMBERED = "posestream.skeleton-only";

const grid = document.getElementById("cameras");
const noCamera = document.getElementById("no-camera");
const lost = document.getElementById("lost");
const overall = document.getElementById("overall");
const overallText = document.getElementById("overall-text");
const skeletonOnly = document.getElementById("skeleton-only");

const cards = new Map();
const toldAt = new Map(); // when the event stream last spoke of a camera, by its id
let linked = null; // null before the first answer

const alerts = new AlertList(
  (id) => cards.get(id)?.camera.label || id,
  () => cards.forEach((card) => card.setAlarmed(alerts.alarmedZones(card.id))),
);

function showCamera(camera) {
  const known = cards.get(camera.id);
  if (known) {
    known.update(camera);
  } else {
    const card = new CameraCard(camera, () => !skeletonOnly.checked);
    cards.set(camera.id, card);
    grid.append(card.element);
    card.setAlarmed(alerts.alarmedZones(card.id));
    if (!document.hidden) card.live.open();
    quietly(showSeries(card));
    alerts.render(); // alerts of this camera can now be told by its name
  }
  showOverall();
}

function dropCamera(id) {
  cards.get(id)?.remove();
  cards.delete(id);
  showOverall();
}

function showOverall() {
  const attention = [...cards.values()].filter((card) => card.needsAttention).length;
  grid.dataset.count = cards.size;
  grid.style.setProperty("--stage", stageRatio());
  noCamera.hidden = cards.size > 0 || linked !== true;
  lost.hidden = linked !== false;
  document.body.classList.toggle("unlinked", linked === false);
  const [tone, words] = overallState(attention);
  overall.dataset.tone = tone;
  say(overallText, words);
  document.title = tone === "bad" ? `(!) ${words} – posestream` : "posestream";
}

// One shape for all stages keeps the grid even: that of the least wide camera, from 4:3 to 16:9.
function stageRatio() {
  const ratios = [...cards.values()].map(({ camera }) => camera.width / camera.height).filter((ratio) => ratio > 0);
  return Math.max(4 / 3, Math.min(16 / 9, ...ratios));
}

function overallState(attention) {
  if (linked === null) return ["quiet", "Connecting…"];
  if (!linked) return ["bad", "Connection lost"];
  if (!cards.size) return ["quiet", "Waiting for a camera"];
  const cameras = cards.size === 1 ? "camera" : "cameras";
  if (attention) return ["bad", `${attention} of ${cards.size} ${cameras} ${attention === 1 ? "needs" : "need"} attention`];
  return ["good", cards.size === 1 ? "Camera live" : `All ${cards.size} cameras live`];
}

async function showSeries(card) {
  const answer = await fetch(`/api/v1/cameras/${encodeURIComponent(card.id)}/series?minutes=${MINUTES}`);
  if (answer.ok) card.history.show(await answer.json());
}

async function loadAll() {
  const askedAt = performance.now();
  const answer = await fetch("/api/v1/cameras");
  if (!answer.ok) return;
  const { cameras } = await answer.json();
  const overtaken = (id) => (toldAt.get(id) ?? 0) > askedAt; // an event is newer than this answer
  const there = new Set(cameras.map((camera) => camera.id));
  for (const id of [...cards.keys()]) if (!there.has(id) && !overtaken(id)) dropCamera(id);
  cameras.filter(({ id }) => !overtaken(id)).forEach(showCamera);
  await alerts.load();
}

function quietly(promise) {
  promise.catch(() => {}); // the connection is gone: the event stream says so
}

function listen() {
  const events = new EventSource("/api/v1/events");
  const on = (name, handle) => events.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  const onCamera = (name, handle) =>
    on(name, (camera) => {
      toldAt.set(camera.id, performance.now());
      handle(camera);
    });
  onCamera("camera", showCamera);
  onCamera("camera-gone", ({ id }) => dropCamera(id));
  on("alert", (alert) => alerts.add(alert));
  on("reload", () => quietly(loadAll()));
  events.onopen = () => {
    linked = true;
    quietly(loadAll());
    showOverall();
  };
  events.onerror = () => {
    linked = false;
    showOverall();
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, 2000); // the browser gives up after an answer that is no stream: we do not
  };
}

function applySkeletonOnly() {
  document.body.classList.toggle("skeleton-only", skeletonOnly.checked);
  localStorage.setItem(REMEMBERED, skeletonOnly.checked ? "yes" : "no");
  if (skeletonOnly.checked) cards.forEach((card) => card.forgetPicture());
}

skeletonOnly.checked = localStorage.getItem(REMEMBERED) === "yes";
skeletonOnly.addEventListener("change", applySkeletonOnly);
applySkeletonOnly();

// A page that nobody looks at asks for no pictures.
document.addEventListener("visibilitychange", () => {
  cards.forEach((card) => (document.hidden ? card.live.close() : card.live.open()));
});

setInterval(() => {
  cards.forEach((card) => card.tick());
  showOverall();
}, 1000);
setInterval(() => {
  if (linked && !document.hidden) cards.forEach((card) => quietly(showSeries(card)));
}, SERIES_EVERY_MS);

listen();
