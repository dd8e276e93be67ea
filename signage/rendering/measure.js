// What a page is like as it stands, after fit.js: its letters, its texts, the clock's place, and what is wrong with it.
// Run by render_worker.py; gives the report (Report in signage/domain/model.py). Lengths in CSS pixels.
//
//   <main data-smallest="26">  the smallest letter that may be on the page
//   data-fit                   a box whose content must stay inside it
//   data-clock                 an empty box where the player draws the time
//   data-line="sent"           an empty box where the player draws the line of this name (of an alert)
//   data-optional              text that a layout may leave out on some pages (display: none)
//   svg.segno                  a QR code, its quiet zone included (signage/wording/qr.py)
//
// For shrink_to_fit.js, `measured.faults` names the elements at fault: {kind: "spill"|"cut"|"over"|"small"|"other", element}.
() => {
  const SHY = /[\u00ad\u200b\u2060]/g; // for where lines may end: no letters
  const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u; // what a text must have to be one
  const SLACK = 1; // px by which a box may round
  const CUT = 2; // px of a line, letters' side bearings included, that a box may cut off
  const LEAST_OPACITY = 0.4;
  const LEAST_PITCH = 0.8; // from line to line, in sizes of type
  const QUIET_ZONE = 4; // modules
  const main = document.querySelector("main");
  const smallest = Number(main.dataset.smallest || 0);
  const boxes = [...main.querySelectorAll("[data-fit]")];
  const spills = (box) => box.scrollHeight > box.clientHeight + SLACK || box.scrollWidth > box.clientWidth + SLACK;
  const remembered = (map, key, make) => {
    let found = map.get(key);
    if (found === undefined) map.set(key, (found = make(key)));
    return found;
  };
  const styles = new Map();
  const styleOf = (element) => remembered(styles, element, (one) => getComputedStyle(one));
  const frames = new Map();
  const rectOf = (element) => remembered(frames, element, (one) => one.getBoundingClientRect());
  // Every text on the page.
  const texts = () => {
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const parent = node.parentElement;
      if (SEEN.test(node.data) && !(parent instanceof SVGElement) && parent.tagName !== "STYLE") found.push(node);
    }
    return found;
  };

  // What is needed to tell the contrast of a text from the picture: where it stands, its colour as pixels have it, how
  // high its capitals are, and whether the ground behind it is plain, drawn, or a picture.
  const memory = (globalThis.measured ??= { colours: new Map(), capitals: new Map(), canvas: null, faults: [] });
  memory.canvas ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  memory.faults = [];
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

  // Each of these is a fault that must not reach a wall.
  const problems = [];
  const name = (element) => `${element.tagName.toLowerCase()}${element.className ? "." + String(element.className.baseVal ?? element.className).split(" ").join(".") : ""}`;
  const start = (node, length) => `"${node.data.trim().slice(0, length)}"`;
  const fault = (kind, element, problem) => {
    problems.push(problem);
    memory.faults.push({ kind, element });
  };
  const page = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const holds = (outer, inner, slack) =>
    inner.left >= outer.left - slack && inner.top >= outer.top - slack && inner.right <= outer.right + slack && inner.bottom <= outer.bottom + slack;
  const meets = (a, b, least = 0) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > least && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > least;

  // What of an element the boxes around it let be seen, and which of them cuts the most: {left, top, right, bottom}.
  const windows = new Map([[document.body, { ...page, by: null }]]);
  const windowOf = (element) =>
    remembered(windows, element, (one) => {
      const outer = windowOf(one.parentElement);
      const style = styleOf(one);
      const clips = style.display !== "inline" && style.display !== "contents" && (style.overflow !== "visible" || /paint|strict|content/.test(style.contain));
      if (!clips) return outer;
      const rect = rectOf(one);
      const left = rect.left + one.clientLeft;
      const top = rect.top + one.clientTop;
      const own = { left, top, right: left + (one.clientWidth || rect.width), bottom: top + (one.clientHeight || rect.height) };
      if (style.overflow !== "visible" && !one.clientHeight) own.bottom = own.top;
      return { left: Math.max(outer.left, own.left), top: Math.max(outer.top, own.top), right: Math.min(outer.right, own.right), bottom: Math.min(outer.bottom, own.bottom) };
    });
  const cutter = (element, rect) => {
    for (let up = element; up !== document.body; up = up.parentElement) if (!holds(windowOf(up), rect, CUT) && holds(windowOf(up.parentElement), rect, CUT)) return up;
    return element;
  };
  // How an element is shown, with all that is done to it and to the boxes around it.
  const shows = new Map([[document.body, { opacity: 1, altered: "", scaled: false }]]);
  const showOf = (element) =>
    remembered(shows, element, (one) => {
      const outer = showOf(one.parentElement);
      const style = styleOf(one);
      const opacity = style.contentVisibility === "hidden" ? 0 : outer.opacity * Number(style.opacity);
      let altered = outer.altered;
      if (style.clipPath !== "none") altered = "clip-path";
      else if ((style.maskImage ?? style.webkitMaskImage ?? "none") !== "none") altered = "mask";
      else if (style.clip !== "auto") altered = "clip";
      else if (/blur|opacity|invert|brightness|contrast/.test(style.filter)) altered = "filter";
      const scaled = outer.scaled || style.transform !== "none" || (style.scale ?? "none") !== "none" || !["1", "normal", undefined].includes(style.zoom);
      return opacity === outer.opacity && altered === outer.altered && scaled === outer.scaled ? outer : { opacity, altered, scaled };
    });
  const scaleOf = (element) => {
    if (!showOf(element).scaled || !element.offsetWidth || !element.offsetHeight) return 1;
    const rect = rectOf(element);
    return Math.min(rect.width / element.offsetWidth, rect.height / element.offsetHeight);
  };

  const everything = main.getElementsByTagName("*");
  const grounds = [];
  const painters = []; // what could lie over a text
  for (const element of everything) {
    if (element instanceof SVGElement && element.tagName !== "svg") continue;
    const drawn = element.tagName === "IMG" || element.tagName === "svg";
    if (drawn) grounds.push({ element, rect: rectOf(element) });
    const style = styleOf(element);
    if (!drawn && style.backgroundImage === "none" && (style.backgroundColor === "rgba(0, 0, 0, 0)" || rgba(style.backgroundColor)[3] < 50)) continue;
    const rect = rectOf(element);
    if (rect.width && rect.height) painters.push({ element, rect, drawn });
  }
  // What stands behind a text: {kind: "plain"|"drawn"|"picture", colour of a plain one, and which box paints it}.
  const ground = (element, rect) => {
    let kind = "plain";
    for (let up = element; up; up = up.parentElement) {
      const style = styleOf(up);
      const behind = grounds.filter((one) => meets(one.rect, rect) && up.contains(one.element));
      if (behind.some((one) => one.element.tagName === "IMG") || style.backgroundImage !== "none") return { kind: "picture" };
      if (behind.length) return { kind: "drawn" };
      const colour = rgba(style.backgroundColor);
      if (colour[3] === 255) return { kind, colour, by: up };
      if (up === main) return { kind };
    }
    return { kind };
  };
  // Whether `element` is what is seen at a point; null outside of the page.
  const seen = (element, x, y) => {
    const top = document.elementFromPoint(x, y);
    return top === null ? null : element.contains(top);
  };

  // A text that its layout leaves out on this page.
  const leftOut = (element) => {
    const optional = element.closest("[data-optional]");
    return optional !== null && styleOf(optional).display === "none";
  };
  const runs = [];
  let capitals = Infinity;
  for (const box of boxes) if (spills(box)) fault("spill", box, `${name(box)}: its content runs out of it`);
  const lines = [];
  let letter = Infinity;
  const range = document.createRange();
  for (const node of texts()) {
    const element = node.parentElement;
    const style = styleOf(element);
    const scale = scaleOf(element);
    const size = parseFloat(style.fontSize) * scale;
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 0);
    if (!rects.length) {
      if (!leftOut(element)) fault("other", element, `${name(element)}: ${start(node, 30)} is not shown`);
      continue;
    }
    letter = Math.min(letter, size);
    if (size < smallest - 0.5) memory.faults.push({ kind: "small", element });
    const height = capital(style) * scale;
    capitals = Math.min(capitals, height);
    const shown = showOf(element);
    const colour = rgba(style.color);
    const fill = style.webkitTextFillColor === style.color ? colour : rgba(style.webkitTextFillColor);
    if (style.visibility !== "visible" || shown.opacity * (Math.min(colour[3], fill[3]) / 255) < LEAST_OPACITY)
      fault("other", element, `${name(element)}: ${start(node, 30)} can't be seen`);
    else if (shown.altered) fault("other", element, `${name(element)}: ${start(node, 30)} is altered by ${shown.altered}`);
    if (parseFloat(style.letterSpacing) < -0.1 * parseFloat(style.fontSize) || parseFloat(style.wordSpacing) < -0.18 * parseFloat(style.fontSize))
      fault("other", element, `${name(element)}: the letters of ${start(node, 30)} run into each other`);
    // A text that its own box hides without an edge to be seen: by an ellipsis, or line by line.
    if (style.overflow !== "visible" && style.display !== "inline" && (element.scrollWidth > element.clientWidth + CUT || element.scrollHeight > element.clientHeight + Math.max(CUT, 0.3 * size)))
      fault("cut", element, `${name(element)} hides a part of ${start(node, 30)}`);
    const frame = windowOf(element);
    let above = null;
    for (const rect of rects) {
      // The line box is taller than the letters; ascenders and descenders stay within this part of it.
      const extra = Math.max(0, (rect.height - size) / 2);
      const line = { left: rect.left, right: rect.right, top: rect.top + extra, bottom: rect.bottom - extra, element, node };
      if (!holds(page, line, SLACK)) fault("cut", element, `${name(element)}: ${start(node, 30)} is cut by the page's edge`);
      if (!holds(frame, line, CUT)) fault("cut", element, `${name(cutter(element, line))} cuts ${start(node, 30)}`);
      if (above && line.top - above.top > 2 && line.top - above.top < LEAST_PITCH * size && Math.min(line.right, above.right) > Math.max(line.left, above.left))
        fault("other", element, `${name(element)}: the lines of ${start(node, 30)} run into each other`);
      above = line;
      // Something over it, even over a part of it. At its ends first, then wherever something that paints meets it.
      const middle = (line.top + line.bottom) / 2;
      const inset = Math.min(3, (line.right - line.left) / 4);
      let covered = [line.left + inset, line.right - inset].some((x) => seen(element, x, middle) === false);
      for (let i = 0; i < painters.length && !covered; i++) {
        const one = painters[i];
        if (!meets(one.rect, line, 2) || one.element.contains(element) || element.contains(one.element)) continue;
        const left = Math.max(one.rect.left, line.left);
        const width = Math.min(one.rect.right, line.right) - left;
        const y = (Math.max(one.rect.top, line.top) + Math.min(one.rect.bottom, line.bottom)) / 2;
        for (const part of one.drawn ? [0.1, 0.5, 0.9] : [0.5]) if (seen(one.element, left + part * width, y)) covered = true;
      }
      if (covered) fault("over", element, `${name(element)}: something lies over ${start(node, 30)}`);
      lines.push(line);
      const behind = ground(element, line);
      if (behind.colour && [0, 1, 2].every((i) => Math.abs(behind.colour[i] - fill[i]) < 24))
        fault("other", element, `${name(element)}: ${start(node, 30)} has the colour of its ground`);
      if (behind.by && !holds(rectOf(behind.by), line, CUT)) fault("spill", element, `${name(element)}: ${start(node, 30)} runs out of the ground of ${name(behind.by)}`);
      runs.push({ box: [line.left, line.top, line.right, line.bottom], colour: colour.slice(0, 3), letter: height, behind: behind.kind, text: node.data.trim().replace(SHY, "").slice(0, 40) });
    }
    // A word that goes on in the next line without a hyphen: where two lines of a text meet inside a word.
    if (rects.length > 1 && (style.overflowWrap !== "normal" || style.wordBreak !== "normal" || style.lineBreak === "anywhere")) {
      const data = node.data;
      let last = null;
      for (let i = 0; i < data.length; i++) {
        if (/\s/.test(data[i])) { last = null; continue; }
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const rect = range.getBoundingClientRect();
        if (rect.width === 0) continue;
        if (last && rect.top > last.top + size / 2 && !/[\u00ad\u200b\-–\/]/.test(data[i - 1])) {
          fault("other", element, `${name(element)}: the word at "${data.slice(Math.max(0, i - 8), i + 2)}" is broken without a hyphen`);
          break;
        }
        last = rect;
      }
    }
  }
  // Texts over texts, and over the places of what the player draws.
  const clockBox = main.querySelector("[data-clock]");
  const lineBoxes = [...main.querySelectorAll("[data-line]")];
  for (const box of [...(clockBox ? [clockBox] : []), ...lineBoxes]) {
    const what = box === clockBox ? "the clock" : `the line "${box.dataset.line}"`;
    const rect = rectOf(box);
    const { left, top, right, bottom } = rect;
    if (!rect.width || !rect.height) fault("other", box, `${what} has no place`);
    if (!holds(windowOf(box.parentElement), rect, SLACK) || !holds(page, rect, SLACK)) fault("other", box, `${what} is cut`);
    if (box !== clockBox && parseFloat(styleOf(box).fontSize) < smallest - 0.5) fault("other", box, `${what} has letters below the smallest`);
    lines.push({ left, top, right, bottom, element: box, node: { data: what } });
  }
  lines.sort((a, b) => a.top - b.top);
  for (let i = 0; i < lines.length; i++) {
    for (let j = i + 1; j < lines.length && lines[j].top < lines[i].bottom; j++) {
      const a = lines[i];
      const b = lines[j];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 3 && a.node !== b.node) {
        fault("over", a.element, `${name(a.element)} ${start(a.node, 20)} lies over ${name(b.element)} ${start(b.node, 20)}`);
        memory.faults.push({ kind: "over", element: b.element });
      }
    }
  }
  if (letter < smallest - 0.5) problems.push(`a letter of ${letter.toFixed(1)} px is below the smallest, ${smallest.toFixed(1)} px`);

  // QR codes: whole, square, as large as asked for, with nothing over them and their quiet zone around them.
  for (const code of main.querySelectorAll("svg.segno")) {
    const rect = rectOf(code);
    const wrong = (what) => fault("other", code, `the QR code ${what}`);
    const shown = showOf(code);
    const wanted = parseFloat(styleOf(code).getPropertyValue("--qr")) || 0;
    if (styleOf(code).visibility !== "visible" || shown.opacity < 0.9 || rect.width < 1 || rect.height < 1) {
      if (!leftOut(code)) wrong("can't be seen");
      continue;
    }
    if (shown.altered) wrong(`is altered by ${shown.altered}`);
    if (Math.abs(rect.width - rect.height) > 0.02 * rect.width) wrong("is no square");
    if (rect.width < wanted - SLACK) wrong(`is ${rect.width.toFixed(0)} px wide, and should be ${wanted.toFixed(0)}`);
    if (!holds(windowOf(code.parentElement), rect, SLACK)) wrong("is cut");
    const within = code.viewBox.baseVal;
    const dark = code.querySelector(".qrline");
    const marks = dark.getBBox();
    const scale = dark.transform.baseVal.consolidate()?.matrix.a ?? 1;
    const room = Math.min(marks.x * scale - within.x, marks.y * scale - within.y, within.x + within.width - (marks.x + marks.width) * scale, within.y + within.height - (marks.y + marks.height) * scale);
    if (room < (QUIET_ZONE - 0.6) * scale) wrong("has too little quiet zone");
    const light = code.querySelector("path:not(.qrline)");
    const white = rgba(light ? styleOf(light).fill : styleOf(code.parentElement).backgroundColor);
    const black = rgba(styleOf(dark).stroke);
    if (Math.min(white[0], white[1], white[2], white[3]) < 200 || Math.max(black[0], black[1], black[2]) > 80 || black[3] < 200) wrong("is not dark on light");
    const points = [0.06, 0.28, 0.5, 0.72, 0.94];
    const over = (one) => !one.element.contains(code) && !code.contains(one.element) && meets(one.rect, rect, 2) && seen(one.element, (Math.max(one.rect.left, rect.left) + Math.min(one.rect.right, rect.right)) / 2, (Math.max(one.rect.top, rect.top) + Math.min(one.rect.bottom, rect.bottom)) / 2);
    if (lines.some((line) => meets(line, rect, 2)) || painters.some(over) || points.some((x) => points.some((y) => seen(code, rect.left + x * rect.width, rect.top + y * rect.height) === false)))
      wrong("is covered");
  }

  const placeOf = (box) => {
    const rect = box.getBoundingClientRect();
    const style = getComputedStyle(box);
    const [r, g, b] = style.color.match(/[\d.]+/g).map(Number);
    const hex = (value) => Math.round(value).toString(16).padStart(2, "0");
    const align = { center: "center", right: "right", end: "right" }[style.textAlign] || "left";
    return { x: rect.x, y: rect.y, width: rect.width, height: rect.height, size: parseFloat(style.fontSize), color: "#" + hex(r) + hex(g) + hex(b), align };
  };
  const clock = clockBox && placeOf(clockBox);
  const drawn = Object.fromEntries(lineBoxes.map((box) => [box.dataset.line, placeOf(box)]));
  // Browsers put a tab between the cells of a table's row.
  const words = main.innerText.replace(SHY, "").replace(/[ \u00a0]*\t[ \t\u00a0]*/g, ", ").replace(/[ \u00a0]+/g, " ").replace(/\s*\n\s*/g, "\n");
  const text = words.replace(/^(, )+|(, ?)+$/gm, "").trim();
  return { overflow: problems.length > 0, smallest_px: letter === Infinity ? 0 : letter, letter_px: capitals === Infinity ? 0 : capitals, text, clock, lines: drawn, problems, runs };
}
