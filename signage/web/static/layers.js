// What lies on the glass: a decoded picture, and text in boxes of it.
// In ES2015, as player.js, which says how the parts become one script.

import { coroutine } from "./basics.js";

// A picture, decoded, as {image, url}; the url is to be revoked. Rejects when it is no picture.
export const decoded = coroutine(function* (blob, alt) {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    const loaded = new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error("no picture"));
    });
    image.src = url;
    image.alt = alt;
    yield (image.decode ? image.decode() : loaded);
    return { image: image, url: url };
  } catch (problem) {
    URL.revokeObjectURL(url);
    throw problem;
  }
});

// Put a box of text where the format says, in picture pixels.
export function placeText(element, box, family) {
  const px = (name, value) => {
    element.style[name] = value + "px";
  };
  px("left", box.x);
  px("top", box.y);
  px("width", box.width);
  px("height", box.height);
  px("lineHeight", box.height);
  px("fontSize", box.size);
  element.style.color = box.color;
  element.style.textAlign = box.align;
  element.style.fontFamily = family + ", sans-serif";
}

// Write the lines of an alert over its picture. One that would be wider than its box is smaller.
export function writeLines(element, lines, families) {
  lines.forEach((line, index) => {
    const box = document.createElement("div");
    box.className = "line";
    placeText(box, line, families[index]);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = line.size + "px " + families[index] + ", sans-serif";
    const width = pen.measureText(line.text).width;
    if (width > line.width) box.style.fontSize = (line.size * line.width) / width + "px";
    box.textContent = line.text;
    element.appendChild(box);
  });
}
