
// The search over the list of findings and over the matrix, and the arrow keys in tables and lists.
addEventListener("DOMContentLoaded", () => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const filters = document.getElementById("filters");
  if (filters === null) return;
  const fields = ["text", "level", "sink", "outcome"];
  const field = (name) => document.getElementById("filter-" + name);
  const rows = all("[data-outcomes]");
  const texts = rows.map((row) => (row.textContent + " " + row.dataset.about).toLowerCase());

  // Whether a finding has an outcome: at one sink, or at any of them.
  function has(row, sink, outcome) {
    if (outcome === "") return true;
    if (outcome === "nobody") return row.dataset.outcomes.includes("!");
    if (outcome === "differs") return "differs" in row.dataset;
    const letters = sink === "" ? [...row.dataset.outcomes.replace("!", "")] : [row.dataset.outcomes[sink]];
    if (outcome === "-s") return letters.every((letter) => "bumh".includes(letter));
    return letters.includes(outcome);
  }
  function filter() {
    const [text, level, sink, outcome] = fields.map((name) => field(name).value);
    const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !((level === "" || row.dataset.level === level) && has(row, sink, outcome) && words.every((word) => texts[i].includes(word)));
      if (!row.hidden) shown++;
    });
    for (const cell of all("#matrix tr > :not(:first-child)")) cell.hidden = sink !== "" && cell.cellIndex !== Number(sink) + 1;
    const isAll = fields.every((name) => field(name).value === "");
    field("count").textContent = isAll ? "" : shown + " of " + rows.length + " shown";
    document.getElementById("filter-clear").hidden = isAll;
    try { sessionStorage.setItem("filters", JSON.stringify(fields.map((name) => field(name).value))); } catch { /* forgotten */ }
    dispatchEvent(new Event("filtered"));
  }
  try { JSON.parse(sessionStorage.getItem("filters") ?? "[]").forEach((value, i) => { field(fields[i]).value = value; }); } catch { /* none */ }
  for (const name of fields) {
    if (field(name).selectedIndex === -1) field(name).value = ""; // a sink that is gone
    field(name).addEventListener("input", filter);
  }
  // Whoever asks for a sink asks first for what it is sent.
  field("sink").addEventListener("input", () => { if (field("outcome").value === "" && field("sink").value !== "") { field("outcome").value = "s"; filter(); } });
  document.getElementById("filter-clear").addEventListener("click", () => { for (const name of fields) field(name).value = ""; filter(); field("text").focus(); });

  // One stop for Tab in each of these; the arrows lead on.
  for (const group of all("#matrix, #changes")) {
    const links = all("a", group);
    const grid = () => all(group.matches("table") ? "tbody tr" : ":scope > li", group).filter((row) => !row.hidden).map((row) => all("a", row).filter((a) => !a.closest("[hidden]")));
    const stopAt = (stop) => { for (const link of links) link.tabIndex = link === stop ? 0 : -1; };
    const reset = () => stopAt(grid()[0]?.[0]);
    group.addEventListener("keydown", (event) => {
      const lines = grid();
      const y = lines.findIndex((line) => line.includes(document.activeElement));
      if (y < 0) return;
      const x = lines[y].indexOf(document.activeElement);
      const below = (line) => line?.[Math.min(x, line.length - 1)];
      const next = { ArrowDown: below(lines[y + 1]), ArrowUp: below(lines[y - 1]), ArrowRight: lines[y][x + 1], ArrowLeft: lines[y][x - 1], Home: lines[0][0], End: lines.at(-1)[0] }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      stopAt(next);
      next.focus();
    });
    addEventListener("filtered", reset);
    reset();
  }
  filters.hidden = false;
  filter();
});
