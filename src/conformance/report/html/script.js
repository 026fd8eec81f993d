"use strict";
// The filter. Without it the page is whole, but for the choice of cases.
(function () {
  const form = document.getElementById("filter");
  if (!form) return;
  form.hidden = false;
  const cases = Array.from(document.querySelectorAll("details.case"));
  const texts = new Map();
  const textOf = (one) => {
    // Read once, when somebody searches.
    if (!texts.has(one)) texts.set(one, one.textContent.toLowerCase());
    return texts.get(one);
  };
  const apply = () => {
    const wanted = new Set(Array.from(form.querySelectorAll("[name=verdict]:checked"), (box) => box.value));
    const differ = form.elements.differ && form.elements.differ.checked;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of cases) {
      const verdicts = one.dataset.verdicts.split(",");
      const visible = verdicts.some((verdict) => wanted.has(verdict))
        && (!differ || new Set(verdicts).size > 1)
        && words.every((word) => textOf(one).includes(word));
      one.hidden = !visible;
      if (visible) shown += 1;
    }
    for (const chapter of document.querySelectorAll("section.chapter")) {
      chapter.hidden = !chapter.querySelector("details.case:not([hidden])");
    }
    form.querySelector("output").textContent = shown + " of " + cases.length + " cases shown";
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.open.addEventListener("click", () => {
    for (const one of cases) if (!one.hidden) one.open = true;
  });
  form.elements.close.addEventListener("click", () => {
    for (const one of cases) one.open = false;
  });
  // A link to a case opens it, even where the browser would not, and though it is filtered.
  const follow = () => {
    const body = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const one = body && body.closest("details.case");
    if (!one) return;
    one.hidden = false;
    one.closest("section.chapter").hidden = false;
    one.open = true;
    one.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);
  apply();
  follow();
})();
