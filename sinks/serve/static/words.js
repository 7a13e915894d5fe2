// What things are called on the page: plain words, no codes.

const STATES = {
  live: "Live",
  connecting: "Connecting",
  starting: "Starting",
  down: "Camera down",
  refused: "Login refused",
  stalled: "No pictures coming",
  frozen: "Picture is frozen",
  dark: "Picture is dark",
  corrupt: "Pictures are damaged",
  ended: "Recording has ended",
};

const KINDS = {
  zone: "Somebody is in the zone",
  loiter: "Somebody stays",
  crowd: "Too many persons",
  line: "Somebody crossed the line",
  fall: "Somebody fell",
  posture: "Posture seen",
  camera: "Camera trouble",
};

const TROUBLES = {
  down: "camera down",
  stalled: "no pictures coming",
  frozen: "picture is frozen",
  dark: "too dark",
  overexposed: "too bright",
  blurred: "blurred",
  corrupt: "pictures are damaged",
  drift: "its clock is wrong",
  scene_changed: "moved or covered",
  low_fps: "fewer pictures than usual",
};

const CALM = new Set(["live", "ended"]);
const WAITING = new Set(["connecting", "starting"]);

export function stateWord(state) {
  return STATES[state] ?? state;
}

export function stateSentence(camera) {
  return camera.reason ? `${stateWord(camera.state)}: ${camera.reason}` : stateWord(camera.state);
}

export function noteSentence(camera) {
  const troubles = (camera.state === "live" ? (camera.troubles ?? []) : []).map((name) => TROUBLES[name] ?? name);
  const health = troubles.length ? [`Health ${camera.score}: ${troubles.join(", ")}`] : [];
  return [...health, camera.note].filter(Boolean).join(" · ");
}

export function stateTone(state) {
  if (CALM.has(state)) return state === "live" ? "good" : "quiet";
  return WAITING.has(state) ? "quiet" : "bad";
}

export function kindWords(kind) {
  return KINDS[kind] ?? kind;
}

export function severityWords(severity) {
  return { info: "Notice", warning: "Warning", critical: "Critical" }[severity] ?? severity;
}

export function personsWords(count) {
  return count === 1 ? "person now" : "persons now";
}

export function milliseconds(value) {
  if (value === null) return "–";
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function span(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function clockTime(moment) {
  const time = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  if (moment.toDateString() === new Date().toDateString()) return time;
  return `${moment.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" })}, ${time}`;
}
