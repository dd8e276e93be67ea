// Keeps the parts of a page marked data-live as the server has them, in the same language, without reloading the page.

// Fetches the page again. `onPage` sees the fresh page first; `onPart` each part that was replaced.
export async function follow(address, headers, onPage, onPart) {
  const away = document.querySelector("[data-away]");
  try {
    const response = await fetch(address, { cache: "no-cache", headers: headers });
    if (!response.ok) throw new Error(address + " answered " + response.status);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (onPage) onPage(fresh);
    document.querySelectorAll("[data-live]").forEach((part) => {
      const other = fresh.querySelector('[data-live="' + part.dataset.live + '"]');
      if (other && replace(part, other) && onPart) onPart(part);
    });
    away.hidden = true;
  } catch (problem) {
    away.hidden = false;
  }
}

function busy(part) {
  return part.contains(document.activeElement) && /^(INPUT|SELECT|BUTTON)$/.test(document.activeElement.tagName);
}

// What is the same is left, so that it is not read out again; what a person has opened stays open.
function replace(part, fresh) {
  if (busy(part) || fresh.innerHTML === part.fromServer) return false;
  if (part.fromServer === undefined && part.innerHTML === fresh.innerHTML) return false;
  part.fromServer = fresh.innerHTML; // innerHTML itself changes with what is opened or filled in
  const open = Array.from(part.querySelectorAll("details[open]"), (each) => each.dataset.details);
  const before = document.activeElement;
  const summary = before && part.contains(before) && before.closest("details");
  part.innerHTML = fresh.innerHTML;
  part.querySelectorAll("details").forEach((each) => {
    each.open = open.indexOf(each.dataset.details) >= 0;
    if (summary && summary.dataset.details === each.dataset.details) each.querySelector("summary").focus();
  });
  return true;
}
