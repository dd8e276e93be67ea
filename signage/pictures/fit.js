// Put a page's body in place and fit its type to the space. Run by worker.py, before measure.js, in a page whose own
// scripts are off. Gives {scale, shortened}. Lengths in CSS pixels.
//
// A layout takes part with a few attributes:
//   data-zone                  a part of the page with type of its own size (a split page has two); else <main> is one
//   <main data-smallest="26">  the smallest letter that may be on the page
//   data-fit                   a box whose content must stay inside it
//   data-fit-min, data-fit-max on a zone: the range of the custom property --fit, which scales its type
//   data-shorten               text that may be shortened at a word when even the smallest type does not fit
//   data-lines="2 3"           how many lines such a text may take: when type grows, and at the most
async ({ body, language = "nb" }) => {
  const STEPS = 5; // halvings of the range of --fit: a 32nd of it is less than an eye can tell
  const SLACK = 1; // px by which a box may round
  const READABLE = 60; // characters; rather than shorten a text below this, a page is split
  document.documentElement.lang = language;
  document.body.innerHTML = body;
  const main = document.querySelector("main");
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => image.remove())));
  const smallest = Number(main.dataset.smallest || 0);
  const originals = new Set(); // texts that were shortened

  const fitZone = (zone) => {
    const boxes = [...zone.querySelectorAll("[data-fit]")];
    const number = (name, otherwise) => (name in zone.dataset ? Number(zone.dataset[name]) : otherwise);
    const spills = (box) => box.scrollHeight > box.clientHeight + SLACK || box.scrollWidth > box.clientWidth + SLACK;
    const shortenable = [...zone.querySelectorAll("[data-shorten]")];
    const wide = (element) => element.scrollWidth > element.clientWidth + SLACK;
    // How many lines a text may take: when type grows, and at the most.
    const lined = new Map();
    for (const element of shortenable)
      if (element.dataset.lines) lined.set(element, element.dataset.lines.split(" ").map(Number));
    const lineCount = (element) => Math.round(element.getBoundingClientRect().height / parseFloat(getComputedStyle(element).lineHeight));
    const tall = ([element, [usual]]) => lineCount(element) > usual;
    const full = () => boxes.some(spills) || shortenable.some(wide) || [...lined].some(tall);
    const setFit = (value) => zone.style.setProperty("--fit", value.toFixed(4));

    // Every text in the zone.
    const texts = () => {
      const walker = document.createTreeWalker(zone, NodeFilter.SHOW_TEXT);
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
    const shorten = (element) => {
      const text = element.textContent;
      const bare = text.replace(/…$/, "").trimEnd();
      const words = bare.split(/[ \t\n]+/); // what belongs together stays so: U+00A0
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
    return scale;
  };

  const zones = [...main.querySelectorAll("[data-zone]")];
  const scales = (zones.length ? zones : [main]).map(fitZone);
  return { scale: Math.min(...scales), shortened: originals.size };
}
