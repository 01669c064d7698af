// While a citizen writes: textarea[data-similar-url][data-similar-into="id"] asks this host for
// published answers to similar letters and shows them. Never in the way: any failure is silence.
const PAUSE = 1500;
const ENOUGH = 20; // fewer characters say too little

for (const area of document.querySelectorAll("textarea[data-similar-url]")) {
  const into = document.getElementById(area.dataset.similarInto);
  const url = new URL(area.dataset.similarUrl, location.href);
  if (!into || url.origin !== location.origin) continue;
  into.setAttribute("aria-live", "polite");

  let timer;
  let asked = "";
  let running;
  const ask = async () => {
    const text = area.value.trim();
    if (text.length < ENOUGH || text === asked) return;
    asked = text;
    if (running) running.abort();
    running = new AbortController();
    try {
      // POST, so that the words never stand in an address or a log; form-encoded with the form's token.
      const form = area.form;
      const body = new URLSearchParams({ text: text.slice(0, 4000) });
      const token = form && form.elements.namedItem("csrf");
      if (token) body.set("csrf", token.value);
      const answer = await fetch(url, { method: "POST", body, signal: running.signal, credentials: "same-origin" });
      if (!answer.ok) return;
      const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
      into.replaceChildren(...fragment.body.childNodes);
    } catch {
      // offline, aborted or refused: writing goes on
    }
  };
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}
