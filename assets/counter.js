// A live counter under textarea[data-limit]. Counts as the server does: code points,
// a line break as one, variation selectors not at all. Spoken only after a pause.
const SELECTORS = /[\uFE00-\uFE0F\u180B-\u180D]|\uDB40[\uDD00-\uDDEF]/g;
const count = (text) => [...text.replace(/\r\n?/g, "\n").replace(SELECTORS, "")].length;
const number = new Intl.NumberFormat("ja-JP");

for (const area of document.querySelectorAll("textarea[data-limit]")) {
  const limit = Number(area.dataset.limit);
  const shown = document.createElement("span");
  shown.className = "counter";
  shown.setAttribute("aria-hidden", "true");
  const spoken = document.createElement("span");
  spoken.className = "hidden-text";
  spoken.setAttribute("aria-live", "polite");
  area.after(shown, spoken);

  let timer;
  const show = (speak) => {
    const used = count(area.value);
    const over = used - limit;
    const text =
      over > 0
        ? `${number.format(used)} / ${number.format(limit)}字(${number.format(over)}字多くなっています)`
        : `${number.format(used)} / ${number.format(limit)}字`;
    shown.textContent = text;
    shown.classList.toggle("over", over > 0);
    if (!speak) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      spoken.textContent = over > 0 ? `${over}字多くなっています` : `あと${-over}字書けます`;
    }, 1200);
  };
  area.addEventListener("input", () => show(true));
  show(false);
}
