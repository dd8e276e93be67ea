// The last resort, for a page that measure.js finds faults with: the texts that are at fault are set smaller, down to
// the smallest letter; what then still does not fit is shortened. Run by render_worker.py between two measurements.
// Takes what measure.js noted in `measured.faults`; tells whether anything was changed.
//
// `alone`: the page can't be split in two. Of others only those texts are mended that a split would not help.
// With <main data-whole> nothing is shortened: an alert is shown whole, or is known not to fit.
({ alone = false, language = "nb" }) => {
  const STEP = 0.88; // to what part a text is set smaller at a time
  const KEPT = 0.85; // how much of a text is left when it is shortened
  const LEAST = 8; // characters that stay
  const main = document.querySelector("main");
  const smallest = Number(main.dataset.smallest || 0);
  const { faults } = globalThis.measured;
  const full = faults.filter((fault) => fault.kind === "spill").map((fault) => fault.element);
  const size = (element) => parseFloat(getComputedStyle(element).fontSize);
  const smaller = (element) => {
    const now = size(element);
    if (now <= smallest * 1.001) return false;
    element.style.fontSize = `${Math.max(smallest, now * STEP)}px`;
    return true;
  };
  const shorten = (element) => {
    if (element.childElementCount || "whole" in main.dataset) return false;
    const letters = [...new Intl.Segmenter(language, { granularity: "grapheme" }).segment(element.textContent.replace(/…$/, ""))];
    if (letters.length <= LEAST) return false;
    const kept = letters.slice(0, Math.floor(letters.length * KEPT)).map((part) => part.segment).join("");
    const space = kept.lastIndexOf(" ");
    element.textContent = (space > kept.length / 2 ? kept.slice(0, space) : kept).replace(/[\s\u00ad\u200b\u2060,.;:–-]+$/u, "") + "…";
    return true;
  };
  const texts = new Set();
  for (const { kind, element } of faults) {
    if (kind === "small") element.style.fontSize = `${smallest}px`;
    else if (kind === "cut" || kind === "over") texts.add(element);
  }
  let changed = faults.some((fault) => fault.kind === "small");
  if (alone)
    for (const box of full) {
      const inside = [...box.querySelectorAll("*")].filter((one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()));
      inside.sort((a, b) => size(b) - size(a));
      if (inside.length && smaller(inside[0])) changed = true;
      else {
        inside.sort((a, b) => b.textContent.length - a.textContent.length);
        if (inside.some(shorten)) changed = true;
      }
    }
  for (const element of texts) {
    if (full.some((box) => box.contains(element))) continue; // what is the matter is the box
    if (smaller(element) || shorten(element)) changed = true;
  }
  return changed;
}
