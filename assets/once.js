// One press, one submission. The pressed button's name and value must still be sent, so the
// buttons are only marked; a second submission of the same form is stopped instead.
const WAITING = "送っています…";
const GIVE_UP = 20000; // the reader may have pressed the browser's stop; the server knows a repeat

function ready(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[data-label]")) {
    button.removeAttribute("aria-disabled");
    button.textContent = button.dataset.label;
    delete button.dataset.label;
  }
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => ready(form), GIVE_UP);
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    button.dataset.label = button.textContent;
    button.textContent = WAITING;
  });
}
// Back from the next page, or out of the browser's cache: the form may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(ready));
