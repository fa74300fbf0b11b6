// What the pages do beyond htmx: let the time left run, bring the step where an execution is into view, and keep chats at
// their end.
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

// On a phone's page the graph goes along with the talk, unless somebody is looking around in it.
function follow() {
  const frame = document.querySelector("[data-follow] .picture");
  if (!frame) return;
  const current = frame.querySelector(".node.current");
  const name = current && current.getAttribute("href");
  if (name === follow.shown || frame.matches(":hover, :focus-within")) return;
  follow.shown = name;
  showCurrent();
}

// A chat shows its last message, unless somebody scrolled up to read.
function keepAtEnd(chat) {
  let atEnd = true;
  const toEnd = () => { if (atEnd) chat.scrollTop = chat.scrollHeight; };
  chat.addEventListener("scroll", () => {
    atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 60;
  });
  // A list that opens is new at the end, too.
  const changes = { childList: true, subtree: true, attributeFilter: ["open"] };
  new MutationObserver(toEnd).observe(chat, changes);
  toEnd();
}

// What was sent is gone from the line in which it was written.
document.addEventListener("htmx:after:request", (event) => {
  const form = event.target.closest && event.target.closest("form.composer");
  if (form) form.reset();
});

document.addEventListener("DOMContentLoaded", () => {
  showCurrent();
  for (const chat of document.querySelectorAll(".chat")) keepAtEnd(chat);
  tick();
  setInterval(() => { tick(); follow(); }, 1000);
});
