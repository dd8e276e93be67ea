// Put a page's body in place and fit its type to the space. Run by worker.py, before measure.js, in a page whose own
// scripts are off. Gives {scale, shortened, orphans}. Lengths in CSS pixels.
//
// A layout takes part with a few attributes:
//   data-zone                  a part of the page with type of its own size (a split page has two); else <main> is one
//   <main data-smallest="26">  the smallest letter that may be on the page
//   data-fit                   a box whose content must stay inside it
//   data-fit-min, data-fit-max on a zone: the range of the custom property --fit, which scales its type
//   data-shorten               text that may be shortened at a word when even the smallest type does not fit
//   data-lines="2 3"           how many lines such a text may take: when type grows, and at the most
//
// `alone`: the page says one thing and can't be split in two, so that its texts are shortened as far as need be.
// Each new size costs a layout, and a layout a tenth of a screenshot: so sizes are guessed from what was measured.
async ({ body, language = "nb", alone = false }) => {
  const SLACK = 1; // px by which a box may round
  const RUNG = 1.07; // each size that is tried to the next smaller one: less is hardly seen
  const MOST_CUTS = 80; // rounds of shortening
  const READABLE = alone ? 24 : 60; // characters; rather than shorten a text below this, a page is split
  const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  document.documentElement.lang = language;
  document.body.innerHTML = body;
  const main = document.querySelector("main");
  const zones = [...main.querySelectorAll("[data-zone]")];
  const parts = zones.length ? zones : [main];
  const range = (zone, name) => (name in zone.dataset ? Number(zone.dataset[name]) : 1);
  const setFit = (zone, value) => zone.style.setProperty("--fit", value.toFixed(4));
  for (const zone of parts) setFit(zone, range(zone, "fitMax")); // before anything is laid out
  const segmenter = new Intl.Segmenter(language, { granularity: "grapheme" });
  const smallest = Number(main.dataset.smallest || 0);
  const originals = new Set(); // texts that were shortened

  // Every element that has text of its own.
  const written = (zone) => {
    const walker = document.createTreeWalker(zone, NodeFilter.SHOW_TEXT);
    const found = new Set();
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && !(node.parentElement instanceof SVGElement)) found.add(node.parentElement);
    }
    return found;
  };
  // A text of another direction neither turns around what stands beside it, nor leaves its column's left edge.
  if (RTL.test(main.textContent))
    for (const element of written(main))
      if (RTL.test(element.textContent)) {
        const inline = getComputedStyle(element).display === "inline";
        element.style.unicodeBidi = inline ? "isolate" : "plaintext";
        if (!inline && getComputedStyle(element).textAlign === "start") element.style.textAlign = "left";
      }
  await Promise.all([document.fonts.ready, ...[...document.images].map((image) => image.decode().catch(() => image.remove()))]);

  // Cut a text so that about `share` of it is left: at a word; a single long word at a soft hyphen or, at the last,
  // between two letters.
  const shorten = (element, share) => {
    const text = element.textContent;
    const bare = text.replace(/…$/, "").trimEnd();
    const words = bare.split(/[ \t\n]+/); // what belongs together stays so: U+00A0
    let shorter = "";
    if (words.length > 1) {
      const room = bare.length * share;
      let kept = words.length - 1;
      while (kept > 1 && words.slice(0, kept).join(" ").length > room) kept--;
      shorter = words.slice(0, kept).join(" ");
    } else {
      const letters = [...segmenter.segment(bare)].map((part) => part.segment);
      if (letters.length < 5) return false;
      const kept = letters.slice(0, Math.max(3, Math.min(letters.length - 1, Math.floor(letters.length * share)))).join("");
      const hyphen = kept.lastIndexOf("\u00ad");
      shorter = hyphen > kept.length / 2 ? kept.slice(0, hyphen) : kept;
    }
    element.textContent = shorter.replace(/[\s\u00ad\u200b\u2060,.;:–-]+$/u, "") + "…";
    originals.add(element);
    return element.textContent !== text;
  };

  const fitZone = (zone) => {
    const boxes = [...zone.querySelectorAll("[data-fit]")];
    const shortenable = [...zone.querySelectorAll("[data-shorten]")];
    const over = (box) => Math.max(box.scrollHeight - box.clientHeight, box.scrollWidth - box.clientWidth);
    const spills = (box) => over(box) > SLACK;
    const wide = (element) => element.scrollWidth > element.clientWidth + SLACK;
    // How many lines a text may take: when type grows, and at the most.
    const lined = new Map();
    for (const element of shortenable) if (element.dataset.lines) lined.set(element, element.dataset.lines.split(" ").map(Number));
    const lineHeight = (element) => {
      const style = getComputedStyle(element);
      return parseFloat(style.lineHeight) || 1.2 * parseFloat(style.fontSize);
    };
    const lineCount = (element) => Math.round(element.getBoundingClientRect().height / lineHeight(element));
    // By how much type is too large, as a rough guess; 1: it fits.
    const pressure = () => {
      let most = 1;
      for (const box of boxes) {
        if (box.scrollHeight > box.clientHeight + SLACK) most = Math.max(most, (box.scrollHeight / Math.max(1, box.clientHeight)) ** 0.6, 1.02);
        if (box.scrollWidth > box.clientWidth + SLACK) most = Math.max(most, box.scrollWidth / Math.max(1, box.clientWidth), 1.02);
      }
      for (const element of shortenable) if (wide(element)) most = Math.max(most, element.scrollWidth / Math.max(1, element.clientWidth), 1.02);
      for (const [element, [usual]] of lined) {
        const lines = lineCount(element);
        if (lines > usual) most = Math.max(most, (lines - 0.4) / usual);
      }
      return most;
    };
    const letters = [...written(zone)];
    const smallestLetter = () => letters.reduce((least, element) => Math.min(least, parseFloat(getComputedStyle(element).fontSize)), Infinity);

    // 1. As large as can be. Most pages have little to say, and that is all.
    let high = range(zone, "fitMax");
    const letterAtHigh = smallestLetter();
    if (letterAtHigh < smallest) setFit(zone, (high *= smallest / letterAtHigh));
    let pressed = pressure();
    if (pressed <= 1) return high;

    // 2. How small the type may become: where the smallest letter is the smallest that may be.
    let low = Math.min(high, range(zone, "fitMin"));
    setFit(zone, low);
    const letterAtLow = smallestLetter(); // a matter of style alone: nothing is laid out for it
    if (letterAtLow < smallest) low = Math.min(high, (low * smallest) / letterAtLow);

    // 3. What is too long for its lines even then is shortened. Only those are looked at that may be.
    setFit(zone, high);
    const shrink = (1.15 * low) / high;
    const doubtful = shortenable.filter(
      (element) => (lined.has(element) && lineCount(element) * shrink > lined.get(element)[0]) || (wide(element) && element.scrollWidth * shrink > element.clientWidth),
    );
    if (doubtful.length) {
      setFit(zone, low);
      for (let round = 0; round < MOST_CUTS; round++) {
        const long = doubtful.map((element) => [element, lined.has(element) ? lineCount(element) / (lined.get(element)[1] ?? lined.get(element)[0]) : 0]).filter(([, times]) => times > 1);
        if (!long.map(([element, times]) => shorten(element, Math.min(0.9, 1.06 / times))).some(Boolean)) break;
      }
      for (const element of doubtful)
        if (lined.has(element)) lined.set(element, [Math.max(lined.get(element)[0], lineCount(element))]);
    }

    // 4. The largest type that fits, on a ladder of sizes: pages of one list mostly get the same one.
    const rungs = Math.max(1, Math.ceil(Math.log(high / low) / Math.log(RUNG)));
    const size = (rung) => (rung <= 0 ? low : low * (high / low) ** (rung / rungs));
    const tried = (rung) => {
      setFit(zone, size(rung));
      pressed = pressure();
      return pressed <= 1;
    };
    let fits = doubtful.length && tried(0) ? 0 : -1;
    let fails = doubtful.length && fits < 0 ? 0 : rungs;
    let last = doubtful.length ? 0 : rungs;
    let guess = fits < 0 ? Math.floor(rungs * (1 - Math.log(Math.min(pressed, 4)) / 2)) : Math.ceil(rungs / 3);
    while (fails - fits > 1) {
      last = Math.max(fits + 1, Math.min(fails - 1, guess));
      if (tried(last)) fits = last;
      else fails = last;
      guess = fits < 0 ? Math.floor(fails / 2) : Math.floor((fits + fails) / 2);
    }
    const scale = size(fits);
    if (last !== fits) setFit(zone, scale);
    if (fits >= 0) return scale;

    // 5. If none does, texts are shortened: no more than needed, the longest first.
    for (let round = 0; round < MOST_CUTS; round++) {
      const narrow = shortenable.filter(wide);
      if (narrow.length) {
        if (!narrow.map((element) => shorten(element, Math.min(0.9, (1.05 * element.clientWidth) / element.scrollWidth))).some(Boolean)) break;
        continue;
      }
      const tall = [...lined].filter(([element, [usual]]) => lineCount(element) > usual).map(([element]) => element);
      if (tall.some((element) => shorten(element, 0.9))) continue;
      const box = boxes.find(spills);
      if (!box) break;
      const long = shortenable.filter((element) => box.contains(element) && element.textContent.length > READABLE);
      long.sort((a, b) => b.textContent.length - a.textContent.length);
      const cut = (element) => {
        const height = element.getBoundingClientRect().height;
        const lines = Math.max(1, Math.min(over(box) / lineHeight(element), height / lineHeight(element) / 3));
        return shorten(element, Math.max(0.6, Math.min(0.93, 1 - (lines * lineHeight(element)) / height)));
      };
      if (!long.some(cut)) break;
    }
    return scale;
  };
  const scales = parts.map(fitZone);

  // A headline's last line that is one short word takes its neighbour along, unless something then no longer fits.
  const ORPHAN = 0.3; // of the longest line
  const tailOf = (element) => {
    const node = element.lastChild;
    if (!node || node.nodeType !== Node.TEXT_NODE) return null;
    const cut = node.data.trimEnd().search(/[ \t\n][^ \t\n]+$/);
    if (cut < 0) return null;
    const lines = document.createRange();
    lines.selectNodeContents(element);
    const rects = [...lines.getClientRects()].filter((rect) => rect.width > 1);
    const last = rects.at(-1);
    if (!last || last.top < rects[0].top + rects[0].height / 2) return null; // one line
    lines.setStart(node, cut + 1);
    const word = lines.getBoundingClientRect();
    const alone = word.top >= last.top - 1 && word.width >= last.width - 1 && word.height < 1.5 * last.height;
    return alone && word.width < ORPHAN * Math.max(...rects.map((rect) => rect.width)) ? { node, cut } : null;
  };
  let orphans = 0;
  const fitting = [...main.querySelectorAll("[data-fit], [data-shorten]")];
  for (const heading of main.querySelectorAll("h1, h2, h3")) {
    const tail = tailOf(heading);
    if (!tail) continue;
    const { node, cut } = tail;
    const before = node.data;
    const height = heading.clientHeight;
    node.data = `${before.slice(0, cut)}\u00a0${before.slice(cut + 1)}`;
    const worse = heading.clientHeight > height || fitting.some((one) => one.scrollWidth > one.clientWidth + SLACK);
    if (worse) node.data = before;
    if (worse || tailOf(heading)) orphans++;
  }
  return { scale: Math.min(...scales), shortened: originals.size, orphans };
}
