// Asks before form[data-leave] with unsaved words is left.
for (const form of document.querySelectorAll("form[data-leave]")) {
  let dirty = form.dataset.leave === "dirty"; // came back with errors: nothing is saved yet
  form.addEventListener("input", () => (dirty = true));
  form.addEventListener("submit", () => (dirty = false));
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
}
