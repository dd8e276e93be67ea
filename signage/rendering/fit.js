// Put a page's body in place and fit its type to the space. Run by render_worker.py, before measure.js, in a page
// whose own scripts are off. Gives {scale, shortened, orphans}. Lengths in CSS pixels.
//
// A layout takes part with a few attributes:
//   data-zone                  a part of the page with type of its own size (a split page has two); else <main> is one
//   <main data-smallest="26">  the smallest letter that may be on the page
//   data-fit                   a box whose content must stay inside it
//   data-fit-min, data-fit-max on a zone: the range of the custom property --fit, which scales its type
//   data-shorten               text that may be shortened at a word when even the smallest type does not fit
//   data-lines="2 3"           how many lines such a text may take: when type grows, and at the most
//   data-alone                 on a zone: it says one thing, and can't be split
//
// `alone`: the page says one thing and can't be split in two, so that its texts are shortened as far as need be.
// Each new size costs a layout, and a layout a tenth of a screenshot: so sizes are guessed from what was measured.
async ({ body, language = "nb", alone = false }) => {
  const SLACK = 1; // px by which a box may round
  const RUNG = 1.09; // from each size to the next larger one: less is hardly seen
  const MOST_CUTS = 80; // rounds of shortening
  const READABLE = 60; // characters; rather than shorten a text below this, a page is split
  const LEAST_READABLE = 24; // characters, where there is nothing to split
  const STUB = /\s·[^·]{0,8}$/u; // of a list's last part: nothing that anybody could guess from
  const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  document.documentElement.lang = language;
  document.body.innerHTML = body;
  const main = document.querySelector("main");
  const zones = [...main.querySelectorAll("[data-zone]")];
  const parts = zones.length ? zones : [main];
  const range = (zone, name) => (name in zone.dataset ? Number(zone.dataset[name]) : 1);
  const setFit = (zone, value) => zone.style.setProperty("--fit", value.toFixed(4));
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
  // The sizes that a zone's type may have, smallest first, and which of them is a likely one: by how much of its area its
  // letters would take in the smallest size. All of it is a matter of style: nothing is laid out for it.
  const ladders = parts.map((zone) => {
    const lowest = Math.min(range(zone, "fitMin"), range(zone, "fitMax"));
    setFit(zone, lowest);
    const sizeOf = (element) => parseFloat(getComputedStyle(element).fontSize);
    const smallOf = new Map([...written(zone)].map((element) => [element, sizeOf(element)]));
    const letters = Math.min(...smallOf.values());
    const low = letters < smallest ? (lowest * smallest) / letters : lowest;
    const high = Math.max(low, range(zone, "fitMax"));
    const rungs = Math.round(Math.log(high / low) / Math.log(RUNG));
    const sizes = Array.from({ length: rungs + 1 }, (_, rung) => low * (high / low) ** (rung / Math.max(1, rungs)));
    const area = (parseFloat(zone.style.width) || innerWidth) * (parseFloat(zone.style.height) || innerHeight);
    const dense = (zone.textContent.replace(/\s+/g, " ").length * smallest ** 2) / area;
    const list = zone.querySelectorAll("[data-shorten]").length > 4;
    const likely = list ? 1.2 * (0.14 / dense) ** 0.45 : 0.082 / dense;
    const first = Math.max(0, sizes.findLastIndex((size) => size <= likely * 1.02));
    setFit(zone, sizes[first]);
    // What has the same size whatever the page's scale: smaller type elsewhere gives it no room.
    const fixed = new Set([...smallOf.keys()].filter((element) => sizes[first] > lowest && sizeOf(element) === smallOf.get(element)));
    return { sizes, first, fixed };
  });
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
    shorter = shorter.replace(STUB, "");
    element.textContent = shorter.replace(/[\s\u00ad\u200b\u2060,.;:–-]+$/u, "") + "…";
    originals.add(element);
    return element.textContent !== text;
  };

  // Whether a line of a heading ends inside a word.
  const broken = (heading) => {
    const part = document.createRange();
    const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    const topOf = (node, from) => (part.setStart(node, from), part.setEnd(node, from + 1), [...part.getClientRects()].at(-1)?.top ?? 0);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      for (let at = node.data.indexOf("\u00ad", 1); at > 0; at = node.data.indexOf("\u00ad", at + 1))
        if (at + 1 < node.data.length && topOf(node, at + 1) > topOf(node, at - 1) + 1) return true;
    }
    return false;
  };

  const fitZone = (zone, number) => {
    const { sizes, first, fixed } = ladders[number];
    const readable = alone || "alone" in zone.dataset ? LEAST_READABLE : READABLE;
    const boxes = [...zone.querySelectorAll("[data-fit]")];
    const shortenable = [...zone.querySelectorAll("[data-shorten]")];
    const over = (box) => Math.max(box.scrollHeight - box.clientHeight, box.scrollWidth - box.clientWidth);
    const spills = (box) => over(box) > SLACK;
    const wide = (element) => element.scrollWidth > element.clientWidth + SLACK;
    // How many lines a text may take: when type grows, and at the most.
    const lined = new Map();
    for (const element of shortenable) if (element.dataset.lines) lined.set(element, element.dataset.lines.split(" ").map(Number));
    let set = first; // which of `sizes` the zone has
    const lineHeight = (element) => {
      const style = getComputedStyle(element);
      return parseFloat(style.lineHeight) || 1.2 * parseFloat(style.fontSize);
    };
    const lineCount = (element) => Math.round(element.getBoundingClientRect().height / lineHeight(element));
    const tall = ([element, [usual]]) => lineCount(element) > usual;
    // Type does not grow beyond its usual size at the price of a word: it is set smaller, and whole.
    const titles = [...lined.keys()].filter((element) => element.localName === "h3");
    const full = () => boxes.some(spills) || shortenable.some(wide) || [...lined].some(tall) || (sizes[set] > 1 && titles.some(broken));
    // What may be too long for its lines even in the smallest type is shortened there. Each text may then take as many
    // lines as it needs there, and no more where type is larger.
    let settled = false;
    const settle = (at) => {
      const doubtful = shortenable.filter((element) => {
        const shrink = fixed.has(element) ? 1 : (1.15 * sizes[0]) / sizes[at];
        return (lined.has(element) && lineCount(element) * shrink > lined.get(element)[0]) || (wide(element) && element.scrollWidth * shrink > element.clientWidth);
      });
      settled = true;
      if (!doubtful.length) return false;
      if (at) setFit(zone, sizes[0]);
      const most = (element) => lined.get(element)[1] ?? lined.get(element)[0];
      for (let round = 0; round < MOST_CUTS; round++) {
        const long = doubtful.filter((element) => lined.has(element)).map((element) => [element, lineCount(element) / most(element)]);
        if (!long.map(([element, times]) => times > 1 && shorten(element, Math.min(0.9, 1.06 / times))).some(Boolean)) break;
      }
      for (const element of doubtful) if (lined.has(element)) lined.set(element, [Math.max(lined.get(element)[0], lineCount(element))]);
      return true;
    };

    // 1. The largest type that fits, on a ladder of sizes: pages of one list mostly get the same one.
    let fits = -1;
    let fails = sizes.length;
    for (let at = first, stride = 1; fails - fits > 1; ) {
      if (set !== at) setFit(zone, sizes[(set = at)]);
      if (!full()) fits = at;
      else if (fits < 0 && !settled && settle(at)) {
        set = 0;
        if (full()) fails = 0;
        else fits = 0;
        if (at > 0) continue; // once more, with the lines that each text needs
      } else fails = at;
      if (fits >= 0 && fails < sizes.length) at = Math.floor((fits + fails) / 2);
      else {
        at = fits < 0 ? Math.max(0, fails - stride) : Math.min(fails - 1, fits + stride);
        if (Math.abs(at - first) > 1) stride *= 2;
      }
    }
    const scale = sizes[Math.max(0, fits)];
    if (set !== Math.max(0, fits)) setFit(zone, scale);
    if (fits >= 0) return scale;

    // 2. If none does, texts are shortened: no more than needed, the longest first.
    for (let round = 0; round < MOST_CUTS; round++) {
      const narrow = shortenable.filter(wide);
      if (narrow.length) {
        if (!narrow.map((element) => shorten(element, Math.min(0.9, (1.05 * element.clientWidth) / element.scrollWidth))).some(Boolean)) break;
        continue;
      }
      if ([...lined].filter(tall).some(([element]) => shorten(element, 0.9))) continue;
      const box = boxes.find(spills);
      if (!box) break;
      const long = shortenable.filter((element) => box.contains(element) && element.textContent.length > readable);
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

  // A headline of its page that is broken inside a word is set a little smaller, if that mends it.
  // For a word that no headline can hold whole, a hyphen is the lesser evil.
  const SMALLER = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5];
  const LONG_WORD = 24; // letters
  const longest = (heading) => Math.max(...heading.textContent.split(/[\s-]+/).map((word) => word.replaceAll("\u00ad", "").length));
  for (const heading of main.querySelectorAll("h1"))
    if (broken(heading)) {
      const size = parseFloat(getComputedStyle(heading).fontSize);
      const mended = SMALLER.slice(0, longest(heading) > LONG_WORD ? 2 : undefined).some((share) => {
        heading.style.fontSize = `${Math.max(smallest, size * share)}px`;
        return !broken(heading);
      });
      if (!mended) heading.style.fontSize = "";
    }

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
