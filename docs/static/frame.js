// A page within the page, such as the one to draw on, is shown in full, without a scroll bar of its
// own, and in the theme that was chosen here. If the pages are opened as files, the browser doesn't
// give access to the inner one; then it keeps the height that the page gives it.
"use strict";

for (const frame of document.querySelectorAll("article iframe")) {
  const inside = () => frame.contentDocument?.documentElement;
  const fit = () => {
    if (inside()) frame.style.height = `${inside().scrollHeight + 2}px`;
  };
  const dress = () => {
    if (inside()) inside().dataset.theme = document.body.dataset.theme;
  };
  const watch = () => {
    if (!frame.contentDocument?.body) return;
    dress();
    new ResizeObserver(fit).observe(frame.contentDocument.body);
    fit();
  };
  frame.addEventListener("load", watch);
  if (frame.contentDocument?.readyState === "complete") watch();
  new MutationObserver(dress).observe(document.body, {
    attributes: true,
    attributeFilter: ["data-theme"],
  });
}
