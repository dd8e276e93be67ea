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
  // Take the last row from the fullest list, of several from the last one, as the page's kind will do (_fewer in
  // signage/planning/kinds/week.py). Gives whether there was any: a list keeps its first row.
  const takeRow = (lists) => {
    const most = Math.max(...lists.map((rows) => rows.length));
    if (most < 2) return false;
    const row = lists.findLast((rows) => rows.length === most).pop();
    row.style.setProperty("display", "none", "important");
    const more = row.parentElement.querySelector("[data-more][hidden]");
    if (more) {
      more.hidden = false;
      more.textContent = "1";
    }
    return true;
  };
  const full = [...main.querySelectorAll("[data-fit]")].filter(spills);
  const groups = full.filter((box) => "group" in box.dataset).map((box) => [Number(box.dataset.group), room(box, rowsOf(box))]);
  const others = full.filter((box) => !("group" in box.dataset) && rowsOf(box).length);
  const lists = [...Map.groupBy(others.flatMap(rowsOf), (row) => row.parentElement).values()];
  let rows = 0;
  while (others.some(spills) && takeRow(lists)) rows++;
  return { groups, rows };
}
