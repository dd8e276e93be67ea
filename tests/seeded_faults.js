// Faults that a page may have, each put into the page that stands in the browser, which has none. Run by
// seeded_faults.py after fit.js: `({ measure, seed }) => [{ fault, problems }]`, where `fault` is "" for the page as it
// is, and `problems` is what measure.js says. A fault that the page has no place for is left out.
({ measure, seed }) => {
  const main0 = document.querySelector("main");
  const whole = main0.outerHTML;
  const restore = () => (document.body.innerHTML = whole);
  const NONE = null; // the fault has no place on this page
  const opaque = (style) => !/rgba\(.*, 0\)|transparent/.test(style);
  let main = main0;
  let turn = seed;
  const texts = () =>
    [...main.querySelectorAll("h1, h2, h3, p, span, b, figcaption")].filter((one) => {
      const own = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim().length > 3);
      const rect = one.getBoundingClientRect();
      return own && rect.width > 20 && rect.height > 10 && getComputedStyle(one).display !== "none";
    });
  const blocks = () => texts().filter((one) => one.tagName !== "FIGCAPTION" && ["block", "grid", "flex"].includes(getComputedStyle(one).display) && !one.childElementCount);
  const pick = (list, more = 0) => list[(turn + more) % list.length];
  const spanned = (one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return range.getBoundingClientRect();
  };
  // Whether one text now stands on another, and not only near it: else there is no fault to find.
  const onto = (one, other) => {
    const [a, b] = [spanned(one), spanned(other)];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    return across > 20 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5 * Math.min(a.height, b.height) ? true : NONE;
  };
  const put = (one, styles) => {
    if (!one) return NONE;
    for (const [name, value] of Object.entries(styles)) one.style.setProperty(name, value, "important");
    return true;
  };
  // Only boxes can be moved and scaled.
  const boxed = (one) => (one && getComputedStyle(one).display === "inline" ? put(one, { display: "inline-block" }) && one : one);
  const shift = (one, x, y) => put(boxed(one), { translate: `${x}px ${y}px` });
  const share = (one) => (0.7 * smallest) / parseFloat(getComputedStyle(one).fontSize); // of its size, too small
  const cover = (rect, styles, tag = "div") => {
    const lid = document.createElement(tag);
    main.append(lid);
    const place = { position: "fixed", left: `${rect.left}px`, top: `${rect.top}px`, width: `${rect.width}px`, height: `${rect.height}px`, "z-index": "99" };
    put(lid, { background: "#d8c9a0", margin: "0", ...place, ...styles });
    return true;
  };
  const part = (rect, left, top, width, height) => ({
    left: rect.left + left * rect.width, top: rect.top + top * rect.height, width: width * rect.width, height: height * rect.height,
  });
  const say = (words, styles) => {
    const one = document.createElement("p");
    one.textContent = words;
    main.append(one);
    return put(one, { position: "fixed", "z-index": "9", "font-size": "40px", color: "#c00", ...styles });
  };
  const groundOf = (one) => {
    for (let up = one; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (up.querySelector(":scope > svg, :scope > img") || style.backgroundImage !== "none") return null;
      if (opaque(style.backgroundColor)) return style.backgroundColor;
    }
    return null;
  };
  const long = () => blocks().find((one) => one.textContent.length > 12) ?? pick(blocks());
  const narrow = (one) => {
    one.textContent = "Foredrag om kyst og kultur langs leia med bilder og kaffe";
    const size = parseFloat(getComputedStyle(one).fontSize);
    return put(one, { width: `${8 * size}px`, "max-width": `${8 * size}px` }) && one;
  };
  const smallest = Number(main0.dataset.smallest);
  const code = () => main.querySelector("svg.segno");
  const clock = () => main.querySelector("[data-clock]");
  const onText = (styles) => () => put(pick(texts()), styles);
  const onBlock = (styles) => () => put(pick(blocks()), styles);
  const onCode = (change) => () => (code() ? change(code(), code().getBoundingClientRect()) : NONE);
  const onClock = (change) => () => (clock() ? change(clock(), clock().getBoundingClientRect()) : NONE);
  const nextTo = (change) => () => {
    const pair = texts().flatMap((one, n, all) => (n && !all[n - 1].contains(one) && !one.contains(all[n - 1]) ? [[all[n - 1], one]] : []));
    return pair.length ? change(...pick(pair)) : NONE;
  };

  const FAULTS = {
    // --- pushed out of the page
    "a text runs out at the right": () => { const one = pick(texts()); return shift(one, innerWidth - spanned(one).left - spanned(one).width / 2, 0); },
    "a text runs out at the left": () => { const one = pick(texts()); return shift(one, -spanned(one).left - spanned(one).width / 2, 0); },
    "a text runs out at the bottom": () => { const one = pick(texts()); return shift(one, 0, innerHeight - spanned(one).top - spanned(one).height / 2); },
    "a text runs out at the top": () => { const one = pick(texts()); return shift(one, 0, -spanned(one).top - spanned(one).height / 2); },
    "a box hangs over the edge": () => say("Kyrksæterøra kulturhus", { left: `${innerWidth - 120}px`, top: "20px", "white-space": "nowrap" }),
    "an indent to nowhere": onBlock({ "text-indent": "-9999px" }),
    "an indent out of the box": onBlock({ "text-indent": "1.5e4px", "white-space": "nowrap" }),
    "letters spaced out of the box": () => put(long(), { "letter-spacing": "4em", "white-space": "nowrap" }),
    "one line that is too long": () => { const one = pick(blocks()); one.textContent = one.textContent.repeat(30); return put(one, { "white-space": "nowrap" }); },
    "twice as wide as the page": () => { const one = pick(blocks()); one.textContent = "Kunst ".repeat(80); return put(one, { width: "200vw", "max-width": "none", "white-space": "nowrap" }); },
    "everything one page further down": () => put(main.firstElementChild.nextElementSibling ?? main.firstElementChild, { translate: "0 60vh" }),
    "everything half a page to the left": () => put(pick([...main.children].filter((one) => one.innerText?.trim().length > 5)), { translate: "-70vw 0" }),
    // --- too much for its box
    "forty rows too many": () => { const box = main.querySelector("[data-fit]"); for (let n = 0; n < 40; n++) { const row = document.createElement("p"); row.textContent = "Skirenn for de minste"; box.append(row); } return true; },
    "letters as high as a door": onText({ "font-size": "700px", "line-height": "1" }),
    "a word without an end": () => { const one = pick(blocks()); one.textContent = "W".repeat(200); return true; },
    "columns that spill": () => { const one = pick(blocks()); one.textContent = "Bygdequiz og lapskaus ".repeat(40); return put(one, { columns: "2", height: "3em", "white-space": "normal", width: "300px" }); },
    "a box made as low as a line": () => put(main.querySelector("[data-fit]"), { height: "30px", "max-height": "30px", "min-height": "0", flex: "none", "align-self": "start" }),
    "space that pushes the rest away": () => put(main.querySelector("[data-fit]"), { "padding-top": "1900px" }),
    // --- over other texts
    "two texts in one place": nextTo((a, b) => { const from = spanned(b); const to = spanned(a); return shift(b, to.left - from.left, to.top - from.top); }),
    "a text half over the one before": nextTo((a, b) => { const from = spanned(b); const to = spanned(a); return shift(b, to.left - from.left, to.top + to.height * 0.35 - from.top); }),
    "a text said twice": () => { const one = pick(texts()); const rect = spanned(one); return say(one.textContent.slice(0, 20), { left: `${rect.left + 6}px`, top: `${rect.top}px`, "white-space": "nowrap" }); },
    "words over the first heading": () => { const rect = spanned(main.querySelector("h1, h2, h3")); return say("Avlyst!", { left: `${rect.left + 4}px`, top: `${rect.top + rect.height / 4}px` }); },
    "a margin that pulls the next one up": () => {
      const one = pick(blocks().filter((b) => b.previousElementSibling && blocks().includes(b.previousElementSibling) && spanned(b).top > spanned(b.previousElementSibling).bottom - 8));
      if (!one) return NONE;
      const before = spanned(one.previousElementSibling);
      return put(one, { position: "relative", top: `${before.top - spanned(one).top}px` }) && onto(one, one.previousElementSibling);
    },
    "a height of nothing": () => { const one = pick(blocks().filter((b) => b.nextElementSibling && blocks().includes(b.nextElementSibling))); return one && put(one, { height: "0", "min-height": "0", margin: "0", padding: "0", flex: "none" }) && put(one.nextElementSibling, { margin: "0" }) && onto(one, one.nextElementSibling); },
    "words over a picture's caption": () => { const one = main.querySelector("figcaption"); if (!one) return NONE; const rect = spanned(one); return say("Foto", { left: `${rect.left}px`, top: `${rect.top - 4}px` }); },
    "a badge over a title": () => { const badge = main.querySelector(".badge > span"); const title = main.querySelector("h3"); if (!badge || !title) return NONE; const from = spanned(badge); const to = spanned(title); return shift(badge.parentElement, to.left - from.left, to.top - from.top); },
    // --- cut by a box
    "half a line": () => { const one = pick(blocks()); return put(one, { height: `${spanned(one).height / 2}px`, overflow: "hidden", padding: "0", "min-height": "0", flex: "none" }); },
    "tops and tails cut": () => { const one = pick(blocks()); const size = parseFloat(getComputedStyle(one).fontSize); return put(one, { "line-height": "0.5", "max-height": `${0.5 * size}px`, overflow: "hidden", "white-space": "nowrap", padding: "0" }); },
    "tails cut": () => { const one = narrow(long()); const size = parseFloat(getComputedStyle(one).fontSize); return put(one, { height: `${Math.round(spanned(one).height - 0.45 * size)}px`, overflow: "hidden", padding: "0", flex: "none" }); },
    "cut at the right": () => { const one = long(); return put(one, { width: `${spanned(one).width * 0.6}px`, "max-width": "none", "white-space": "nowrap", overflow: "clip", flex: "none" }); },
    "an ellipsis that hides the end": () => { const one = long(); return put(one, { width: `${spanned(one).width * 0.6}px`, "white-space": "nowrap", overflow: "hidden", "text-overflow": "ellipsis", flex: "none" }); },
    "only the first line": () => { const one = narrow(long()); return put(one, { display: "-webkit-box", "-webkit-box-orient": "vertical", "-webkit-line-clamp": "1", overflow: "hidden" }); },
    "only two lines of a text": () => { const one = narrow(long()); return put(one, { display: "-webkit-box", "-webkit-box-orient": "vertical", "-webkit-line-clamp": "2", overflow: "hidden" }); },
    "two letters wide": onBlock({ "max-width": "1.2em", width: "1.2em", overflow: "hidden", "white-space": "nowrap", flex: "none" }),
    "pulled out of its box at the left": () => { const one = long(); put(one.parentElement, { overflow: "hidden" }); return put(one, { position: "relative", left: `-${one.parentElement.getBoundingClientRect().left < spanned(one).left - 5 ? spanned(one).right - one.parentElement.getBoundingClientRect().left - 8 : 60}px` }); },
    "scrolled out of sight": () => { const one = pick(blocks()); const frame = document.createElement("div"); one.replaceWith(frame); frame.append(one); put(frame, { height: `${spanned(one).height}px`, overflow: "hidden", flex: "none", "align-self": "start" }); put(one, { "padding-bottom": "400px" }); frame.scrollTop = 0.6 * spanned(one).height; return spanned(one).top < frame.getBoundingClientRect().top - 5 || NONE; },
    "painted only within its box": () => { const one = pick(blocks()); return put(one, { contain: "paint", height: `${spanned(one).height * 0.4}px`, "min-height": "0", flex: "none", padding: "0" }); },
    "squeezed to nothing": () => { const one = pick(blocks()); return put(one.parentElement, { display: "flex" }) && put(one, { flex: "0 0 0", width: "0", "min-width": "0", overflow: "hidden" }); },
    "a flex item of no height": onBlock({ height: "0", "min-height": "0", overflow: "hidden", flex: "0 0 0", padding: "0" }),
    // --- altered
    "clipped to its upper half": onText({ "clip-path": "inset(0 0 50% 0)" }),
    "clipped with all around it": () => put(pick(texts()).parentElement, { "clip-path": "circle(20%)" }),
    "a mask over it": onText({ "mask-image": "linear-gradient(90deg, #000 30%, transparent)" }),
    "an old-fashioned clip": () => { const one = pick(texts()); return put(one, { position: "absolute", clip: "rect(0px, 30px, 20px, 0px)" }); },
    "blurred": onText({ filter: "blur(5px)" }),
    "filtered away": onText({ filter: "opacity(0.1)" }),
    // --- not to be seen
    "no opacity": onText({ opacity: "0" }),
    "hardly any opacity around it": () => put(pick(texts()).parentElement, { opacity: "0.15" }),
    "hidden": onText({ visibility: "hidden" }),
    "hidden with all around it": () => put(pick(texts()).parentElement, { visibility: "hidden" }),
    "not displayed": () => put(pick(texts().filter((one) => !one.closest("[data-optional]"))), { display: "none" }),
    "a hidden part": () => { const one = pick(texts().filter((t) => !t.closest("[data-optional]"))); one.hidden = true; return put(one, { display: "none" }); },
    "contents that are skipped": onBlock({ "content-visibility": "hidden" }),
    "letters of no size": onText({ "font-size": "0" }),
    "scaled to nothing": onText({ display: "inline-block", transform: "scale(0)" }),
    "transparent": onText({ color: "transparent" }),
    "a transparent fill": onText({ "-webkit-text-fill-color": "transparent" }),
    "the colour of its ground": () => { const one = pick(texts().filter((t) => groundOf(t))); return one ? put(one, { color: groundOf(one), background: "none" }) : NONE; },
    "behind its own ground": () => put(pick(texts().filter((t) => groundOf(t) && !t.matches(".badge *, .band *, figcaption"))), { position: "relative", "z-index": "-1" }),
    // --- something lies over it
    "a lid": () => cover(spanned(pick(texts())), {}),
    "a lid over the right half": () => cover(part(spanned(pick(texts())), 0.5, 0, 0.6, 1), {}),
    "a lid over the middle": () => cover(part(spanned(pick(texts())), 0.35, 0, 0.3, 1), {}),
    "a bar through the letters": () => cover(part(spanned(pick(texts())), 0, 0.35, 1, 0.3), {}),
    "a picture over it": () => cover(spanned(pick(texts())), { background: "none" }, "img"),
    "a drawing over it": () => { const rect = spanned(pick(texts())); const lid = document.createElementNS("http://www.w3.org/2000/svg", "svg"); lid.innerHTML = '<rect width="100%" height="100%" fill="#123b53"/>'; main.append(lid); return put(lid, { position: "fixed", left: `${rect.left}px`, top: `${rect.top}px`, width: `${rect.width}px`, height: `${rect.height}px`, "z-index": "9" }); },
    "a gradient over it": () => cover(spanned(pick(texts())), { background: "linear-gradient(#123, #456)" }),
    "half a page of colour": () => cover({ left: 0, top: 0, width: innerWidth, height: innerHeight / 2 }, {}),
    "behind the rail": () => { const rail = main.querySelector(".rail"); const list = main.querySelector(".list"); if (!rail || !list) return NONE; put(rail, { position: "relative", "z-index": "5" }); const upright = innerHeight > innerWidth || rail.getBoundingClientRect().width > innerWidth * 0.9; return put(list, upright ? { translate: "0 -200px" } : { translate: "-200px 0" }); },
    "a picture grown over the words": () => { const art = main.querySelector(".art"); return art && !main.matches(".split") ? put(art, { position: "absolute", inset: "0", width: `${innerWidth}px`, height: `${innerHeight}px`, "z-index": "8" }) : NONE; },
    // --- below the smallest letter
    "a size below the smallest": onText({ "font-size": `${smallest * 0.8}px` }),
    "scaled down": () => { const one = boxed(pick(texts())); return put(one, { transform: `scale(${share(one)})` }); },
    "zoomed down": () => { const one = pick(texts()); return put(one, { zoom: String(share(one)) }); },
    "scaled by its own property": () => { const one = boxed(pick(texts())); return put(one, { scale: String(share(one)) }); },
    "scaled with all around it": () => put(main.querySelector("[data-fit]"), { transform: "scale(0.1)" }),
    "squeezed sideways": () => { const one = boxed(pick(texts())); return put(one, { transform: `scaleX(${share(one)})` }); },
    "leaning away": () => { const one = boxed(pick(texts())); return put(one, { transform: "rotateX(88deg)" }); },
    "one small word": () => { const one = pick(blocks()); const word = document.createElement("span"); word.textContent = " med mer"; one.append(word); return put(word, { "font-size": `${smallest * 0.6}px` }); },
    // --- lines, words, letters
    "a word broken anywhere": () => { const one = narrow(long()); one.textContent = "Sannsynlighetstilnærmingsprosjekt"; return put(one, { "overflow-wrap": "anywhere", width: "5em", "white-space": "normal" }); },
    "all words broken": () => put(narrow(long()), { "word-break": "break-all", width: "4.3em", "white-space": "normal" }),
    "lines broken anywhere": () => { const one = narrow(long()); one.textContent = "Sannsynlighetstilnærmingsprosjekt"; return put(one, { "line-break": "anywhere", width: "5em", "white-space": "normal" }); },
    "lines over lines": () => put(narrow(long()), { "line-height": "0.4", "white-space": "normal" }),
    "lines too close": () => put(narrow(long()), { "line-height": "0.65", "white-space": "normal" }),
    "letters over letters": onBlock({ "letter-spacing": "-0.3em" }),
    "words without a space": () => put(long(), { "word-spacing": "-0.3em" }),
    // --- the clock
    "words over the clock": onClock((one, rect) => say("Velkommen", { left: `${rect.left}px`, top: `${rect.top + rect.height / 3}px` })),
    "the clock out of the page": onClock((one) => put(one, { position: "relative", left: `-${innerWidth}px` })),
    "no place for the clock": onClock((one) => put(one, { display: "none" })),
    "the clock cut by its box": onClock((one) => put(one.parentElement, { overflow: "hidden", height: "30px", "min-height": "0" })),
    // --- the QR code
    "a code cut in half": onCode((one, rect) => put(one.parentElement, { width: `${rect.width / 2}px`, overflow: "hidden", "min-width": "0", flex: "none" })),
    "a code without its last rows": onCode((one, rect) => put(one.parentElement, { height: `${rect.height * 0.8}px`, overflow: "hidden" })),
    "a code with a patch": onCode((one, rect) => cover(part(rect, 0.4, 0.4, 0.2, 0.2), {})),
    "a code with a covered corner": onCode((one, rect) => cover(part(rect, 0, 0, 0.3, 0.3), { background: "#fff" })),
    "a code without its quiet zone": onCode((one) => { const { width } = one.viewBox.baseVal; one.setAttribute("viewBox", `4 4 ${width - 8} ${width - 8}`); return true; }),
    "a code with a thin quiet zone": onCode((one) => { const { width } = one.viewBox.baseVal; one.setAttribute("viewBox", `2 2 ${width - 4} ${width - 4}`); return true; }),
    "a code on dark ground": onCode((one) => { one.querySelector("path").remove(); return put(one.parentElement, { background: "#0b2433" }); }),
    "a code turned inside out": onCode((one) => put(one, { filter: "invert(1)" })),
    "a code squeezed flat": onCode((one, rect) => { one.setAttribute("preserveAspectRatio", "none"); return put(one, { height: `${rect.height * 0.6}px` }); }),
    "a code too small": onCode((one, rect) => put(one, { width: `${rect.width * 0.4}px`, height: `${rect.height * 0.4}px` })),
    "a faint code": onCode((one) => put(one, { opacity: "0.3" })),
    "a grey code": onCode((one) => put(one.querySelector(".qrline"), { stroke: "#bbb" })),
    "words over the code": onCode((one, rect) => say("Skann meg", { left: `${rect.left + rect.width / 4}px`, top: `${rect.top + rect.height / 3}px` })),
    "the code out of the page": onCode((one, rect) => put(one.parentElement, { translate: `0 ${innerHeight - rect.top - rect.height / 2}px` })),
    "a clipped code": onCode((one) => put(one.parentElement, { "clip-path": "circle(40%)" })),
    "a hidden code": onCode((one) => put(one, { visibility: "hidden" })),
  };

  const tell = (fault) => ({ fault, problems: measure().problems });
  const said = [tell("")];
  for (const [name, inject] of Object.entries(FAULTS)) {
    restore();
    main = document.querySelector("main");
    turn++;
    if (inject() !== NONE) said.push(tell(name));
    globalThis.probe?.(name);
  }
  restore();
  said.push(tell(""));
  return said;
}
