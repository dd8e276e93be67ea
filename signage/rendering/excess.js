// How much has to go from a page that fit.js and measure.js found too full (Excess in signage/domain/model.py). Run by
// render_worker.py as the last script: the page is not captured, and another one is tried.
//
//   data-fit                   a box whose content must stay inside it
//   data-group="2"             on such a box: it has the page's group of this number, and no others make it higher
//   data-row                   one of the rows of a group, or of such a box
//   data-more                  hidden in a list of rows that is whole: how many more there are
() => {
  const SLACK = 1; // px by which a box may round
  const main = document.querySelector("main");
  const smallest = Number(main.dataset.smallest || 0);
  const spills = (box) => box.scrollHeight > box.clientHeight + SLACK || box.scrollWidth > box.clientWidth + SLACK;
  const rowsOf = (box) => [...box.querySelectorAll("[data-row]")];
  const rectOf = (element) => element.getBoundingClientRect();
  // How many of a group's rows its box has room for, with a line below them that says how many more there are.
  const room = (box, rows) => {
    if (!rows.length) return 0;
    const below = Math.max(smallest, rectOf(rows.at(-1).parentElement).bottom - rectOf(rows.at(-1)).bottom);
    const end = rectOf(box).top + box.clientTop + box.clientHeight - parseFloat(getComputedStyle(box).paddingBottom) + SLACK;
    return rows.filter((row) => rectOf(row).bottom + below <= end).length;
  };
  const full = [...main.querySelectorAll("[data-fit]")].filter(spills);
  const groups = full
    .filter((box) => "group" in box.dataset)
    .map((box) => [Number(box.dataset.group), room(box, rowsOf(box))])
    .filter(([number]) => Number.isInteger(number));
  const others = full.filter((box) => !("group" in box.dataset) && rowsOf(box).length);
  // The rows in the order in which they go: the last one of the fullest list, of several lists of the last one, as the
  // page's kind will take them (_fewer in signage/planning/kinds/week.py). Each list keeps its first row. `more`: the
  // line that a list needs as soon as it isn't whole.
  const lists = [...Map.groupBy(others.flatMap(rowsOf), (row) => row.parentElement).entries()];
  const lines = new Map(lists.map(([parent]) => [parent, parent.querySelector("[data-more][hidden]")]));
  const order = [];
  for (;;) {
    const most = Math.max(0, ...lists.map(([, rows]) => rows.length));
    if (most < 2) break;
    const [parent, rows] = lists.findLast(([, rows]) => rows.length === most);
    order.push({ row: rows.pop(), more: lines.get(parent) });
    lines.delete(parent);
  }
  for (const { more } of order) if (more) more.textContent = "1";
  const fitsWithout = (count) => {
    order.forEach(({ row, more }, at) => {
      row.style.setProperty("display", at < count ? "none" : "", "important");
      if (more) more.hidden = at >= count;
    });
    return !others.some(spills);
  };
  let rows = 0;
  for (let most = order.length; rows < most; ) {
    const middle = Math.floor((rows + most) / 2);
    if (fitsWithout(middle)) most = middle;
    else rows = middle + 1;
  }
  return { groups, rows };
}
