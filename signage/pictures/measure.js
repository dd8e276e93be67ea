// What a page is like as it stands, after fit.js: its letters, its texts, the clock's place, and what is wrong with it.
// Run by worker.py; gives the report (Report in signage/model.py). Lengths in CSS pixels.
//
//   <main data-smallest="26">  the smallest letter that may be on the page
//   data-fit                   a box whose content must stay inside it
//   data-clock                 an empty box where the player draws the time
() => {
  const SHY = /[\u00ad\u200b\u2060]/g; // for where lines may end: no letters
  const SLACK = 1; // px by which a box may round
  const main = document.querySelector("main");
  const smallest = Number(main.dataset.smallest || 0);
  const boxes = [...main.querySelectorAll("[data-fit]")];
  const spills = (box) => box.scrollHeight > box.clientHeight + SLACK || box.scrollWidth > box.clientWidth + SLACK;
  // Every text on the page.
  const texts = () => {
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && !node.parentElement.closest("svg")) found.push(node);
    }
    return found;
  };

  // Each of these is a fault that must not reach a wall.
  const problems = [];

  // What is needed to tell the contrast of a text from the picture: where it stands, its colour as pixels have it, how
  // high its capitals are, and whether the ground behind it is plain, drawn, or a picture.
  const memory = (globalThis.measured ??= { colours: new Map(), capitals: new Map(), canvas: null });
  memory.canvas ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const remembered = (map, key, make) => map.get(key) ?? map.set(key, make(key)).get(key);
  const pixel = (colour) => {
    memory.canvas.clearRect(0, 0, 1, 1);
    memory.canvas.fillStyle = colour;
    memory.canvas.fillRect(0, 0, 1, 1);
    return [...memory.canvas.getImageData(0, 0, 1, 1).data];
  };
  const rgba = (colour) => remembered(memory.colours, colour, pixel);
  const capital = (style) =>
    parseFloat(style.fontSize) *
    remembered(memory.capitals, `${style.fontStyle} ${style.fontWeight} 100px ${style.fontFamily}`, (font) => {
      memory.canvas.font = font;
      return memory.canvas.measureText("H").actualBoundingBoxAscent / 100;
    });
  const grounds = [...main.querySelectorAll("img, svg")].map((element) => ({ element, rect: element.getBoundingClientRect() }));
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const ground = (element, rect) => {
    for (let up = element; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      const behind = grounds.filter((one) => up.contains(one.element) && meets(one.rect, rect));
      if (behind.some((one) => one.element.tagName === "IMG") || style.backgroundImage !== "none") return "picture";
      if (behind.length) return "drawn";
      if (up === main || rgba(style.backgroundColor)[3] === 255) return "plain";
    }
    return "plain";
  };
  const runs = [];
  let capitals = Infinity;
  const name = (element) => `${element.tagName.toLowerCase()}${element.className ? "." + String(element.className).split(" ").join(".") : ""}`;
  const page = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const holds = (outer, inner, slack) =>
    inner.left >= outer.left - slack && inner.top >= outer.top - slack && inner.right <= outer.right + slack && inner.bottom <= outer.bottom + slack;
  for (const box of boxes) if (spills(box)) problems.push(`${name(box)}: its content runs out of it`);
  const lines = [];
  let letter = Infinity;
  for (const node of texts()) {
    const element = node.parentElement;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    letter = Math.min(letter, size);
    const height = capital(style);
    capitals = Math.min(capitals, height);
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0);
    // The line box is taller than the letters; ascenders and descenders stay within this part of it.
    const trim = (rect) => {
      const extra = Math.max(0, (rect.height - size) / 2);
      return { left: rect.left, right: rect.right, top: rect.top + extra, bottom: rect.bottom - extra, element, node };
    };
    for (const rect of rects.map(trim)) {
      if (!holds(page, rect, SLACK)) problems.push(`${name(element)}: "${node.data.trim().slice(0, 30)}" is cut by the page's edge`);
      for (let up = element; up && up !== main; up = up.parentElement) {
        const clip = getComputedStyle(up);
        if (clip.overflow !== "visible" && !holds(up.getBoundingClientRect(), rect, 2)) {
          problems.push(`${name(up)} cuts "${node.data.trim().slice(0, 30)}"`);
          break;
        }
      }
      lines.push(rect);
      const behind = ground(element, rect);
      runs.push({ box: [rect.left, rect.top, rect.right, rect.bottom], colour: rgba(style.color).slice(0, 3), letter: height, behind, text: node.data.trim().replace(SHY, "").slice(0, 40) });
    }
    // A word that goes on in the next line without a hyphen: where two lines of a text meet inside a word.
    if (rects.length > 1 && style.overflowWrap + style.wordBreak !== "normalnormal") {
      const probe = document.createRange();
      const data = node.data;
      let last = null;
      for (let i = 0; i < data.length; i++) {
        if (/\s/.test(data[i])) { last = null; continue; }
        probe.setStart(node, i);
        probe.setEnd(node, i + 1);
        const rect = probe.getBoundingClientRect();
        if (rect.width === 0) continue;
        if (last && rect.top > last.top + size / 2 && !/[\u00ad\u200b\-–\/]/.test(data[i - 1])) {
          problems.push(`${name(element)}: the word at "${data.slice(Math.max(0, i - 8), i + 2)}" is broken without a hyphen`);
          break;
        }
        last = rect;
      }
    }
  }
  lines.sort((a, b) => a.top - b.top);
  for (let i = 0; i < lines.length; i++) {
    for (let j = i + 1; j < lines.length && lines[j].top < lines[i].bottom; j++) {
      const a = lines[i];
      const b = lines[j];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 3 && a.node !== b.node)
        problems.push(`${name(a.element)} "${a.node.data.trim().slice(0, 20)}" lies over ${name(b.element)} "${b.node.data.trim().slice(0, 20)}"`);
    }
  }
  if (letter < smallest - 0.5) problems.push(`a letter of ${letter.toFixed(1)} px is below the smallest, ${smallest.toFixed(1)} px`);

  const box = main.querySelector("[data-clock]");
  let clock = null;
  if (box) {
    const rect = box.getBoundingClientRect();
    const style = getComputedStyle(box);
    const [r, g, b] = style.color.match(/[\d.]+/g).map(Number);
    const hex = (value) => Math.round(value).toString(16).padStart(2, "0");
    const align = { center: "center", right: "right", end: "right" }[style.textAlign] || "left";
    clock = { x: rect.x, y: rect.y, width: rect.width, height: rect.height, size: parseFloat(style.fontSize), color: "#" + hex(r) + hex(g) + hex(b), align };
  }
  const text = main.innerText.replace(SHY, "").replace(/[ \t\u00a0]+/g, " ").replace(/\s*\n\s*/g, "\n").trim();
  return { overflow: problems.length > 0, smallest_px: letter === Infinity ? 0 : letter, letter_px: capitals === Infinity ? 0 : capitals, text, clock, problems, runs };
}
