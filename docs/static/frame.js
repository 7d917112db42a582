// A page within the page, such as the one to draw on, is shown in full, without a scroll bar of its
// own. From a file the browser doesn't tell its height; then the height given in the page remains.
"use strict";

for (const frame of document.querySelectorAll("article iframe")) {
  const fit = () => {
    const inside = frame.contentDocument?.documentElement;
    if (inside) frame.style.height = `${inside.scrollHeight + 2}px`;
  };
  const watch = () => {
    const body = frame.contentDocument?.body;
    if (!body) return;
    new ResizeObserver(fit).observe(body);
    fit();
  };
  frame.addEventListener("load", watch);
  if (frame.contentDocument?.readyState === "complete") watch();
}
