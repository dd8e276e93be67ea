// Shows the alerts of a screen on its pages for telephones while they hold (docs/pocket.md). In ES2015.
//
// The server may have put alerts into the page already; they stay as they are, so that they are not read out again.

(function () {
  const POLL_MS = 15000; // while the page is seen
  const PATIENCE_MS = 10000; // for an answer, as a network may swallow it
  const NEAR_MS = 2000; // a telephone's clock is as good as a server's that differs by no more
  const LONGEST_MS = 3600000; // browsers count no further than 24 days
  const place = document.querySelector("[data-alerts]");
  let alerts = null; // as the server has them; null before its first answer
  let ahead = 0; // ms by which the server's clock is ahead of this one
  let polls = 0; // begun so far; the answer of the newest counts
  let pollTimer = 0;
  let edgeTimer = 0;

  const now = () => Date.now() + ahead;
  const begun = (from) => alerts === null || Date.parse(from) <= now(); // what the server put into the page has begun
  const holds = (from, until) => begun(from) && now() < Date.parse(until);

  function paragraph(text, kind, language) {
    const element = document.createElement("p");
    element.className = kind;
    if (language) element.lang = language;
    element.textContent = text;
    return element;
  }

  // As the server's own alerts.html.
  function made(alert) {
    const section = document.createElement("section");
    section.className = "alert";
    section.setAttribute("role", "alert");
    section.dataset.id = alert.id;
    section.dataset.from = alert.from;
    section.dataset.until = alert.until;
    alert.texts.forEach((text) => {
      const part = document.createElement("div");
      part.lang = text.language;
      const title = document.createElement("h2");
      title.textContent = text.title;
      part.appendChild(paragraph(text.label, "label", text.words));
      part.appendChild(title);
      text.paragraphs.forEach((each) => part.appendChild(paragraph(each, "", "")));
      part.appendChild(paragraph(text.until, "until", text.words));
      if (text.sender) part.appendChild(paragraph(text.sender, "sender", ""));
      part.appendChild(paragraph(text.sent, "sent", text.words));
      if (text.credit) part.appendChild(paragraph(text.credit, "sent", ""));
      section.appendChild(part);
    });
    return section;
  }

  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const same = (one, other) => one.dataset.id === other.dataset.id && words(one).replace(/ /g, "") === words(other).replace(/ /g, "");

  // Take away what is over, add what is new, and come back when that changes.
  function show() {
    const there = Array.from(place.children);
    const wanted = alerts === null ? there : alerts.map(made);
    const open = wanted.filter((each) => holds(each.dataset.from, each.dataset.until));
    const kept = open.map((each) => there.filter((old) => same(old, each))[0] || each);
    there.filter((old) => kept.indexOf(old) < 0).forEach((old) => place.removeChild(old));
    kept.forEach((each, index) => {
      if (place.children[index] !== each) place.insertBefore(each, place.children[index] || null);
    });
    const edges = [].concat.apply([], wanted.map((each) => [each.dataset.from, each.dataset.until]));
    const next = edges.map((text) => Date.parse(text) - now()).filter((ms) => ms > 0);
    clearTimeout(edgeTimer);
    edgeTimer = setTimeout(show, Math.min.apply(null, next.concat(LONGEST_MS)) + 1);
  }

  function take(response) {
    if ([403, 404, 410].indexOf(response.status) >= 0) return { alerts: [] }; // a server that knows none
    if (!response.ok) throw new Error("not now");
    return response.json();
  }

  function setClock(headers) {
    const date = Date.parse(headers.get("Date") || "") + 1000 * (Number(headers.get("Age")) || 0);
    ahead = Math.abs(date - Date.now()) > NEAR_MS ? date - Date.now() : 0;
  }

  function poll() {
    clearTimeout(pollTimer);
    if (document.visibilityState === "hidden") return;
    polls += 1;
    const number = polls;
    const stop = typeof AbortController === "undefined" ? null : new AbortController();
    let patience = 0;
    const tooLate = new Promise((resolve, reject) => {
      patience = setTimeout(() => {
        if (stop) stop.abort();
        reject(new Error("took too long"));
      }, PATIENCE_MS);
    });
    const options = Object.assign({ cache: "no-cache" }, stop ? { signal: stop.signal } : {});
    const asked = fetch(place.dataset.alerts, options).then((response) =>
      Promise.resolve(take(response)).then((found) => {
        if (number !== polls) return;
        setClock(response.headers);
        alerts = found.alerts;
        show();
      })
    );
    const later = () => {
      clearTimeout(patience);
      if (number !== polls) return;
      clearTimeout(pollTimer);
      pollTimer = setTimeout(poll, POLL_MS);
    };
    Promise.race([asked, tooLate]).then(later, later); // without an answer, what there is stays until its end
  }

  function look() {
    show(); // the telephone may have slept
    poll();
  }

  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", (event) => event.persisted && look());
  look();
})();
