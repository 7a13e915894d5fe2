// One steady colour for each person: the same list as PERSON_COLOURS in sinks/palette.py (a test compares them).

const COLOURS = [
  [56, 189, 248],
  [251, 146, 60],
  [74, 222, 128],
  [244, 114, 182],
  [250, 204, 21],
  [167, 139, 250],
  [45, 212, 191],
  [248, 113, 113],
  [163, 230, 53],
  [129, 140, 248],
  [253, 186, 116],
  [232, 121, 249],
];
const NOBODY = [203, 213, 225];

export function personColour(trackId) {
  const [red, green, blue] = trackId === null ? NOBODY : COLOURS[trackId % COLOURS.length];
  return `rgb(${red} ${green} ${blue})`;
}
