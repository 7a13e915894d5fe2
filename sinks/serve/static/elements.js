// Makes elements. Text goes in as text nodes only, so a camera's name can never become markup.

const SVG = "http://www.w3.org/2000/svg";

export function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Sets text only when it differs: screen readers then speak of changes, not of every second.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
