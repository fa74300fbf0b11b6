// What the pages do beyond htmx: let the time left run, and bring the step where an execution is into view.
// Without it the pages say until when, and everything else works.
"use strict";

// The stack's clock may be ahead of this machine's: pages say what it was when they were made.
function ahead() {
  const page = document.querySelector("[data-now]");
  if (!page) return 0;
  if (page.dataset.now !== ahead.said) {
    ahead.said = page.dataset.now;
    ahead.by = Date.parse(page.dataset.now) - Date.now();
  }
  return ahead.by;
}

function left(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
  return hours > 0 ? hours + ":" + rest : rest;
}

function tick() {
  const now = Date.now() + ahead();
  for (const element of document.querySelectorAll("time[data-until]")) {
    element.textContent = left(Date.parse(element.dataset.until) - now);
  }
}

function showCurrent() {
  const frame = document.querySelector(".picture");
  const current = frame && frame.querySelector(".node.current, .node[aria-current]");
  if (!current) return;
  const outer = frame.getBoundingClientRect();
  const inner = current.getBoundingClientRect();
  frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  frame.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
}

document.addEventListener("DOMContentLoaded", () => {
  showCurrent();
  tick();
  setInterval(tick, 1000);
});
