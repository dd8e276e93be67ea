// Put a page's body in place, fit its type to the space, and measure it. Run by worker.py in a page whose own scripts
// are off; gives the report (Report in signage/model.py). Lengths in CSS pixels.
//
// A layout takes part with a few attributes:
//   <main data-smallest="26">  the smallest letter that may be on the page
//   data-fit                   a box whose content must stay inside it
//   data-fit-min, data-fit-max on <main>: the range of the custom property --fit, which scales the type
//   data-shorten               text that may be shortened at a word when even the smallest type does not fit
//   data-lines="2 3"           how many lines such a text may take: when type grows, and at the most
//   data-clock                 an empty box where the player draws the time
async ({ body, language = "nb" }) => {
  const SHY = /\u00ad/g;
  const STEPS = 5; // halvings of the range of --fit: a 32nd of it is less than an eye can tell
  const SLACK = 1; // px by which a box may round
  const READABLE = 60; // characters; rather than shorten a text below this, a page is split
  document.documentElement.lang = language;
  document.body.innerHTML = body;
  const main = document.querySelector("main");
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => image.remove())));
  const boxes = [...main.querySelectorAll("[data-fit]")];
  const number = (name, otherwise) => (name in main.dataset ? Number(main.dataset[name]) : otherwise);
  const smallest = number("smallest", 0);

  const spills = (box) => box.scrollHeight > box.clientHeight + SLACK || box.scrollWidth > box.clientWidth + SLACK;
  const shortenable = [...main.querySelectorAll("[data-shorten]")];
  const wide = (element) => element.scrollWidth > element.clientWidth + SLACK;
  // How many lines a text may take: when type grows, and at the most.
  const lined = new Map();
  for (const element of shortenable)
    if (element.dataset.lines) lined.set(element, element.dataset.lines.split(" ").map(Number));
  const lineCount = (element) => Math.round(element.getBoundingClientRect().height / parseFloat(getComputedStyle(element).lineHeight));
  const tall = ([element, [usual]]) => lineCount(element) > usual;
  const full = () => boxes.some(spills) || shortenable.some(wide) || [...lined].some(tall);
  const setFit = (value) => main.style.setProperty("--fit", value.toFixed(4));

  // Every text on the page with the element that holds it.
  const texts = () => {
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && !node.parentElement.closest("svg")) found.push(node);
    }
    return found;
  };
  const smallestLetter = () =>
    Math.min(...texts().map((node) => parseFloat(getComputedStyle(node.parentElement).fontSize)), Infinity);

  // Cut a text at a word; a single long word at a soft hyphen or, at the last, between two letters.
  const originals = new Set();
  const shorten = (element) => {
    const text = element.textContent;
    const bare = text.replace(/…$/, "").trimEnd();
    const words = bare.split(/\s+/);
    let shorter;
    if (words.length > 1) shorter = words.slice(0, Math.max(1, Math.ceil(words.length * 0.9) - 1)).join(" ");
    else {
      const letters = [...new Intl.Segmenter(document.documentElement.lang, { granularity: "grapheme" }).segment(bare)];
      if (letters.length < 5) return false;
      const kept = letters.slice(0, Math.ceil(letters.length * 0.8) - 1).map((part) => part.segment).join("");
      const hyphen = kept.lastIndexOf("\u00ad");
      shorter = hyphen > 3 ? kept.slice(0, hyphen) : kept;
    }
    element.textContent = shorter.replace(/[\s\u00ad,.;:–-]+$/, "") + "…";
    originals.add(element);
    return element.textContent !== text;
  };

  // 1. How small the type may become: where the smallest letter is the smallest that may be. What is too long for
  // its lines even then is shortened.
  let high = number("fitMax", 1);
  let low = Math.min(high, number("fitMin", 1));
  setFit(low);
  const letterAtLow = smallestLetter();
  if (letterAtLow < smallest) low = (low * smallest) / letterAtLow;
  high = Math.max(low, high);
  setFit(low);
  for (const [element, [usual, most = usual]] of lined) {
    for (let round = 0; round < 60 && lineCount(element) > most && shorten(element); round++);
    lined.set(element, [Math.max(usual, lineCount(element))]);
  }

  // 2. The largest type that fits. If none does, texts are shortened: no more than needed, the longest first.
  let scale = low;
  if (!full()) {
    setFit(high);
    if (!full()) scale = high;
    else {
      let upper = high;
      for (let step = 0; step < STEPS; step++) {
        const middle = (scale + upper) / 2;
        setFit(middle);
        if (full()) upper = middle;
        else scale = middle;
      }
      setFit(scale);
    }
  }
  for (let round = 0; round < 400 && full(); round++) {
    const tooWide = shortenable.filter(wide);
    const box = boxes.find(spills);
    const long = shortenable.filter((element) => box && box.contains(element) && element.textContent.length > READABLE);
    const order = (tooWide.length ? tooWide : long).sort((a, b) => b.textContent.length - a.textContent.length);
    if (!order.some(shorten)) break;
  }

  // 3. What is wrong with the page as it stands. Each of these is a fault that must not reach a wall.
  const problems = [];
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
        if (last && rect.top > last.top + size / 2 && !/[\u00ad\-–\/]/.test(data[i - 1])) {
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
  const text = main.innerText.replace(SHY, "").replace(/[ \t]+/g, " ").replace(/\s*\n\s*/g, "\n").trim();
  return { overflow: problems.length > 0, smallest_px: letter === Infinity ? 0 : letter, scale, shortened: originals.size, text, clock, problems };
}
