const body = document.querySelector("#logs tbody"), rows = [...body.rows];
const text = document.getElementById("filter"), leaks = document.getElementById("leaks"), shown = document.getElementById("shown");
function filter() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  for (const row of rows) {
    const all = row.textContent.toLowerCase();
    row.hidden = (leaks.checked && row.className !== "leak") || !words.every(w => all.includes(w));
    n += !row.hidden;
  }
  shown.textContent = n === rows.length ? "" : n + " of " + rows.length;
}
text.addEventListener("input", filter);
leaks.addEventListener("change", filter);
const heads = [...document.querySelectorAll("#logs th")];
heads.forEach((head, i) => head.addEventListener("click", () => {
  const up = head.getAttribute("aria-sort") !== "ascending";
  heads.forEach(h => h.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = row => row.cells[i].dataset.k === undefined ? row.cells[i].textContent : +row.cells[i].dataset.k;
  rows.sort((a, b) => { const x = key(a), y = key(b); return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1); });
  body.append(...rows);
}));
